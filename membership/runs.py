"""Runs: everyone judged, set-wise, in ranges of keys; staged, braked, applied, resumable.

A run is one row; its ranges are staged and applied in one transaction each. Whoever works on runs
holds a session lock, so a killed worker's run is free at once and the next one goes on with it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max, Min
from django.db.models.functions import Now
from django.utils import timezone

from core.errors import Refused
from core.jobs import Handle
from entities.models import Entity, FactChange
from membership import gate
from membership.applying import UNEXPLAINED, apply
from membership.locks import hold_shared, working_on_runs
from membership.manifest import hold_sentence, write_manifest
from membership.models import Run, RunRange
from membership.staging import drop_staged, stage, take_changes
from membership.turning import record_turning
from policy.limits import limits_in_force, turning_between

FIRST_TAGGING = "首次打标须由人放行"
OWN_RUN = "发起人不能放行自己发起的评估，请由另一位市局负责人放行。"


@dataclass
class Order:
    """What is asked of a run. ``release`` is a person's reason that lets a held run go on.

    ``held`` is the key of the run that the person looked at; without it the newest held one is
    meant, or the run that begins now.
    """

    on: date
    kind: str = Run.Kind.RETAG
    by: Any = None
    release: str = ""
    held: int | None = None
    report: Callable[[str, int, int], None] = field(default=lambda phase, done, total: None)


def tagging_began() -> date | None:
    """Return the day of the first run that was let through; nothing is judged before it."""
    return (
        Run.objects.for_system("the first day of tagging")
        .filter(status__in=(Run.Status.APPLYING, Run.Status.DONE))
        .exclude(kind=Run.Kind.SETTLE)
        .aggregate(first=Min("on"))["first"]
    )


def last_full_run() -> Run | None:
    return (
        Run.objects.for_system("the newest run that judged everyone")
        .filter(status=Run.Status.DONE)
        .exclude(kind=Run.Kind.SETTLE)
        .order_by("-id")
        .first()
    )


def execute(order: Order) -> Run:
    """Finish what a killed worker left, then judge everyone on ``order.on``; return the run.

    Raises NotNow while another process works on a run, and Refused for a day before the newest
    run's or where a run that was to be released waits no more.
    """
    with working_on_runs():
        left = _unfinished()
        if left is not None:
            _finish(left, order)
            if left.on == order.on and left.status == Run.Status.DONE and not _waiting(order.on):
                return left
        if order.held is not None:
            meant = Run.objects.for_system("the run that was released").get(pk=order.held)
            if meant.status == Run.Status.DONE and meant.release_reason:
                return meant  # an earlier attempt of the same job died after its work was done
        run = _held_for_release(order) or _begin(order)
        return _finish(run, order)


def _waiting(on: date) -> bool:
    waiting = FactChange.objects.for_system("whether changes wait")
    return waiting.filter(taken_by=None, from_day__lte=on).exists()


def _unfinished() -> Run | None:
    return (
        Run.objects.for_system("a run left by a killed worker")
        .filter(status__in=(Run.Status.STAGING, Run.Status.APPLYING))
        .exclude(kind=Run.Kind.SETTLE)
        .first()
    )


def _held_for_release(order: Order) -> Run | None:
    """Take up the held run once a person gave the word: it is evaluated again, not replayed."""
    if not order.release:
        return None
    waiting = Run.objects.for_system("releasing a held run").filter(status=Run.Status.HELD)
    if order.held is not None:
        held = waiting.filter(pk=order.held).first()
        if held is None:
            raise Refused(
                "readings 17",
                f"评估{order.held}已由后来的评估取代，没有放行；请核对最新暂停的评估后再放行。",
            )
    else:
        held = waiting.order_by("-id").first()
    if held is None:
        return None
    if order.by is not None and held.started_by_id == order.by.pk:
        raise Refused("readings 17", OWN_RUN)
    with transaction.atomic():
        run = Run.objects.for_system("releasing a held run").select_for_update().get(pk=held.pk)
        run.on = max(order.on, run.on)
        run.kind = Run.Kind.RETAG if run.kind == Run.Kind.SETTLE else run.kind
        run.status = Run.Status.STAGING
        run.released_by, run.release_reason = order.by, order.release
        run.policy_version = limits_in_force(run.on).version
        run.save()
        last = last_full_run()
        if last is not None:
            record_turning(last.on, run.on)
        _abandon_others(run)
        _lay_out(run)
    return run


@transaction.atomic
def _begin(order: Order) -> Run:
    last = last_full_run()
    if last is not None and order.on < last.on:
        raise Refused(
            "四（一）",
            f"已评估到{last.on}，不能再以更早的{order.on}生效；请用 --dry-run 查看当日情况，"
            "或更正事实后由系统自动补判。",
        )
    run = Run.objects.create(
        kind=order.kind,
        on=order.on,
        policy_version=limits_in_force(order.on).version,
        started_by=order.by,
        # A person's word is for a run that waits; an operator's (a command) counts at once.
        release_reason=order.release if order.by is None else "",
    )
    if last is not None:
        record_turning(last.on, order.on)
    _abandon_others(run)
    _lay_out(run)
    return run


def _abandon_others(run: Run) -> None:
    """Let this run stand in for earlier held ones; it takes over the changes they had taken."""
    held = Run.objects.for_system("superseding held runs").filter(status=Run.Status.HELD)
    held = held.exclude(pk=run.pk)
    keys = list(held.values_list("pk", flat=True))
    FactChange.objects.for_system("handing changes on").filter(taken_by__in=keys).update(
        taken_by=run.pk
    )
    held.update(status=Run.Status.ABANDONED, finished_at=timezone.now())


def _lay_out(run: Run) -> None:
    """Cut the keys into ranges, dropping what an earlier attempt of this run staged."""
    drop_staged(run)
    RunRange.objects.filter(run=run).delete()
    ends = Entity.objects.for_system("the range of keys").aggregate(Min("id"), Max("id"))
    if ends["id__min"] is None:
        return
    size = settings.RUN_RANGE_SIZE
    RunRange.objects.bulk_create(
        RunRange(run=run, first=first, last=min(first + size - 1, ends["id__max"]))
        for first in range(ends["id__min"], ends["id__max"] + 1, size)
    )


def _finish(run: Run, order: Order) -> Run:
    started = time.monotonic()
    if run.status == Run.Status.STAGING:
        began = tagging_began() or run.on
        days = _policy_days(run)
        for step, total, part in _ranges(run, staged_at=None):
            order.report("评估", step, total)
            _stage_range(run, part, began, days)
        if not _pass_gate(run):
            return run
    for step, total, part in _ranges(run, applied_at=None):
        order.report("生效", step, total)
        _apply_range(run, part)
    write_manifest(run, time.monotonic() - started)
    return run


def _ranges(run: Run, **undone: Any) -> Iterator[tuple[int, int, RunRange]]:
    total = run.ranges.count()
    left = list(run.ranges.filter(**undone).order_by("first"))
    for number, part in enumerate(left, start=total - len(left)):
        yield number, total, part


def _policy_days(run: Run) -> list[date]:
    """Return the days of skipped nights on which a policy version began: all are judged on them."""
    previous = _previous(run)
    if previous is None:
        return []
    return [day for day in turning_between(previous.on, run.on) if day < run.on]


def _stage_range(run: Run, part: RunRange, began: date, days: list[date]) -> None:
    keys = (part.first, part.last)
    with _range(part):
        take_changes(run, began, keys, [])
        stage(run, keys, [], days)
        part.judged = Entity.objects.for_system("counting a range").filter(pk__range=keys).count()
        part.staged_at = Now()  # the clock that stamps taken_at
        part.save(update_fields=("staged_at", "judged"))


def _apply_range(run: Run, part: RunRange) -> None:
    keys = (part.first, part.last)
    with _range(part):
        part.unexplained = _count_unexplained(run, keys)
        apply(run, keys, [], _default_cause(run), part.staged_at)
        part.applied_at = timezone.now()
        part.save(update_fields=("applied_at", "unexplained"))


@contextmanager
def _range(part: RunRange) -> Iterator[None]:
    """One transaction: the lock that keeps settle out, and the range's row."""
    with transaction.atomic():
        hold_shared()
        RunRange.objects.select_for_update().get(pk=part.pk)
        yield


