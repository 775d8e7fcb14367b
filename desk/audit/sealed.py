"""The page of the seals: how far they go, how long each month is kept, and the last verification.

A verification reads every sealed row, so it is a job; only the auditor asks for it and reads it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone

from core.audit.access import Kind, record
from core.audit.partitions import LOGS
from core.audit.retention import months
from core.audit.verifying import Verdict, unsealed_since, verify
from core.errors import Refused
from core.jobs import Handle, enqueue
from core.models import Job, Seal
from desk.audit.wording import log_said
from staff.models import User
from staff.permissions import demand

KIND = "verify_audit"
TITLE = "核验封存链"
LATE = timedelta(minutes=5)
"""A line that is not sealed after so long means that the sealer stands still."""

TOLD = 20
"""Broken ranges that the result names; the command tells all of them."""


@dataclass(frozen=True)
class Waiting:
    """Since when a line waits to be sealed, and whether that is too long."""

    since: datetime | None
    seconds: int
    late: bool


@dataclass(frozen=True)
class MonthLine:
    """One month of a log: rows sealed, and the first day on which it may be dropped."""

    log: str
    month: date | None
    rows: int
    kept_until: date | None
    over: bool


def waiting(now: datetime) -> Waiting:
    """Return how long the oldest line waits for its seal."""
    since = unsealed_since()
    age = max(now - since, timedelta()) if since else timedelta()
    return Waiting(since, int(age.total_seconds()), age > LATE)


def month_lines(on: date) -> list[MonthLine]:
    """Return the months of both logs, the newest first; months to come that hold nothing are left
    out."""
    lines = []
    for month in reversed(months()):
        begun = month.leaf.month
        if not month.rows and (begun is None or begun > on):
            continue
        over = month.kept_until is not None and month.kept_until <= on
        label = "变更记录" if month.leaf.log == LOGS[0] else "访问记录"
        lines.append(MonthLine(label, begun, month.rows, month.kept_until, over))
    return lines


def head_of(viewer: User) -> Seal | None:
    """Return the newest seal, which covers the whole chain."""
    return Seal.objects.visible_to(viewer).order_by("-pk").first()


def head_said(seal: Seal | None) -> str:
    """Return the range a seal covers in words."""
    return f"{log_said(seal.log)} 第{seal.first:,}至{seal.last:,}行" if seal else ""


def tombstones(viewer: User) -> list[tuple[Seal, str, str]]:
    """Return what was dropped when its time was over, with the log and the month in words."""
    gone = Seal.objects.visible_to(viewer).filter(kind=Seal.Kind.TOMBSTONE).order_by("-pk")
    told = [(seal, log_said(seal.log).partition(" ")) for seal in gone[:36]]
    return [(seal, log, month) for seal, (log, _, month) in told]


def verifications(viewer: User) -> Any:
    """Return the verifications as jobs, the newest first; nothing to whom reads no logs."""
    return Job.objects.visible_to(viewer).filter(kind=KIND).order_by("-pk")


def ask_verification(*, by: User) -> Job:
    """Ask for the chain to be verified now; refuse while an earlier one is waiting or running."""
    demand(by, "log.read")
    last = verifications(by).first()
    if last is not None and last.is_open:
        raise Refused("", "上一次核验还在等待或进行，请等待其结果。")
    return enqueue(KIND, TITLE, by=by)


def work(handle: Handle) -> dict[str, Any]:
    """Verify the chain as a job; the look is itself written to the access log."""
    demand(handle.job.started_by, "log.read")
    handle.progress(0, phase="逐段核验封存")
    verdict = verify()
    record(
        Kind.AUDIT,
        subject=TITLE,
        ok=not verdict.broken,
        seals=verdict.seals,
        rows=verdict.rows,
        broken=len(verdict.broken),
    )
    return {"broken": len(verdict.broken), "sentences": _sentences(verdict)}


def _sentences(verdict: Verdict) -> list[str]:
    unsealed = sum(verdict.unsealed.values())
    said = [f"核验封存{verdict.seals:,}条，其下{verdict.rows:,}行（两种日志和各只增表）。"]
    if verdict.broken:
        said.append(f"发现{len(verdict.broken)}处破坏。第一处：{verdict.broken[0]}")
        said += [str(broken) for broken in verdict.broken[1:TOLD]]
        if len(verdict.broken) > TOLD:
            said.append("其余请由系统管理员执行 verify_audit 列出。")
    else:
        said.append(f"完好。链头：{verdict.head or '（尚无封存）'}")
    seconds = int(verdict.age.total_seconds())
    said.append(f"核验时尚未封存{unsealed:,}行，最早的日志已等待{seconds:,}秒。")
    return said


def is_idle(job: Job | None) -> bool:
    """Whether a verification waits for half a minute: no worker takes it."""
    return (
        job is not None
        and job.status == Job.Status.QUEUED
        and job.created_at < timezone.now() - timedelta(seconds=30)
    )
