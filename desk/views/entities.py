"""The list of entities and the page of one."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_POST, require_safe

from core.audit.access import Kind, record
from core.errors import Refused
from core.resumed import is_resumed
from desk.access import demand_page, entity_or_404
from desk.conditions import industry_of
from desk.context import moment_of
from desk.entity_lists import list_of
from desk.reveals import reveal
from desk.sections import sections_of, words_of
from membership.queries import explain
from policy.models import OfficialText
from staff.permissions import may


@require_safe
@login_required
def entity_list(request: HttpRequest) -> HttpResponse:
    """Show the list, or the parts of it that htmx asks for."""
    demand_page(request.user, "entity.read")
    shown = list_of(request, request.user)
    context = {"list": shown, "form": shown.form, "moment": shown.moment}
    name = "desk/entity_list.html"
    if request.htmx:
        counting = request.htmx.target == "count"
        name = "desk/_entity_count.html" if counting else "desk/_entity_list.html"
    response = render(request, name, context)
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response


@require_safe
@login_required
def entity_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what is known of one entity on a day, why it is inside or outside, and its history."""
    demand_page(request.user, "entity.read")
    entity = entity_or_404(request.user, pk)
    moment = moment_of(request)
    sections = sections_of(entity, moment, request.user)
    wordings = OfficialText.objects.filter(superseded_at=None).values_list("clause", "text")
    context = {
        "entity": entity,
        "moment": moment,
        "explanation": explain(entity, moment.on, moment.known),
        "sections": sections,
        "words": words_of(sections),
        "wordings": dict(wordings),
        "industry": industry_of(entity.industry),
        "may_reveal": may(request.user, "contact.reveal") and moment.is_now,
    }
    return render(request, "desk/entity_detail.html", context)


@require_POST
@login_required
def entity_contact(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the full contact for a stated reason, and record who looked and why."""
    demand_page(request.user, "contact.reveal")
    entity = entity_or_404(request.user, pk)
    reason = " ".join(request.POST.get("reason", "").split())[:200]
    if is_resumed(request):
        context = {"entity": entity, "may_reveal": True, "said": reason}
        return render(request, "desk/entity_contact.html", context)
    wrong = "" if len(reason) >= 4 else "请写明查看理由（四个字以上），例如“核实住所”。"
    if not wrong:
        try:
            reveal(entity, by=request.user, reason=reason, request=request)
        except Refused as refusal:
            wrong = str(refusal)
            record(
                Kind.REVEAL, request=request, ok=False, entity_id=pk, reason=reason, refused=wrong
            )
    if wrong and request.htmx:
        context = {"entity": entity, "may_reveal": True, "wrong": wrong}
        return render(request, "desk/_entity_contact_form.html", context)
    if wrong:
        messages.error(request, wrong)
        return redirect("desk:entity-detail", pk=pk)
    context = {"entity": entity, "reason": reason}
    name = "desk/_entity_contact.html" if request.htmx else "desk/entity_contact.html"
    return render(request, name, context)
