"""Runs: what was judged and moved, what was held, and the decisions behind each number."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from core.errors import Refused
from core.models import Job
from desk.access import demand_page
from desk.newest import key_of, newest_of
from desk.once import do_once, token_for
from desk.runs import crossings_of, ledger_of, manifest_of, progress_of
from membership.actions import release_run, start_run
from membership.models import Decision, GroundName, Run
from membership.queries import ledger_line
from staff.models import Bureau
from staff.roles import may

SORTS = (("full", "全量评估"), ("settle", "即时评估"), ("all", "全部"))
UNEXPLAINED = "unexplained"


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
    context: dict[str, Any] = {
        "run": run,
        "progress": progress_of(run),
        "is_open": run.status in (Run.Status.STAGING, Run.Status.APPLYING),
        "unexplained": run.counts.get("unexplained", 0),
        "crossings": crossings_of(run),
        "manifest": manifest_of(run),
        "ledger": ledger_of(run, request.user),
        "may_release": run.status == Run.Status.HELD and may(request.user, "run.release"),
        "job": _open_job() if run.status == Run.Status.HELD else None,
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


def _filtered(rows: QuerySet[Decision], query: QueryDict) -> tuple[QuerySet[Decision], list]:
    """Narrow decisions to what the address asks for; return the conditions as chips too."""
    chips = []

    def chip(name: str, label: str, value: str) -> None:
        rest = query.copy()
        for key in (name, "before"):
            rest.pop(key, None)
        chips.append({"label": label, "value": value, "remove": f"?{rest.urlencode()}"})

    if (run := key_of(query.get("run"))) is not None:
        rows = rows.filter(run_id=run)
        chip("run", "评估", str(run))
    if (bureau := key_of(query.get("bureau"))) is not None:
        rows = rows.filter(bureau_id_then=bureau or None)
        found = Bureau.objects.filter(pk=bureau).first()
        chip("bureau", "当时监管机关", found.short_name if found else "未落监管机关")
    for name, label, choices in (
        ("move", "移动", Decision.Move),
        ("ground", "纳入情形", GroundName),
    ):
        if query.get(name) in choices.values:
            rows = rows.filter(**{name: query[name]})
            chip(name, label, choices(query[name]).label)
    if cause := query.get("cause", "")[:200]:
        rows = rows.filter(cause=cause)
        chip("cause", "事由", "原因不明" if cause == UNEXPLAINED else cause)
    return rows, chips


@require_safe
@login_required
def decision_list(request: HttpRequest) -> HttpResponse:
    """Show moves with the sentences as they were said, the newest first, in the viewer's scope."""
    demand_page(request.user, "entity.read")
    rows = Decision.objects.visible_to(request.user).select_related("entity", "policy_version")
    rows, chips = _filtered(rows, request.GET)
    page = newest_of(rows, request.GET)
    context = {
        "page": page,
        "chips": chips,
        "lines": [(decision, ledger_line(decision)) for decision in page.items],
        "moves": Decision.Move.choices,
        "grounds": GroundName.choices,
    }
    return render(request, "desk/decision_list.html", context)
