"""Monthly proposals for rosters from address matching: who came into an area or left it.

One pass over the entities of a bureau serves all of its zones. An address lies in an area if it
contains the area's words, both in one spelling, and lies in its street where one is named; an
entity whose street is unknown is not taken for one that came, nor for one that left.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from core.errors import Refused
from core.jobs import Handle, enqueue
from core.models import Job
from entities.actions.base import action, bounded, need
from entities.choices import Status
from entities.names import folded
from policy.limits import limits_in_force
from staff.models import Jurisdiction, User
from staff.permissions import demand
from zones.actions.changes import unfit, waiting_in, write_change
from zones.actions.life import CLAUSE, lock_zone, standing
from zones.choices import ProposalKind, ProposalStatus, RosterMove
from zones.models import RosterChange, RosterProposal, Zone, ZoneArea

KIND = "propose_rosters"
VERB = "roster.change"
WHY = "proposing changes of rosters"
MEANWHILE = "该建议已被他人处理，请刷新后查看。"
MOVES = {
    ProposalKind.FOUNDED: RosterMove.ADD,
    ProposalKind.MOVED_IN: RosterMove.ADD,
    ProposalKind.MOVED_OUT: RosterMove.REMOVE,
    ProposalKind.DEREGISTERED: RosterMove.REMOVE,
}

AREAS = """unnest(%(zones)s::bigint[], %(words)s::text[], %(streets)s::bigint[])
    AS a (zone, words, street)"""

HELD = """
    SELECT o.zone_id, r.entity_id FROM zones_rosterentry r
    JOIN zones_occupant o ON o.id = r.occupant_id
    WHERE o.zone_id = ANY(%(all_zones)s) AND r.superseded_at IS NULL
      AND r.since <= %(on)s AND (r.until IS NULL OR r.until > %(on)s)
"""

# Words are looked for in every address of the bureau, so each is brought into one spelling once.
COMING = f"""
WITH place AS MATERIALIZED (
    SELECT e.id, e.street_id, e.established_on,
        replace(lower(normalize(e.address, NFKC)), ' ', '') AS address
    FROM entities_entity e
    WHERE (e.bureau_id = %(bureau)s OR e.district_id = ANY(%(districts)s))
      AND NOT e.status = ANY(%(ending)s) AND e.address <> ''
), held AS ({HELD})
SELECT DISTINCT ON (a.zone, p.id) a.zone, p.id, p.established_on, a.words, p.address
FROM place p JOIN {AREAS}
    ON strpos(p.address, a.words) > 0 AND (a.street = 0 OR a.street = p.street_id)
WHERE NOT EXISTS (SELECT FROM held h WHERE h.zone_id = a.zone AND h.entity_id = p.id)
ORDER BY a.zone, p.id, a.words
"""

LEAVING = f"""
WITH held AS ({HELD})
SELECT h.zone_id, e.id, s.status, s.since, e.address
FROM held h JOIN entities_entity e ON e.id = h.entity_id
LEFT JOIN entities_entitystatus s ON s.entity_id = e.id AND s.superseded_at IS NULL
    AND s.since <= %(on)s AND (s.until IS NULL OR s.until > %(on)s) AND s.status = ANY(%(ending)s)
WHERE s.status IS NOT NULL OR (h.zone_id = ANY(%(zones)s) AND e.address <> '' AND NOT EXISTS (
    SELECT FROM {AREAS} WHERE a.zone = h.zone_id
      AND strpos(replace(lower(normalize(e.address, NFKC)), ' ', ''), a.words) > 0
      AND (a.street = 0 OR e.street_id IS NULL OR a.street = e.street_id)))
