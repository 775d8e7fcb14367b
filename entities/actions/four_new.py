"""四新 marks: what the city decides, and what a district proposes or objects to (readings 3)."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date

from django.utils import timezone

from core.dated import Dated
from core.errors import Refused
from core.workdays import hold_calendar
from entities.actions.base import (
    ELSEWHERE,
    Result,
    action,
    bounded,
    follow,
    lock,
    lock_one,
    need,
    not_later,
    operate,
)
from entities.choices import MarkOrigin, Novelty
from entities.models import Entity, FourNewMark, FourNewProposal, FourNewVeto, Operation
from entities.rederive import MUNICIPAL
from entities.timelines import Written, lay_over, reaching
from entities.workflow import move
from policy.limits import limits_in_force
from staff.models import User
from staff.permissions import demand

CLAUSE = "readings 3"
DECIDED = "该建议已被处理或撤回，未重复决定。"
OWN_PROPOSAL = "该主体的建议或异议由您本人提出，须由市局其他人员决定。"
Kind = FourNewProposal.Kind
Status = FourNewProposal.Status


def mark_four_new(
    entity: Entity, *, novelties: Iterable[str], reason: str, since: date, by: User, on: date
) -> Result:
    """Mark one entity as four-new by a decision of the city."""
    result = bulk_mark_four_new(
        [entity.pk], novelties=novelties, reason=reason, since=since, by=by, on=on
    )
    return _done_or_refused(result)


@action
def bulk_mark_four_new(
    entity_ids: Collection[int],
    *,
    novelties: Iterable[str],
    reason: str,
    since: date,
    by: User,
    on: date,
) -> Result:
    """Mark many entities by a decision of the city, from a day on; it ends their vetoes."""
    demand(by, "four_new.decide")
    kinds = _novelties(novelties)
    reason = need(reason, "认定理由", CLAUSE)
    not_later(since, on)
    todo, skipped = _others(entity_ids, by)
    for row in reaching(FourNewMark, todo, since, origin=MarkOrigin.DECISION):
        if row.since <= since and row.until is None and sorted(row.novelties) == kinds:
            skipped[row.entity_id] = f"市局已决定标为“四新”（自{row.since}起），无需重复。"
    todo = [pk for pk in todo if pk not in skipped]
    _refuse_if_nothing(todo, skipped)
    said = {pk: (kinds, reason) for pk in todo}
    return operate(
        Operation.Verb.MARK_FOUR_NEW,
        by=by,
        reason=reason,
        from_days=dict.fromkeys(todo, since),
        tables=_write_marks(said, since, by),
        on=on,
        skipped=skipped,
        params={"novelties": kinds, "since": since},
    )


def unmark_four_new(entity: Entity, *, reason: str, since: date, by: User, on: date) -> Result:
    """Take the four-new mark from one entity by a decision of the city."""
    return _done_or_refused(
        bulk_unmark_four_new([entity.pk], reason=reason, since=since, by=by, on=on)
    )


@action
def bulk_unmark_four_new(
    entity_ids: Collection[int], *, reason: str, since: date, by: User, on: date
) -> Result:
    """Take the marks from many entities, from a day on; a veto keeps the rule table's away."""
    demand(by, "four_new.decide")
    reason = need(reason, "取消理由", CLAUSE)
    not_later(since, on)
    todo, skipped = _others(entity_ids, by)
    marked = {row.entity_id for row in reaching(FourNewMark, todo, since)}
    skipped |= {pk: "该主体没有“四新”标识，无需取消。" for pk in todo if pk not in marked}
    todo = [pk for pk in todo if pk not in skipped]
    _refuse_if_nothing(todo, skipped)
    return operate(
        Operation.Verb.UNMARK_FOUR_NEW,
        by=by,
        reason=reason,
        from_days=dict.fromkeys(todo, since),
        tables=_write_vetoes(dict.fromkeys(todo, reason), since, by),
        on=on,
        skipped=skipped,
        params={"since": since},
    )


@action
def propose_four_new(
    entities: Sequence[Entity], *, novelties: Iterable[str], reason: str, by: User, on: date
) -> list[FourNewProposal]:
    """File a district's 认定建议 for entities that no municipal mark names yet."""
    demand(by, "four_new.propose")
    kinds = _novelties(novelties)
    return _file(Kind.PROPOSE, entities, kinds, reason, by, on)


