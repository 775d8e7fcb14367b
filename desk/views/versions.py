"""Versions of the limits: drafted by one person, rehearsed, approved by another, withdrawn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.errors import Refused
from desk.access import demand_page
from desk.forms.versions import DraftVersion
from desk.once import do_once, token_for
from desk.rehearsal import ask_rehearsal, last_rehearsal, lines_of
from policy.actions import approve_version, withdraw_version
from policy.models import PolicyVersion
from policy.queries import available, differences, versions
from staff.permissions import may


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def version_draft(request: HttpRequest) -> HttpResponse:
    """Draft a version of the limits from those published last."""
    demand_page(request.user, "policy.draft")
    posted = request.method == "POST"
    form = DraftVersion(request.POST if posted else None)
    refusal = None

    def work() -> str:
        version = form.carry_out(request.user, timezone.localdate())
        messages.success(request, f"已起草{version}；请先试算影响，再请另一位市局负责人批准。")
        return reverse("desk:version-detail", args=(version.pk,))

    if posted and form.is_valid():
        try:
            return do_once(request, work)
        except Refused as refused:
            refusal = refused
    context = {
        "form": form,
        "version": form.before.version,
        "refusal": refusal,
        "once": token_for(request),
    }
    return render(
        request, "desk/policy_version_draft.html", context, status=409 if refusal else 200
    )


@require_safe
@login_required
def version_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what a version changes, its rehearsal and what may be done; to htmx the rehearsal."""
    demand_page(request.user, "policy.read")
    version = get_object_or_404(versions(), pk=pk)
    sources = dict(version.values.values_list("key", "source"))
    rehearsal = last_rehearsal(version, request.user)
    drafted = version.status == PolicyVersion.Status.DRAFT
    actions = available(version, request.user, timezone.localdate())
    context = {
        "version": version,
        "changes": [(one, sources.get(one.info.key, "")) for one in differences(version)],
        "rehearsal": rehearsal,
        "effect": lines_of(rehearsal.result) if rehearsal else [],
        "sentences": rehearsal.result.get("sentences", []) if rehearsal else [],
        "drafted": drafted,
        "may_rehearse": drafted and may(request.user, "policy.draft"),
        "may_approve": "approve" in actions,
        "may_withdraw": bool({"withdraw", "recall"} & set(actions)),
        "is_own": drafted and version.drafted_by_id == request.user.pk,
        "once": token_for(request),
    }
    part = "desk/_policy_rehearsal.html" if request.htmx else "desk/policy_version.html"
    return render(request, part, context)


def _act(request: HttpRequest, pk: int, work: Callable[[PolicyVersion], Any]) -> HttpResponse:
    """Do one thing to a version, once, and return to its page with what was said."""
    version = get_object_or_404(PolicyVersion, pk=pk)
    address = reverse("desk:version-detail", args=(pk,))

    def doing() -> str:
        messages.success(request, work(version))
        return address

    try:
        return do_once(request, doing)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect(address)


@require_POST
@login_required
def version_rehearse(request: HttpRequest, pk: int) -> HttpResponse:
    """Judge everyone by the draft without writing anything."""
    demand_page(request.user, "policy.draft")

    def work(version: PolicyVersion) -> str:
        ask_rehearsal(version, by=request.user)
        return "已开始试算，结果显示在本页。"

    return _act(request, pk, work)


@require_POST
@login_required
def version_approve(request: HttpRequest, pk: int) -> HttpResponse:
    """Publish a draft, by another person than who drafted it."""
    demand_page(request.user, "policy.approve")

    def work(version: PolicyVersion) -> str:
        done = approve_version(version, by=request.user, today=timezone.localdate())
        return f"已批准{done}，自{done.since}起施行。"

    return _act(request, pk, work)


@require_POST
@login_required
def version_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Withdraw a draft, or a published version whose day has not come."""
    demand_page(request.user, "policy.draft")

    def work(version: PolicyVersion) -> str:
        return f"已撤回{withdraw_version(version, by=request.user, today=timezone.localdate())}。"

    return _act(request, pk, work)
