"""Work in the background: how far it is, its result, its file of bad rows."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from pathlib import PurePath
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from core import jobs
from core.audit.access import Kind, record
from core.errors import Refused
from core.job_files import EXPIRED
from core.models import Job
from desk import bulk
from desk.access import demand_page
from desk.newest import newest_of
from entities.imports.uploads import IMPORTS
from membership.models import Run
from policy.limits import limits_in_force
from staff.permissions import may

IDLE_SECONDS = 30


def _job(request: HttpRequest, pk: int) -> Job:
    demand_page(request.user, "entity.read")
    found = Job.objects.visible_to(request.user).select_related("started_by")
    return get_object_or_404(found, pk=pk)


def _is_unattended(now: datetime) -> bool:
    """Whether work waits for half a minute while no worker reports on any: none is running."""
    everything = Job.objects.for_system("whether the workers are there")
    waiting = everything.filter(
        status=Job.Status.QUEUED, created_at__lt=now - timedelta(seconds=IDLE_SECONDS)
    )
    busy = everything.filter(status=Job.Status.RUNNING, lease_until__gt=now)
    return waiting.exists() and not busy.exists()


def _pace(job: Job, now: datetime) -> dict[str, Any]:
    """Return percent, rows a second and the time left, where they can be said."""
    percent = min(100, 100 * job.done // job.total) if job.total else None
    seconds = ((job.finished_at or now) - job.started_at).total_seconds() if job.started_at else 0
    rate = job.done / seconds if seconds > 1 and job.done else None
    left = None
    if rate and job.total and job.is_open and job.total > job.done:
        left = timedelta(seconds=round((job.total - job.done) / rate))
    return {
        "percent": percent,
        "rate": round(rate) if rate else None,
        "left": left,
        "seconds": round(seconds),
    }


@require_safe
@login_required
def job_list(request: HttpRequest) -> HttpResponse:
    """Show jobs, the newest first: one's own, and to the city all."""
    demand_page(request.user, "entity.read")
    rows = Job.objects.visible_to(request.user).select_related("started_by")
    status = request.GET.get("status", "")
    if status in Job.Status.values:
        rows = rows.filter(status=status)
    now = timezone.now()
    page = newest_of(rows, request.GET)
    context = {
        "page": page,
        "lines": [(job, _pace(job, now)) for job in page.items],
        "status": status,
        "statuses": Job.Status.choices,
        "unattended": _is_unattended(now),
    }
    return render(request, "desk/job_list.html", context)


@require_safe
@login_required
def job_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one job, or only its changing part to htmx."""
    job = _job(request, pk)
    now = timezone.now()
    result = job.result
    address = bulk.address_of(result) if job.kind == bulk.KIND and result else ""
    run = result.get("run") if job.kind == "run" else None
    context = {
        "job": job,
        "pace": _pace(job, now),
        "unattended": job.status == Job.Status.QUEUED and _is_unattended(now),
        "sentences": result.get("sentences", []),
        "address": address,
        "has_errors": bool(result.get("bad", 1)),
        "run": run,
        "held_reason": result.get("held_reason", ""),
        "released": _is_released(run),
        "judged": result.get("judged") if job.kind.startswith("derive_") else None,
        "changed": result.get("changed"),
        "files": _files(job, request),
    }
    name = "desk/_job_detail.html" if request.htmx else "desk/job_detail.html"
    return render(request, name, context)


def _is_released(run: int | None) -> bool:
    """Whether a run that was held has taken effect since, by a person's word."""
    runs = Run.objects.for_system("runs are open to everybody who works here")
    return runs.filter(pk=run, status=Run.Status.DONE).exclude(release_reason="").exists()


@require_POST
@login_required
def job_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask a job to stop; what is done stays done."""
    job = _job(request, pk)
    try:
        jobs.cancel(job, by=request.user)
        messages.success(request, "已请求取消；正在进行的一步结束后停止，已完成的部分保留。")
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("desk:job-detail", pk)


@require_POST
@login_required
def job_errors(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand out the file of bad rows to whoever may bring such files, and record who took it."""
    job = _job(request, pk)
    if not job.error_file or job.kind not in IMPORTS:
        raise Http404
    demand_page(request.user, IMPORTS[job.kind].permission)
    try:
        file = job.error_file.open("rb")
    except FileNotFoundError:
        messages.error(request, "错误文件已不在服务器上，需要时请重新提交原文件。")
        return redirect("desk:job-detail", pk)
    name = PurePath(job.params.get("file_name", "")).stem or f"任务{job.pk}"
    digest = hashlib.file_digest(file, "sha256").hexdigest()
    file.seek(0)
    record(Kind.DOWNLOAD, request=request, subject=job.title, job=job.pk, sha256=digest)
    return FileResponse(file, as_attachment=True, filename=f"{name}.errors.csv")


def _files(job: Job, request: HttpRequest) -> dict[str, Any]:
    """Return which files of an import can still be taken, until when, and which are gone."""
    days = limits_in_force(timezone.localdate())["export.kept_days"]
    takes = job.kind in IMPORTS and may(request.user, IMPORTS[job.kind].permission)
    return {
        "may_take": bool(job.error_file) and takes,
        "until": job.finished_at and job.finished_at + timedelta(days=days),
        "errors_gone": EXPIRED in job.result,
        "input_gone": "file_name" in job.params and not job.is_open and not job.input_file,
    }
