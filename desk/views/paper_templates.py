"""Versions of the papers' templates: what is in force, loading one, taking one along."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.audit.access import Kind, record
from core.errors import BadFile, Refused
from desk.access import demand_page
from desk.forms.papers import LoadTemplate
from desk.once import do_once, token_for
from desk.views.papers import CONFLICT, DOCX
from redline.models import PaperTemplate
from redline.papers.kinds import SORTS
from redline.papers.templates import VERB, load_template


@require_safe
@login_required
def template_list(request: HttpRequest) -> HttpResponse:
    """Show every version of every template, and what a template of each kind may say."""
    demand_page(request.user, VERB)
    today = timezone.localdate()
    rows = PaperTemplate.objects.defer("content").select_related("loaded_by").order_by("-number")
    by_kind: dict[str, list[PaperTemplate]] = {kind: [] for kind in SORTS}
    for row in rows:
        by_kind[row.kind].append(row)
    kinds = [
        (SORTS[kind], found, next((one.number for one in found if one.since <= today), None))
        for kind, found in by_kind.items()
    ]
    return render(request, "desk/paper_templates.html", {"kinds": kinds})


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def template_load(request: HttpRequest) -> HttpResponse:
    """Load a further version of a template."""
    demand_page(request.user, VERB)
    today = timezone.localdate()
    posted = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    form = LoadTemplate(*posted, initial={"kind": request.GET.get("kind", ""), "since": today})
    refusal = None
    if form.is_bound and form.is_valid():
        try:
            return do_once(request, lambda: _loaded(request, form))
        except BadFile as error:
            form.add_error("file", str(error))
        except Refused as refused:
            refusal = refused
    context = {"form": form, "refusal": refusal, "once": token_for(request)}
    status = CONFLICT if refusal else 200
    return render(request, "desk/paper_template_load.html", context, status=status)


def _loaded(request: HttpRequest, form: LoadTemplate) -> str:
    said: dict[str, Any] = form.cleaned_data
    row = load_template(
        said["kind"],
        said["file"].read(),
        since=said["since"],
        note=said["note"],
        by=request.user,
        on=timezone.localdate(),
    )
    messages.success(request, f"已载入{row}，自{row.since}起使用。")
    return reverse("desk:paper-templates")


@require_POST
@login_required
def template_file(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand out the file of a version; recorded."""
    demand_page(request.user, VERB)
    row = get_object_or_404(PaperTemplate, pk=pk)
    record(Kind.DOWNLOAD, request=request, subject=f"文书模板：{row}", sha256=row.digest)
    return FileResponse(
        BytesIO(bytes(row.content)),
        as_attachment=True,
        filename=f"{row}（模板）.docx",
        content_type=DOCX,
    )
