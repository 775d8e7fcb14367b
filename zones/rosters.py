"""The one way to write a roster: entries, what is derived from them, and the fact changes.

Each function runs in the caller's transaction, locks the occupants it touches, and announces a
FactChange for exactly the entities whose roster differs afterwards.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet

from entities.changes import record_changes
from entities.timelines import Segment, merged, replace_rows, rewrite, turning_days
from staff.models import User
from zones.models import Occupant, RosterEntry, Zone, ZonePresence

BEGINNING = date(1, 1, 1)
WHY = "writing a roster"


def roster(zone: Zone, on: date) -> QuerySet[RosterEntry]:
    """Return the entries of a zone in force on a day; still to be scoped."""
    return RosterEntry.objects.in_force(on).filter(occupant__zone=zone)


def enter(
    zone: Zone, names: Mapping[int, str], *, since: date, by: User | None, cause: str
) -> list[int]:
    """Put entities on a zone's roster from a day on; return those that were not on it already.

    ``names`` maps an entity's key to the name under which it stands on the roster. An entity that
    comes back later than ``since`` comes back on ``since``: its days are joined.
    """
    occupants = _occupants(zone, names)
    held = _reaching(occupants.values(), since)
    fresh, old = [], []
    for entity_id, occupant in occupants.items():
        rows = held[occupant.pk]
        if any(row.since <= since and row.until is None for row in rows):
            continue
        old += rows
        first = min([since, *(row.since for row in rows)])
        fresh.append(
            RosterEntry(
                occupant=occupant, entity_id=entity_id, since=first, recorded_by=by, source=cause
            )
        )
    return _write(old, fresh, since, by, cause)


def remove(
    zone: Zone, entity_ids: Collection[int], *, on: date, by: User | None, cause: str
) -> list[int]:
    """Take entities off a zone's roster; ``on`` is the first day they are not on it.

    Returns those that were on it on that day or later.
    """
    occupants = (
        Occupant.objects.for_system(WHY)
        .filter(zone=zone, entity_id__in=list(entity_ids))
        .order_by("pk")
        .select_for_update(no_key=True)
    )
    held = _reaching(list(occupants), on)
    old = [row for rows in held.values() for row in rows]
    fresh = [row.copy(until=on, recorded_by=by, source=cause) for row in old if row.since < on]
    return _write(old, fresh, on, by, cause)


def _occupants(zone: Zone, names: Mapping[int, str]) -> dict[int, Occupant]:
    """Return the locked occupants of these entities, made where there was none, by entity."""
    rows = Occupant.objects.for_system(WHY)
    rows.bulk_create(
        [
            Occupant(zone=zone, entity_id=entity_id, name=name[:200])
            for entity_id, name in sorted(names.items())
        ],
        ignore_conflicts=True,
        batch_size=5000,
    )
    found = (
        rows.filter(zone=zone, entity_id__in=list(names))
        .order_by("pk")
        .select_for_update(no_key=True)
    )
    return {row.entity_id: row for row in found}


def _reaching(occupants: Any, since: date) -> dict[int, list[RosterEntry]]:
    held: dict[int, list[RosterEntry]] = defaultdict(list)
    rows = RosterEntry.objects.for_system(WHY).current()
    for row in rows.filter(
        Q(until=None) | Q(until__gt=since), occupant__in=[one.pk for one in occupants]
    ).order_by("since"):
        held[row.occupant_id].append(row)
    return held


def _write(
    old: Sequence[RosterEntry],
    fresh: Sequence[RosterEntry],
    from_day: date,
    by: User | None,
    cause: str,
) -> list[int]:
    touched = sorted({row.entity_id for row in (*old, *fresh)})
    if not touched:
        return []
    replace_rows(RosterEntry, old, fresh)
    derive_presence(touched, cause=cause, by=by)
    record_changes(touched, from_day, cause, by=by)
    return touched


def derive_presence(entity_ids: Collection[int], *, cause: str, by: User | None = None) -> None:
    """Let the entities' presence say what their roster entries say; write differences only."""
    entries: dict[int, list[RosterEntry]] = {pk: [] for pk in entity_ids}
    rows = RosterEntry.objects.for_system(WHY).current().select_related("occupant__zone")
    for row in rows.filter(entity_id__in=list(entity_ids)).order_by("since", "pk"):
        entries[row.entity_id].append(row)
    wanted = {pk: _presence_of(rows) for pk, rows in entries.items()}
    rewrite(ZonePresence, wanted, BEGINNING, _alike, by=by, source=cause)


def _presence_of(rows: Sequence[RosterEntry]) -> list[Segment]:
    days = turning_days(rows, BEGINNING)
    return merged(days, [_names_on(rows, day) for day in days], _alike)


def _names_on(rows: Sequence[RosterEntry], day: date) -> dict[str, Any] | None:
    names = [
        row.occupant.zone.name
        for row in rows
        if row.since <= day and (row.until is None or row.until > day)
    ]
    return {"names": "、".join(names)[:500]} if names else None


def _alike(columns: Mapping[str, Any]) -> Any:
    return columns["names"]
