"""What the entity's page shows from this room: the zones of the entity, then and now.

Of a zone of another bureau only the name is shown; its roster and notes are that bureau's work.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q

from core.sections import Section, as_known
from entities.models import Entity
from staff.models import User
from zones.models import RosterEntry, Zone, ZoneNote

REASON = "the page of one entity the viewer may see"


@dataclass(frozen=True)
class ZoneLine:
    """Days of an entity on a zone's roster. ``zone`` is None where the viewer may not open it."""

    name: str
    zone: Zone | None
    row: RosterEntry
    holds: bool


def zones(entity: Entity, on: date, known: datetime | None, viewer: User) -> Section:
    """The zones of the entity with their days, the newest first, and the notes that wait."""
    rows = list(
        RosterEntry.objects.for_system(REASON)
        .filter(as_known(known), entity=entity)
        .select_related("occupant__zone", "recorded_by")
        .order_by("-since", "-pk")
    )
    mine = set(
        Zone.objects.visible_to(viewer)
        .filter(pk__in={row.occupant.zone_id for row in rows})
        .values_list("pk", flat=True)
    )
    lines = [_line(row, mine, on) for row in rows]
    asked = ZoneNote.objects.visible_to(viewer).filter(entity=entity, raised_on__lte=on)
    waits = Q(settled_at=None) if known is None else Q(settled_at=None) | Q(settled_at__gt=known)
    notes = list(asked.filter(waits).select_related("zone").order_by("-raised_on", "-pk"))
    return Section(
        "zones",
        "所在区域",
        len(lines) + len(notes),
        "zones/_section_zones.html",
        {"lines": lines, "notes": notes},
        waiting=bool(notes),
    )


def _line(row: RosterEntry, mine: set[int], on: date) -> ZoneLine:
    zone = row.occupant.zone
    holds = row.since <= on and (row.until is None or row.until > on)
    return ZoneLine(zone.name, zone if zone.pk in mine else None, row, holds)