@action
def object_four_new(
    entities: Sequence[Entity], *, reason: str, by: User, on: date
) -> list[FourNewProposal]:
    """File a district's 异议 against municipal marks; until the city decides, they stay."""
    demand(by, "four_new.propose")
    return _file(Kind.OBJECT, entities, [], reason, by, on)


def _file(
    kind: str,
    entities: Sequence[Entity],
    novelties: list[str],
    reason: str,
    by: User,
    on: date,
) -> list[FourNewProposal]:
    """File proposals of one kind together; refuse with the first entity that forbids it."""
    reason = need(reason, "理由", CLAUSE)
    ids = bounded([entity.pk for entity in entities])
    locked = lock(ids, by)
    if len(locked) < len(ids):
        raise Refused("readings 4", ELSEWHERE)
    _refuse_unfit(kind, locked, on)
    due_on = hold_calendar().add_working_days(on, decision_days(on))
    batch = uuid.uuid4() if len(ids) > 1 else None
    filed = FourNewProposal.objects.for_system("filing proposals").bulk_create(
        FourNewProposal(
            entity_id=entity.pk,
            kind=kind,
            novelties=novelties,
            reason=reason,
            batch=batch,
            filed_by=by,
            filed_at=timezone.now(),
            due_on=due_on,
        )
        for entity in locked
    )
    follow([FourNewMark], dict.fromkeys(ids, on), Kind(kind).label, by=by, on=on)
    return filed


def decision_days(on: date) -> int:
    """Return within how many working days the city decides what is filed on a day."""
    days: int = limits_in_force(on)["four_new.decision_working_days"]
    return days


def _refuse_unfit(kind: str, entities: Sequence[Entity], on: date) -> None:
    ids = [entity.pk for entity in entities]
    names = {entity.pk: entity.name for entity in entities}
    waiting = FourNewProposal.objects.for_system("looking for open proposals").filter(
        entity_id__in=ids, status=Status.FILED
    )
    if (row := waiting.first()) is not None:
        raise Refused(
            CLAUSE, f"{names[row.entity_id]}已有待市局决定的{row.get_kind_display()}，请待其办结。"
        )
    opening = (*MUNICIPAL, MarkOrigin.RULE)
    marks = FourNewMark.objects.for_system("looking for marks").in_force(on)
    marked = set(marks.filter(entity_id__in=ids, origin__in=opening).values_list(
        "entity_id", flat=True
    ))  # fmt: skip
    for pk in ids:
        if kind == Kind.PROPOSE and pk in marked:
            raise Refused(CLAUSE, f"{names[pk]}已由市局标为“四新”，无需建议；不同意的可提出异议。")
        if kind == Kind.OBJECT and pk not in marked:
            raise Refused(CLAUSE, f"{names[pk]}没有市局的“四新”标识，不能提出异议。")


@action
def withdraw_proposal(proposal: FourNewProposal, *, by: User, on: date) -> FourNewProposal:
    """Take a filed proposal back; a district's mark that rested on it ends."""
    lock_one(proposal.entity, by)
    if not move([proposal.pk], "withdraw", by=by):
        raise Refused(CLAUSE, "该建议已不在待市局决定状态，不能撤回，请刷新后查看。")
    follow([FourNewMark], {proposal.entity_id: on}, "撤回“四新”建议", by=by, on=on)
    proposal.refresh_from_db()
    return proposal


