"""An import as a command: the same work as a job's, in this terminal, under a job row of its own.

The row makes a killed command restartable: the same command takes it up where it was, and if
nobody repeats the command the sweep hands it to a worker.
"""

from __future__ import annotations

import hashlib
import json
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, TextIO

from django.conf import settings
from django.core.management.base import CommandError
from django.utils import timezone

from core.errors import Refused
from core.jobs import Handle, JobCancelled, JobLost, claim
from core.models import Job

REPORT_SECONDS = 1.0


def sha256(path: Path) -> str:
    """Return the file's SHA-256 in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class Pace:
    """The line of progress: done, total, rows a second, time left. Rewritten on a terminal."""

    def __init__(self, out: TextIO) -> None:
        self.out = out
        self.begun = self.shown = time.monotonic()
        self.phase, self.first = "", 0

    def show(self, done: int, total: int | None, phase: str) -> None:
        now = time.monotonic()
        if phase != self.phase:
            self.phase, self.begun, self.first = phase, now, done
        elif now - self.shown < REPORT_SECONDS:
            return
        self.shown = now
        rate = (done - self.first) / max(now - self.begun, 0.001)
        text = f"{phase} {done:,}"
        if total:
            text += f"/{total:,}（{min(done / total, 1):.0%}）"
        if rate > 1:
            text += f" 每秒{rate:,.0f}"
            if total and total > done:
                text += f" 剩余约{timedelta(seconds=round((total - done) / rate))}"
        end = "\r" if self.out.isatty() else "\n"
        self.out.write(f"{text}   {end}")
        self.out.flush()


class TerminalHandle(Handle):
    """A job's handle that also shows its progress on the terminal."""

    def __init__(self, job: Job, out: TextIO) -> None:
        super().__init__(job)
        self.pace = Pace(out)

    def progress(self, done: int, total: int | None = None, phase: str | None = None) -> None:
        """Show how far the work is, here and on the page of jobs."""
        super().progress(done, total, phase)
        shown = self._shown
        self.pace.show(done, shown.get("total"), shown.get("phase", ""))


class DryHandle(TerminalHandle):
    """The handle of a trial: there is no job row, so nothing at all is written."""

    def keep(self, **checkpoint: Any) -> None:
        """Remember the checkpoint for this process only."""
        self.job.checkpoint = {**self.job.checkpoint, **checkpoint}


def run_here(
    kind: str, title: str, work: Callable[[Handle], dict], path: str, params: dict, out: TextIO
) -> dict:
    """Do an import in this process; return its result. A refusal becomes a CommandError."""
    file = Path(path).resolve()
    if not file.is_file():
        raise CommandError(f"找不到文件{path}，请检查路径后重试。")
    params = {"path": str(file), "sha256": sha256(file), **params}
    try:
        if params.get("dry_run"):
            return work(DryHandle(Job(kind=kind, title=title, params=params), out))
        return _under_row(_job(kind, title, params), work, out)
    except Refused as refusal:
        raise CommandError(str(refusal)) from refusal
    except (JobLost, JobCancelled) as stop:
        raise CommandError("导入已被中止；已完成的部分保留，可以重新执行同一命令。") from stop


def _job(kind: str, title: str, params: dict) -> Job:
    """Take up the row that a killed command left, or write a new one that no worker claims."""
    left = Job.objects.for_system("taking up an import that was killed").filter(
        kind=kind, params=params, input_file="", status=Job.Status.RUNNING
    )
    for job in left.order_by("-pk"):
        if taken := claim(job.pk):
            return taken
        raise Refused(
            "",
            f"同一文件正由任务{job.pk}导入；如果它刚被强行终止，"
            f"请在{settings.JOB_LEASE_SECONDS}秒后重试，将从中断处继续。",
        )
    now = timezone.now()
    return Job.objects.for_system("an import by command").create(
        kind=kind,
        title=title,
        params=params,
        status=Job.Status.RUNNING,
        attempt=1,
        started_at=now,
        lease_until=now + timedelta(seconds=settings.JOB_LEASE_SECONDS),
    )


def _under_row(job: Job, work: Callable[[Handle], dict], out: TextIO) -> dict:
    handle = TerminalHandle(job, out)
    try:
        with handle.beating():
            result = work(handle)
    except BaseException as error:
        refused = isinstance(error, Refused)
        sentence = str(error) if refused else f"命令中止（{type(error).__name__}）。"
        status = Job.Status.FAILED if isinstance(error, Exception) else Job.Status.CANCELLED
        handle.finish(status, error=sentence)
        raise
    handle.finish(Job.Status.DONE, result=result)
    return result


def print_result(result: dict, as_json: bool, out: Any) -> None:
    """Print the result's sentences, or all of it as JSON."""
    if as_json:
        out.write(json.dumps(result, ensure_ascii=False, indent=2, default=str))
        return
    if sys.stderr.isatty():
        sys.stderr.write("\n")
    for sentence in result["sentences"]:
        out.write(sentence)
