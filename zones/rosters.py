"""The one way to write a roster: entries, what is derived from them, and the fact changes.

Each function runs in the caller's transaction, writes ``alone``, and announces a FactChange for
exactly the entities whose roster differs afterwards.

Rosters are written by one transaction at a time: an entity's presence is derived from its entries
in all zones, so that two who write it in two zones would each miss the other's. Whoever writes
locks in this order: declaration, zones by key, rosters.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet

from core.dated import DatedQuerySet
from entities.changes import record_changes
from entities.timelines import Segment, merged, replace_rows, rewrite, turning_days
from staff.models import User
from zones.models import Occupant, RosterEntry, Zone, ZonePresence

BEGINNING = date(1, 1, 1)
WHY = "writing a roster"
ROSTERS = 73_2024_13
"""Names the lock under which one transaction at a time writes rosters."""


def alone() -> None:
    """Be the one transaction that writes rosters, until it ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ROSTERS])


def roster(zone: Zone, on: date) -> DatedQuerySet:
    """Return the entries of a zone in force on a day; still to be scoped."""
    return RosterEntry.objects.in_force(on).filter(occupant__zone=zone)


def enter(
    zone: Zone, names: Mapping[int, str], *, since: date, by: User | None, cause: str
) -> list[int]:
    """Put entities on a zone's roster from a day on; return those that were not on it already.

    ``names`` maps an entity's key to the name under which it stands on the roster. An entity that
    comes back later than ``since`` comes back on ``since``: its days are joined. Nobody stands on
    a roster longer than its zone is one.
    """
    if zone.until is not None and since >= zone.until:
        return []
    alone()
    occupants = _occupants(zone, names)
    held = _reaching(occupants.values(), since)
    fresh, old = [], []
    for entity_id, occupant in occupants.items():
        rows = held[occupant.pk]
        if any(row.since <= since and _lasts(row, zone) for row in rows):
            continue
        old += rows
        first = min([since, *(row.since for row in rows)])
        fresh.append(
            RosterEntry(
                occupant=occupant,
                entity_id=entity_id,
                since=first,
                until=zone.until,
                recorded_by=by,
                source=cause,
            )
        )
    return _write(old, fresh, since, by, cause)


def remove(
    zone: Zone, entity_ids: Collection[int], *, on: date, by: User | None, cause: str
) -> list[int]:
    """Take entities off a zone's roster; ``on`` is the first day they are not on it.

    Returns those that were on it on that day or later.
    """
    alone()
    held = _reaching(list(_locked(zone, entity_ids)), on)
    old = [row for rows in held.values() for row in rows]
    fresh = [row.copy(until=on, recorded_by=by, source=cause) for row in old if row.since < on]
    return _write(old, fresh, on, by, cause)


def give_back(
    zone: Zone,
    entity_ids: Collection[int],
    *,
    done_at: datetime,
    since: date,
    by: User | None,
    cause: str,
) -> list[int]:
    """Let the entities' days on a roster from ``since`` be as before what was written to them first
    at or after ``done_at``; return those for which that was possible.

    It is not where the days have been written otherwise since: they must be what they were then.
    That the zone ended meanwhile cuts the days then and now alike.
    """
    alone()
    occupants = {row.pk: row for row in _locked(zone, entity_ids)}
    rows: dict[int, list[RosterEntry]] = defaultdict(list)
    entries = RosterEntry.objects.for_system(WHY).filter(occupant__in=list(occupants))
    for row in entries.order_by("since", "pk"):
        rows[row.occupant_id].append(row)
    old, fresh = [], []
    for occupant_id in occupants:
        all_rows = rows[occupant_id]
        at = min((at for row in all_rows for at in _instants(row) if at >= done_at), default=None)
        held = [row for row in all_rows if row.superseded_at is None]
        if at is None:
            continue
        after = _within(zone, [row for row in all_rows if _known(row, at)])
        before = _within(zone, [row for row in all_rows if _known(row, at, before=True)])
        if _days(held) != _days(after) or _days(before) == _days(held):
            continue
        old += held
        fresh += [row.copy(recorded_by=by, source=cause) for row in before]
    return _write(old, fresh, since, by, cause)


def _instants(row: RosterEntry) -> list[datetime]:
    return [at for at in (row.recorded_at, row.superseded_at) if at is not None]


def _known(row: RosterEntry, at: datetime, *, before: bool = False) -> bool:
    """Whether a row was knowledge at an instant, or just before it."""
    ended = row.superseded_at
    if before:
        return row.recorded_at < at and (ended is None or ended >= at)
    return row.recorded_at <= at and (ended is None or ended > at)


def _lasts(row: RosterEntry, zone: Zone) -> bool:
    """Whether an entry reaches to the zone's end, or has none."""
    return row.until is None or (zone.until is not None and row.until >= zone.until)


def _within(zone: Zone, rows: Sequence[RosterEntry]) -> list[RosterEntry]:
    """Return copies of entries cut at the zone's end; what lies behind it is left out."""
    return [
        row.copy(until=zone.until if _lasts(row, zone) else row.until)
        for row in rows
        if zone.until is None or row.since < zone.until
    ]


def _days(rows: Sequence[RosterEntry]) -> list[tuple[date, date | None]]:
    return [(row.since, row.until) for row in rows]


def _locked(zone: Zone, entity_ids: Collection[int]) -> QuerySet[Occupant]:
    """Return the occupants of these entities, to be locked when they are read."""
    return (
        Occupant.objects.for_system(WHY)
        .filter(zone=zone, entity_id__in=list(entity_ids))
        .order_by("pk")
        .select_for_update(no_key=True)
    )


def hold(zone: Zone, entity_ids: Collection[int]) -> None:
    """Keep others from writing these entities' days on the roster until the transaction ends."""
    alone()
    list(_locked(zone, entity_ids).values_list("pk", flat=True))


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
    return {row.entity_id: row for row in _locked(zone, names)}


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
