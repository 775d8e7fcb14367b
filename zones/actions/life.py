"""What the verbs of a zone's life share: the zone as this person may act on it."""

from __future__ import annotations

from datetime import date
from typing import TypeVar

from core.errors import Refused
from core.scope import ScopedModel
from staff.models import User
from zones.models import Zone

Row = TypeVar("Row", bound=ScopedModel)
CLAUSE = "readings 9"
ELSEWHERE = "该区域不属于您所在的局，请由其监管机关或市局办理。"


def lock_zone(zone: Zone, by: User) -> Zone:
    """Lock and return the zone; refuse in a sentence where it lies outside this person's scope."""
    if not Zone.objects.visible_to(by).filter(pk=zone.pk).exists():
        raise Refused("readings 4", ELSEWHERE)
    rows = Zone.objects.for_system("locking a zone that was found to be visible")
    return rows.select_for_update(no_key=True).get(pk=zone.pk)


def standing(zone: Zone, on: date) -> None:
    """Refuse where the zone is none on this day."""
    if on < zone.since:
        raise Refused(CLAUSE, f"“{zone.name}”自{zone.since}起为沙盒区域，日期不能早于这一天。")
    if zone.until is not None and on >= zone.until:
        raise Refused(CLAUSE, f"“{zone.name}”已自{zone.until}起终止，不能再办理。")


def seen(row: Row, by: User) -> Row:
    """Return a row of a zone's life as it stands, or refuse where this person may not see it."""
    found = type(row).objects.visible_to(by).filter(pk=row.pk).first()
    if found is None:
        raise Refused("readings 4", ELSEWHERE)
    return found
