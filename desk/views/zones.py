"""Zones as they live: the overview of the city, the list, the page of one, rosters across."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from core.audit.access import Kind, record
from core.errors import Refused
from core.resumed import is_resumed
from desk.access import demand_page
from desk.context import moment_of
from desk.reveals import reveal_of_zone
from desk.zones.access import zone_or_404
from desk.zones.head import head_of
from desk.zones.overview import overview_of
from desk.zones.reading import roster_of, zones_of
from desk.zones.tabs import TABS
from staff.permissions import may
from zones.models import ZoneContact

SHORTEST = 4


@require_safe
@login_required
def zone_overview(request: HttpRequest) -> HttpResponse:
    """Show every bureau's zones, entities and state of a round, as tiles and as a table."""
    demand_page(request.user, "zone.read")
    on = timezone.localdate()
    shown = overview_of(request.GET, request.user, on)
    return render(request, "desk/zone_overview.html", {"shown": shown, "on": on})


@require_safe
@login_required
def zone_list(request: HttpRequest) -> HttpResponse:
    """Show the zones that the address asks for."""
    demand_page(request.user, "zone.read")
    shown = zones_of(request, request.user, timezone.localdate())
    return render(request, "desk/zone_list.html", {"shown": shown, "form": shown.form})


@require_safe
@login_required
def roster_list(request: HttpRequest) -> HttpResponse:
    """Show the rosters across zones on a day."""
    demand_page(request.user, "zone.read")
    moment = moment_of(request)
    roster = roster_of(request, request.user, moment)
    context = {"roster": roster, "form": roster.form, "moment": moment, "may_change": False}
    return render(request, "desk/roster_list.html", context)


@require_safe
@login_required
def zone_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one zone: its head, and the part of its page that ``tab`` names."""
    demand_page(request.user, "zone.read")
    zone = zone_or_404(request.user, pk)
    moment = moment_of(request)
    name = request.GET.get("tab", "")
    name = name if name in TABS else "roster"
    tab = TABS[name]
    context: dict[str, Any] = {
        "zone": zone,
        "moment": moment,
        "head": head_of(zone, request.user, moment),
        "tabs": [(key, one.label) for key, one in TABS.items()],
        "tab": name,
        "part": tab.template,
        "may_reveal": may(request.user, "contact.reveal") and moment.is_now,
        **tab.context(request, request.user, zone, moment),
    }
    return render(request, "desk/zone_detail.html", context)


@require_POST
@login_required
def zone_contact(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a contact of a zone in full for a stated reason, and record who looked and why."""
    demand_page(request.user, "contact.reveal")
    contacts = ZoneContact.objects.visible_to(request.user).select_related("zone")
    contact = get_object_or_404(contacts, pk=pk)
    reason = " ".join(request.POST.get("reason", "").split())[:200]
    context = {"contact": contact, "may_reveal": True, "reason": reason}
    if is_resumed(request):
        return render(request, "desk/zone_contact.html", context | {"said": reason})
    wrong = "" if len(reason) >= SHORTEST else "请写明查看理由（四个字以上），例如“核实地址”。"
    if not wrong:
        try:
            reveal_of_zone(contact, by=request.user, reason=reason, request=request)
        except Refused as refusal:
            wrong = str(refusal)
            record(Kind.REVEAL, request=request, ok=False, reason=reason, refused=wrong)
    if wrong and request.htmx:
        context |= {"wrong": wrong}
        return render(request, "desk/_zone_contact_form.html", context)
    if wrong:
        messages.error(request, wrong)
        return redirect(reverse("desk:zone-detail", args=(contact.zone_id,)))
    name = "desk/_zone_contact.html" if request.htmx else "desk/zone_contact.html"
    return render(request, name, context | {"shown": True})
