"""The codes of conduct that are offered where a violation is recorded."""

from __future__ import annotations

from datetime import date

from entities.models import Entity
from redline.choices import ListKind
from redline.lists import items_for
from staff.models import Bureau, User


def codes_for(entity: Entity | None, viewer: User, on: date) -> list[tuple[str, str]]:
    """Return (code, behaviour) of the lists in force today where the entity is, each code once.

    A help for typing only: whether a line was touched is judged by the list of the day of the act.
    """
    bureau: Bureau | None = entity.bureau if entity else viewer.bureau
    if bureau is None:
        return []
    found: dict[str, str] = {}
    for kind in ListKind:
        for item in items_for(kind, bureau, on):
            found.setdefault(item.code, item.behaviour)
    return sorted(found.items())
