"""Filling in an item: what each field holds, what is wrong with it, what others saved meanwhile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from policy.limits import Limits
from redline.choices import DayKind, RemovalRule, Severity
from redline.items import FIELDS, LONGEST_LINE, ItemField, Problem, Shape, text_of
from redline.models import ListItem

PLAIN: Mapping[str, str] = {
    "severity": Severity.SERIOUS,
    "day_kind": DayKind.CALENDAR,
    "removal": RemovalRule.OVERDUE,
    "order_basis": "《行政处罚法》第二十八条第一款",
}
"""What an empty form begins with; readings 18 names the basis that always holds."""


@dataclass(frozen=True)
class Cell:
    """A field of the form: its text, errors, and what now stands there where it differs."""

    field: ItemField
    text: str
    errors: Sequence[str] = ()
    saved: str = ""

    @property
    def shape(self) -> str:
        return self.field.shape.value

    @property
    def options(self) -> list[tuple[str, str]]:
        return list(self.field.choices.choices) if self.field.choices else []

    @property
    def rows(self) -> int:
        if self.field.shape is Shape.LINES:
            return 5
        return 3 if self.field.most > LONGEST_LINE else 2


def sent_texts(kind: str, data: QueryDict) -> dict[str, str]:
    """Return what a form sent, by column; a box that was not ticked is empty."""
    return {one.name: data.get(one.name, "") for one in FIELDS[kind]}


def empty_texts(kind: str, limits: Limits) -> dict[str, str]:
    """Return what the form of a new item begins with."""
    texts = {one.name: PLAIN.get(one.name, "") for one in FIELDS[kind]}
    given = {"days": "orders.days", "lookback_years": "no_penalty.lookback_years"}
    texts |= {name: str(limits[key]) for name, key in given.items() if name in texts}
    return texts


def item_texts(kind: str, item: ListItem) -> dict[str, str]:
    """Return what the form of an item holds: values of choices, and of a flag whether it is set."""
    texts = {}
    for one in FIELDS[kind]:
        value = getattr(item, one.name)
        if one.shape is Shape.FLAG:
            texts[one.name] = "是" if value else ""
        else:
            texts[one.name] = str(value) if one.choices else text_of(one, item)
    return texts


def cells_of(
    kind: str,
    texts: Mapping[str, str],
    *,
    problems: Sequence[Problem] = (),
    saved: ListItem | None = None,
) -> list[Cell]:
    """Return the fields of the form; ``saved`` is the item to tell differences from."""
    now = item_texts(kind, saved) if saved else dict(texts)
    return [
        Cell(
            one,
            texts[one.name],
            [problem.sentence for problem in problems if problem.name == one.name],
            _said(one, now[one.name]) if now[one.name] != texts[one.name] else "",
        )
        for one in FIELDS[kind]
    ]


def _said(one: ItemField, text: str) -> str:
    if one.choices is not None:
        return str(one.choices(text).label)
    return (text or "否") if one.shape is Shape.FLAG else (text or "（空）")


def neighbours(items: Sequence[ListItem], item: ListItem) -> dict[str, Any]:
    """Return the item before and behind, and the place of an item among all."""
    keys = [one.pk for one in items]
    at = keys.index(item.pk)
    return {
        "before": items[at - 1] if at else None,
        "behind": items[at + 1] if at + 1 < len(items) else None,
        "place": at + 1,
        "total": len(items),
    }
