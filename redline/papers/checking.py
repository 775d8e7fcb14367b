"""The word check of an order and of its papers: each field, and the finished file as a whole.

What the register says of the party (name, 字号, address) is the party's own and no word of ours:
such a field is not looked at, and the registered name shelters its words in every other field.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from core.documents import Properties, Warning, WordCheck, render, texts_of
from core.documents.squeezing import squeeze
from redline.choices import OrderOrigin
from redline.models import ListVersion, Order
from redline.papers.said import REGISTERED, consequence_of

SHORTEST_CODE = 3
"""Letters of a list's code below which it is no word that could be looked for."""

CHECKED = ("facts", "violated", "basis", "demands", "contact_name", "contact_phone")
"""The columns of an order that people fill and its paper says."""

_INSTEAD = "某"


def demand_plain_order(order: Order) -> list[Warning]:
    """Refuse an order whose paper would carry a blocked word; return what is only warned of.

    For drafts: called before an order is submitted, so that nobody approves what cannot be issued.
    """
    fields = {_label(name): getattr(order, name) for name in CHECKED}
    fields["逾期后果"] = consequence_of(order)
    return check_for(order).demand(fields)


def demand_plain_said(order: Order, fields: Mapping[str, str]) -> list[Warning]:
    """Refuse texts (by label) that will stand on a paper of the order; as ``demand_plain_order``.

    For what cannot be changed once it is recorded: a finding, an opinion, a decision.
    """
    return check_for(order).demand(fields)


def check_for(order: Order) -> WordCheck:
    """Return the check of an order's papers: the city's table, and what is internal to this one."""
    return WordCheck.in_force(internal_words(order), registered_names(order))


def internal_words(order: Order) -> list[str]:
    """Return what a paper of this order must not carry besides the table's words.

    The title and document number of the list that was touched, and the codes of its item.
    """
    words: list[str] = []
    codes = [order.violation.kind_code]
    if order.origin == OrderOrigin.RED_LINE and order.touch is not None:
        item = order.touch.item
        words += _of_list(item.version)
        codes.append(item.code)
    return [word for word in words if word] + [code for code in codes if _is_telling(code)]


def registered_names(order: Order) -> list[str]:
    """Return the names of the party that the register has or had."""
    return [order.entity.name, *order.entity.former_names]


def _of_list(version: ListVersion) -> list[str]:
    return [str(version), version.get_kind_display(), version.document_number]


def _is_telling(code: str) -> bool:
    letters = squeeze(code).letters
    return len(letters) >= SHORTEST_CODE and not letters.isdigit()


def demand_plain_paper(
    order: Order, template: bytes, said: Mapping[str, str], properties: Properties
) -> tuple[bytes, list[Warning]]:
    """Render a paper and refuse it where a field or the finished file carries a blocked word.

    Returns the file, and what is only warned of, once for each field and word. Raises Refused.
    """
    check = check_for(order)
    warnings = check.demand(free_fields(said))
    content = render(template, said, properties)
    hidden = [name for name in REGISTERED if check.look(said.get(name, ""))]
    looked_at = content
    if hidden:
        looked_at = render(template, {**said, **dict.fromkeys(hidden, _INSTEAD)}, properties)
    known = {one.word for one in warnings}
    more = check.demand({f"成品文书{label}": text for label, text in texts_of(looked_at).items()})
    return content, warnings + [one for one in more if one.word not in known]


def free_fields(said: Mapping[str, str]) -> dict[str, str]:
    """Return the words of a paper that are not the register's."""
    return {name: text for name, text in said.items() if name not in REGISTERED}


def words_of(warnings: Iterable[Warning]) -> list[str]:
    """Return the warned words, each once, in order."""
    return list(dict.fromkeys(one.word for one in warnings))


def _label(name: str) -> str:
    return str(Order._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
