"""The auditor's pages: changes, one operation, accesses, seals. Each look is itself logged."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh

from core.audit.access import Kind, note
from core.errors import Refused
from core.models import Job, Seal
from desk.access import demand_page
from desk.audit import sealed
from desk.audit.filters import AccessFilter, ChangeFilter, LogFilter
from desk.audit.lines import access_lines, change_lines
from desk.audit.operation import changes_of, operation_of
from desk.audit.reading import seek, span_of
from desk.audit.wording import table_label
from desk.newest import newest_of
from desk.once import do_once, token_for


@require_safe
@login_required
def change_list(request: HttpRequest) -> HttpResponse:
    """Show the change log, the newest lines first."""
    demand_page(request.user, "log.read")
    context = _listed(request, ChangeFilter(request.GET), "变更记录")
    context["lines"] = change_lines(context["page"].items) if context["page"] else []
    return render(request, "desk/audit_changes.html", context)


@require_safe
@login_required
def access_list(request: HttpRequest) -> HttpResponse:
    """Show the access log, the newest lines first."""
    demand_page(request.user, "log.read")
    context = _listed(request, AccessFilter(request.GET), "访问记录")
    context["lines"] = access_lines(context["page"].items) if context["page"] else []
    return render(request, "desk/audit_accesses.html", context)


def _listed(request: HttpRequest, form: LogFilter, title: str) -> dict[str, Any]:
    """Read one page of a log for a form; nothing is read where a condition is not understood."""
    context: dict[str, Any] = {"form": form, "title": title, "page": None, "chips": []}
    if not form.is_valid():
        return context
    span = span_of(form.log, form.cleaned_data["since"], form.cleaned_data["until"])
    rows: Any = form.log.objects.visible_to(request.user).filter(form.condition())
    context["page"] = seek(rows, request.GET, span)
    context["chips"] = _chips(request, form)
    entity = form.entities[0] if len(form.entities) == 1 else None
    shown = len(context["page"].items)
    note(
        request,
        Kind.AUDIT,
        subject=f"查询{title}",
        entity_id=entity,
        filter=form.sentence(),
        shown=shown,
    )
    return context


def _chips(request: HttpRequest, form: LogFilter) -> list[dict[str, str]]:
    chips = []
    for name, label, value in form.said():
        rest = request.GET.copy()
        for key in (name, "before"):
            rest.pop(key, None)
        chips.append({"label": label, "value": value, "remove": f"?{rest.urlencode()}"})
    return chips


@require_safe
@login_required
def operation(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    """Show everything one request, job attempt or command did, or its lines in one table."""
    demand_page(request.user, "log.read")
    found = operation_of(key, request.user)
    table = request.GET.get("table", "")
    if found is None or (table and table not in {part.table for part in found.parts}):
        raise Http404
    detail = {"filter": f"表＝{table_label(table)}"} if table else {}
    note(request, Kind.AUDIT, subject=f"查看批次{key}", **detail)
    context: dict[str, Any] = {"operation": found, "table": table, "page": None}
    if table:
        rows = changes_of(key, request.user).filter(table_name=table)
        context["page"] = newest_of(rows, request.GET)
        context["lines"] = change_lines(context["page"].items)
        context["label"] = table_label(table)
    return render(request, "desk/audit_operation.html", context)


@require_safe
@login_required
def seals(request: HttpRequest) -> HttpResponse:
    """Show how far the logs are sealed, until when they are kept, and the last verification."""
    demand_page(request.user, "log.read")
    last = sealed.verifications(request.user).first()
    context = _verification(last)
    if request.htmx:  # the box asks how far it is; that is no further look
        return _progress(request, context)
    note(request, Kind.AUDIT, subject="查看封存与保存期")
    head = sealed.head_of(request.user)
    context |= {
        "head": head,
        "head_said": sealed.head_said(head),
        "count": Seal.objects.visible_to(request.user).count(),
        "waiting": sealed.waiting(timezone.now()),
        "months": sealed.month_lines(timezone.localdate()),
        "tombstones": sealed.tombstones(request.user),
        "once": token_for(request),
    }
    return render(request, "desk/audit_seals.html", context)


def _verification(last: Job | None) -> dict[str, Any]:
    return {
        "last": last,
        "idle": sealed.is_idle(last),
        "sentences": last.result.get("sentences", []) if last else [],
        "broken": last.result.get("broken", 0) if last else 0,
    }


def _progress(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """Answer the box while it runs; once it ended, the whole page is asked for anew."""
    last = context["last"]
    if last is None or not last.is_open:
        return HttpResponseClientRefresh()
    return render(request, "desk/_audit_verification.html", context)


@require_POST
@login_required
def verify(request: HttpRequest) -> HttpResponse:
    """Ask for the chain to be verified now."""
    demand_page(request.user, "log.read")

    def work() -> str:
        sealed.ask_verification(by=request.user)
        messages.success(request, "已开始核验，结果在本页“最近一次核验”中显示。")
        return reverse("desk:audit-seals")

    try:
        return do_once(request, work)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("desk:audit-seals")
