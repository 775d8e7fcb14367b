"""Rounds of declaration: what has come of each, and opening or changing one."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from core.errors import Refused
from desk.access import demand_page
from desk.declarations import rounds
from desk.forms.declarations import RoundForm
from desk.once import do_once, token_for
from staff.permissions import may
from zones.actions.rounds import change_round, open_round
from zones.models import Round


@require_safe
@login_required
def round_list(request: HttpRequest) -> HttpResponse:
    """Show every round with its declarations by where they stand."""
    demand_page(request.user, "zone.read")
    context = {
        "lines": rounds.lines_of(request.user, timezone.localdate()),
        "groups": rounds.GROUPS,
        "may_keep": may(request.user, "zone.round"),
        "sees_city": request.user.sees_city(),
    }
    return render(request, "desk/round_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def round_add(request: HttpRequest) -> HttpResponse:
    demand_page(request.user, "zone.round")
    form = RoundForm(request.POST if request.method == "POST" else None)
    return _kept(request, form, None, open_round)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def round_edit(request: HttpRequest, pk: int) -> HttpResponse:
    demand_page(request.user, "zone.round")
    found = get_object_or_404(Round.objects.visible_to(request.user), pk=pk)
    begun = {name: getattr(found, name) for name in RoundForm.base_fields}
    form = RoundForm(request.POST if request.method == "POST" else None, initial=begun)
    return _kept(request, form, found, lambda **said: change_round(found, **said))


def _kept(
    request: HttpRequest, form: RoundForm, found: Round | None, act: Callable[..., Round]
) -> HttpResponse:
    refusal = None

    def work() -> str:
        done = act(**form.cleaned_data, by=request.user, on=timezone.localdate())
        messages.success(request, f"已保存轮次“{done.name}”。")
        return reverse("desk:round-list")

    if form.is_bound and form.is_valid():
        try:
            return do_once(request, work)
        except Refused as refused:
            refusal = refused
    context = {"form": form, "round": found, "refusal": refusal, "once": token_for(request)}
    return render(request, "desk/round_edit.html", context, status=409 if refusal else 200)
