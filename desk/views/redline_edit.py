"""Drafting a list: begun, its head, its items, a workbook taken in, its steps."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.audit.access import Kind, record
from core.errors import BadFile, Refused
from core.uploads import refuse_misnamed, shown_name, stored_name
from desk.access import demand_page
from desk.forms.redlines import ApproveList, BeginList, ListHead, UploadList
from desk.newest import key_of, keys_of
from desk.once import do_once, token_for
from desk.redlines.access import demand_drafting, version_or_404
from desk.redlines.comparing import kind_of
from desk.redlines.shown import doing, reading, title_of
from desk.redlines.templates import write_template
from desk.views.redlines import detail
from redline.actions.list_items import (
    Taken,
    WrongWorkbook,
    check_items,
    take_list_workbook,
)
from redline.actions.lists import LIST_STEP_FUNCTIONS, begin_list, set_list_fields
from redline.choices import ListKind
from redline.lists import may_edit
from redline.models import ListVersion
from redline.workbooks import Finding, in_order
from redline.workflow import LIST_STEPS, verb_for

WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_TOLD = 20
CLOSED = Refused("4.4", "该清单现在不能由您修改，没有保存，请查看办理经过。")


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def redline_new(request: HttpRequest) -> HttpResponse:
    """Begin a draft of one's own list."""
    demand_drafting(request.user)
    viewer, on, kind = request.user, timezone.localdate(), kind_of(request.GET)
    bureau = None if viewer.sees_city() else viewer.bureau
    sent = request.POST if request.method == "POST" else None
    form = BeginList(sent, kind=kind, bureau=bureau, viewer=viewer, on=on)
    if sent is None and key_of(request.GET.get("source")):
        form.initial["source"] = request.GET["source"]

    def work() -> str:
        version = begin_list(kind, bureau, source=form.source_for(viewer), by=viewer, on=on)
        messages.success(request, f"已起草{version}，填好后提交审批。")
        return reverse("desk:redline-edit", args=(version.pk,))

    refusal = None
    if form.is_bound and form.is_valid():
        try:
            return do_once(request, work)
        except Refused as refused:
            refusal = refused
    context = {
        "form": form,
        "kind": kind,
        "label": ListKind(kind).label,
        "owner": bureau.short_name if bureau else "市局",
        "refusal": refusal,
        "once": token_for(request),
    }
    return render(request, "desk/redline_new.html", context, status=409 if refusal else 200)


@require_safe
@login_required
def redline_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a draft to fill in; whoever may not is led to the page that is read."""
    demand_drafting(request.user)
    version = version_or_404(request.user, pk)
    if not may_edit(version, request.user):
        return redirect("desk:redline-detail", pk)
    return edit_page(request, version)


def edit_page(
    request: HttpRequest,
    version: ListVersion,
    *,
    head: ListHead | None = None,
    upload: UploadList | None = None,
    findings: list[Finding] | None = None,
    refusal: Refused | None = None,
) -> HttpResponse:
    viewer: Any = request.user
    begun = {name: getattr(version, name) for name in ("since", "document_number", "note")}
    read = reading(version, viewer)
    context = {
        **read,
        **doing(version, viewer),
        "head": head or ListHead(initial=begun),
        "upload": upload or UploadList(),
        "findings": list(in_order(findings or ())),
        "lacks": sum(len(line.lacks) for group in read["groups"] for line in group.lines),
        "refusal": refusal,
        "once": token_for(request),
    }
    return render(request, "desk/redline_edit.html", context, status=409 if refusal else 200)


def refused_page(request: HttpRequest, pk: int, refusal: Refused, **kept: Any) -> HttpResponse:
    """Show a refusal where this person goes on: filling in with what was typed, else reading."""
    fresh = version_or_404(request.user, pk)
    if isinstance(refusal, WrongWorkbook):
        kept["findings"] = refusal.findings
    if may_edit(fresh, request.user):
        return edit_page(request, fresh, refusal=refusal, **kept)
    return detail(request, fresh, refusal=refusal)


def act_on(request: HttpRequest, pk: int, work: Callable[[int], str], **kept: Any) -> HttpResponse:
    """Do one thing to a draft, once; ``work`` takes the revision seen and returns the address."""
    revision = key_of(request.POST.get("revision")) or 0
    try:
        return do_once(request, lambda: work(revision))
    except Refused as refusal:
        return refused_page(request, pk, refusal, **kept)


@require_POST
@login_required
def redline_head(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep first day, document number and note of a draft."""
    demand_drafting(request.user)
    version = version_or_404(request.user, pk)
    form = ListHead(request.POST)
    if not may_edit(version, request.user):
        return refused_page(request, pk, CLOSED)
    if not form.is_valid():
        return edit_page(request, version, head=form)

    def work(revision: int) -> str:
        on = timezone.localdate()
        set_list_fields(version, revision=revision, by=request.user, on=on, **form.cleaned_data)
        messages.success(request, "已保存。")
        return reverse("desk:redline-edit", args=(pk,))

    return act_on(request, pk, work, head=form)


