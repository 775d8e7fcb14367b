"""Changes of rosters: chosen, confirmed with their effect, filed."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.errors import Refused
from desk import paging
from desk.access import demand_page
from desk.context import Moment
from desk.forms.zones import Candidates, RosterChangeForm
from desk.newest import key_of, keys_of
from desk.once import do_once, token_for
from desk.rows import rows_of
from desk.zones.access import zone_or_404
from desk.zones.addresses import Listing
from desk.zones.candidates import at_address, pasted, streets_of
from desk.zones.changing import Chosen, effect_of_moves, keep, kept
from staff.models import Street
from zones.actions.changes import file_change
from zones.choices import RosterMove
from zones.models import RosterChange, Zone

LABELS = {RosterMove.ADD: "列入名册", RosterMove.REMOVE: "移出名册"}
OUTDATED = "该批次已失效，请回到区域名册重新选择主体。"


def _changed_zone(request: HttpRequest, pk: int) -> Zone:
    demand_page(request.user, "roster.change")
    return zone_or_404(request.user, pk)


def _move(text: str) -> RosterMove:
    if text not in RosterMove.values:
        raise Http404
    return RosterMove(text)


@require_safe
@login_required
def roster_add(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for codes and names, or look for entities by address and street."""
    zone = _changed_zone(request, pk)
    today = timezone.localdate()
    streets = streets_of(zone)
    form = Candidates(request.GET, streets)
    context: dict[str, Any] = {"zone": zone, "form": form, "rows": [], "asked": False}
    words = request.GET.get("words", "").strip()
    street = Street.objects.filter(pk=key_of(request.GET.get("street"))).first()
    if form.is_valid() and (words or street):
        context["asked"] = True
        found = at_address(words, street, zone, request.user, today)
        try:
            with paging.at_most(paging.LIST_SECONDS):
                page = paging.page_of(found, request.GET)
                rows = rows_of(page.keys, request.user, Moment(on=today, today=today))
            count = paging.capped(found)
            listing = Listing(request.path, request.GET, ("words", "street"), page, count)
            context |= {"rows": rows, "listing": listing}
        except paging.TookTooLong:
            context["problem"] = "条件太宽，未能及时查完，请写明路名、楼名或选择街道。"
    return render(request, "desk/roster_add.html", context)


@require_POST
@login_required
def roster_begin(request: HttpRequest, pk: int) -> HttpResponse:
    """Fix whoever was ticked or pasted, and lead to the page that asks for confirmation."""
    zone = _changed_zone(request, pk)
    move = _move(request.POST.get("move", ""))
    ids, lost = keys_of(request.POST.getlist("ids")), []
    if move == RosterMove.ADD and request.POST.get("lines", "").strip():
        found = pasted(request.POST["lines"], request.user)
        ids, lost = [*ids, *found.ids], found.lost
    back = reverse("desk:zone-detail", args=(pk,))
    if move == RosterMove.ADD:
        back = reverse("desk:roster-add", args=(pk,))
    try:
        if lost and not ids:
            raise Refused("", f"粘贴的{len(lost)}行都没有找到主体，请核对代码，或改按地址查找。")
        token = keep(request.session, zone, move, set(ids), lost)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect(back)
    return redirect("desk:roster-confirm", pk, move.value, token)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def roster_confirm(request: HttpRequest, pk: int, move: str, token: str) -> HttpResponse:
    """Show how many, five names and the effect; take day and reason; file the change."""
    zone = _changed_zone(request, pk)
    chosen = kept(request.session, zone, _move(move), token)
    if chosen is None:
        messages.error(request, OUTDATED)
        return redirect("desk:zone-detail", pk)
    posted = request.method == "POST"
    today = timezone.localdate()
    form = RosterChangeForm(
        request.POST if posted else None, foreign=bool(chosen.foreign), initial={"since": today}
    )
    refusal = None
    if posted and form.is_valid():
        try:
            return do_once(request, lambda: _filed(request, zone, chosen, form))
        except Refused as refused:
            refusal = refused
    context = {
        "zone": zone,
        "chosen": chosen,
        "label": LABELS[chosen.move],
        "token": token,
        "form": form,
        "refusal": refusal,
        "once": token_for(request),
    }
    return render(request, "desk/roster_confirm.html", context, status=409 if refusal else 200)


def _filed(request: HttpRequest, zone: Zone, chosen: Chosen, form: RosterChangeForm) -> str:
    said = form.cleaned_data
    change: RosterChange = file_change(
        zone,
        chosen.moves,
        since=said["since"],
        reason=said["reason"],
        by=request.user,
        on=timezone.localdate(),
        notes={entity.pk: said["note"] for entity in chosen.foreign},
    )
    messages.success(request, f"已提出{LABELS[chosen.move]}{len(chosen.ids):,}户，待负责人批准。")
    return reverse("desk:roster-change", args=(change.pk,))


@require_POST
@login_required
def roster_effect(request: HttpRequest, pk: int, move: str, token: str) -> HttpResponse:
    """Show what approval of the chosen would do to membership; nothing is kept."""
    zone = _changed_zone(request, pk)
    chosen = kept(request.session, zone, _move(move), token)
    if chosen is None:
        raise Http404
    today = timezone.localdate()
    form = RosterChangeForm(request.POST, foreign=False)
    form.is_valid()
    since = form.cleaned_data.get("since") or today
    effect = effect_of_moves(zone, chosen.moves, since=since, by=request.user, on=today)
    return render(request, "desk/_roster_effect.html", {"effect": effect, "since": since})
