"""Changes of a roster inside the boundary: filed, approved by the lead, noted or reversed (备案).

Who filed a change does not approve it. What it would do to membership shows ``desk`` before.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils import timezone

from core.errors import Refused
from entities.actions.base import action, bounded, need
from entities.models import Entity, EntityStatus
from policy.limits import limits_in_force
from staff.models import User
from staff.permissions import demand
from zones.actions.life import CLAUSE, lock_zone, standing
from zones.change_workflow import move
from zones.choices import ChangeStatus, RosterMove
from zones.models import RosterChange, RosterChangeRow, Zone
from zones.rosters import enter, give_back, hold, remove, roster

WHY = "filing and deciding a change of a roster"
NAMED = 5
"""So many entities are named in a refusal; the rest is counted."""
LATER_CHANGE = "其后名册又有变动，不能撤销，请先办理后来的变动。"


@dataclass(frozen=True)
class Reversal:
    """What a reversal did: entities whose days are as before; ``left`` maps others to a reason."""

    change: RosterChange
    done: list[int]
    left: dict[int, str]


@action
def file_change(
    zone: Zone,
    moves: Mapping[int, str],
    *,
    since: date,
    reason: str,
    by: User,
    on: date,
    notes: Mapping[int, str] | None = None,
) -> RosterChange:
    """File who comes on the roster and who leaves it from ``since`` on, for the lead's approval.

    ``moves`` maps an entity's key to a ``RosterMove``, ``notes`` to a word about it; who is
    registered under another bureau needs one. Refuses naming every entity that does not fit.
    """
    demand(by, "roster.change")
    bounded(moves)
    reason = need(reason, "变动理由", CLAUSE)
    zone = lock_zone(zone, by)
    standing(zone, since)
    found = unfit(zone, moves, since=since, on=on, notes=notes or {})
    if found:
        raise Refused(CLAUSE, _said(found))
    return write_change(zone, moves, since=since, reason=reason, by=by, notes=notes or {})


def write_change(
    zone: Zone,
    moves: Mapping[int, str],
    *,
    since: date,
    reason: str,
    by: User,
    notes: Mapping[int, str],
) -> RosterChange:
    """Write a filed change of entities that fit, in the caller's transaction."""
    change = RosterChange(zone=zone, since=since, reason=reason, filed_by=by)
    change.save(force_insert=True)
    RosterChangeRow.objects.for_system(WHY).bulk_create(
        RosterChangeRow(
            change=change,
            entity_id=entity_id,
            move=RosterMove(moves[entity_id]),
            note=notes.get(entity_id, "").strip()[:200],
        )
        for entity_id in sorted(moves)
    )
    change.refresh_from_db()
    return change


def unfit(
    zone: Zone, moves: Mapping[int, str], *, since: date, on: date, notes: Mapping[int, str]
) -> dict[int, str]:
    """Return, by entity, a sentence why it cannot be moved; empty where all can."""
    ids = list(moves)
    entities = {row.pk: row for row in Entity.objects.for_system(WHY).filter(pk__in=ids)}
    there = set(
        roster(zone, since).for_system(WHY).filter(entity_id__in=ids)
        .values_list("entity_id", flat=True)
    )  # fmt: skip
    ended = _ended(ids, on)
    waiting = waiting_in(zone, ids)
    found: dict[int, str] = {}
    for pk, kind in moves.items():
        entity = entities.get(pk)
        if entity is None:
            found[pk] = f"编号{pk}的主体不存在。"
        elif pk in waiting:
            found[pk] = f"{entity.name}已有待批准的名册变动，请待其办结。"
        elif kind == RosterMove.REMOVE and pk not in there:
            found[pk] = f"{entity.name}在{since}不在名册上，不能移出。"
        elif kind == RosterMove.ADD and pk in there:
            found[pk] = f"{entity.name}在{since}已在名册上，无需再列入。"
        elif kind == RosterMove.ADD and pk in ended:
            found[pk] = f"{entity.name}的登记状态为{ended[pk]}，不能列入名册。"
        elif (
            kind == RosterMove.ADD
            and entity.bureau_id != zone.bureau_id
            and not notes.get(pk, "").strip()
        ):
            found[pk] = f"{entity.name}不由本局监管，列入名册请填写说明。"
    return found


def waiting_in(zone: Zone, entity_ids: Collection[int]) -> set[int]:
    """Return those of the entities that a filed change of the zone names already."""
    rows = RosterChangeRow.objects.for_system(WHY).filter(
        change__zone=zone, change__status=ChangeStatus.FILED, entity_id__in=list(entity_ids)
    )
    return set(rows.values_list("entity_id", flat=True))


