"""Evidence of a violation: handed in, several files at once, and taken out with a record."""

from __future__ import annotations

from io import BytesIO

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from core.audit.access import Kind, record
from core.errors import BadFile, Refused
from core.uploads import shown_name
from desk.access import demand_page
from desk.once import do_once
from desk.violations.page import detail, form_of, violation_or_404
from redline.actions.violations import add_evidence
from redline.models import Evidence, EvidenceContent, Violation


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
        except BadFile as error:
            form.add_error("files", str(error))
        except Refused as refused:
            refusal = refused
    fresh = violation_or_404(request.user, pk)
    return detail(request, fresh, bound={"evidence": form}, refusal=refusal)


def _keep(request: HttpRequest, violation: Violation, said: dict) -> int:
    for file in said["files"]:
        name = shown_name(file.name)
        made = _added(request, violation, said["title"] or name, name, file.read())
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


def _added(
    request: HttpRequest, violation: Violation, title: str, name: str, content: bytes
) -> Evidence:
    """Keep one file; a sentence about it names it, since several were chosen."""
    try:
        return add_evidence(
            violation,
            title=title,
            name=name,
            content=content,
            by=request.user,
            on=timezone.localdate(),
        )
    except BadFile as error:
        raise BadFile(f"{name}：{error}") from error


@require_POST
@login_required
def violation_evidence(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand out a file of evidence; record who took it."""
    demand_page(request.user, "redline.read")
    rows = Evidence.objects.visible_to(request.user).select_related("violation")
    evidence = get_object_or_404(rows, pk=pk)
    contents = EvidenceContent.objects.visible_to(request.user)
    content = get_object_or_404(contents, evidence=evidence)
    record(
        Kind.DOWNLOAD,
        request=request,
        entity_id=evidence.violation.entity_id,
        subject=f"违法行为（{evidence.violation_id}）证据",
        file_name=evidence.name,
        sha256=evidence.digest,
    )
    return FileResponse(
        BytesIO(bytes(content.content)),
        as_attachment=True,
        filename=evidence.name,
        content_type=evidence.media_type,
    )