def _previous(run: Run) -> Run | None:
    return (
        Run.objects.for_system("the run before")
        .filter(status=Run.Status.DONE, pk__lt=run.pk)
        .exclude(kind=Run.Kind.SETTLE)
        .order_by("-id")
        .first()
    )


def _default_cause(run: Run) -> str:
    """Say why everyone's moves need no FactChange: the first tagging, or a new policy version."""
    previous = _previous(run)
    if previous is None:
        return "首次打标"
    if previous.policy_version_id != run.policy_version_id:
        return "政策参数变动"
    return UNEXPLAINED


def _count_unexplained(run: Run, keys: tuple[int, int]) -> int:
    """Count the moves that no FactChange and no policy version explains: defects, reported."""
    if _default_cause(run) != UNEXPLAINED:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(DISTINCT s.entity_id) FROM membership_stagedmove s"
            " WHERE s.run_id = %s AND s.entity_id BETWEEN %s AND %s AND NOT EXISTS ("
            " SELECT FROM entities_factchange c"
            " WHERE c.taken_by = s.run_id AND c.entity_id = s.entity_id)",
            [run.pk, *keys],
        )
        return cursor.fetchone()[0]


def _pass_gate(run: Run) -> bool:
    """Let the run through, or hold it; held, its staged moves are dropped, never applied later.

    A release raises the run's limits to what the person saw, and no further (readings 17).
    """
    limits = limits_in_force(run.on)
    crossed = gate.crossings(run, limits)
    first = tagging_began() is None
    seen = run.gate.get("crossed", ())
    if run.release_reason and seen and not first:
        crossed = gate.beyond(crossed, seen, limits["gate.floor"])
        if crossed:
            run.release_reason, run.released_by = "", None
    run.gate = {
        "crossed": gate.as_json(crossed),
        "first": first,
        "by_bureau": {str(k): v for k, v in gate.count_staged(run).items()},
    }
    with transaction.atomic():
        if (first or crossed) and not run.release_reason:
            run.status = Run.Status.HELD
            run.held_reason = FIRST_TAGGING if first else hold_sentence(crossed)
            drop_staged(run)
            RunRange.objects.filter(run=run).delete()
        else:
            run.status = Run.Status.APPLYING
        run.save()
    return run.status == Run.Status.APPLYING


