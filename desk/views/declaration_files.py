"""How a declaration begins, and its workbooks: the template, the one handed in, the one back."""

from __future__ import annotations

from io import BytesIO
from pathlib import PurePath

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.audit.access import Kind, record
from core.errors import BadFile, Refused
from desk.access import demand_page
from desk.declarations.page import declaration_or_404
from desk.declarations.workbooks import on_disk, said, take_in
from desk.forms.declarations import (
    BeginDeclaration,
    ChangeZones,
    EnterDeclaration,
    UploadAnnex,
)
from desk.newest import key_of
from desk.once import do_once, token_for
from desk.views.declaration_edit import demand_editing, draft_of, edit_page, refused_page
from staff.permissions import may
from zones.actions.drafts import add_zone, begin, latest_file, set_fields
from zones.checking.annotating import annotate
from zones.checking.reading import read
from zones.checking.templates import make_template
from zones.choices import DeclarationKind
from zones.findings import findings_in
from zones.workflow import may_edit

WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def declaration_new(request: HttpRequest) -> HttpResponse:
    """Begin a declaration: a district's draft, or as the city what came by internal mail."""
    demand_editing(request.user)
    today = timezone.localdate()
    enters = not may(request.user, "zone.declare")
    made = EnterDeclaration if enters else BeginDeclaration
    sent = (request.POST, request.FILES) if request.method == "POST" else ()
    form = made(*sent, viewer=request.user, on=today)
    refusal = None
    if form.is_bound and form.is_valid():
        try:
            return do_once(request, lambda: _begun(request, form, enters))
        except BadFile as error:
            form.add_error("file", str(error))
        except Refused as refused:
            refusal = refused
    context = {"form": form, "enters": enters, "refusal": refusal, "once": token_for(request)}
    return render(request, "desk/declaration_new.html", context, status=409 if refusal else 200)


def _begun(request: HttpRequest, form: BeginDeclaration, enters: bool) -> str:
    """Begin the draft and take the workbook in, both or neither."""
    on, by = timezone.localdate(), request.user
    with transaction.atomic():
        bureau = form.bureaus[form.cleaned_data["bureau"]] if enters else by.bureau
        draft = begin(DeclarationKind.NEW, bureau=bureau, by=by, on=on, **form.chosen())
        if file := form.cleaned_data.get("file"):
            taken = take_in(draft, file, revision=draft.revision, by=by, on=on, request=request)
            messages.success(request, said(taken))
        else:
            add_zone(draft, {}, revision=draft.revision, by=by, on=on)
    return reverse("desk:declaration-edit", args=(draft.pk,))


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def declaration_change(request: HttpRequest) -> HttpResponse:
    """Ask to extend, join or end zones of one's own bureau."""
    demand_page(request.user, "zone.declare")
    chosen = request.GET.getlist("zone")
    form = ChangeZones(
        request.POST if request.method == "POST" else None,
        viewer=request.user,
        initial={"zones": chosen, "kind": request.GET.get("kind", "")},
    )
    refusal = None
    if form.is_bound and form.is_valid():
        try:
            return do_once(request, lambda: _changed(request, form))
        except Refused as refused:
            refusal = refused
    context = {"form": form, "refusal": refusal, "once": token_for(request)}
    return render(request, "desk/declaration_change.html", context, status=409 if refusal else 200)


def _changed(request: HttpRequest, form: ChangeZones) -> str:
    on, by, cleaned = timezone.localdate(), request.user, form.cleaned_data
    with transaction.atomic():
        draft = begin(cleaned["kind"], bureau=by.bureau, by=by, on=on)
        fields = {"reason": cleaned["reason"], "since": cleaned["since"]}
        draft = set_fields(draft, fields, revision=draft.revision, by=by, on=on)
        for line in form.targets():
            add_zone(draft, line, revision=draft.revision, by=by, on=on)
            draft.refresh_from_db()
    return reverse("desk:declaration-edit", args=(draft.pk,))


@require_safe
@login_required
def declaration_template(request: HttpRequest) -> HttpResponse:
    """Hand out the empty workbook; it holds nobody's data."""
    demand_editing(request.user)
    out = BytesIO()
    bureau = request.user.bureau if may(request.user, "zone.declare") else None
    make_template(out, bureau, timezone.localdate())
    out.seek(0)
    return FileResponse(
        out, as_attachment=True, filename="区域类沙盒监管申报表（模板）.xlsx", content_type=WORKBOOK
    )


@require_POST
@login_required
def declaration_upload(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a workbook into a draft; its zones and rows replace the draft's."""
    declaration = draft_of(request, pk)
    form = UploadAnnex(request.POST, request.FILES)
    if not may_edit(declaration, request.user):
        return refused_page(request, pk, Refused("5.2", "该申报现在不能修改，请查看办理经过。"))
    if not form.is_valid():
        return edit_page(request, declaration, upload=form)

    def work() -> str:
        taken = take_in(
            declaration,
            form.cleaned_data["file"],
            revision=key_of(request.POST.get("revision")) or 0,
            by=request.user,
            on=timezone.localdate(),
            request=request,
        )
        messages.success(request, said(taken))
        return reverse("desk:declaration-edit", args=(pk,)) + "#findings"

    try:
        return do_once(request, work)
    except BadFile as error:
        form.add_error("file", str(error))
        return edit_page(request, declaration, upload=form)
    except Refused as refusal:
        return refused_page(request, pk, refusal)


@require_POST
@login_required
def declaration_file(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand out the workbook that came in, with what is wrong in it; record who took it."""
    demand_page(request.user, "zone.read")
    declaration = declaration_or_404(request.user, pk)
    file = latest_file(declaration, request.user)
    if file is None:
        raise Http404
    out = BytesIO()
    content = bytes(file.content)
    with on_disk(content) as path:
        found = findings_in(declaration, read(path), timezone.localdate())
    annotate(content, found, out)
    out.seek(0)
    record(
        Kind.DOWNLOAD,
        request=request,
        subject=f"区域申报（{pk}）",
        file_name=file.name,
        sha256=file.digest,
    )
    name = f"{PurePath(file.name).stem}（错误说明）.xlsx"
    return FileResponse(out, as_attachment=True, filename=name, content_type=WORKBOOK)
