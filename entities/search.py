"""One box for codes, old numbers, lists of codes and names, former names included.

Names are found by their pairs of characters (``entities.names``): the index narrows, the text is
compared again. What the box holds is told by its looks, never asked for.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.db.models import CharField, F, Func, Q, Value
from django.db.models.functions import Concat, Lower, Replace

from entities.models import Entity
from entities.names import bigrams, folded
from staff.models import User

MOST_CODES = 5000
FULL_CODE = 18
OLD_NUMBER = 15
FEWEST_CODE_CHARACTERS = 4

_SEPARATORS = re.compile(r"[\s,，;；、|]+")
_CODE_PART = re.compile(r"[0-9A-Z]*[0-9][0-9A-Z]*")
_CODE_ONLY = re.compile(r"[0-9A-Z]{15}|[0-9A-Z]{18}")


class Way(StrEnum):
    """How the box was understood."""

    NOTHING = "nothing"
    MORE = "more"
    CODE = "code"
    PREFIX = "prefix"
    CODES = "codes"
    NAME = "name"


@dataclass(frozen=True)
class Search:
    """The condition on entities, how the box was understood and what to tell the user.

    ``codes`` are the codes of a pasted list, each once, in the order of the list.
    """

    way: Way
    condition: Q
    text: str = ""
    message: str = ""
    codes: list[str] = field(default_factory=list)


def understood(text: str) -> Search:
    """Say what the text in the box asks for; nothing is read from the database."""
    shown = text.strip()
    if not shown:
        return Search(Way.NOTHING, Q())
    parts = [part for part in _SEPARATORS.split(_code_spelling(shown)) if part]
    if len(parts) > 1 and all(_CODE_ONLY.fullmatch(part) for part in parts):
        return _list_of(parts)
    code = "".join(parts)
    if _CODE_PART.fullmatch(code) and len(code) >= FEWEST_CODE_CHARACTERS:
        return _code(code)
    return _name(shown)


def search(entities: Any, text: str) -> tuple[Any, Search]:
    """Narrow a queryset of entities (scoped by the caller) to what the box asks for."""
    asked = understood(text)
    if asked.way == Way.NAME:
        entities = entities.annotate(searched_names=_names())
    return entities.filter(asked.condition), asked


def find(text: str, viewer: User) -> tuple[Any, Search]:
    """Return the entities this viewer may see that the box asks for, and how it was understood."""
    return search(Entity.objects.visible_to(viewer), text)


def unmatched(asked: Search, viewer: User) -> list[str]:
    """Return the codes of a pasted list that name no entity visible to this viewer."""
    known = set(
        Entity.objects.visible_to(viewer)
        .filter(code__in=asked.codes)
        .values_list("code", flat=True)
    )
    return [code for code in asked.codes if code not in known]


def _code_spelling(text: str) -> str:
    """Return the text with full-width letters and digits made plain, in capitals."""
    return "".join(
        chr(ord(letter) - 0xFEE0) if "\uff01" <= letter <= "\uff5e" else letter for letter in text
    ).upper()


def _list_of(parts: list[str]) -> Search:
    codes = list(dict.fromkeys(parts))
    if len(codes) > MOST_CODES:
        return Search(
            Way.MORE,
            Q(pk__in=()),
            message=f"一次最多查询{MOST_CODES:,}个代码，粘贴了{len(codes):,}个，请分批查询。",
        )
    return Search(Way.CODES, Q(code__in=codes), codes=codes)


def _code(code: str) -> Search:
    if len(code) in (FULL_CODE, OLD_NUMBER):
        # A number of 15 characters may also be the beginning of a longer code.
        exact = Q(code=code)
        wanted = exact if len(code) == FULL_CODE else exact | Q(code__startswith=code)
        return Search(Way.CODE, wanted, text=code, codes=[code])
    if len(code) > FULL_CODE:
        return Search(
            Way.MORE, Q(pk__in=()), message=f"代码共{len(code)}位，最多18位，请核对后重试。"
        )
    return Search(Way.PREFIX, Q(code__startswith=code), text=code)


def _name(text: str) -> Search:
    name = folded(text)
    if len(name) < 2:
        return Search(
            Way.MORE, Q(pk__in=()), message="请至少输入名称中的两个字，或统一社会信用代码前4位。"
        )
    return Search(
        Way.NAME,
        Q(name_bigrams__contains=bigrams(name)) & Q(searched_names__contains=name),
        text=name,
    )


class Normalized(Func):
    function = "NORMALIZE"
    template = "%(function)s(%(expressions)s, NFKC)"
    output_field = CharField()


class Joined(Func):
    """The former names as one text, a line each."""

    function = "ARRAY_TO_STRING"
    template = "%(function)s(%(expressions)s, E'\\n')"
    output_field = CharField()


def _names() -> Any:
    """Return all names of an entity as ``entities.names.folded`` spells them, a line each."""
    both = Concat(F("name"), Value("\n"), Joined(F("former_names")), output_field=CharField())
    return Replace(Lower(Normalized(both)), Value(" "), Value(""))
