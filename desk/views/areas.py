"""The page on which the lead sets the words of a zone's area (readings 9)."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from core.errors import Refused
from desk.access import demand_page
from desk.forms.zones import AreaForm
from desk.once import do_once, token_for
from desk.zones.access import zone_or_404
from desk.zones.areas import areas_now, as_lines, parts_in, streets_for
from zones.actions.areas import set_areas


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def zone_areas(request: HttpRequest, pk: int) -> HttpResponse:
    """Set the words by which an address lies in a zone."""
    demand_page(request.user, "zone.area")
    zone = zone_or_404(request.user, pk)
    on = timezone.localdate()
    areas = areas_now(zone, request.user, on)
    streets = streets_for(zone, areas)
    given = {"words": as_lines(areas, streets), "since": on}
    form = AreaForm(request.POST if request.method == "POST" else None, initial=given)
    back = reverse("desk:zone-detail", args=(pk,)) + "?tab=history"

    def work() -> str:
        said = form.cleaned_data
        parts = parts_in(said["words"], streets)
        set_areas(zone, parts, since=said["since"], reason=said["reason"], by=request.user, on=on)
        messages.success(request, "已调整区域范围，并告知市局备案；名册没有变动。")
        return back

    refusal = None
    if form.is_bound and form.is_valid():
        try:
            return do_once(request, work)
        except Refused as refused:
            refusal = refused
    context = {
        "zone": zone,
        "label": "调整区域范围",
        "form": form,
        "refusal": refusal,
        "back": back,
        "once": token_for(request),
    }
    return render(request, "desk/zone_areas.html", context, status=409 if refusal else 200)
