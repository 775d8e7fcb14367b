"""Runs: what was judged and moved, what was held, and the decisions behind each number."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from core.errors import Refused
from core.models import Job
from desk.access import demand_page
from desk.decisions import narrowed
from desk.newest import newest_of
from desk.once import do_once, token_for
from desk.runs import crossings_of, ledger_of, manifest_of, progress_of
from membership.actions import release_run, start_run
from membership.models import Decision, GroundName, Run
from membership.queries import ledger_line
from staff.permissions import may

SORTS = (("full", "全量评估"), ("settle", "即时评估"), ("all", "全部"))


@require_safe
@login_required
def run_list(request: HttpRequest) -> HttpResponse:
    """Show runs, the newest first: those over everyone, or the small ones of single changes."""
    demand_page(request.user, "run.read")
    sort = request.GET.get("sort", "full")
    runs = Run.objects.visible_to(request.user).select_related("started_by")
    if sort != "all":
        settles = runs.filter(kind=Run.Kind.SETTLE)
        runs = settles if sort == "settle" else runs.exclude(kind=Run.Kind.SETTLE)
    status = request.GET.get("status", "")
    if status in Run.Status.values:
        runs = runs.filter(status=status)
    context = {
        "page": newest_of(runs, request.GET),
        "sort": sort,
        "sorts": SORTS,
        "status": status,
        "statuses": Run.Status.choices,
        "held": Run.objects.visible_to(request.user).filter(status=Run.Status.HELD).first(),
        "job": _open_job(),
        "once": token_for(request),
    }
    return render(request, "desk/run_list.html", context)


def _open_job() -> Job | None:
    jobs = Job.objects.for_system("whether a run is asked for already")
    return jobs.filter(kind="run", status__in=(Job.Status.QUEUED, Job.Status.RUNNING)).first()


@require_safe
@login_required
def run_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one run, or only its progress to htmx."""
    demand_page(request.user, "run.read")
    run = get_object_or_404(
        Run.objects.visible_to(request.user).select_related(
            "started_by", "released_by", "policy_version"
        ),
        pk=pk,
    )
    waits, is_own = run.status == Run.Status.HELD, run.started_by_id == request.user.pk
    context: dict[str, Any] = {
        "run": run,
        "progress": progress_of(run),
        "is_open": run.status in (Run.Status.STAGING, Run.Status.APPLYING),
        "unexplained": run.counts.get("unexplained", 0),
        "crossings": crossings_of(run),
        "manifest": manifest_of(run),
        "ledger": ledger_of(run, request.user),
        "may_release": waits and may(request.user, "run.release") and not is_own,
        "is_own": waits and is_own,
        "job": _open_job() if waits else None,
        "once": token_for(request),
    }
    name = "desk/_run_detail.html" if request.htmx else "desk/run_detail.html"
    return render(request, name, context)


@require_POST
@login_required
def run_start(request: HttpRequest) -> HttpResponse:
    """Ask for everyone to be judged today; one such request waits at a time."""
    demand_page(request.user, "run.start")

    def work() -> str:
        waiting = _open_job()
        if waiting is not None:
            messages.info(request, "已有一次评估正在等待或进行，没有重复发起。")
            return reverse("desk:run-list")
        job = start_run(by=request.user, on=timezone.localdate())
        return reverse("desk:job-detail", args=(job.pk,))

    try:
        return do_once(request, work)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("desk:run-list")


@require_POST
@login_required
def run_release(request: HttpRequest, pk: int) -> HttpResponse:
    """Let a held run go on, with a reason."""
    demand_page(request.user, "run.release")
    run = get_object_or_404(Run.objects.visible_to(request.user), pk=pk)

    def work() -> str:
        if _open_job() is not None:
            raise Refused("readings 17", "已有一次评估正在等待或进行，请待其结束后再放行。")
        reason = request.POST.get("reason", "")
        job = release_run(run, by=request.user, reason=reason, on=timezone.localdate())
        return reverse("desk:job-detail", args=(job.pk,))

    try:
        return do_once(request, work)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("desk:run-detail", pk)


@require_safe
@login_required
def decision_list(request: HttpRequest) -> HttpResponse:
    """Show moves with the sentences as they were said, the newest first, in the viewer's scope."""
    demand_page(request.user, "entity.read")
    rows = Decision.objects.visible_to(request.user).select_related(
        "entity", "policy_version", "occupant__zone"
    )
    rows, chips = narrowed(rows, request.GET)
    page = newest_of(rows, request.GET)
    context = {
        "page": page,
        "chips": chips,
        "lines": [(decision, ledger_line(decision)) for decision in page.items],
        "moves": Decision.Move.choices,
        "grounds": GroundName.choices,
    }
    return render(request, "desk/decision_list.html", context)