def rehearse(order: Order) -> dict[str, Any]:
    """Judge everyone on a day and count what would move, writing nothing; return the counts.

    ``{"on", "judged", "in", "out", "by_bureau", "crossed", "first"}``; any day may be asked.
    """
    with working_on_runs(), transaction.atomic():
        run = Run.objects.create(
            kind=Run.Kind.SETTLE, on=order.on, policy_version=limits_in_force(order.on).version
        )
        _lay_out(run)
        began = min(tagging_began() or order.on, order.on)
        for step, total, part in _ranges(run, staged_at=None):
            order.report("评估", step, total)
            take_changes(run, began, (part.first, part.last), [], only_look=True)
            stage(run, (part.first, part.last), [])
        by_bureau = gate.count_staged(run)
        result = {
            "on": order.on,
            "judged": Entity.objects.for_system("counting the city").count(),
            **by_bureau.pop(gate.CITY),
            "by_bureau": by_bureau,
            "crossed": gate.as_json(gate.crossings(run, limits_in_force(order.on))),
            "first": tagging_began() is None,
        }
        transaction.set_rollback(True)
    return result


def work(handle: Handle) -> dict[str, Any]:
    """Run the job kind "run". ``params``: ``on`` (ISO day), ``kind``, ``release``.

    Can be tried again after a kill: the run itself remembers what it has staged and applied.
    """
    params = handle.job.params

    def report(phase: str, done: int, total: int) -> None:
        handle.progress(done, total, phase)

    run = execute(
        Order(
            on=date.fromisoformat(params["on"]),
            kind=params.get("kind", Run.Kind.RETAG),
            by=handle.job.started_by,
            release=params.get("release", ""),
            held=params.get("held"),
            report=report,
        )
    )
    return {"run": run.pk, "status": run.status, "held_reason": run.held_reason, **run.counts}
