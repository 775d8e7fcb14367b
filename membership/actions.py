"""What people do to membership: take out by hand, with a second person, and let runs go on."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from core.errors import Refused
from core.jobs import Job, enqueue
from entities.changes import record_changes
from entities.models import Entity
from membership.models import ExclusionRequest, ManualExclusion, Run
from membership.runs import OWN_RUN
from membership.workflow import TRANSITIONS
from policy.limits import limits_in_force
from staff.permissions import demand

CAUSE = "人工移出"


def _in_scope(entity: Entity, by: Any) -> None:
    if not Entity.objects.visible_to(by).filter(pk=entity.pk).exists():
        raise Refused("readings 4", "该经营主体不在您的管辖范围内。")


@transaction.atomic
def request_exclusion(
    entity: Entity, *, by: Any, reason: str, since: date, review_on: date, today: date
) -> ExclusionRequest:
    """Ask for an entity to be taken out by hand (四(一), readings 5).

    Refuses an empty reason, a day in the past, a review day beyond ``exclusion.review_days`` or
    not after the first day, and a second open request.
    """
    demand(by, "exclusion.request")
    _in_scope(entity, by)
    longest = limits_in_force(today)["exclusion.review_days"]
    if not reason.strip():
        raise Refused("4.1", "请写明人工移出的理由。")
    if since < today:
        raise Refused("4.1", "人工移出自批准后生效，生效日不能早于今天。")
    if not since < review_on <= since + timedelta(days=longest):
        raise Refused("readings 5", f"复核日须在生效日之后、{longest}日之内。")
    excluded = ManualExclusion.objects.for_system("one at a time").current()
    if excluded.filter(entity=entity, until=None).exists():
        raise Refused("4.1", "该主体已经人工移出，可先解除或等待复核。")
    return _file(entity, ExclusionRequest.Kind.EXCLUDE, reason, since, review_on, by)


@transaction.atomic
def request_lifting(
    entity: Entity, *, by: Any, reason: str, since: date, today: date
) -> ExclusionRequest:
    """Ask for a manual exclusion to end; the rules then decide again (readings 5)."""
    demand(by, "exclusion.request")
    _in_scope(entity, by)
    if not reason.strip():
        raise Refused("4.1", "请写明解除人工移出的理由。")
    if since < today:
        raise Refused("4.1", "解除日不能早于今天。")
    if _open_exclusion(entity) is None:
        raise Refused("4.1", "该主体没有正在执行的人工移出。")
    return _file(entity, ExclusionRequest.Kind.LIFT, reason, since, None, by)


def _file(
    entity: Entity, kind: str, reason: str, since: date, review_on: date | None, by: Any
) -> ExclusionRequest:
    try:
        with transaction.atomic():
            return ExclusionRequest.objects.create(
                entity=entity,
                kind=kind,
                reason=reason.strip(),
                since=since,
                review_on=review_on,
                filed_by=by,
            )
    except IntegrityError as error:
        raise Refused("4.1", "该主体已有待批准的人工移出申请，请先办结。") from error


def _open_exclusion(entity: Entity) -> ManualExclusion | None:
    rows = ManualExclusion.objects.for_system("the exclusion of one entity").current()
    return rows.filter(entity=entity, until=None).first()


@transaction.atomic
def decide_exclusion(
    request: ExclusionRequest, action: str, *, by: Any, opinion: str, today: date
) -> ExclusionRequest:
    """Approve, refuse or withdraw a request; a second person approves, only once.

    ``action`` is a key of ``membership.workflow.TRANSITIONS``. An approved exclusion begins on its
    day, but not before today.
    """
    move = TRANSITIONS[action]
    demand(by, move.verb)
    if not ExclusionRequest.objects.visible_to(by).filter(pk=request.pk).exists():
        raise Refused("readings 4", "该申请不在您的管辖范围内。")
    if move.by_filer != (request.filed_by_id == by.pk):
        raise Refused(
            move.clause,
            "只有提出人可以撤回申请。" if move.by_filer else "提出人不能批准或否决自己的申请。",
        )
    if move.needs_opinion and not opinion.strip():
        raise Refused(move.clause, "请填写意见。")
    # By key alone: with the joins of a scope the old state would stand in a subquery, which the
    # second of two updates does not ask again once the first is committed.
    changed = (
        ExclusionRequest.objects.for_system("moving a request that was found to be visible")
        .filter(pk=request.pk, status__in=move.sources)
        .update(status=move.target, decided_by=by, decided_at=timezone.now(), opinion=opinion)
    )
    if not changed:
        raise Refused(move.clause, "该申请已由他人办理，请刷新后查看结果。")
    request.refresh_from_db()
    if request.status == ExclusionRequest.Status.APPROVED:
        _carry_out(request, max(request.since, today), by)
    return request


def _carry_out(request: ExclusionRequest, since: date, by: Any) -> None:
    if request.kind == ExclusionRequest.Kind.EXCLUDE:
        ManualExclusion.objects.create(
            entity_id=request.entity_id,
            since=since,
            reason=request.reason,
            review_on=request.review_on,  # type: ignore[misc]  # an exclusion has one
            requested_by=request.filed_by,
            recorded_by=by,
            source=f"人工移出申请{request.pk}",
        )
    else:
        exclusion = _open_exclusion(request.entity)
        if exclusion is None:
            raise Refused("4.1", "该主体的人工移出已经解除。")
        # The closed row keeps the person who approved the exclusion; the request has who lifted it.
        exclusion.close(since, source=f"解除申请{request.pk}")
    record_changes([request.entity_id], since, CAUSE, by=by)


def start_run(*, by: Any, on: date) -> Job:
    """Ask for everyone to be judged now, as a job."""
    demand(by, "run.start")
    return enqueue(
        "run",
        f"评估全部主体（{on}）",
        by=by,
        params={"on": on.isoformat(), "kind": Run.Kind.RETAG},
    )


@transaction.atomic
def release_run(run: Run, *, by: Any, reason: str, on: date) -> Job:
    """Let a held run go on: it is evaluated again with its brake off (readings 17).

    Who started a run by hand does not release it; the nightly one was started by nobody.
    """
    demand(by, "run.release")
    if not reason.strip():
        raise Refused("readings 17", "请写明放行理由。")
    held = Run.objects.visible_to(by).filter(pk=run.pk, status=Run.Status.HELD)
    found = held.first()
    if found is None:
        raise Refused("readings 17", "该评估不在暂停状态，可能已由他人放行。")
    if found.started_by_id == by.pk:
        raise Refused("readings 17", OWN_RUN)
    return enqueue(
        "run",
        f"放行评估{run.pk}",
        by=by,
        params={
            "on": on.isoformat(),
            "kind": run.kind,
            "release": reason.strip(),
            "held": run.pk,
        },
    )
