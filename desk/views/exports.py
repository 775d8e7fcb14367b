"""What leaves: asking for an export, its approval, and the file."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.errors import Refused
from core.models import Export
from desk.access import demand_page
from desk.exports.actions import decide_export, file_export, look, take_file
from desk.exports.kinds import ExportKind, Query, demand_known, scope_said
from desk.exports.registry import KINDS
from desk.exports.workflow import TRANSITIONS, available, deciders_of
from desk.forms.exports import ExportForm
from desk.newest import newest_of
from desk.once import do_once, token_for
from desk.states import STATES, of_state, state_of
from staff.models import User
from staff.permissions import may


def _kind(request: HttpRequest, kind: str) -> ExportKind:
    if kind not in KINDS:
        raise Http404
    demand_page(request.user, KINDS[kind].verb)
    return KINDS[kind]


def _demand_exports(user: User) -> None:
    """Let in whoever may export anything at all."""
    if not any(may(user, kind.verb) for kind in KINDS.values()):
        demand_page(user, "entity.export")


def _export(request: HttpRequest, pk: int) -> Export:
    _demand_exports(request.user)
    found = Export.objects.visible_to(request.user)
    return get_object_or_404(found.select_related("filed_by", "decided_by", "job"), pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def export_new(request: HttpRequest, kind: str) -> HttpResponse:
    """Show what would leave and ask for columns and purpose; then ask for confirmation; file it."""
    wanted = _kind(request, kind)
    query = Query.of_page(request, wanted.names)
    if wanted.of_today:
        query = Query(query.text, timezone.localdate())
    form = ExportForm(request.POST or None, wanted=wanted, by=request.user)
    seen, refusal = None, None
    fits = form.is_bound and form.is_valid()
    try:
        demand_known(request, wanted.names)
        if fits and "confirmed" in request.POST:
            return do_once(request, lambda: _filed(request, kind, query, form))
        seen = look(kind, query, by=request.user, unmasked=fits and _unmasked(wanted, form))
    except Refused as refused:
        refusal = refused
    context = {
        "wanted": wanted,
        "query": query,
        "form": form,
        "seen": seen,
        "refusal": refusal,
        "confirming": fits and "change" not in request.POST and refusal is None,
        "chosen": _titles(wanted, form.cleaned_data["columns"]) if fits else [],
        "unmasked": fits and _unmasked(wanted, form),
        "scope": scope_said(request.user),
        "back": _back(wanted, request),
        "once": token_for(request),
    }
    return render(request, "desk/export_new.html", context, status=409 if refusal else 200)


def _filed(request: HttpRequest, kind: str, query: Query, form: ExportForm) -> str:
    said = {name: form.cleaned_data[name] for name in form.cleaned_data}
    export = file_export(kind, query, by=request.user, **said)
    if export.needs_approval:
        messages.success(request, f"已提交审批（{export.why}），批准后自动生成。")
    else:
        messages.success(request, "导出已提出。")
    return reverse("desk:export-detail", args=(export.pk,))


def _unmasked(wanted: ExportKind, form: ExportForm) -> bool:
    """Whether full contact data would leave: asked for, and with a column that holds some."""
    columns = form.cleaned_data["columns"]
    return bool(form.cleaned_data.get("unmasked")) and any(
        wanted.columns[name].sensitive for name in columns
    )


def _titles(wanted: ExportKind, names: list[str]) -> list[str]:
    return [column.title for name, column in wanted.columns.items() if name in names]


def _back(wanted: ExportKind, request: HttpRequest) -> str:
    return f"{reverse(wanted.back)}?{request.GET.urlencode()}".rstrip("?")


@require_safe
@login_required
def export_list(request: HttpRequest) -> HttpResponse:
    """Show one's own exports, the newest first."""
    _demand_exports(request.user)
    rows = Export.objects.visible_to(request.user).filter(filed_by=request.user)
    status = request.GET.get("status", "")
    if status in Export.Status.values:
        rows = rows.filter(status=status)
    context = {
        "page": newest_of(rows.select_related("job"), request.GET),
        "status": status,
        "statuses": Export.Status.choices,
        "now": timezone.now(),
    }
    return render(request, "desk/export_list.html", context)


