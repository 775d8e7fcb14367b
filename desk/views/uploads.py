"""Files that people hand in: each becomes a job."""

from __future__ import annotations

import hashlib

from django.contrib.auth.decorators import login_required
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from core.audit.access import Kind, record
from core.errors import Refused
from desk.access import demand_page
from desk.forms.uploads import UPLOADS, UploadForm
from desk.once import do_once, token_for
from entities.imports.uploads import IMPORTS, start_import
from entities.models import ClassFile
from staff.permissions import may


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def upload(request: HttpRequest) -> HttpResponse:
    """Show a form for each sort of file; take one file and lead to its job."""
    allowed = [kind for kind in UPLOADS if may(request.user, IMPORTS[kind].permission)]
    if not allowed:
        demand_page(request.user, "register.import")
    kind = request.POST.get("kind", "")
    form = _posted(request, kind) if kind in allowed else None
    refusal = None
    if form is not None and form.is_valid():
        try:
            return do_once(request, lambda: _started(request, kind, form))
        except Refused as refused:
            refusal = refused
    cards = [
        {
            "kind": one,
            "title": IMPORTS[one].title,
            "advice": UPLOADS[one][1],
            "form": form if form is not None and one == kind else _blank(one),
            "refusal": refusal if one == kind else None,
        }
        for one in allowed
    ]
    context = {
        "cards": cards,
        "once": token_for(request),
        "files": ClassFile.objects.visible_to(request.user).select_related("imported_by")[:6],
    }
    return render(request, "desk/upload.html", context, status=409 if refusal else 200)


def _blank(kind: str) -> UploadForm:
    return UPLOADS[kind][0](auto_id=f"{kind}_%s")


def _posted(request: HttpRequest, kind: str) -> UploadForm:
    return UPLOADS[kind][0](request.POST, request.FILES, auto_id=f"{kind}_%s")


def _digest(file: UploadedFile) -> str:
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    return digest.hexdigest()


def _started(request: HttpRequest, kind: str, form: UploadForm) -> str:
    file = form.cleaned_data["file"]
    job = start_import(kind, file, request.user, **form.params())
    record(
        Kind.UPLOAD,
        request=request,
        subject=job.title,
        job=job.pk,
        file_name=job.params["file_name"],
        size=file.size,
        sha256=_digest(file),
    )
    return reverse("desk:job-detail", args=(job.pk,))
