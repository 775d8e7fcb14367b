"""The page of figures of red lines."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from desk.access import demand_page
from desk.forms.redline_figures import FiguresFilter
from desk.redline_figures.figures import figures_of
from desk.zones.overview import sees_zones


@require_safe
@login_required
def redline_figures(request: HttpRequest) -> HttpResponse:
    """Show the figures of a period: of one's own bureau, for the city of each."""
    demand_page(request.user, "redline.read")
    on = timezone.localdate()
    sees = sees_zones(request.user)
    form = FiguresFilter(request.GET, request.user, on)
    shown = figures_of(form, request.user, on) if sees else None
    return render(request, "desk/redline_figures.html", {"shown": shown, "form": form, "on": on})
