"""What becomes of entities on rosters: ended, left the district, renamed (readings 7 and 9).

The follower compares states and keeps no cursor, so that it may run twice or at any time. A note
says the state that it was raised for; the same state is not noted again. ``Occupant.inside`` is
the state of the one thing that has no dated table: the bureau of an entity.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from core.errors import Refused
from entities.actions.base import action, need
from entities.choices import Status
from policy.limits import limits_in_force
from staff.models import User
from staff.permissions import demand
from zones.actions.changes import file_change
from zones.actions.handing import to_hand
from zones.actions.life import CLAUSE, lock_zone, seen
from zones.choices import NoteKind, RosterMove
from zones.models import Occupant, RosterChange, RosterEntry, Zone, ZoneNote
from zones.rosters import alone, remove

WHY = "following what becomes of entities on rosters"
CAUSE = "区域名册提示"

# One spelling of names: PostgreSQL's side of entities.names.folded.
FOLDED = "replace(lower(normalize({}, NFKC)), ' ', '')"

ON_ROSTERS = """
FROM zones_rosterentry r
JOIN zones_occupant o ON o.id = r.occupant_id
JOIN zones_zone z ON z.id = o.zone_id
JOIN entities_entity e ON e.id = r.entity_id
WHERE r.superseded_at IS NULL AND r.since <= %(on)s AND (r.until IS NULL OR r.until > %(on)s)
  AND (%(ids)s::bigint[] IS NULL OR r.entity_id = ANY(%(ids)s))
"""

STATES = f"""
SELECT z.id, e.id, e.name, o.name, s.status, s.since, b.short_name,
    s.status IS NOT NULL,
    o.inside AND e.bureau_id <> z.bureau_id AND NOT z.id = ANY(%(handed)s),
    {FOLDED.format("e.name")} <> {FOLDED.format("o.name")}
{
    ON_ROSTERS.replace(
        "WHERE",
        '''LEFT JOIN staff_bureau b ON b.id = e.bureau_id
LEFT JOIN entities_entitystatus s ON s.entity_id = e.id AND s.superseded_at IS NULL
    AND s.since <= %(on)s AND (s.until IS NULL OR s.until > %(on)s) AND s.status = ANY(%(ending)s)
WHERE''',
    )
}
  AND (s.status IS NOT NULL OR {FOLDED.format("e.name")} <> {FOLDED.format("o.name")}
    OR (o.inside AND e.bureau_id <> z.bureau_id AND NOT z.id = ANY(%(handed)s)))