@action
def decide_proposals(
    proposal_ids: Collection[int], *, accept: bool, opinion: str, by: User, on: date
) -> Result:
    """Accept or reject filed proposals, singly or in bulk; say per entity what became of it.

    An accepted 认定建议 becomes a mark from today, an accepted 异议 a veto. Refusing needs an
    opinion, which the district reads.
    """
    demand(by, "four_new.decide")
    step = "accept" if accept else "reject"
    opinion = opinion.strip() if accept else need(opinion, "不采纳的意见", CLAUSE)
    found = FourNewProposal.objects.visible_to(by).filter(pk__in=bounded(proposal_ids))
    proposals = {row.pk: row for row in found}
    lock([row.entity_id for row in proposals.values()], by)
    moved = move(proposals, step, by=by, decided_by=by, decided_at=timezone.now(), opinion=opinion)
    skipped = {
        row.entity_id: OWN_PROPOSAL if row.filed_by_id == by.pk else DECIDED
        for pk, row in proposals.items()
        if pk not in moved
    }
    rows = [proposals[pk] for pk in sorted(moved)]
    _refuse_if_nothing([row.entity_id for row in rows], skipped)
    skipped = {pk: note for pk, note in skipped.items() if pk not in {r.entity_id for r in rows}}
    return operate(
        Operation.Verb.DECIDE_PROPOSALS,
        by=by,
        reason=opinion or "采纳区县建议",
        from_days={row.entity_id: on for row in rows},
        tables=_carry_out(rows, on, by) if accept else {FourNewMark: Written()},
        on=on,
        skipped=skipped,
        params={"accept": accept, "proposals": {str(r.entity_id): r.pk for r in rows}},
    )


def _carry_out(rows: Sequence[FourNewProposal], on: date, by: User) -> dict[type[Dated], Written]:
    proposed = {
        r.entity_id: (sorted(r.novelties), r.reason) for r in rows if r.kind == Kind.PROPOSE
    }
    objected = {r.entity_id: r.reason for r in rows if r.kind == Kind.OBJECT}
    marks = _write_marks(proposed, on, by)
    vetoes = _write_vetoes(objected, on, by)
    for model, written in vetoes.items():
        marks[model].inserted.update(written.inserted)
        marks[model].superseded.update(written.superseded)
    return marks


def _write_marks(
    said: Mapping[int, tuple[list[str], str]], since: date, by: User
) -> dict[type[Dated], Written]:
    """Let a decision's mark hold from a day on, in place of any other mark and of a veto."""
    return {
        FourNewVeto: lay_over(FourNewVeto, list(said), since, None, lambda pk: None),
        FourNewMark: lay_over(
            FourNewMark,
            list(said),
            since,
            None,
            lambda pk: FourNewMark(
                entity_id=pk,
                origin=MarkOrigin.DECISION,
                novelties=said[pk][0],
                evidence=[{"origin": "decision", "words": said[pk][1]}],
                since=since,
                recorded_by=by,
                source=by.name,
            ),
        ),
    }


def _write_vetoes(reasons: Mapping[int, str], since: date, by: User) -> dict[type[Dated], Written]:
    """Let a veto hold from a day on, and no mark."""
    return {
        FourNewMark: lay_over(FourNewMark, list(reasons), since, None, lambda pk: None),
        FourNewVeto: lay_over(
            FourNewVeto,
            list(reasons),
            since,
            None,
            lambda pk: FourNewVeto(
                entity_id=pk, reason=reasons[pk], since=since, recorded_by=by, source=by.name
            ),
        ),
    }


def _novelties(novelties: Iterable[str]) -> list[str]:
    kinds = sorted({str(novelty) for novelty in novelties})
    if not kinds or not set(kinds) <= set(Novelty.values):
        raise Refused(CLAUSE, "请至少选择一类：新技术、新产业、新业态、新模式。")
    return kinds


def _others(entity_ids: Collection[int], by: User) -> tuple[list[int], dict[int, str]]:
    """Return what this person may decide, and what not with a sentence: what lies elsewhere, and
    what waits for a decision because this person asked for one.
    """
    ids = bounded(entity_ids)
    visible = [entity.pk for entity in lock(ids, by)]
    own = FourNewProposal.objects.for_system("nobody decides what he or she filed").filter(
        entity_id__in=visible, status=Status.FILED, filed_by=by
    )
    skipped = dict.fromkeys(set(ids) - set(visible), ELSEWHERE)
    skipped |= dict.fromkeys(own.values_list("entity_id", flat=True), OWN_PROPOSAL)
    return [pk for pk in visible if pk not in skipped], skipped


def _refuse_if_nothing(todo: list[int], skipped: Mapping[int, str]) -> None:
    if not todo:
        raise Refused(CLAUSE, next(iter(skipped.values()), "没有可以办理的主体，请刷新后重试。"))


def _done_or_refused(result: Result) -> Result:
    if result.skipped:
        raise Refused(CLAUSE, next(iter(result.skipped.values())))
    return result
