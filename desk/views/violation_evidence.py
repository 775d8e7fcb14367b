"""Evidence of a violation: handed in, several files at once, and taken out with a record."""

from __future__ import annotations

from io import BytesIO

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from core.attachments import demand_size
from core.audit.access import Kind, record
from core.errors import BadFile, Refused
from core.uploads import shown_name
from desk.access import demand_page
from desk.once import do_once
from desk.violations.page import detail, form_of, violation_or_404
from redline.actions.violations import add_evidence
from redline.evidence import content_of, most_bytes
from redline.models import Evidence, Violation


@require_POST
@login_required
def violation_evidence_add(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep files as evidence, all of them or none, and note the upload."""
    demand_page(request.user, "violation.record")
    violation = violation_or_404(request.user, pk)
    form = form_of("evidence", request.POST, request.FILES)
    refusal = None

    def work() -> str:
        number = _keep(request, violation, form.cleaned_data)
        messages.success(request, f"已上传{number}个文件。")
        return reverse("desk:violation-detail", args=(pk,)) + "#evidence"

    if form.is_valid():
        try:
            return do_once(request, work)
        except Refused as refused:
            refusal = refused
    fresh = violation_or_404(request.user, pk)
    return detail(request, fresh, bound={"evidence": form}, refusal=refusal)


def _keep(request: HttpRequest, violation: Violation, said: dict) -> int:
    for file in said["files"]:
        made = _added(request, violation, said["title"], file)
        record(
            Kind.UPLOAD,
            request=request,
            entity_id=violation.entity_id,
            subject=f"违法行为（{violation.pk}）证据",
            file_name=made.name,
            size=made.size,
            sha256=made.digest,
        )
    return len(said["files"])


def _added(request: HttpRequest, violation: Violation, title: str, file: UploadedFile) -> Evidence:
    """Keep one file; a sentence about it names it, since several were chosen."""
    name = shown_name(file.name)
    today = timezone.localdate()
    try:
        demand_size(file.size or 0, most_bytes(today))
        return add_evidence(
            violation,
            title=title or name,
            name=name,
            content=file.read(),
            by=request.user,
            on=today,
        )
    except BadFile as error:
        raise Refused("4.4", f"{name}：{error}") from error
    except Refused as refused:
        raise Refused(refused.clause, f"{name}：{refused.sentence}") from refused


@require_POST
@login_required
def violation_evidence(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand out a file of evidence; record who took it."""
    demand_page(request.user, "redline.read")
    rows = Evidence.objects.visible_to(request.user).select_related("violation")
    evidence = get_object_or_404(rows, pk=pk)
    try:
        content = content_of(evidence, request.user)
    except BadFile as error:
        messages.error(request, str(error))
        return redirect("desk:violation-detail", evidence.violation_id)
    record(
        Kind.DOWNLOAD,
        request=request,
        entity_id=evidence.violation.entity_id,
        subject=f"违法行为（{evidence.violation_id}）证据",
        file_name=evidence.name,
        sha256=evidence.digest,
    )
    return FileResponse(
        BytesIO(content),
        as_attachment=True,
        filename=evidence.name,
        content_type=evidence.media_type,
    )