ORDER BY z.id, e.id
"""

SEEN_INSIDE = f"""
UPDATE zones_occupant SET inside = true WHERE NOT inside AND id IN (
    SELECT o.id {ON_ROSTERS} AND NOT o.inside AND e.bureau_id = z.bureau_id
)
"""


class Found(NamedTuple):
    """A state of an entity on a roster that the district is told of."""

    zone_id: int
    entity_id: int
    kind: NoteKind
    text: str
    since: date


@transaction.atomic
def follow(entity_ids: Collection[int] | None, on: date) -> int:
    """Raise a note for each entity on a roster that ended, left or was renamed; None means all.

    By the limits of the day whoever ended, or left the district, also leaves the roster: from the
    day the status began, or from ``on``. Returns how many notes were raised.
    """
    ids = None if entity_ids is None else sorted(entity_ids)
    if not _on_rosters(ids, on):
        return 0
    alone()  # also one follower at a time
    limits = limits_in_force(on)
    params = {
        "on": on,
        "ids": ids,
        "ending": list(limits["status.ending"]),
        "handed": [row.zone.pk for row in to_hand(on)],
    }
    with connection.cursor() as cursor:
        cursor.execute(SEEN_INSIDE, params)
        cursor.execute(STATES, params)
        found = [note for row in cursor.fetchall() for note in _told(row, on)]
    leaving = {
        NoteKind.ENDED: limits["zones.ended_leaves"],
        NoteKind.LEFT_DISTRICT: limits["zones.left_district_leaves"],
        NoteKind.RENAMED: False,
    }
    gone = [one for one in found if leaving[one.kind]]
    raised = _raise(found, on, set(gone))
    _take_off(gone)
    _mark_left(found)
    return raised


def _on_rosters(ids: list[int] | None, on: date) -> bool:
    """Return whether any of the entities is on a roster at all; most batches have none."""
    rows = RosterEntry.objects.for_system(WHY).in_force(on)
    return (rows if ids is None else rows.filter(entity_id__in=ids)).exists()


def _told(row: Any, on: date) -> Iterable[Found]:
    """Give the notes of one line of STATES."""
    zone, entity, name, held_name, status, since, bureau, ended, left, renamed = row
    if ended:
        text = f"{name}自{since}起登记状态为{Status(status).label}。"
        yield Found(zone, entity, NoteKind.ENDED, text, since)
    elif left:
        text = f"{name}的住所已不在本局辖区，现由{bureau}监管。"
        yield Found(zone, entity, NoteKind.LEFT_DISTRICT, text, on)
    if renamed and not ended:
        text = f"{held_name}已更名为{name}。"
        yield Found(zone, entity, NoteKind.RENAMED, text, on)


def _raise(found: list[Found], on: date, leaving: Collection[Found]) -> int:
    """Write the notes that are not open yet, and were not settled for the same state.

    Whoever leaves the roster, or has left the district anew, is told of in any case.
    """
    rows = ZoneNote.objects.for_system(WHY).filter(entity__in={one.entity_id for one in found})
    open_ones: set[tuple[int, int, str]] = set()
    said: set[tuple[int, int, str, str]] = set()
    for row in rows:
        if row.settled_at is None:
            open_ones.add((row.zone_id, row.entity_id, row.kind))
        elif row.kind != NoteKind.LEFT_DISTRICT:
            said.add((row.zone_id, row.entity_id, row.kind, row.text))
    fresh = [
        ZoneNote(
            zone_id=one.zone_id,
            entity_id=one.entity_id,
            kind=one.kind,
            text=one.text[:400],
            raised_on=on,
        )
        for one in found
        if one[:3] not in open_ones and (one in leaving or one[:4] not in said)
    ]
    # Of two followers at once the second finds the note there.
    ZoneNote.objects.for_system(WHY).bulk_create(fresh, ignore_conflicts=True, batch_size=5000)
    return len(fresh)


def _take_off(found: list[Found]) -> None:
    groups: dict[tuple[int, date], list[int]] = defaultdict(list)
    for one in found:
        groups[one.zone_id, one.since].append(one.entity_id)
    zones = Zone.objects.for_system(WHY).in_bulk({zone for zone, _ in groups})
    for (zone_id, day), ids in sorted(groups.items()):
        remove(zones[zone_id], ids, on=day, by=None, cause=CAUSE)
        _open(zone_id, ids).filter(left_on=None).exclude(kind=NoteKind.RENAMED).update(left_on=day)


def _open(zone_id: int, entity_ids: Collection[int]) -> QuerySet[ZoneNote]:
    rows = ZoneNote.objects.for_system(WHY)
    return rows.filter(zone=zone_id, entity_id__in=list(entity_ids), settled_at=None)


def _mark_left(found: list[Found]) -> None:
    """Let those that left the district be outside, so that only a new leaving is noted again."""
    for one in found:
        if one.kind == NoteKind.LEFT_DISTRICT:
            Occupant.objects.for_system(WHY).filter(zone=one.zone_id, entity=one.entity_id).update(
                inside=False
            )


def open_notes(by: User) -> QuerySet[ZoneNote]:
    """Return the notes that wait for the bureaus this person sees, the newest first."""
    rows = ZoneNote.objects.visible_to(by).filter(settled_at=None)
    return rows.select_related("zone", "entity").order_by("-raised_on", "-pk")


@action
def settle_note(
    note: ZoneNote,
    *,
    answer: str,
    by: User,
    on: date,
    take_off: bool = False,
    take_name: bool = False,
) -> RosterChange | None:
    """Settle a note with an answer; return the change of the roster that was filed for it, if any.

    ``take_name``: the roster takes the new name. ``take_off``: the entity is to leave the roster,
    which the lead approves. Otherwise it stays as it is, for the reason in ``answer``.
    """
    demand(by, "roster.change")
    found = seen(note, by)
    zone = lock_zone(found.zone, by)
    if not take_name:
        answer = need(answer, "处理说明", CLAUSE)
    if take_name and found.kind != NoteKind.RENAMED:
        raise Refused(CLAUSE, "只有名称变更的提示可以采用新名称。")
    if take_off and (found.kind == NoteKind.RENAMED or found.left_on is not None):
        raise Refused(CLAUSE, "该提示不需要移出名册，请填写处理说明。")
    rows = ZoneNote.objects.for_system("settling a note that was found to be visible")
    if not rows.filter(pk=found.pk, settled_at=None).update(
        settled_by=by, settled_at=timezone.now(), answer=answer.strip()[:200]
    ):
        raise Refused(CLAUSE, "该提示已由他人处理，请刷新后查看。")
    if take_name:
        Occupant.objects.for_system(WHY).filter(zone=zone, entity=found.entity_id).update(
            name=found.entity.name
        )
    if not take_off:
        return None
    moves = {found.entity_id: RosterMove.REMOVE}
    return file_change(zone, moves, since=on, reason=f"{found.text}{answer}", by=by, on=on)
