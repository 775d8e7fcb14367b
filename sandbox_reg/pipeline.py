"""The one written order of what follows a change, and of what the workers can do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from django.db import connection

from core import jobs
from core.audit.context import acting
from core.audit.partitions import open_months
from core.audit.sealing import Sealer
from core.errors import Refused
from core.models import Job
from desk import bulk, rehearsal
from desk.audit import sealed
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
    "rehearse_version": rehearsal.work,
    "verify_audit": sealed.work,
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
        # Taking a job is the system's act; what the job does is logged as its own operation.
        with acting(origin="task claim"):
            job = jobs.claim(pk)
        if job is not None:
            jobs.run(job, JOBS.get(job.kind, _unknown))
            done += 1
    return done


def begin_night(on: date) -> None:
    """Begin the night of a day, once, however often the scheduler asks: the run, then the scope.

    Scope is by today's jurisdiction, so districts, bureaus and fields follow what a passing day
    alone changes.
    """
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
    with connection.cursor() as cursor:
        open_months(cursor, on)


SEALS_A_SWEEP = 100
"""At ten seconds a sweep, 10,000 rows a second; settle never waits for the sealer long."""

_sealer = Sealer()


def sweep(on: date) -> None:
    """Settle what waits, wake the workers where a job waits or lost its worker, seal the logs."""
    follow_changes(on)
    if jobs.waiting():
        jobs.wake(jobs.WORK)
    _sealer.seal(most=SEALS_A_SWEEP)
