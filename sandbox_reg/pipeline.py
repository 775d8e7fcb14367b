"""The one written order of what follows a change, and of what the workers can do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from django.utils import timezone

from core import jobs
from core.errors import Refused
from core.models import Job
from desk import bulk, rehearsal
from desk.exports import producing
from entities import placing, rederive
from entities.imports.classes import work as import_classes
from entities.imports.four_new import work as import_four_new
from entities.imports.register import work as import_register
from membership import runs
from membership.models import Run
from membership.settle import settle
from staff.places import turns_between

JOBS: dict[str, Callable[[jobs.Handle], dict]] = {
    "import_register": import_register,
    "import_credit_classes": import_classes,
    "import_four_new": import_four_new,
    "derive_safety": rederive.work_safety,
    "derive_four_new": rederive.work_four_new,
    "place_entities": placing.work,
    "run": runs.work,
    "bulk": bulk.work,
    "export": producing.work,
    "rehearse_version": rehearsal.work,
}
"""What a job's kind does."""


def follow_changes(on: date) -> None:
    """Settle what waits, a batch at a time; then each follower, in this order.

    Followers compare states and never keep cursors; the first one comes with ``observation``
    (an open period without an open ground ends).
    """
    while True:
        run = settle(on)
        if run is None or run.status == Run.Status.HELD:
            return


def _unknown(handle: jobs.Handle) -> dict:
    raise Refused("", f"本版本没有“{handle.job.kind}”类任务，请重新发起或联系系统管理员。")


def do_waiting_jobs() -> int:
    """Do every job that nobody works on; return how many this process did."""
    done = 0
    for pk in jobs.waiting():
        job = jobs.claim(pk)
        if job is not None:
            jobs.run(job, JOBS.get(job.kind, _unknown))
            done += 1
    return done


def begin_night(on: date) -> None:
    """Begin the night of a day, once, however often the scheduler asks: the run, then the scope.

    Scope is by today's jurisdiction, so districts, bureaus and fields follow what a passing day
    alone changes. Exported files whose time is over go first.
    """
    producing.expire(timezone.now())
    params = {"on": on.isoformat(), "kind": Run.Kind.NIGHTLY}
    asked = Job.objects.for_system("whether the night was begun").filter(kind="run")
    if asked.filter(params__contains=params).exists():
        return
    last = runs.last_full_run()
    last_on = last.on if last else on - timedelta(days=1)
    jobs.enqueue("run", f"每晚评估（{on}）", params=params)
    if turns_between(last_on, on):
        jobs.enqueue("place_entities", "按今日起的区划和管辖重新归属经营主体")
    placing.turn_fields(last_on, on)


def sweep(on: date) -> None:
    """Settle what waits, and wake the workers where a job waits or lost its worker."""
    follow_changes(on)
    if jobs.waiting():
        jobs.wake(jobs.WORK)
