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
from desk.forms.violations import ConfirmTouchForm, TouchForm
from desk.newest import key_of
from desk.once import do_once, token_for
from desk.violations.drafting import draft_of
from desk.violations.page import Applied, applied_to, violation_or_404
from redline.actions.orders import draft_order
from redline.actions.touches import confirm_touch, set_touch_fields
from redline.choices import ViolationStatus
from redline.models import ListItem, Touch, Violation
from redline.violation_workflow import violation_step_open

JUDGE, DRAFT = "violation.judge", "order.draft"


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def violation_touch(request: HttpRequest, pk: int) -> HttpResponse:
    """Choose the item that was touched, judge the touch, and draft the order with it.

    While that order is a draft the judgement is changed here, what its paper says on its own page.
    """
    demand_page(request.user, JUDGE)
    violation = violation_or_404(request.user, pk)
    posted = request.method == "POST"
    changes = violation_step_open(violation, "edit_touch", request.user)
    if posted:  # what the form was for, whatever somebody else did meanwhile
        changes = request.POST.get("changes") == "1"
    if not posted and not changes and not _is_to_judge(request, violation):
        return redirect("desk:violation-detail", pk)
    held = Touch.objects.visible_to(request.user).filter(violation=violation).first()
    applied, on = applied_to(violation), timezone.localdate()
    asked = (request.POST if posted else request.GET).get("item", "")
    item = _item(applied, asked or (str(held.item_id) if held and not posted else ""))
    form, refusal = _touch_form(request, violation, item, held, changes), None
    if posted and item is None:
        refusal = Refused("readings 10", "请先在左边的表中选择触碰的事项。")
    elif form is not None and form.is_bound and form.is_valid():
        try:
            return do_once(request, lambda: _touched(request, violation, item, held, form))
        except Refused as refused:
            refusal = refused
    context = _context(request, violation, form, refusal)
    context |= {"applied": applied, "item": item, "chosen": item.pk if item else None}
    context |= {"changes": changes, "on": on}
    return render(request, "desk/violation_touch.html", context, status=409 if refusal else 200)


def _touch_form(
    request: HttpRequest,
    violation: Violation,
    item: ListItem | None,
    held: Touch | None,
    changes: bool,
) -> TouchForm | None:
    """Return the form: of the touch alone where its order exists, else with the order's fields."""
    on = timezone.localdate()
    data = request.POST if request.method == "POST" else None
    judged = {name: getattr(held, name) for name in TouchForm.JUDGED} if held else {}
    if changes:
        return TouchForm(data, initial=judged)
    if data is None and item is None:
        return None
    initial = draft_of(violation, item, request.user, on) | judged
    return ConfirmTouchForm(data, on=on, initial=initial)


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
    request: HttpRequest,
    violation: Violation,
    item: ListItem,
    held: Touch | None,
    form: TouchForm,
) -> str:
    said: dict[str, Any] = {
        **form.judged(),
        "revision": key_of(request.POST.get("revision")) or 0,
        "by": request.user,
        "on": timezone.localdate(),
    }
    if isinstance(form, ConfirmTouchForm):
        order = confirm_touch(violation, item, **said, **form.drafted())
        messages.success(request, "已确认触碰并起草责令改正，请核对后提交审批。")
        return reverse("desk:order-detail", args=(order.pk,))
    set_touch_fields(held, item, **said)
    messages.success(request, "已修改触碰认定；责令改正的内容请在责令改正的页面修改。")
    return reverse("desk:violation-detail", args=(violation.pk,)) + "#list"


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
