"""The page on which an item of a mild list is held against a violation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from redline.matching import earlier_of_kind, lookback_of
from redline.models import ListItem, ListMatch, Violation
from redline.violation_queries import violations_for
from staff.models import User


@dataclass(frozen=True)
class Line:
    """An item of the list, with how it was held against the violation, if it was."""

    item: ListItem
    match: ListMatch | None

    @property
    def listed(self) -> str:
        """Whose list the item is of, and which version."""
        version = self.item.version
        return f"{version.bureau or '市局'}第{version.number}版"


def matches_of(violation: Violation, viewer: User) -> dict[int, ListMatch]:
    """Return what was held against a violation, by the key of the item."""
    rows = ListMatch.objects.visible_to(viewer).filter(violation=violation)
    return {row.item_id: row for row in rows}


def lines_of(items: Sequence[ListItem], matches: Mapping[int, ListMatch], words: str) -> list[Line]:
    """Return the items in which the words stand, those that were held against it first."""
    lines = [Line(item, matches.get(item.pk)) for item in items if _says(item, words)]
    return sorted(lines, key=lambda line: line.match is None)


def _says(item: ListItem, words: str) -> bool:
    return any(words in text for text in (item.code, item.behaviour, item.legal_basis))


def earlier_of(
    violation: Violation, item: ListItem | None, viewer: User, on: date
) -> dict[str, Any]:
    """Return the earlier violations of the same kind for an item that asks for a first one."""
    if item is None or not item.first_time:
        return {"earlier": [], "earlier_count": 0, "years": 0}
    years = lookback_of(item, on)
    found = {one.pk for one in earlier_of_kind(violation, years, codes=(item.code,))}
    visible = violations_for(viewer).filter(pk__in=found).order_by("pk")
    return {"earlier": list(visible), "earlier_count": len(found), "years": years}