ORDER BY h.zone_id, e.id
"""


@dataclass(frozen=True)
class Answered:
    """What became of proposals: the changes filed, the keys done, a sentence for each other."""

    done: list[int]
    skipped: dict[int, str]
    changes: list[RosterChange] = field(default_factory=list)


def month_of(day: date) -> date:
    return day.replace(day=1)


def propose(month: date, on: date, bureau_id: int | None = None) -> int:
    """Write the proposals of a month for one bureau's zones, or for all; return how many.

    ``month`` is the first day of the month looked at: who was established since then is 新设. Can
    be run again: nothing is proposed twice while it is open, while a filed change names it, or
    after it was answered in the month. One transaction for each bureau.
    """
    zones = _living(on)
    if bureau_id is not None:
        zones = zones.filter(bureau=bureau_id)
    bureaus = zones.order_by("bureau_id").values_list("bureau_id", flat=True).distinct()
    return sum(_propose_of(bureau, month, on) for bureau in bureaus)


def _living(on: date) -> Any:
    lasting = Q(until=None) | Q(until__gt=on)
    return Zone.objects.for_system(WHY).filter(lasting, since__lte=on)


@transaction.atomic
def _propose_of(bureau_id: int, month: date, on: date) -> int:
    all_zones = list(_living(on).filter(bureau=bureau_id).values_list("pk", flat=True))
    areas = ZoneArea.objects.for_system(WHY).in_force(on).filter(zone__in=all_zones)
    told = [(row.zone_id, folded(row.words), row.street_id or 0) for row in areas]
    told = [one for one in told if one[1]]
    params: dict[str, Any] = {
        "on": on,
        "bureau": bureau_id,
        "districts": _districts(bureau_id, on),
        "all_zones": all_zones,
        "zones": [zone for zone, _, _ in told],
        "words": [words for _, words, _ in told],
        "streets": [street for _, _, street in told],
        "ending": list(limits_in_force(on)["status.ending"]),
    }
    with connection.cursor() as cursor:
        cursor.execute(COMING, params)
        fresh = [_coming(*row, month=month) for row in cursor.fetchall()]
        cursor.execute(LEAVING, params)
        fresh += [_leaving(*row, month=month) for row in cursor.fetchall()]
    known = _known(all_zones, month, on)
    fresh = [row for row in fresh if (row.zone_id, row.entity_id) not in known]
    RosterProposal.objects.for_system(WHY).bulk_create(
        fresh, ignore_conflicts=True, batch_size=5000
    )
    return len(fresh)


def _districts(bureau_id: int, on: date) -> list[int]:
    rows = Jurisdiction.objects.for_system(WHY).in_force(on).filter(bureau=bureau_id)
    return list(rows.exclude(district=None).values_list("district_id", flat=True))


def _known(zone_ids: Collection[int], month: date, on: date) -> set[tuple[int, int]]:
    """Return (zone, entity) of what is open, was answered in the month, or waits in a change."""
    rows = RosterProposal.objects.for_system(WHY).filter(zone__in=zone_ids)
    asked = rows.filter(
        Q(status=ProposalStatus.OPEN) | Q(month__gte=month) | Q(answered_at__date__gte=month_of(on))
    )
    known = set(asked.values_list("zone_id", "entity_id"))
    changing = RosterChange.objects.for_system(WHY).filter(zone__in=zone_ids, status="filed")
    return known | set(changing.values_list("zone_id", "rows__entity_id"))


def _coming(
    zone: int, entity: int, founded: date | None, words: str, address: str, *, month: date
) -> RosterProposal:
    is_new = founded is not None and founded >= month
    kind = ProposalKind.FOUNDED if is_new else ProposalKind.MOVED_IN
    when = f"{founded}成立，" if is_new else ""
    evidence = f"{when}住所“{address}”含“{words}”，不在名册上。"[:300]
    return RosterProposal(zone_id=zone, entity_id=entity, kind=kind, month=month, evidence=evidence)


def _leaving(
    zone: int, entity: int, status: str | None, since: date | None, address: str, *, month: date
) -> RosterProposal:
    if status is not None:
        kind, evidence = ProposalKind.DEREGISTERED, f"自{since}起{Status(status).label}。"
    else:
        kind = ProposalKind.MOVED_OUT
        evidence = f"住所“{address}”已不在区域范围内。"[:300]
    return RosterProposal(zone_id=zone, entity_id=entity, kind=kind, month=month, evidence=evidence)


def work(handle: Handle) -> dict[str, Any]:
    """Propose for one bureau or all; a job may be begun again at any time."""
    params = handle.job.params
    month, on = date.fromisoformat(params["month"]), date.fromisoformat(params["on"])
    bureau = params.get("bureau")
    bureaus = [bureau] if bureau else sorted(set(_living(on).values_list("bureau_id", flat=True)))
    made = 0
    for number, bureau_id in enumerate(bureaus):
        handle.progress(number, len(bureaus), "比对区域名册")
        made += propose(month, on, bureau_id)
    handle.progress(len(bureaus), len(bureaus))
    return {"proposed": made, "bureaus": len(bureaus)}


def begin_month(on: date) -> Job | None:
    """Enqueue the matching of the month that has ended, once a month, where there are zones."""
    month = month_of(month_of(on) - timedelta(days=1))
    params = {"month": month.isoformat(), "nightly": True}
    asked = Job.objects.for_system("whether the month was begun").filter(kind=KIND)
    asked = asked.exclude(status=Job.Status.FAILED)  # what failed is asked for the next night
    if asked.filter(params__contains=params).exists() or not _living(on).exists():
        return None
    return enqueue(KIND, f"{month:%Y年%m月}区域名册比对", params=params | {"on": on.isoformat()})


@action
def ask_proposals(*, by: User, on: date) -> Job:
    """Ask for the matching of this month for the zones of one's own bureau, now."""
    demand(by, VERB)
    if not _living(on).filter(bureau=by.bureau_id).exists():
        raise Refused(CLAUSE, "本局没有沙盒区域，无需比对。")
    waiting = Job.objects.for_system("whether a matching waits already").filter(
        kind=KIND,
        params__contains={"bureau": by.bureau_id},
        status__in=(Job.Status.QUEUED, Job.Status.RUNNING),
    )
    if waiting.exists():
        raise Refused(CLAUSE, "本局的区域名册比对正在进行，请稍后查看结果。")
    month = month_of(on)
    params = {"month": month.isoformat(), "on": on.isoformat(), "bureau": by.bureau_id}
    return enqueue(KIND, f"{month:%Y年%m月}区域名册比对", by=by, params=params)


