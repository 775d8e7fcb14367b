"""The working-day calendar: a year at a glance, a deadline computed, a year loaded."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from core.arrangements import write_lines
from core.due_days import BASIS, DueDay, said_day
from core.errors import Refused
from core.workdays import calendar, due_day
from desk.access import demand_page
from desk.calendars import AHEAD, FIRST_YEAR, Effect, Preview, current_of, load_year, preview
from desk.forms.calendar import ComputeDueDay, LoadYear
from desk.months import WEEK, months_of
from desk.once import do_once, token_for
from staff.permissions import may

ASKED = ("start", "days", "kind")


@require_safe
@login_required
def calendar_year(request: HttpRequest) -> HttpResponse:
    """Show the twelve months of a year; compute a deadline where one is asked for."""
    demand_page(request.user, "calendar.read")
    today = timezone.localdate()
    last = max(today.year + 1, *calendar().years)
    year = _year(request, today.year, last)
    asked = any(request.GET.get(name) for name in ASKED)
    begun = {"start": today, "days": 15, "kind": "calendar"}
    form = ComputeDueDay(request.GET if asked else None, initial=begun)
    context = {
        "year": year,
        "earlier": year - 1 if year > FIRST_YEAR else None,
        "later": year + 1 if year < last else None,
        "this_year": today.year,
        "standing": current_of(year),
        "months": months_of(year, calendar(), today),
        "week": WEEK,
        "form": form,
        "found": due_day(**form.cleaned_data) if asked and form.is_valid() else None,
        "basis": BASIS,
        "may_keep": may(request.user, "calendar.keep"),
    }
    if context["found"]:
        context["skipped"] = _skipped(context["found"])
    return render(request, "desk/calendar.html", context)


def _year(request: HttpRequest, default: int, last: int) -> int:
    """Return the year of the address; this one where it names none that can be shown."""
    text = request.GET.get("year", "")
    year = int(text) if text.isascii() and text.isdecimal() and len(text) == 4 else default
    return year if FIRST_YEAR <= year <= last else default


def _skipped(found: DueDay) -> list[str]:
    return [f"{said_day(one.day)}{one.why}" for one in found.skipped]


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def calendar_load(request: HttpRequest) -> HttpResponse:
    """Take the arrangement of a year, show what it would move, and load it when that was seen."""
    demand_page(request.user, "calendar.keep")
    today = timezone.localdate()
    posted = request.method == "POST"
    given = (request.POST, request.FILES) if posted else ()
    form = LoadYear(*given, on_year=today.year, initial=_begun(request, today.year))
    refusal = shown = None
    if posted and form.is_valid():
        if request.POST.get("step") == "load":
            try:
                return do_once(request, lambda: _loaded(request, form))
            except Refused as refused:
                refusal = refused
        shown = preview(form.arrangement())
    context = {"form": form, "refusal": refusal, "shown": shown, "once": token_for(request)}
    if shown:
        context |= _shown(form, shown)
    return render(request, "desk/calendar_load.html", context, status=409 if refusal else 200)


def _begun(request: HttpRequest, this_year: int) -> dict[str, Any]:
    """Begin with the year of the address and what stands of it, for who corrects it."""
    year = _year(request, this_year + 1, this_year + AHEAD)
    standing = calendar().years.get(year)
    return {"year": year, "lines": write_lines(standing) if standing else ""}


def _shown(form: LoadYear, shown: Preview) -> dict[str, Any]:
    wanted = form.arrangement()
    return {
        "wanted": wanted,
        "form": form.begun_anew(),
        "lines": form.as_lines(),
        "december": form.as_lines(year=wanted.year - 1).splitlines(),
        "months": months_of(wanted.year, shown.after, timezone.localdate()),
        "week": WEEK,
        "standing": current_of(wanted.year),
        "changed": len(shown.changed),
    }


def _loaded(request: HttpRequest, form: LoadYear) -> str:
    row, effects = load_year(
        form.arrangement(),
        replacing=form.cleaned_data["replacing"] or 0,
        by=request.user,
        on=timezone.localdate(),
    )
    messages.success(request, f"已载入{row.year}年工作日历（{row.document}）。{_said(effects)}")
    return f"{reverse('desk:calendar')}?year={row.year}"


def _said(effects: list[Effect]) -> str:
    return "".join(f"{one.title}：顺延{one.moved:,}件。" for one in effects)