@require_safe
@login_required
def export_approvals(request: HttpRequest) -> HttpResponse:
    """Show a lead what others ask to take out."""
    demand_page(request.user, "export.approve")
    state = state_of(request.GET)
    own_done = Q(filed_by=request.user) & ~Q(status=Export.Status.FILED)
    rows = Export.objects.visible_to(request.user).exclude(own_done)
    rows = of_state(rows.filter(needs_approval=True), state).select_related(
        "filed_by__bureau", "filed_by__station", "filed_by__unit", "decided_by"
    )
    page = newest_of(rows, request.GET)
    lines = [_line(export, request) for export in page.items]
    context = {
        "page": page,
        "lines": lines,
        "state": state,
        "states": STATES,
        "once": token_for(request),
    }
    return render(request, "desk/export_approvals.html", context)


def _line(export: Export, request: HttpRequest) -> tuple[Export, list, dict[str, Any], str]:
    """Return a request, what the lead may do with it, what it holds; of one's own, who decides."""
    own = export.filed_by_id == request.user.pk
    steps = [] if own else _steps(export, request)
    return export, steps, _detail(export), _awaited(export) if own else ""


def _awaited(export: Export) -> str:
    """Say who may decide on a request that waits; of a lead's own, that another lead must."""
    names = "、".join(lead.name for lead in deciders_of(export))
    if may(export.filed_by, "export.approve"):
        return f"须由另一位负责人批准（{names or '目前没有，请联系市局'}）"
    return f"待负责人办理（{names or '目前没有负责人，请联系市局'}）"


def _steps(export: Export, request: HttpRequest) -> list[tuple[str, str]]:
    return [(step, TRANSITIONS[step].label) for step in available(export, request.user)]


def _detail(export: Export) -> dict[str, Any]:
    """Return what would leave, in words."""
    wanted = KINDS[export.kind]
    return {
        "columns": "、".join(_titles(wanted, export.columns)),
        "scope": scope_said(export.filed_by),
        "kind": wanted.label,
        "of_entities": wanted.of_entities,
    }


@require_safe
@login_required
def export_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one export to its filer and to whoever decides on it, or its changing part to htmx."""
    export = _export(request, pk)
    own = export.filed_by_id == request.user.pk
    context = {
        "export": export,
        "detail": _detail(export),
        "steps": _steps(export, request),
        "own": own,
        "awaited": _awaited(export) if export.status == Export.Status.FILED else "",
        "kept": own and export.is_kept(timezone.now()),
        "working": export.status == Export.Status.APPROVED
        and export.job is not None
        and export.job.is_open,
        "once": token_for(request),
    }
    name = "desk/_export_detail.html" if request.htmx else "desk/export_detail.html"
    return render(request, name, context)


@require_POST
@login_required
def export_decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Approve, refuse or withdraw one request."""
    step = request.POST.get("step", "")
    if step not in TRANSITIONS:
        raise Http404
    if TRANSITIONS[step].verb:
        demand_page(request.user, TRANSITIONS[step].verb)
    export = _export(request, pk)
    own = TRANSITIONS[step].by_filer
    back = reverse("desk:export-list" if own else "desk:export-approvals")

    def work() -> str:
        opinion = request.POST.get("opinion", "")
        decide_export(export, step, by=request.user, opinion=opinion, at=timezone.now())
        messages.success(request, f"已{TRANSITIONS[step].label}。")
        return back

    try:
        return do_once(request, work)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("desk:export-detail", pk)


@require_POST
@login_required
def export_file(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand the workbook to its filer; who took it is recorded before."""
    export = _export(request, pk)
    try:
        take_file(export, by=request.user, at=timezone.now(), request=request)
        file = export.file.open("rb")
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("desk:export-detail", pk)
    except FileNotFoundError:
        messages.error(request, "文件已不在服务器上，请重新导出；如反复出现请联系系统管理员。")
        return redirect("desk:export-detail", pk)
    name = f"{KINDS[export.kind].label}_{export.serial}.xlsx"
    return FileResponse(file, as_attachment=True, filename=name)
