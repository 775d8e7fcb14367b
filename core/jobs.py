"""Work outside a request: a row in the database is the record, the broker only wakes.

A job is claimed by one conditional update; ``attempt`` fences off an attempt that was thought
dead. A thread beside the work extends the lease and writes the progress on its own connection, so
that both are seen while a long transaction is still open. Killing anything at any moment loses
nothing: the sweep finds the row, and the next attempt goes on from ``checkpoint``.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from celery import current_app
from django.conf import settings
from django.core.files import File
from django.db import connection, transaction
from django.db.models import F, Q
from django.utils import timezone
from kombu.exceptions import OperationalError

from core.audit.context import acting
from core.errors import Refused
from core.job_files import remove_after_commit
from core.models import Job
from core.uploads import stored_name

logger = logging.getLogger(__name__)

SETTLE = "sandbox.settle"
WORK = "sandbox.work"
QUEUES = {SETTLE: "settle", WORK: "jobs"}


class JobLost(Exception):
    """Another attempt holds the job now; this one must stop without writing."""


class JobCancelled(Exception):
    """Somebody asked to cancel the job."""


class NotNow(Refused):
    """What is asked cannot be done yet; a job goes back to wait, and the sweep tries it again."""


def wake(task: str) -> None:
    """Ask a worker to look at the tables once this transaction is committed.

    With the broker down nothing is lost: the sweep finds the rows.
    """
    transaction.on_commit(lambda: _publish(task), robust=True)


def _publish(task: str) -> None:
    try:
        current_app.send_task(task, queue=QUEUES[task], retry=False, ignore_result=True)
    except (OperationalError, OSError) as error:
        logger.warning(
            "The broker did not take %s (%s); the sweep will find the work.", task, error
        )


def enqueue(
    kind: str,
    title: str,
    *,
    by: Any = None,
    params: dict | None = None,
    upload: File | None = None,
) -> Job:
    """Write a job row and wake the workers on commit."""
    job = Job(kind=kind, title=title, started_by=by, params=params or {})
    if upload is not None:
        job.input_file.save(stored_name(), upload, save=False)
    job.save()
    wake(WORK)
    return job


def cancel(job: Job, *, by: Any) -> None:
    """Ask a job to stop; a waiting one stops at once, a running one at its next step."""
    jobs = Job.objects.visible_to(by).filter(pk=job.pk)
    if jobs.filter(status=Job.Status.QUEUED).update(
        status=Job.Status.CANCELLED, finished_at=timezone.now(), input_file=""
    ):
        remove_after_commit(job.input_file.name)
        return
    if not jobs.filter(status=Job.Status.RUNNING).update(cancel_asked=True):
        raise Refused("", "该任务已经结束，不能取消。")


def claimable() -> Q:
    """Return the condition of a job that nobody works on."""
    return Q(status=Job.Status.QUEUED) | Q(
        status=Job.Status.RUNNING, lease_until__lt=timezone.now()
    )


def claim(pk: int) -> Job | None:
    """Take the job if nobody has it; return it with its new attempt number, or None."""
    now = timezone.now()
    taken = (
        Job.objects.for_system("claiming work")
        .filter(claimable(), pk=pk)
        .update(
            status=Job.Status.RUNNING,
            attempt=F("attempt") + 1,
            lease_until=now + timedelta(seconds=settings.JOB_LEASE_SECONDS),
            started_at=now,
            error="",
        )
    )
    return Job.objects.for_system("claiming work").get(pk=pk) if taken else None


class Handle:
    """What the work sees of its job: report progress, keep a checkpoint, notice a stop."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self._shown: dict[str, Any] = {}
        self._stop = threading.Event()
        self._lost = threading.Event()
        self._cancelled = threading.Event()
        self._thread = threading.Thread(target=self._beat, daemon=True)

    def progress(self, done: int, total: int | None = None, phase: str | None = None) -> None:
        """Show how far the work is; raise JobLost or JobCancelled when it should stop."""
        self._shown["done"] = done
        if total is not None:
            self._shown["total"] = total
        if phase is not None:
            self._shown["phase"] = phase
        self.check()

    def check(self) -> None:
        if self._lost.is_set():
            raise JobLost(f"Job {self.job.pk} was taken over.")
        if self._cancelled.is_set():
            raise JobCancelled(f"Job {self.job.pk} was cancelled.")

    def keep(self, **checkpoint: Any) -> None:
        """Write the checkpoint in the caller's transaction, and only while the job is ours."""
        self.job.checkpoint = {**self.job.checkpoint, **checkpoint}
        if not self._mine().update(checkpoint=self.job.checkpoint):
            raise JobLost(f"Job {self.job.pk} was taken over.")

    def _mine(self) -> Any:
        return Job.objects.for_system("reporting on claimed work").filter(
            pk=self.job.pk, attempt=self.job.attempt, status=Job.Status.RUNNING
        )

    def _beat(self) -> None:
        try:
            while not self._stop.wait(settings.JOB_BEAT_SECONDS):
                self._flush()
        finally:
            connection.close()

    def _flush(self) -> None:
        lease = timezone.now() + timedelta(seconds=settings.JOB_LEASE_SECONDS)
        try:
            if not self._mine().update(lease_until=lease, **self._shown):
                self._lost.set()
            elif self._mine().filter(cancel_asked=True).exists():
                self._cancelled.set()
        except Exception:
            logger.exception("Heartbeat of job %s failed; trying again.", self.job.pk)
            connection.close()

    def postpone(self) -> None:
        """Put the job back among those that wait, if it is still ours."""
        self._mine().update(status=Job.Status.QUEUED, lease_until=None)

    @contextlib.contextmanager
    def beating(self) -> Iterator[None]:
        self._thread.start()
        try:
            yield
        finally:
            self._stop.set()
            self._thread.join()

    def finish(self, status: str, **changes: Any) -> bool:
        """End the job if it is still ours; the file that it read is kept no longer."""
        ended = self._mine().update(
            status=status,
            finished_at=timezone.now(),
            lease_until=None,
            input_file="",
            **self._shown,
            **changes,
        )
        if ended:
            remove_after_commit(self.job.input_file.name)
        return bool(ended)


def run(job: Job, work: Callable[[Handle], dict]) -> None:
    """Do claimed work to its end; every outcome is written to the row.

    ``work`` returns the result shown on the page. A refusal is a failure with its sentence, but
    what is only not possible now is tried again.
    """
    handle = Handle(job)
    with acting(
        by=job.started_by, origin=f"job {job.pk} {job.kind}", reason=job.params.get("reason", "")
    ):
        _run(job, handle, work)


def _run(job: Job, handle: Handle, work: Callable[[Handle], dict]) -> None:
    try:
        with handle.beating():
            result = work(handle)
    except JobLost:
        logger.warning("Job %s was taken over by another attempt.", job.pk)
    except JobCancelled:
        handle.finish(Job.Status.CANCELLED, error="已按要求取消；已完成的部分保留。")
    except NotNow:
        handle.postpone()
    except Refused as refusal:
        handle.finish(Job.Status.FAILED, error=str(refusal))
    except Exception as error:
        logger.exception("Job %s failed.", job.pk)
        handle.finish(
            Job.Status.FAILED,
            error=f"任务{job.pk}出现系统错误（{type(error).__name__}），请联系系统管理员。",
        )
    else:
        handle.finish(Job.Status.DONE, result=result)


def waiting() -> list[int]:
    """Return the keys of jobs that nobody works on, oldest first."""
    return list(
        Job.objects.for_system("finding work")
        .filter(claimable())
        .order_by("pk")
        .values_list("pk", flat=True)
    )
