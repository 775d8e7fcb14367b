"""Settle: judge the entities whose facts changed, within seconds of the change."""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.utils import timezone

from core.jobs import Job, enqueue
from entities.models import FactChange
from membership import gate
from membership.applying import UNEXPLAINED, apply
from membership.locks import hold_alone
from membership.manifest import hold_sentence
from membership.models import Run
from membership.runs import tagging_began
from membership.staging import drop_staged, stage, take_changes
from policy.limits import limits_in_force


def settle(on: date) -> Run | None:
    """Judge what waits, on its days and on every later boundary day up to ``on``.

    Changes of single entities go first, so that nobody waits behind a file. A batch over
    ``settle.batch`` entities goes through a run instead, whose job is enqueued. Returns the run
    that was settled, or None where nothing could be: nothing waits, tagging has not begun, or the
    batch is too large. Can be called again at any time without harm.
    """
    began = tagging_began()
    if began is None or on < began:
        return None
    limits = limits_in_force(on)
    with transaction.atomic():
        hold_alone()
        most = limits["settle.batch"]
        entities = _waiting(on, most, bulk=False) or _waiting(on, most, bulk=True)
        if not entities:
            return None
        if len(entities) > most:
            hand_to_run(on)
            return None
        return _settle(on, began, entities)


def _waiting(on: date, most: int, *, bulk: bool) -> list[int]:
    """Return the entities whose changes wait, one more than ``most`` where there are more."""
    return list(
        FactChange.objects.for_system("finding what waits to be settled")
        .filter(taken_by=None, from_day__lte=on, bulk=bulk)
        .order_by("entity_id")
        .values_list("entity_id", flat=True)
        .distinct()[: most + 1]
    )


def hand_to_run(on: date) -> Job | None:
    """Enqueue a run for a large batch, unless one waits already."""
    waits = (
        Job.objects.for_system("whether a run waits already")
        .filter(kind="run", status__in=(Job.Status.QUEUED, Job.Status.RUNNING))
        .exists()
    )
    if waits:
        return None
    return enqueue(
        "run", f"批量变动评估（{on}）", params={"on": on.isoformat(), "kind": Run.Kind.RETAG}
    )


def _settle(on: date, began: date, entities: list[int]) -> Run:
    limits = limits_in_force(on)
    run = Run.objects.create(kind=Run.Kind.SETTLE, on=on, policy_version=limits.version)
    take_changes(run, began, None, entities)
    staged = stage(run, None, entities)
    crossed = gate.crossings(run, limits) if staged.moves else []
    moved = 0
    if crossed:
        run.status, run.held_reason = Run.Status.HELD, hold_sentence(crossed)
        run.gate = {"crossed": gate.as_json(crossed), "first": False}
        drop_staged(run)
    else:
        moved = apply(run, None, entities, UNEXPLAINED)
        run.status = Run.Status.DONE
    run.finished_at = timezone.now()
    run.counts = {"judged": len(entities), "moves": moved, "watched": staged.watches}
    run.save()
    return run
