"""What the system noticed about rosters: monthly proposals, and notes on single entities."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.errors import Refused
from desk.access import demand_page
from desk.bulk import freeze, frozen
from desk.forms.zones import NoteFilter, ProposalFilter, RosterChangeForm
from desk.newest import Newest, keys_of, newest_of
from desk.once import do_once, token_for
from desk.zones.changing import NAMED, effect_of_proposals
from entities.models import Entity
from staff.permissions import may
from zones.actions.notes import settle_note
from zones.actions.proposals import ask_proposals, confirm_proposals, reject_proposals
from zones.choices import NoteKind, ProposalKind, ProposalStatus
from zones.models import RosterProposal, ZoneNote

FROZEN = "roster-proposals"
SIZE = 200


def _act(request: HttpRequest, back: str, work: Callable[[], str]) -> HttpResponse:
    """Do it once; a refusal is shown on the page it came from."""
    try:
        return do_once(request, work)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect(back)


def _asked(rows: QuerySet, said: dict[str, Any]) -> QuerySet:
    """Narrow proposals or notes to the zone and the kind that a form asks for."""
    if said.get("zone"):
        rows = rows.filter(zone=int(said["zone"]))
    return rows.filter(kind=said["kind"]) if said.get("kind") else rows


def _own(page: Newest, request: HttpRequest) -> set[int]:
    """Return the keys of the page's entities whose own page this person may open."""
    keys = [row.entity_id for row in page.items]
    own = Entity.objects.visible_to(request.user).filter(pk__in=keys)
    return set(own.values_list("pk", flat=True))


@require_safe
@login_required
def proposal_list(request: HttpRequest) -> HttpResponse:
    """Show proposals by zone, kind, month and state; what waits unless another is asked for."""
    demand_page(request.user, "zone.read")
    form = ProposalFilter(request.GET, request.user, timezone.localdate())
    said = form.cleaned_data if form.is_valid() else {}
    state = said.get("status") or ProposalStatus.OPEN.value
    rows = _asked(RosterProposal.objects.visible_to(request.user), said).filter(status=state)
    if said.get("month"):
        year, month = said["month"].split("-")
        rows = rows.filter(month__year=int(year), month__month=int(month))
    rows = rows.select_related("zone__bureau", "entity", "answered_by")
    page = newest_of(rows, request.GET, SIZE)
    changes = may(request.user, "roster.change")
    context = {
        "form": form,
        "page": page,
        "own": _own(page, request),
        "waits": state == ProposalStatus.OPEN,
        "may_change": changes,
        "once": token_for(request),
    }
    return render(request, "desk/roster_proposals.html", context)


@require_POST
@login_required
def proposal_ask(request: HttpRequest) -> HttpResponse:
    """Ask for the matching of this month now; lead to the job with its progress."""
    demand_page(request.user, "roster.change")

    def work() -> str:
        job = ask_proposals(by=request.user, on=timezone.localdate())
        return reverse("desk:job-detail", args=(job.pk,))

    return _act(request, reverse("desk:roster-proposals"), work)


@require_POST
@login_required
def proposal_begin(request: HttpRequest) -> HttpResponse:
    """Fix the ticked proposals and lead to the page that asks for confirmation."""
    demand_page(request.user, "roster.change")
    keys = keys_of(request.POST.getlist("ids"))
    visible = RosterProposal.objects.visible_to(request.user).filter(pk__in=keys)
    try:
        token = freeze(request.session, FROZEN, list(visible.values_list("pk", flat=True)), "")
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("desk:roster-proposals")
    return redirect("desk:roster-proposal-confirm", token)


