"""Follow-ups: what a lead looks at because something did not happen by itself."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from core.errors import Refused
from desk.access import demand_page
from desk.newest import newest_of
from desk.once import do_once, token_for
from entities.models import Entity
from redline.actions.removals import SETTLES, settle_follow_up
from redline.queries import follow_ups_for, follow_ups_waiting_for
from staff.permissions import may

STATES = {"mine": "我的待办", "open": "未办理", "settled": "已办理", "all": "全部"}
RELATED = ("entity", "bureau", "order__number", "removal", "settled_by")
MOST = 1000


@dataclass(frozen=True)
class Typed:
    """What was written about a follow-up and could not be taken; it comes back."""

    pk: int = 0
    note: str = ""


@require_safe
@login_required
def followup_list(request: HttpRequest) -> HttpResponse:
    """Show the follow-ups by state: to the lead what waits."""
    demand_page(request.user, "redline.read")
    return _list(request)


def _list(
    request: HttpRequest, typed: Typed = Typed(), refusal: Refused | None = None
) -> HttpResponse:
    page = newest_of(_of_state(request).select_related(*RELATED), request.GET)
    own = Entity.objects.visible_to(request.user).filter(pk__in=[f.entity_id for f in page.items])
    mine = follow_ups_waiting_for(request.user).filter(pk__in=[f.pk for f in page.items])
    context = {
        "page": page,
        "state": _state(request),
        "states": [(state, label) for state, label in STATES.items() if _offered(request, state)],
        "waiting": set(mine.values_list("pk", flat=True)),
        "own": set(own.values_list("pk", flat=True)),
        "typed": typed,
        "refusal": refusal,
        "once": token_for(request),
    }
    status = 409 if refusal else 200
    return render(request, "desk/followup_list.html", context, status=status)


def _decides(request: HttpRequest) -> bool:
    return any(may(request.user, verb) for verb in SETTLES.values())


def _offered(request: HttpRequest, state: str) -> bool:
    return state != "mine" or _decides(request)


def _state(request: HttpRequest) -> str:
    asked = request.GET.get("state", "")
    if asked in STATES and _offered(request, asked):
        return asked
    return "mine" if _decides(request) else "open"


def _of_state(request: HttpRequest):
    state = _state(request)
    if state == "mine":
        return follow_ups_waiting_for(request.user)
    rows = follow_ups_for(request.user)
    return rows if state == "all" else rows.filter(settled_at__isnull=state == "open")


@require_POST
@login_required
def followup_settle(request: HttpRequest, pk: int) -> HttpResponse:
    """Settle one follow-up with a note what was done."""
    if not _decides(request):
        demand_page(request.user, "removal.decide")
    found = get_object_or_404(follow_ups_for(request.user), pk=pk)
    back = reverse("desk:followup-list") + f"?state={_state(request)}"
    note = request.POST.get("note", "")

    def work() -> str:
        if len(note) > MOST:
            raise Refused("", f"办理情况最多{MOST}个字，请删减。")
        settle_follow_up(found, note=note, by=request.user, on=timezone.localdate())
        messages.success(request, "已办理该后续事项。")
        return back

    try:
        return do_once(request, work)
    except Refused as refusal:
        return _list(request, Typed(pk, note), refusal)
