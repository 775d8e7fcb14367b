"""What the municipal units read of the city, kept by the security administrator."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from core.audit.access import Kind, note
from core.errors import Refused
from desk.access import demand_page
from desk.forms.units import UnitFields
from desk.once import do_once, token_for
from staff.models import Unit
from staff.permissions import may
from staff.units import said


@require_safe
@login_required
def unit_list(request: HttpRequest) -> HttpResponse:
    """Show the units and what each reads."""
    demand_page(request.user, "account.read")
    context = {
        "units": [(unit, said(unit)) for unit in Unit.objects.order_by("name")],
        "may_grant": may(request.user, "role.grant"),
    }
    return render(request, "desk/unit_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def unit_fields(request: HttpRequest, pk: int) -> HttpResponse:
    """Set what one unit reads, with a reason."""
    demand_page(request.user, "role.grant")
    unit = get_object_or_404(Unit, pk=pk)
    posted = request.method == "POST"
    begun = {"fields_read": unit.fields, "whole_city": unit.whole_city}
    form = UnitFields(request.POST if posted else None, initial=begun)
    refusal = None

    def work() -> str:
        changed = form.carry_out(unit, request.user)
        messages.success(request, f"{changed}的业务领域：{said(changed)}。")
        return reverse("desk:unit-list")

    if posted and form.is_valid():
        try:
            return do_once(request, work)
        except Refused as refused:
            refusal = refused
            note(request, Kind.ACCOUNT, ok=False, subject=f"业务领域：{unit}", refusal=str(refused))
    context = {
        **{"unit": unit, "now": said(unit), "form": form},
        **{"refusal": refusal, "once": token_for(request)},
    }
    return render(request, "desk/unit_fields.html", context, status=409 if refusal else 200)