@action
def confirm_proposals(
    proposal_ids: Collection[int], *, by: User, on: date, reason: str, since: date | None = None
) -> Answered:
    """Confirm proposals in bulk: one change of the roster for each zone, filed by this person.

    The lead then approves it. A proposal that the roster has overtaken is closed with a sentence.
    """
    demand(by, VERB)
    reason = need(reason, "变动理由", CLAUSE)
    day = since or on
    open_ones, skipped = _take(proposal_ids, by)
    by_zone: dict[int, list[RosterProposal]] = defaultdict(list)
    for row in open_ones:
        by_zone[row.zone_id].append(row)
    done: list[int] = []
    changes = []
    for _, rows in sorted(by_zone.items()):  # zones are locked by key, as everywhere
        good, change = _confirm(rows, day, on, by, reason, skipped)
        done += good
        changes += [change] if change else []
    return Answered(done, skipped, changes)


def _confirm(
    rows: list[RosterProposal],
    since: date,
    on: date,
    by: User,
    reason: str,
    skipped: dict[int, str],
) -> tuple[list[int], RosterChange | None]:
    """File one change for the proposals of one zone; return those in it, and the change."""
    zone = lock_zone(rows[0].zone, by)
    try:
        standing(zone, since)
    except Refused as refusal:
        return _outside(rows, zone, on, by, str(refusal), skipped), None
    moves = {row.entity_id: MOVES[ProposalKind(row.kind)] for row in rows}
    notes = {row.entity_id: row.evidence for row in rows}
    bad = unfit(zone, moves, since=since, on=on, notes=notes)
    waiting = waiting_in(zone, moves)
    for row in rows:
        if row.entity_id in bad:
            skipped[row.pk] = bad[row.entity_id]
            if row.entity_id not in waiting:
                _answer([row.pk], ProposalStatus.REJECTED, by, bad[row.entity_id])
    good = [row for row in rows if row.entity_id not in bad]
    if not good:
        return [], None
    moves = {row.entity_id: moves[row.entity_id] for row in good}
    change = write_change(zone, moves, since=since, reason=reason, by=by, notes=notes)
    keys = [row.pk for row in good]
    _answer(keys, ProposalStatus.CONFIRMED, by, reason, change)
    return keys, change


def _outside(
    rows: list[RosterProposal], zone: Zone, on: date, by: User, said: str, skipped: dict[int, str]
) -> list[int]:
    """Skip the proposals of a zone that is none on the day; close them where it has ended."""
    skipped |= {row.pk: said for row in rows}
    if zone.until is not None and zone.until <= on:
        _answer([row.pk for row in rows], ProposalStatus.REJECTED, by, said)
    return []


@action
def reject_proposals(proposal_ids: Collection[int], *, answer: str, by: User, on: date) -> Answered:
    """Reject proposals in bulk with an answer; they do not come again in the month."""
    demand(by, VERB)
    answer = need(answer, "不采纳的理由", CLAUSE)
    open_ones, skipped = _take(proposal_ids, by)
    done = [row.pk for row in open_ones]
    _answer(done, ProposalStatus.REJECTED, by, answer)
    return Answered(done, skipped)


def _take(proposal_ids: Collection[int], by: User) -> tuple[list[RosterProposal], dict[int, str]]:
    """Lock and return the open ones this person may see; say for each other one why it is not."""
    ids = bounded(proposal_ids)
    rows = (
        RosterProposal.objects.visible_to(by)
        .filter(pk__in=ids, status=ProposalStatus.OPEN)
        .select_related("zone")
        .order_by("pk")
        .select_for_update(of=("self",))
    )
    found = list(rows)
    there = {row.pk for row in found}
    return found, {pk: MEANWHILE for pk in ids if pk not in there}


def _answer(
    ids: Collection[int], status: str, by: User, answer: str, change: RosterChange | None = None
) -> None:
    rows = RosterProposal.objects.for_system("answering proposals that were locked")
    changed = rows.filter(pk__in=list(ids), status=ProposalStatus.OPEN).update(
        status=status,
        answered_by=by,
        answered_at=timezone.now(),
        answer=answer[:200],
        change=change,
    )
    if changed != len(ids):
        raise Refused(CLAUSE, MEANWHILE)
