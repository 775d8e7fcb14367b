"""Handing zones to the bureau that has become responsible (readings 9)."""

from __future__ import annotations

from collections import defaultdict

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from core.errors import Refused
from desk.access import demand_page
from desk.forms.zones import HandingForm
from desk.newest import key_of, keys_of
from desk.once import do_once, token_for
from staff.models import Bureau, in_office
from zones.actions.handing import ToHand, hand_over, to_hand


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def zone_hand(request: HttpRequest) -> HttpResponse:
    """Show which zones another bureau should have; confirm the ticked ones by name; hand them."""
    demand_page(request.user, "zone.hand")
    on = timezone.localdate()
    found = to_hand(on)
    ids = set(keys_of(request.POST.getlist("ids")))
    posted = request.method == "POST"
    chosen = [(one, _target(request, one)) for one in found if one.zone.pk in ids]
    first = max((one.bureau.until for one in found if one.bureau.until), default=on)
    form = HandingForm(request.POST if posted else None, initial={"since": first})
    refusal = None
    fits = posted and form.is_valid()
    if posted:
        try:
            _demand_targets(chosen)
            if fits and "confirmed" in request.POST:
                return do_once(request, lambda: _handed(request, chosen, form))
        except Refused as refused:
            refusal = refused
    bureaus = Bureau.objects.exclude(kind=Bureau.Kind.CITY).filter(in_office(on))
    context = {
        "found": found,
        "ids": ids,
        "chosen": chosen,
        "confirming": fits and refusal is None and "change" not in request.POST,
        "form": form,
        "bureaus": list(bureaus),
        "refusal": refusal,
        "once": token_for(request),
    }
    return render(request, "desk/zone_hand.html", context, status=409 if refusal else 200)


def _target(request: HttpRequest, one: ToHand) -> Bureau | None:
    """Return the bureau that the form names for a zone, else the one proposed."""
    key = key_of(request.POST.get(f"to-{one.zone.pk}"))
    return Bureau.objects.filter(pk=key).first() if key else one.to


def _demand_targets(chosen: list[tuple[ToHand, Bureau | None]]) -> None:
    if not chosen:
        raise Refused("readings 9", "没有选中任何区域，请先勾选。")
    missing = [one.zone.name for one, to in chosen if to is None]
    if missing:
        raise Refused("readings 9", f"请为{'、'.join(missing)}选择接收的监管机关。")


def _handed(
    request: HttpRequest, chosen: list[tuple[ToHand, Bureau | None]], form: HandingForm
) -> str:
    by_target = defaultdict(list)
    for one, to in chosen:
        if to is not None:
            by_target[to].append(one.zone)
    for to, zones in by_target.items():
        result = hand_over(
            zones,
            to,
            since=form.cleaned_data["since"],
            reason=form.cleaned_data["reason"],
            by=request.user,
            on=timezone.localdate(),
        )
        messages.success(request, f"已移交{to}：{'、'.join(z.name for z in result.done)}。")
        for sentence in result.skipped.values():
            messages.warning(request, sentence)
    return reverse("desk:zone-hand")
