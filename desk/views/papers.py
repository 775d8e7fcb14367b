"""Papers of an order: what was made, making one, one as an A4 page, its file."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from core.audit.access import Kind, record
from core.documents import Unconfirmed, page_of
from core.errors import Refused
from desk.access import demand_page
from desk.newest import key_of
from desk.once import do_once, token_for
from desk.papers.shown import (
    READ,
    WHOLE,
    content_of,
    hides,
    order_or_404,
    page_shown,
    paper_or_404,
    papers_of,
    subject_of,
    title_of,
)
from redline.choices import PaperKind
from redline.models import Order, Paper
from redline.papers.making import VERB, draft_of, make_paper

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
CONFLICT = 409


@require_safe
@login_required
def paper_list(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the papers of an order, and what can be made."""
    demand_page(request.user, READ)
    return _list_page(request, order_or_404(request.user, pk))


def _list_page(
    request: HttpRequest, order: Order, refusal: Refused | None = None, **asked: Any
) -> HttpResponse:
    context = {
        "order": order,
        "box": papers_of(order, request.user),
        "refusal": refusal,
        "once": token_for(request),
        **asked,
    }
    status = CONFLICT if refusal else 200
    return render(request, "desk/paper_list.html", context, status=status)


@require_POST
@login_required
def paper_make(request: HttpRequest, pk: int) -> HttpResponse:
    """Make a paper; words that are warned of are shown first, to be let stand one by one."""
    demand_page(request.user, VERB)
    order = order_or_404(request.user, pk)
    kind = request.POST.get("kind", "")
    subject = subject_of(order, kind, key_of(request.POST.get("subject")))
    let_stand = request.POST.getlist("let_stand")

    def work() -> str:
        by, on = request.user, timezone.localdate()
        paper = make_paper(order, kind, subject=subject, let_stand=let_stand, by=by, on=on)
        messages.success(request, f"已制作{title_of(paper)}。")
        return reverse("desk:paper-detail", args=(paper.pk,))

    try:
        return do_once(request, work)
    except Unconfirmed as unconfirmed:
        asked = {
            "label": PaperKind(kind).label,
            "kind": kind,
            "subject": subject.pk if subject else "",
            "warnings": unconfirmed.warnings,
            "kept": let_stand,
        }
        return _list_page(request, order, unconfirmed, asked=asked)
    except Refused as refusal:
        return _list_page(request, order, refusal)


@require_safe
@login_required
def paper_draft(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the paper of an order that is not issued yet, marked 样稿, with what its words lack."""
    demand_page(request.user, READ)
    order = order_or_404(request.user, pk)
    try:
        draft = draft_of(order, on=timezone.localdate())
    except Refused as refusal:
        return _list_page(request, order, refusal)
    context = {"order": order, "draft": draft, "page": page_of(draft.content)}
    return render(request, "desk/paper_draft.html", context)


@require_safe
@login_required
def paper_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a paper as an A4 page; an address for service is hidden until it is asked for."""
    demand_page(request.user, READ)
    return _paper_page(request, paper_or_404(request.user, pk), whole=False)


def _paper_page(request: HttpRequest, paper: Paper, *, whole: bool) -> HttpResponse:
    context = {
        "paper": paper,
        "title": title_of(paper),
        "page": page_shown(paper, request.user, whole=whole),
        "hidden": hides(paper) and not whole,
    }
    return render(request, "desk/paper_detail.html", context)


@require_POST
@login_required
def paper_whole(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a paper with the address for service in full; recorded."""
    demand_page(request.user, WHOLE)
    paper = paper_or_404(request.user, pk)
    _recorded(Kind.REVEAL, request, paper)
    return _paper_page(request, paper, whole=True)


@require_POST
@login_required
def paper_file(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand out the .docx of a paper; recorded."""
    demand_page(request.user, WHOLE)
    paper = paper_or_404(request.user, pk)
    content = content_of(paper, request.user)
    _recorded(Kind.DOWNLOAD, request, paper, sha256=paper.digest)
    name = f"{title_of(paper)}.docx"
    return FileResponse(BytesIO(content), as_attachment=True, filename=name, content_type=DOCX)


def _recorded(kind: Kind, request: HttpRequest, paper: Paper, **detail: Any) -> None:
    entity_id = paper.order.entity_id
    record(kind, request=request, entity_id=entity_id, subject=title_of(paper), **detail)