def _chosen(request: HttpRequest, token: str) -> list[RosterProposal] | None:
    kept = frozen(request.session, FROZEN, token)
    if kept is None:
        return None
    rows = RosterProposal.objects.visible_to(request.user).filter(
        pk__in=kept.ids, status=ProposalStatus.OPEN
    )
    return list(rows.select_related("zone", "entity").order_by("pk"))


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def proposal_confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Show how many, five names and the effect; confirm into roster changes, one for each zone."""
    demand_page(request.user, "roster.change")
    chosen = _chosen(request, token)
    if not chosen:
        messages.error(request, "该批次已失效或已办理，请回到列表重新选择。")
        return redirect("desk:roster-proposals")
    today = timezone.localdate()
    data = request.POST if request.method == "POST" else None
    form = RosterChangeForm(data, foreign=False, initial={"since": today})
    refusal = None
    if form.is_bound and form.is_valid():
        try:
            return do_once(request, lambda: _confirmed(request, chosen, form))
        except Refused as refused:
            refusal = refused
    kinds = Counter(ProposalKind(row.kind).label for row in chosen)
    context = {
        "chosen": chosen,
        "names": [row.entity.name for row in chosen[:NAMED]],
        "kinds": dict(kinds),
        "zones": Counter(row.zone.name for row in chosen).most_common(),
        "token": token,
        "form": form,
        "refusal": refusal,
        "once": token_for(request),
    }
    return render(
        request, "desk/roster_proposal_confirm.html", context, status=409 if refusal else 200
    )


def _confirmed(request: HttpRequest, chosen: list[RosterProposal], form: RosterChangeForm) -> str:
    done = confirm_proposals(
        [row.pk for row in chosen],
        by=request.user,
        on=timezone.localdate(),
        reason=form.cleaned_data["reason"],
        since=form.cleaned_data["since"],
    )
    messages.success(
        request,
        f"已确认{len(done.done):,}条，提出名册变动{len(done.changes)}件，待负责人批准。",
    )
    if done.skipped:
        said = "".join(list(done.skipped.values())[:NAMED])
        messages.warning(request, f"{len(done.skipped):,}条没有办理：{said}")
    return f"{reverse('desk:roster-changes')}?state=filed"


@require_POST
@login_required
def proposal_effect(request: HttpRequest, token: str) -> HttpResponse:
    """Show what the chosen proposals would do to membership once approved; nothing is kept."""
    demand_page(request.user, "roster.change")
    chosen = _chosen(request, token)
    if chosen is None:
        raise Http404
    form = RosterChangeForm(request.POST, foreign=False)
    form.is_valid()
    today = timezone.localdate()
    since = form.cleaned_data.get("since") or today
    effect = effect_of_proposals(chosen, since=since, by=request.user, on=today)
    return render(request, "desk/_roster_effect.html", {"effect": effect, "since": since})


@require_POST
@login_required
def proposal_reject(request: HttpRequest) -> HttpResponse:
    """Reject the ticked proposals with one answer."""
    demand_page(request.user, "roster.change")
    back = reverse("desk:roster-proposals")
    keys = keys_of(request.POST.getlist("ids"))

    def work() -> str:
        answer = request.POST.get("answer", "")
        done = reject_proposals(keys, answer=answer, by=request.user, on=timezone.localdate())
        messages.success(request, f"已不采纳{len(done.done):,}条，本月不再提出。")
        return back

    return _act(request, back, work)


@require_safe
@login_required
def note_list(request: HttpRequest) -> HttpResponse:
    """Show notes on entities of rosters: what waits, or what is settled."""
    demand_page(request.user, "zone.read")
    form = NoteFilter(request.GET, request.user, timezone.localdate())
    said = form.cleaned_data if form.is_valid() else {}
    waits = said.get("settled") != "yes"
    rows = _asked(ZoneNote.objects.visible_to(request.user), said)
    rows = rows.filter(settled_at__isnull=waits)
    page = newest_of(rows.select_related("zone__bureau", "entity", "settled_by"), request.GET, SIZE)
    context = {
        "form": form,
        "page": page,
        "own": _own(page, request),
        "waits": waits,
        "renamed": any(row.kind == NoteKind.RENAMED for row in page.items),
        "may_change": may(request.user, "roster.change"),
        "once": token_for(request),
    }
    return render(request, "desk/roster_notes.html", context)


@require_POST
@login_required
def note_settle(request: HttpRequest) -> HttpResponse:
    """Settle the ticked notes: take the new name, take off the roster, or leave with a reason."""
    demand_page(request.user, "roster.change")
    back = reverse("desk:roster-notes")
    keys = keys_of(request.POST.getlist("ids"))
    way = request.POST.get("way", "")

    def work() -> str:
        visible = ZoneNote.objects.visible_to(request.user).filter(pk__in=keys)
        chosen = list(visible.select_related("zone", "entity").order_by("pk"))
        if not chosen:
            raise Refused("readings 9", "没有选中任何提示，请先勾选。")
        filed = [
            settle_note(
                note,
                answer=request.POST.get("answer", ""),
                by=request.user,
                on=timezone.localdate(),
                take_off=way == "off",
                take_name=way == "name",
            )
            for note in chosen
        ]
        changes = sum(change is not None for change in filed)
        more = f"，提出名册变动{changes}件，待负责人批准" if changes else ""
        messages.success(request, f"已处理{len(chosen):,}条提示{more}。")
        return back

    return _act(request, back, work)
