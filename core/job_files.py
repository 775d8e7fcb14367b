"""How long the files of jobs are kept: personal data lies in them as people brought it.

The file that was handed in goes as soon as its job has ended for good: no job begins again after
that, and its name, size and hash stand in the access log. What a killed process left is removed at
night, and with it the files of bad rows whose time is over. The rows of the jobs stay.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction

from core.models import Job

FOLDER = "jobs"
UNCLAIMED = timedelta(days=1)
"""So old is a file that no row names when nobody can still be about to write its row."""

EXPIRED = "errors_expired"
"""Name in a job's result that tells that there was a file of bad rows."""


def remove_after_commit(name: str | None) -> None:
    """Remove a file that no row names any more, once that is certain."""
    if name:
        transaction.on_commit(lambda: _path(name).unlink(missing_ok=True), robust=True)


def expire(at: datetime, kept: timedelta) -> int:
    """Remove what is kept no longer; return how many files. Can be killed and run again.

    ``kept``: how long after its job's end a file of bad rows can be taken.
    """
    jobs = Job.objects.for_system("removing files that were kept long enough")
    ended = jobs.exclude(status__in=(Job.Status.QUEUED, Job.Status.RUNNING))
    gone = 0
    for job in ended.exclude(input_file=""):
        gone += _forget(job, "input_file")
    for job in ended.exclude(error_file="").filter(finished_at__lte=at - kept):
        gone += _forget(job, "error_file", result=job.result | {EXPIRED: True})
    return gone + _sweep(at)


def _forget(job: Job, field: str, **changes: object) -> int:
    """Remove a file first, so that its row names it until it is gone."""
    _path(getattr(job, field).name).unlink(missing_ok=True)
    jobs = Job.objects.for_system("removing files that were kept long enough")
    return jobs.filter(pk=job.pk).update(**{field: ""}, **changes)


def _sweep(at: datetime) -> int:
    """Remove files that no row names: what a process left that was killed between the two."""
    everything = Job.objects.for_system("telling what is left over from what is in use")
    named = {name for pair in everything.values_list("input_file", "error_file") for name in pair}
    root, gone = Path(settings.MEDIA_ROOT), 0
    for path in sorted((root / FOLDER).rglob("*")):
        if not path.is_file() or str(path.relative_to(root)) in named:
            continue
        if path.stat().st_mtime < (at - UNCLAIMED).timestamp():
            path.unlink(missing_ok=True)
            gone += 1
    return gone


def _path(name: str) -> Path:
    return Path(settings.MEDIA_ROOT) / name
