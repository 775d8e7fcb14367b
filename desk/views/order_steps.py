"""What is done to an order: its steps, one after the other through the queue, and what they do."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from core.errors import Refused
from desk.access import demand_page
from desk.forms.orders import StepForm
from desk.once import do_once
from desk.orders.page import Queue, detail, effect_of_approval, order_or_404, queue_of
from desk.orders.queue import next_of
from desk.orders.steps import DOINGS, form_of, standing_of, take
from redline.models import Order


@require_POST
@login_required
def order_step(request: HttpRequest, pk: int, step: str) -> HttpResponse:
    """Take one step; bad input and refusals are shown on the page, with what was typed."""
    if step not in DOINGS:
        raise Http404
    demand_page(request.user, DOINGS[step].verb)
    order = order_or_404(request.user, pk)
    standing = standing_of(order, request.user)
    way = request.POST.get("way", "")
    form = form_of(step, order, standing, timezone.localdate(), request.POST, way)
    if not form.is_valid():
        return detail(request, order, tried=(step, form))
    queue = queue_of(request, pk)
    try:
        return do_once(request, lambda: _taken(request, order, step, form, queue))
    except Refused as refusal:
        return detail(request, order_or_404(request.user, pk), tried=(step, form), refusal=refusal)


def _taken(
    request: HttpRequest, order: Order, step: str, form: StepForm, queue: Queue | None
) -> str:
    """Take the step; lead to the next order of the queue where that was asked for."""
    on = timezone.localdate()
    shown = take(step, order, form, request.POST, by=request.user, on=on)
    fresh = order_or_404(request.user, shown.pk)
    messages.success(
        request, f"{fresh}：已办理“{DOINGS[step].label}”，现为“{fresh.get_status_display()}”。"
    )
    if step == "reissue":
        return reverse("desk:order-edit", args=(fresh.pk,))
    if queue is None or request.POST.get("go") != "next":
        return _page(fresh.pk, queue)
    return _next(request, order, queue)


def _page(pk: int, queue: Queue | None) -> str:
    page = reverse("desk:order-detail", args=(pk,))
    return f"{page}?{queue.query}" if queue else page


def _next(request: HttpRequest, order: Order, queue: Queue) -> str:
    """Return the order behind the one that was worked, or the list where there is none."""
    after = next_of(order.pk, queue.standing.place, request.user, queue.asked, timezone.localdate())
    if after.pk is not None:
        return _page(after.pk, queue)
    left = f"，前面还有{after.left:,}件未办理" if after.left else ""
    messages.info(request, f"本次筛选处理完毕{left}。")
    return f"{reverse('desk:order-list')}?{queue.query}"


@require_POST
@login_required
def order_effect(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what approving would do to membership; to htmx the fragment, else the whole page."""
    demand_page(request.user, "order.approve")
    order = order_or_404(request.user, pk)
    effect = effect_of_approval(order, by=request.user, on=timezone.localdate())
    if request.htmx:
        return render(request, "desk/_order_effect.html", {"effect": effect})
    form = form_of(
        "approve",
        order,
        standing_of(order, request.user),
        timezone.localdate(),
        None,
    )
    form.initial["opinion"] = request.POST.get("opinion", "")
    return detail(request, order, tried=("approve", form), effect=effect)
