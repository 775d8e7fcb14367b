"""The papers of a declaration, A4: the annex with its 附表, and the 审批表 with every step."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from desk.access import demand_page
from desk.declarations.annex import phone_of
from desk.declarations.page import declaration_or_404
from zones.checking.templates import FORM_HEADER, ROSTER_HEADER, TITLE, district_said
from zones.models import Declaration
from zones.queries import annex_lines, comments_of, left_out_of, rows_of, steps_of


def _paper(request: HttpRequest, pk: int) -> tuple[Declaration, dict[str, Any]]:
    demand_page(request.user, "zone.read")
    declaration = declaration_or_404(request.user, pk)
    context = {
        "declaration": declaration,
        "title": TITLE,
        "header": FORM_HEADER,
        "district": district_said(declaration.bureau),
        "lines": annex_lines(declaration, request.user),
        "phone": phone_of(declaration, request.user),
        "today": timezone.localdate(),
    }
    return declaration, context


@require_safe
@login_required
def declaration_annex(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the annex as the policy has it, with every 附表, to be printed."""
    _, context = _paper(request, pk)
    context |= {
        "roster_header": ROSTER_HEADER,
        "rosters": [(line, rows_of(line.zone, request.user)) for line in context["lines"]],
    }
    return render(request, "desk/declaration_annex.html", context)


@require_safe
@login_required
def declaration_form(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the 审批表: what was declared, every step with its opinion, the decision."""
    declaration, context = _paper(request, pk)
    context |= {
        "steps": steps_of(declaration, request.user),
        "comments": comments_of(declaration, request.user),
        "left_out": left_out_of(declaration, request.user),
    }
    return render(request, "desk/declaration_form.html", context)
