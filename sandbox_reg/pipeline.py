"""The one written order of what follows a change, and of what the workers can do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.db import connection
from django.utils import timezone

from core import job_files, jobs
from core.audit.context import acting
from core.audit.partitions import open_months
from core.audit.sealing import Sealer
from core.errors import Refused
from core.models import Export, Job
from desk import bulk, rehearsal
from desk.audit import sealed
from desk.exports import producing
from desk.exports.registry import KINDS
from entities import placing, rederive
from entities.imports.classes import work as import_classes
from entities.imports.four_new import work as import_four_new
from entities.imports.register import work as import_register
from entities.models import FactChange
from membership import runs
from membership.models import Run
from membership.settle import settle
from policy.limits import limits_in_force
from redline import handing, overdue
from staff.permissions import PERMISSIONS, may, roles_said
from staff.places import turns_between
from zones.actions import notes, proposals


class Work(NamedTuple):
    """What a job's kind does, and the verb that whoever started it must still be allowed.

    The verb is asked when a worker takes the job, so that a disabled account or a changed role ends
    what waits. It may depend on the job. Without a verb the work follows from what was decided
    already, and is owed whatever becomes of the person.
    """

    do: Callable[[jobs.Handle], dict]
    verb: str | Callable[[Job], str] | None


def _of_run(job: Job) -> str:
    return "run.release" if job.params.get("release") else "run.start"


def _of_export(job: Job) -> str:
    asked = Export.objects.for_system("what an export is of").get(pk=job.params["export"])
    return KINDS[asked.kind].verb


def _of_bulk(job: Job) -> str:
    return bulk.BULK_VERBS[job.params["verb"]].verb


def _place(handle: jobs.Handle) -> dict:
    """Place every entity anew, then hand over what abolished bureaus left open about them."""
    found = placing.work(handle)
    handing.follow_bureaus(timezone.localdate())
    return found


JOBS = {
    "import_register": Work(import_register, "register.import"),
    "import_credit_classes": Work(import_classes, "class.import"),
    "import_four_new": Work(import_four_new, "four_new.import"),
    "derive_safety": Work(rederive.work_safety, None),
    "derive_four_new": Work(rederive.work_four_new, None),
    "place_entities": Work(_place, None),
    "run": Work(runs.work, _of_run),
    "bulk": Work(bulk.work, _of_bulk),
    "rehearse_version": Work(rehearsal.work, "policy.draft"),
    "export": Work(producing.work, _of_export),
    "export_log": Work(producing.work, "log.export"),
    "verify_audit": Work(sealed.work, "log.read"),
    proposals.KIND: Work(proposals.work, proposals.VERB),
}
"""The kinds of jobs."""


def follow_changes(on: date) -> None:
    """Settle what waits, a batch at a time; after each, every follower, in this order.

    Followers compare states and never keep cursors. Notes of zones may take entities off a roster,
    and orders of firms that ended may end with a removal or without one, which the next round
    settles; what they miss here they find at night.
    """
    while True:
        run = settle(on)
        if run is None or run.status == Run.Status.HELD:
            return
        judged = _judged_by(run)
        notes.follow(judged, on)
        overdue.follow_status(judged, on)


def _judged_by(run: Run) -> list[int]:
    taken = FactChange.objects.for_system("what a settling run judged").filter(taken_by=run.pk)
    return list(taken.values_list("entity_id", flat=True).distinct())


def do(handle: jobs.Handle) -> dict:
    """Do a claimed job, if whoever started it may still do what it does."""
    kind = handle.job.kind
    if kind not in JOBS:
        raise Refused("", f"本版本没有“{kind}”类任务，请重新发起或联系系统管理员。")
    _still_allowed(handle.job)
    return JOBS[kind].do(handle)


def _still_allowed(job: Job) -> None:
    """Refuse where the person has lost the right since; what the system started has none."""
    asked = JOBS[job.kind].verb
    if asked is None or job.started_by is None:
        return
    verb = asked if isinstance(asked, str) else asked(job)
    if not may(job.started_by, verb):
        found = PERMISSIONS[verb]
        lost = "不再有权" if job.started_by.is_active else "账户已停用，不能"
        raise Refused(
            found.basis,
            f"发起人{job.started_by}{lost}“{found.label}”，任务没有执行；"
            f"请由{roles_said(verb)}重新发起。",
        )


def do_waiting_jobs() -> int:
    """Do every job that nobody works on; return how many this process did."""
    done = 0
    for pk in jobs.waiting():
        # Taking a job is the system's act; what the job does is logged as its own operation.
        with acting(origin="task claim"):
            job = jobs.claim(pk)
        if job is not None:
            jobs.run(job, do)
            done += 1
    return done


def begin_night(on: date) -> None:
    """Begin the night of a day, once, however often the scheduler asks: the run, then the scope.

    Before it every roster is followed, and every order: of a firm that ended it is closed, behind
    its last day it falls due, shortly before it is told of. In a month's first night its proposals
    are asked for.

    What an abolished bureau left open goes to whoever has its districts (again behind the placing
    of entities, which it goes by).

    Scope is by today's jurisdiction, so districts, bureaus and fields follow what a passing day
    alone changes. Files whose time is over go first.
    """
    expire_files(timezone.now())
    params = {"on": on.isoformat(), "kind": Run.Kind.NIGHTLY}
    asked = Job.objects.for_system("whether the night was begun").filter(kind="run")
    if asked.filter(params__contains=params).exists():
        return
    handing.follow_bureaus(on)
    notes.follow(None, on)  # before the run, which then judges whoever left a roster
    overdue.follow_status(None, on)
    overdue.scan(on)  # so that the run also judges whoever was taken out since midnight
    overdue.tell_near(on)
    proposals.begin_month(on)
    last = runs.last_full_run()
    last_on = last.on if last else on - timedelta(days=1)
    jobs.enqueue("run", f"每晚评估（{on}）", params=params)
    if turns_between(last_on, on):
        jobs.enqueue("place_entities", "按今日起的区划和管辖重新归属经营主体")
    placing.turn_fields(last_on, on)


def expire_files(at: datetime) -> None:
    """Remove exported files and the files of jobs whose time is over; can be run again."""
    producing.expire(at)
    days = limits_in_force(timezone.localdate(at))["export.kept_days"]
    job_files.expire(at, timedelta(days=days))


def open_log_months(on: date) -> None:
    """Open the coming months of the logs, so that none stands still because nobody migrates."""
    with connection.cursor() as cursor:
        open_months(cursor, on)


SEALS_A_SWEEP = 100
"""At ten seconds a sweep, 10,000 rows a second; settle never waits for the sealer long."""

_sealer = Sealer()


def sweep(on: date) -> None:
    """Seal the logs, settle what waits, wake the workers where a job waits or lost its worker.

    Then what has become overdue falls due, for the case that no night was begun; what follows wakes
    settle by itself.
    """
    _sealer.seal(most=SEALS_A_SWEEP, gather=True)  # first, so that no long settle keeps it off
    follow_changes(on)
    if jobs.waiting():
        jobs.wake(jobs.WORK)
    overdue.scan(on)
