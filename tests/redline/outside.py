"""What the tests of removals ask: the days outside, and what was announced."""

from datetime import date
from typing import Any

from entities.models import Entity, FactChange
from redline.models import FollowUp, Removal, RemovalSpan

Days = tuple[date, date | None]


def days_outside(entity: Entity) -> list[Days]:
    """Return the days outside as they are known now, joined where one follows the other."""
    rows = RemovalSpan.objects.for_system("test").current().filter(entity=entity).order_by("since")
    joined: list[Days] = []
    for since, until in rows.values_list("since", "until"):
        if joined and joined[-1][1] == since:
            joined[-1] = (joined[-1][0], until)
        else:
            joined.append((since, until))
    return joined


def spans_of(entity: Entity, **narrow: Any) -> list[RemovalSpan]:
    rows = RemovalSpan.objects.for_system("test").current().filter(entity=entity, **narrow)
    return list(rows.order_by("since"))


def changes_of(entity: Entity) -> list[tuple[date, str]]:
    rows = FactChange.objects.for_system("test").filter(entity=entity).order_by("pk")
    return list(rows.values_list("from_day", "cause"))


def follow_ups_of(entity: Entity) -> list[FollowUp]:
    return list(FollowUp.objects.for_system("test").filter(entity=entity).order_by("pk"))


def fresh(removal: Removal) -> Removal:
    return Removal.objects.for_system("test").get(pk=removal.pk)