@require_POST
@login_required
def redline_check(request: HttpRequest, pk: int) -> HttpResponse:
    """Say of items of the proposal that one has checked them: of those ticked, or of all."""
    demand_drafting(request.user)
    version = version_or_404(request.user, pk)
    chosen = None if request.POST.get("all") else keys_of(request.POST.getlist("item"))

    def work(revision: int) -> str:
        by, on = request.user, timezone.localdate()
        check_items(version, items=chosen, revision=revision, by=by, on=on)
        messages.success(request, "已标为已核对。")
        return reverse("desk:redline-edit", args=(pk,))

    return act_on(request, pk, work)


@require_safe
@login_required
def redline_template(request: HttpRequest) -> HttpResponse:
    """Hand out the empty workbook; it holds nobody's data."""
    demand_drafting(request.user)
    kind = kind_of(request.GET)
    out = BytesIO()
    write_template(kind, out)
    out.seek(0)
    name = f"{ListKind(kind).label}（模板）.xlsx"
    return FileResponse(out, as_attachment=True, filename=name, content_type=WORKBOOK)


@require_POST
@login_required
def redline_upload(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a workbook into a draft, whole or not at all, with everything that is wrong."""
    demand_drafting(request.user)
    version = version_or_404(request.user, pk)
    form = UploadList(request.POST, request.FILES)
    if not may_edit(version, request.user):
        return refused_page(request, pk, CLOSED)
    if not form.is_valid():
        return edit_page(request, version, upload=form)
    try:
        return act_on(request, pk, lambda revision: _take(request, version, form, revision))
    except BadFile as error:
        form.add_error("file", str(error))
        return edit_page(request, version, upload=form)


def _take(request: HttpRequest, version: ListVersion, form: UploadList, revision: int) -> str:
    file = form.cleaned_data["file"]
    refuse_misnamed(file, file.name)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / stored_name()
        path.write_bytes(file.read())
        by, on = request.user, timezone.localdate()
        taken = take_list_workbook(version, path, revision=revision, by=by, on=on)
    record(
        Kind.UPLOAD,
        request=request,
        subject=str(version),
        file_name=shown_name(file.name),
        size=file.size,
        rows=taken.new + taken.changed + taken.same,
    )
    _tell(request, taken)
    return reverse("desk:redline-edit", args=(version.pk,)) + "#items"


def _tell(request: HttpRequest, taken: Taken) -> None:
    counts = (("新增", taken.new), ("变更", taken.changed), ("相同", taken.same))
    said = "，".join(f"{label}{number}项" for label, number in counts)
    messages.success(request, f"已读入工作簿：{said}，减少{taken.removed}项。")
    for finding in taken.findings[:MOST_TOLD]:
        messages.warning(request, f"{finding.place}：{finding.sentence}")
    more = len(taken.findings) - MOST_TOLD
    if more > 0:
        messages.warning(request, f"另有{more}处提示，见各项的红字。")


@require_POST
@login_required
def redline_step(request: HttpRequest, pk: int) -> HttpResponse:
    """Take one step; a refusal is shown on the page, with what was typed."""
    demand_page(request.user, "redline.read")
    step = request.POST.get("step", "")
    if step not in LIST_STEPS:
        raise Http404
    version = version_or_404(request.user, pk)
    demand_page(request.user, verb_for(version, LIST_STEPS[step]))
    form = ApproveList(request.POST) if step == "approve" else None
    if form is not None and not form.is_valid():
        return detail(request, version, form=form)
    said: dict[str, Any] = {"opinion": request.POST.get("opinion", "")[:1000]}
    if form is not None:
        said |= form.cleaned_data
    if LIST_STEPS[step].decides:
        said["revision"] = key_of(request.POST.get("revision")) or 0

    def work() -> str:
        by, on = request.user, timezone.localdate()
        done = LIST_STEP_FUNCTIONS[step](version, by=by, on=on, **said)
        messages.success(request, f"已办理“{LIST_STEPS[step].label}”：{title_of(done)}。")
        return reverse("desk:redline-detail", args=(pk,))

    try:
        return do_once(request, work)
    except Refused as refusal:
        fresh = version_or_404(request.user, pk)
        if step == "submit" and may_edit(fresh, request.user):
            return edit_page(request, fresh, refusal=refusal)
        return detail(request, fresh, form=form, refusal=refusal)
