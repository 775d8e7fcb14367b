"""Declarations of zones: the list, and the page of one."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from desk.access import demand_page
from desk.declarations import lists
from desk.declarations.page import declaration_or_404, detail
from desk.newest import newest_of
from staff.permissions import may
from zones.choices import DeclarationKind


@require_safe
@login_required
def declaration_list(request: HttpRequest) -> HttpResponse:
    """Show the declarations of one's scope, the newest first, with who has to act."""
    demand_page(request.user, "zone.read")
    asked = lists.conditions_of(request.GET)
    rows = lists.declarations(request.user, asked).select_related(
        "bureau", "round", "handler", "filed_by", "submitted_by"
    )
    page = newest_of(rows, request.GET)
    states = lists.counts_by_status(request.user, asked)
    context = {
        "page": page,
        "lines": lists.lines_of(page.items, request.user, timezone.localdate()),
        "asked": asked,
        "states": states,
        "total": sum(number for _, _, number in states),
        "mine": lists.count_mine(request.user),
        "kinds": DeclarationKind.choices,
        "bureaus": lists.bureaus_of(request.user)
        if request.user.bureau_id is None or request.user.sees_city()
        else (),
        "rounds": lists.rounds_of(request.user),
        "may_decide": may(request.user, "zone.approve"),
        "decidable": lists.DECIDABLE,
    }
    return render(request, "desk/declaration_list.html", context)


@require_safe
@login_required
def declaration_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one declaration: its annex, findings, comments, steps and what may be done now."""
    demand_page(request.user, "zone.read")
    return detail(request, declaration_or_404(request.user, pk))
