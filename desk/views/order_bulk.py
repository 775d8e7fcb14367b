"""Approving or issuing several orders at once: confirmed with names, answered one by one."""

from __future__ import annotations

import uuid

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from desk.access import demand_page
from desk.newest import key_of, keys_of
from desk.once import do_once, token_for
from desk.orders import bulk, lists
from desk.orders.conditions import conditions_of
from redline.workflow import ORDER_STEPS

SESSION_KEY = "orders_done_at_once"
KEPT = 5


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def order_bulk(request: HttpRequest, step: str) -> HttpResponse:
    """Confirm which orders take the step; let each take it, and lead to what became of them."""
    if step not in bulk.VERBS:
        raise Http404
    demand_page(request.user, ORDER_STEPS[step].verb)
    if request.method == "POST":
        return do_once(request, lambda: _taken(request, step))
    chosen = bulk.chosen(keys_of(request.GET.getlist("ids")), request.user)
    lines = lists.lines_of(chosen, request.user, timezone.localdate())
    context = {
        "step": step,
        "label": ORDER_STEPS[step].label,
        "lines": [line for line in lines if step in line.bulk],
        "left": [line for line in lines if step not in line.bulk],
        "at_touch": [
            line for line in lines if line.order.touch and line.order.touch.item.removal == "touch"
        ],
        "query": conditions_of(request.GET, lists.first_tab(request.user)).query,
        "once": token_for(request),
    }
    return render(request, "desk/order_bulk.html", context)


def _seen(request: HttpRequest) -> dict[int, int]:
    """Return the orders with the revision that was seen of each: ``7:3`` in ``seen``."""
    pairs = (text.partition(":") for text in request.POST.getlist("seen")[: bulk.MOST])
    found = ((key_of(key), key_of(revision)) for key, _, revision in pairs)
    return {key: revision for key, revision in found if key is not None and revision is not None}


def _taken(request: HttpRequest, step: str) -> str:
    results = bulk.take_all(
        step,
        _seen(request),
        opinion=request.POST.get("opinion", ""),
        by=request.user,
        on=timezone.localdate(),
    )
    token = uuid.uuid4().hex
    kept = dict(request.session.get(SESSION_KEY, {}))
    kept[token] = [[pk, said] for pk, said in sorted(results.items())]
    request.session[SESSION_KEY] = dict(list(kept.items())[-KEPT:])
    query = conditions_of(request.GET, lists.first_tab(request.user)).query
    return f"{reverse('desk:order-bulk-result', args=(step, token))}?{query}"


@require_safe
@login_required
def order_bulk_result(request: HttpRequest, step: str, token: str) -> HttpResponse:
    """Show what became of each order."""
    if step not in bulk.VERBS:
        raise Http404
    demand_page(request.user, ORDER_STEPS[step].verb)
    kept = request.session.get(SESSION_KEY, {}).get(token)
    if kept is None:
        raise Http404
    said = dict(kept)
    orders = bulk.chosen(list(said), request.user)
    context = {
        "label": ORDER_STEPS[step].label,
        "results": [(one, said[one.pk]) for one in orders],
        "query": conditions_of(request.GET, lists.first_tab(request.user)).query,
    }
    return render(request, "desk/order_bulk_result.html", context)
