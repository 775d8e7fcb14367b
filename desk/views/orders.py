"""Orders to correct (责令改正): the list, the page of one, the draft, contacts in full."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.audit.access import Kind, record
from core.errors import Refused
from core.resumed import is_resumed
from desk.access import demand_page
from desk.once import do_once, token_for
from desk.orders import lists
from desk.orders.conditions import GROUPS, WITHIN, conditions_of, orders_asked
from desk.orders.editing import edited, form_for
from desk.orders.page import detail, may_edit, order_or_404
from desk.orders.queue import page_of
from desk.reveals import reveal_of_order
from redline.choices import ItemGroup, OrderOrigin, OrderStatus
from redline.models import Order, Service

READ = "redline.read"
SHORTEST = 4


@require_safe
@login_required
def order_list(request: HttpRequest) -> HttpResponse:
    """Show the orders that the address asks for, those first whose day presses."""
    demand_page(request.user, READ)
    viewer, on = request.user, timezone.localdate()
    asked = conditions_of(request.GET, lists.first_tab(viewer))
    rows = orders_asked(viewer, asked, on).select_related(*lists.RELATED)
    page = page_of(rows, request.GET)
    lines = lists.lines_of(page.items, viewer, on)
    context = {
        "page": page,
        "lines": lines,
        "asked": asked,
        "tabs": lists.tabs_of(viewer, asked, on),
        "lights": lists.lights_of(viewer, asked, on),
        "calendar": lists.due_calendar(viewer, asked, on),
        "conditions": lists.said_of(asked, viewer),
        "statuses": [*GROUPS.items(), *OrderStatus.choices],
        "origins": OrderOrigin.choices,
        "groups": ItemGroup.choices,
        "within": WITHIN,
        "bureaus": lists.bureaus_of(viewer),
        "bulk": [
            (step, lists.bulk_label(step))
            for step in lists.BULK
            if any(step in line.bulk for line in lines)
        ],
    }
    return render(request, "desk/order_list.html", context)


@require_safe
@login_required
def order_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one order: what it says, where it stands, and the steps open to whoever looks."""
    demand_page(request.user, READ)
    return detail(request, order_or_404(request.user, pk))


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def order_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change what a draft says; somebody who was too late sees what the other one wrote."""
    demand_page(request.user, "order.draft")
    order = order_or_404(request.user, pk)
    posted = request.method == "POST"
    if not posted and not may_edit(order, request.user):
        messages.error(request, f"该责令改正现为“{order.get_status_display()}”，内容不能再修改。")
        return redirect(_page_of(request, order))
    form = form_for(order, request.POST if posted else None, timezone.localdate())
    refusal = None
    if posted and form.is_valid():
        try:
            return do_once(request, lambda: _saved(request, order, form))
        except Refused as refused:
            refusal = refused
    fresh = order_or_404(request.user, pk)
    context: dict[str, Any] = {
        "order": fresh,
        "form": form,
        "refusal": refusal,
        "differs": form.differing(fresh) if refusal else (),
        "query": request.GET.urlencode(),
        "once": token_for(request),
    }
    return render(request, "desk/order_edit.html", context, status=409 if refusal else 200)


def _saved(request: HttpRequest, order: Order, form: Any) -> str:
    submits = request.POST.get("go") == "submit"
    edited(order, form, request.POST, submits=submits, by=request.user, on=timezone.localdate())
    messages.success(request, "已保存并提交审批。" if submits else "已保存。")
    return _page_of(request, order)


def _page_of(request: HttpRequest, order: Order) -> str:
    query = request.GET.urlencode()
    page = reverse("desk:order-detail", args=(order.pk,))
    return f"{page}?{query}" if query else page


@require_POST
@login_required
def order_contact(request: HttpRequest, pk: int) -> HttpResponse:
    """Show telephone and addresses of service in full for a stated reason, and record the look."""
    demand_page(request.user, "contact.reveal")
    order = order_or_404(request.user, pk)
    reason = " ".join(request.POST.get("reason", "").split())[:200]
    services = list(Service.objects.visible_to(request.user).filter(order=order))
    context = {"order": order, "services": services, "reason": reason, "may_reveal": True}
    if is_resumed(request):
        return render(request, "desk/order_contact.html", context | {"said": reason})
    wrong = "" if len(reason) >= SHORTEST else "请写明查看理由（四个字以上），例如“联系送达”。"
    if not wrong:
        try:
            reveal_of_order(order, by=request.user, reason=reason, request=request)
        except Refused as refusal:
            wrong = str(refusal)
            record(Kind.REVEAL, request=request, ok=False, reason=reason, refused=wrong)
    if wrong:
        context |= {"wrong": wrong, "said": reason}
    name = "desk/_order_contact.html" if request.htmx else "desk/order_contact.html"
    return render(request, name, context | {"shown": not wrong})