def _ended(entity_ids: Collection[int], on: date) -> dict[int, str]:
    """Return the label of the status by which an entity has ended, by entity (readings 7)."""
    rows = EntityStatus.objects.for_system(WHY).in_force(on)
    rows = rows.filter(
        entity_id__in=list(entity_ids), status__in=limits_in_force(on)["status.ending"]
    )
    return {row.entity_id: row.get_status_display() for row in rows}


def _said(found: Mapping[int, str]) -> str:
    sentences = list(found.values())
    more = len(sentences) - NAMED
    return "".join(sentences[:NAMED]) + (
        f"另有{more}户也不能办理，请核对后重报。" if more > 0 else ""
    )


@action
def withdraw_change(change: RosterChange, *, by: User, on: date) -> RosterChange:
    """Take a filed change back before anybody decided on it."""
    return move(change, "withdraw", by=by, decided_by=by, decided_at=timezone.now())


@action
def decide_change(
    change: RosterChange, *, approve: bool, opinion: str, by: User, on: date
) -> RosterChange:
    """Approve a filed change, which writes the roster, or refuse it with an opinion.

    A row whose entity already stands as wanted stays undone, and so does who was to come and has
    ended meanwhile. The change counts from its day, also where that has passed by now.
    """
    demand(by, "roster.approve")
    opinion = opinion.strip() if approve else need(opinion, "不予批准的意见", CLAUSE)
    zone = lock_zone(change.zone, by)
    rows = _rows(change)
    if approve:
        standing(zone, change.since)
        hold(zone, [row.entity_id for row in rows])
    found = move(
        change,
        "approve" if approve else "refuse",
        by=by,
        decided_by=by,
        decided_at=timezone.now(),
        opinion=opinion,
    )
    if approve:
        ended = _ended([row.entity_id for row in rows], on)
        _carry_out(found, zone, [row for row in rows if not _has_ended(row, ended)], by)
    return found


def _rows(change: RosterChange) -> list[RosterChangeRow]:
    rows = RosterChangeRow.objects.for_system(WHY).filter(change=change)
    return list(rows.select_related("entity").order_by("pk"))


def _has_ended(row: RosterChangeRow, ended: Mapping[int, str]) -> bool:
    return row.move == RosterMove.ADD and row.entity_id in ended


def _carry_out(change: RosterChange, zone: Zone, rows: Sequence[RosterChangeRow], by: User) -> None:
    cause = cause_of(change)
    names = {row.entity_id: row.entity.name for row in rows if row.move == RosterMove.ADD}
    leaving = [row.entity_id for row in rows if row.move == RosterMove.REMOVE]
    done = enter(zone, names, since=change.since, by=by, cause=cause) if names else []
    done += remove(zone, leaving, on=change.since, by=by, cause=cause) if leaving else []
    RosterChangeRow.objects.for_system(WHY).filter(change=change, entity_id__in=done).update(
        done=True
    )


def cause_of(change: RosterChange) -> str:
    """Name the change as the cause of roster entries and fact changes."""
    return f"名册变动{change.pk}"


@action
def note_change(change: RosterChange, *, by: User, on: date) -> RosterChange:
    """Take note of an approved change (备案)."""
    return move(change, "note", by=by, seen_by=by, seen_at=timezone.now())


@action
def reverse_change(change: RosterChange, *, reason: str, by: User, on: date) -> Reversal:
    """Undo each done row from the change's day on; say per entity where a later change forbids it.

    Refuses where nothing of the change can be undone any more.
    """
    demand(by, "roster.reverse")
    reason = need(reason, "撤销理由", CLAUSE)
    zone = lock_zone(change.zone, by)
    found = move(
        change,
        "reverse",
        by=by,
        reversed_by=by,
        reversed_at=timezone.now(),
        reversal_reason=reason,
    )
    ids = [row.entity_id for row in _rows(change) if row.done]
    assert found.decided_at is not None  # an approved change has an instant
    done = give_back(
        zone,
        ids,
        done_at=found.decided_at,
        since=found.since,
        by=by,
        cause=f"撤销{cause_of(found)}",
    )
    left = {pk: LATER_CHANGE for pk in ids if pk not in set(done)}
    if ids and not done:
        raise Refused(CLAUSE, f"该变动的{len(ids)}户{LATER_CHANGE}")
    rows = RosterChangeRow.objects.for_system(WHY).filter(change=found)
    rows.filter(entity_id__in=done).update(undone=True)
    rows.filter(entity_id__in=list(left)).update(kept_because=LATER_CHANGE)
    return Reversal(found, done, left)
