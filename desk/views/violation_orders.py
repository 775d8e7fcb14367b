"""Confirming a touch with its order, and drafting the order of an ordinary violation."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from core.errors import Refused
from desk.access import demand_page
from desk.forms.order_drafts import DraftForm
from desk.forms.violations import ConfirmTouchForm
from desk.newest import key_of
from desk.once import do_once, token_for
from desk.violations.drafting import draft_of
from desk.violations.page import Applied, applied_to, violation_or_404
from redline.actions.orders import draft_order
from redline.actions.touches import confirm_touch
from redline.choices import ViolationStatus
from redline.models import ListItem, Violation
from redline.violation_workflow import violation_step_open

JUDGE, DRAFT = "violation.judge", "order.draft"


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def violation_touch(request: HttpRequest, pk: int) -> HttpResponse:
    """Choose the item that was touched, judge the touch, and draft the order with it."""
    demand_page(request.user, JUDGE)
    violation = violation_or_404(request.user, pk)
    if request.method != "POST" and not _is_to_judge(request, violation):
        return redirect("desk:violation-detail", pk)
    on = timezone.localdate()
    applied = applied_to(violation)
    item = _item(applied, request.POST.get("item") or request.GET.get("item"))
    form: ConfirmTouchForm | None = None
    refusal = None
    if request.method == "POST":
        form = ConfirmTouchForm(request.POST, on=on)
        if item is None:
            refusal = Refused("readings 10", "请先在左边的表中选择触碰的事项。")
        elif form.is_valid():
            try:
                return do_once(request, lambda: _touched(request, violation, item, form))
            except Refused as refused:
                refusal = refused
    elif item is not None:
        form = ConfirmTouchForm(on=on, initial=draft_of(violation, item, request.user, on))
    context = _context(request, violation, form, refusal)
    context |= {"applied": applied, "item": item}
    return render(request, "desk/violation_touch.html", context, status=409 if refusal else 200)


def _is_to_judge(request: HttpRequest, violation: Violation) -> bool:
    """Whether a touch can be confirmed here and now; the page of the violation says why not."""
    return violation_step_open(violation, "confirm_touch", request.user)


def _item(applied: Applied, text: str | None) -> ListItem | None:
    wanted = key_of(text)
    return next((item for item in applied.items if item.pk == wanted), None)


def _context(
    request: HttpRequest, violation: Violation, form: Any, refusal: Refused | None
) -> dict[str, Any]:
    seen = key_of(request.POST.get("revision"))
    return {
        "violation": violation,
        "form": form,
        "refusal": refusal,
        "revision": violation.revision if seen is None else seen,
        "once": token_for(request),
    }


def _touched(
    request: HttpRequest, violation: Violation, item: ListItem, form: ConfirmTouchForm
) -> str:
    order = confirm_touch(
        violation,
        item,
        **form.judged(),
        **form.drafted(),
        revision=key_of(request.POST.get("revision")) or 0,
        by=request.user,
        on=timezone.localdate(),
    )
    messages.success(request, "已确认触碰并起草责令改正，请核对后提交审批。")
    return reverse("desk:order-detail", args=(order.pk,))


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def violation_order(request: HttpRequest, pk: int) -> HttpResponse:
    """Draft the order to correct of a violation that touched no red line."""
    demand_page(request.user, DRAFT)
    violation = violation_or_404(request.user, pk)
    on = timezone.localdate()
    if request.method != "POST" and violation.status != ViolationStatus.ORDINARY:
        return redirect("desk:violation-detail", pk)
    initial = draft_of(violation, None, request.user, on)
    form = DraftForm(request.POST if request.method == "POST" else None, on=on, initial=initial)
    refusal = None
    if form.is_bound and form.is_valid():
        try:
            return do_once(request, lambda: _drafted(request, violation, form))
        except Refused as refused:
            refusal = refused
    context = _context(request, violation, form, refusal)
    return render(request, "desk/violation_order.html", context, status=409 if refusal else 200)


def _drafted(request: HttpRequest, violation: Violation, form: DraftForm) -> str:
    order = draft_order(violation, **form.drafted(), by=request.user, on=timezone.localdate())
    messages.success(request, "已起草责令改正，请核对后提交审批。")
    return reverse("desk:order-detail", args=(order.pk,))
