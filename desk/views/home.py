"""The first page: the figures of the viewer's own scope, each leading to its list."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from desk import counts, figures
from desk.audit import sealed
from desk.audit import tiles as audit_tiles
from desk.declarations.lists import count_mine
from desk.redline_figures.figures import late_of
from desk.redline_figures.todos import redline_todos
from desk.zones.todos import todos_of
from staff.permissions import may


@login_required
def home(request: HttpRequest) -> HttpResponse:
    """Show the figures; those of the whole city come after the page when none are kept."""
    if not may(request.user, "entity.read"):
        now = timezone.now()
        reads_logs = may(request.user, "log.read")
        tiles = audit_tiles.tiles(request.user, now) if reads_logs else []
        last = sealed.verifications(request.user).first() if reads_logs else None
        context = {"tiles": tiles, "now": now, "last": last}
        return render(request, "desk/home_administrator.html", context)
    on = timezone.localdate()
    ready = counts.is_quick(request.user) or "figures" in request.GET
    tally = counts.tally(request.user, on) if ready else counts.kept_tally(request.user, on)
    context = {"last": figures.last_run(timezone.now()), "tally": tally, "on": on}
    context["declarations"] = count_mine(request.user)
    if tally is not None:
        context |= {
            "tiles": figures.tiles(tally),
            "causes": figures.causes(tally),
            "lines": None if counts.is_quick(request.user) else figures.bureau_lines(tally, on),
        }
    fragment = bool(request.htmx) and ready
    if not fragment:
        context["todos"] = todos_of(request.user)
        context["redline_todos"] = redline_todos(request.user, on)
        context["late"] = late_of(request.user, on) if request.user.sees_city() else []
    return render(request, "desk/_home_figures.html" if fragment else "desk/home.html", context)
