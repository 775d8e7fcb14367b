"""Verbs on many entities: fix them, confirm, and see the result item by item."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.errors import Refused
from desk import bulk
from desk.access import demand_page
from desk.conditions import chosen_entities
from desk.context import Moment
from desk.newest import newest_of
from desk.once import do_once, token_for
from desk.paging import page_of
from entities.actions.base import MOST, preview
from entities.actions.operations import undo, undoable_until
from entities.models import Entity, Operation, OperationItem

SHOWN_LEFT = 20


def _bulk_verb(request: HttpRequest, verb: str) -> bulk.BulkVerb:
    if verb not in bulk.BULK_VERBS:
        raise Http404
    demand_page(request.user, bulk.BULK_VERBS[verb].verb)
    return bulk.BULK_VERBS[verb]


@require_POST
@login_required
def bulk_begin(request: HttpRequest, verb: str) -> HttpResponse:
    """Fix the ticked entities, or all that the list's conditions mean, and ask for confirmation."""
    _bulk_verb(request, verb)
    today = timezone.localdate()
    chosen = chosen_entities(request.POST, request.user, Moment(on=today, today=today))
    ids = list(chosen.order_by("pk").values_list("pk", flat=True)[: MOST + 1])
    query = request.POST.get("query", "")
    try:
        token = bulk.freeze(request.session, verb, ids, query)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect(_list(query))
    return redirect("desk:bulk-confirm", verb, token)


def _list(query: str) -> str:
    return f"{reverse('desk:entity-list')}?{query}" if query else reverse("desk:entity-list")


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def bulk_confirm(request: HttpRequest, verb: str, token: str) -> HttpResponse:
    """Show how many, five names and the effect; take the reason; do it, or leave it to a job."""
    wanted = _bulk_verb(request, verb)
    kept = bulk.frozen(request.session, verb, token)
    if kept is None:
        messages.error(request, "该批次已失效，请回到列表重新选择主体。")
        return redirect("desk:entity-list")
    posted = request.method == "POST"
    today = timezone.localdate()
    form = wanted.form(request.POST if posted else None, count=len(kept.ids), on=today)
    refusal = None

    def work() -> str:
        address, sentences = bulk.begin(verb, form, kept.ids, by=request.user)
        for sentence in sentences:
            messages.success(request, sentence)
        return address

    if posted and form.is_valid():
        try:
            return do_once(request, work)
        except Refused as refused:
            refusal = refused
    context = {
        "wanted": wanted,
        "form": form,
        "refusal": refusal,
        "once": token_for(request),
        "seen": preview(kept.ids, by=request.user),
        "standing": bulk.standing_counts(kept.ids, request.user, today),
        "back": _list(kept.query),
        "as_job": len(kept.ids) > bulk.DIRECT,
        **_left(form, kept, request),
    }
    return render(request, "desk/bulk_confirm.html", context, status=409 if refusal else 200)


def _left(form: Any, kept: bulk.Frozen, request: HttpRequest) -> dict[str, Any]:
    left = form.unfit(kept.ids)
    named = Entity.objects.visible_to(request.user).filter(pk__in=list(left)[:SHOWN_LEFT])
    return {
        "left_count": len(left),
        "left": [(entity, left[entity.pk]) for entity in named.order_by("pk")],
    }


@require_safe
@login_required
def operation_list(request: HttpRequest) -> HttpResponse:
    """Show what was done: one's own operations, and the whole city's to the city."""
    demand_page(request.user, "entity.read")
    rows = Operation.objects.visible_to(request.user).select_related("done_by", "undone_by")
    verb = request.GET.get("verb", "")
    if verb in Operation.Verb.values:
        rows = rows.filter(verb=verb)
    page = newest_of(rows, request.GET)
    keys = [operation.pk for operation in page.items]
    counts = {
        row["operation"]: row
        for row in OperationItem.objects.visible_to(request.user)
        .filter(operation__in=keys)
        .order_by()
        .values("operation")
        .annotate(
            carried_out=Count("pk", filter=Q(done=True)),
            left_alone=Count("pk", filter=Q(done=False)),
        )
    }
    nothing = {"carried_out": 0, "left_alone": 0}
    lines = [
        (operation, counts.get(operation.pk, nothing), getattr(operation, "undone_by", None))
        for operation in page.items
    ]
    context = {"page": page, "lines": lines, "verbs": Operation.Verb.choices, "verb": verb}
    return render(request, "desk/operation_list.html", context)


@require_safe
@login_required
def operation_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one operation entity by entity, and offer to take it back while that is possible."""
    demand_page(request.user, "entity.read")
    operations = Operation.objects.visible_to(request.user)
    operation = get_object_or_404(
        operations.select_related("done_by", "undone_by", "undoes"), pk=pk
    )
    items = OperationItem.objects.visible_to(request.user).filter(operation=operation)
    page = page_of(items, request.GET)
    shown = items.filter(pk__in=page.keys).select_related("entity").order_by("pk")
    own = operation.done_by_id == request.user.pk
    context = {
        "operation": operation,
        "undone_by": getattr(operation, "undone_by", None),
        "items": shown,
        "page": page,
        "counts": items.aggregate(
            carried_out=Count("pk", filter=Q(done=True)),
            left_alone=Count("pk", filter=Q(done=False)),
        ),
        "undoable": undoable_until(operation, timezone.now()) if own else None,
        "once": token_for(request),
    }
    return render(request, "desk/operation_detail.html", context)


@require_POST
@login_required
def operation_undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Take one's own operation back; show what was put back and what was left alone."""
    demand_page(request.user, "entity.read")
    operation = get_object_or_404(Operation.objects.visible_to(request.user), pk=pk)
    reason = request.POST.get("reason", "").strip() or "操作有误"

    def work() -> str:
        result = undo(operation, by=request.user, at=timezone.now(), reason=reason)
        messages.success(request, f"已撤销{len(result.done):,}户，正在重新判定。")
        return reverse("desk:operation-detail", args=(result.operation.pk,))

    try:
        return do_once(request, work)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("desk:operation-detail", pk)
