"""Roster changes that were filed: listed, decided by the lead, noted or reversed by the city."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from core.errors import Refused
from desk.access import demand_page
from desk.newest import keys_of, newest_of
from desk.once import do_once, token_for
from desk.paging import page_of
from desk.zones.areas import areas_told
from desk.zones.changing import effect_of_approval
from desk.zones.filed import with_counts
from entities.models import Entity
from staff.permissions import may
from zones.actions.changes import decide_change, note_change, reverse_change, withdraw_change
from zones.change_workflow import STEPS, available
from zones.choices import ChangeStatus
from zones.models import RosterChange, RosterChangeRow

UNSEEN = "unseen"
STATES = (
    (ChangeStatus.FILED.value, "待批准"),
    (UNSEEN, "待备案"),
    (ChangeStatus.APPROVED.value, "已批准"),
    ("closed", "未批准、撤回或撤销"),
    ("all", "全部"),
)


def _of_state(rows: QuerySet, state: str) -> QuerySet:
    if state == UNSEEN:
        return rows.filter(status=ChangeStatus.APPROVED, seen_at=None)
    if state == "closed":
        return rows.exclude(status__in=(ChangeStatus.FILED, ChangeStatus.APPROVED))
    return rows if state == "all" else rows.filter(status=state)


@require_safe
@login_required
def change_list(request: HttpRequest) -> HttpResponse:
    """Show roster changes by state: to the lead what waits, to the city what is not noted yet."""
    demand_page(request.user, "zone.read")
    may_reverse = may(request.user, "roster.reverse")
    first = UNSEEN if may_reverse else ChangeStatus.FILED.value
    state = request.GET.get("state", first)
    state = state if state in dict(STATES) else first
    visible = RosterChange.objects.visible_to(request.user)
    rows = visible.select_related("zone__bureau", "filed_by", "decided_by", "seen_by")
    page = newest_of(_of_state(rows, state), request.GET)
    context = {
        "page": page,
        "lines": with_counts(page.items, request.user),
        "state": state,
        "states": STATES,
        "may_note": may_reverse and state == UNSEEN,
        "may_reverse": may_reverse,
        "areas": areas_told(request.user, timezone.localdate()) if may_reverse else (),
        "once": token_for(request),
    }
    return render(request, "desk/roster_changes.html", context)


def _change(request: HttpRequest, pk: int) -> RosterChange:
    rows = RosterChange.objects.visible_to(request.user).select_related(
        *("zone__bureau", "filed_by", "decided_by", "seen_by", "reversed_by")
    )
    return get_object_or_404(rows, pk=pk)


@require_safe
@login_required
def change_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one change with its rows and what this person may do about it."""
    demand_page(request.user, "zone.read")
    change = _change(request, pk)
    rows = RosterChangeRow.objects.visible_to(request.user).filter(change=change)
    page = page_of(rows, request.GET)
    shown = list(rows.filter(pk__in=page.keys).select_related("entity").order_by("pk"))
    own = Entity.objects.visible_to(request.user).filter(pk__in=[row.entity_id for row in shown])
    steps = available(change, request.user)
    context = {
        "change": change,
        "rows": shown,
        "own": set(own.values_list("pk", flat=True)),
        "page": page,
        "counts": Counter(rows.values_list("move", flat=True)),
        "steps": [(step, STEPS[step]) for step in steps],
        "decides": "approve" in steps,
        "once": token_for(request),
    }
    return render(request, "desk/roster_change.html", context)


@require_POST
@login_required
def change_effect(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what approving the change would do to membership; nothing is kept."""
    demand_page(request.user, "roster.approve")
    change = _change(request, pk)
    effect = effect_of_approval(change, by=request.user, on=timezone.localdate())
    context = {"effect": effect, "since": change.since}
    return render(request, "desk/_roster_effect.html", context)


@require_POST
@login_required
def change_decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Take one step with a change: approve, refuse, withdraw, take note, reverse."""
    step = request.POST.get("step", "")
    if step not in STEPS:
        raise Http404
    demand_page(request.user, STEPS[step].verb)
    change = _change(request, pk)
    back = reverse("desk:roster-change", args=(pk,))

    def work() -> str:
        messages.success(request, _done(request, change, step))
        return back

    return _once(request, work, back)


def _done(request: HttpRequest, change: RosterChange, step: str) -> str:
    """Take the step and say what came of it."""
    by, on = request.user, timezone.localdate()
    opinion = request.POST.get("opinion", "").strip()
    if step == "withdraw":
        withdraw_change(change, by=by, on=on)
    elif step == "note":
        note_change(change, by=by, on=on)
    elif step == "reverse":
        result = reverse_change(change, reason=opinion, by=by, on=on)
        left = f"；{len(result.left):,}户因其后又有变动未撤销，见明细" if result.left else ""
        return f"已撤销{len(result.done):,}户的名册变动{left}。"
    else:
        decide_change(change, approve=step == "approve", opinion=opinion, by=by, on=on)
    return f"已{STEPS[step].label}。"


@require_POST
@login_required
def change_note(request: HttpRequest) -> HttpResponse:
    """Take note of the ticked changes (备案), each by itself."""
    demand_page(request.user, "roster.reverse")
    back = reverse("desk:roster-changes")
    keys = keys_of(request.POST.getlist("ids"))

    def work() -> str:
        chosen = list(RosterChange.objects.visible_to(request.user).filter(pk__in=keys))
        if not chosen:
            raise Refused("readings 9", "没有选中任何名册变动，请先勾选后再备案。")
        for change in chosen:
            note_change(change, by=request.user, on=timezone.localdate())
        messages.success(request, f"已备案{len(chosen):,}件名册变动。")
        return back

    return _once(request, work, back)


def _once(request: HttpRequest, work: Callable[[], str], back: str) -> HttpResponse:
    """Do it once; a refusal is shown on the page it came from."""
    try:
        return do_once(request, work)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect(back)
