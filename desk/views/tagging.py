"""One entity, one verb: the page of every action of ``desk.entity_actions``."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from core.errors import Refused
from desk.access import demand_page, entity_or_404
from desk.entity_actions import ENTITY_ACTIONS
from desk.forms.entity import EntityForm
from desk.once import do_once, token_for


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def entity_action(request: HttpRequest, pk: int, action: str) -> HttpResponse:
    """Show the form of one verb on one entity, and do it."""
    if action not in ENTITY_ACTIONS:
        raise Http404
    wanted = ENTITY_ACTIONS[action]
    if not wanted.open_to(request.user):
        demand_page(request.user, wanted.verbs[0])
    demand_page(request.user, "entity.read")
    entity = entity_or_404(request.user, pk)
    posted = request.method == "POST"
    form = wanted.form(
        request.POST if posted else None,
        entity=entity,
        viewer=request.user,
        on=timezone.localdate(),
    )
    refusal = None
    if posted and form.is_valid():
        try:
            return do_once(request, lambda: _done(request, form))
        except Refused as refused:
            refusal = refused
    context = {
        "entity": entity,
        "action": wanted,
        "form": form,
        "refusal": refusal,
        "once": token_for(request),
    }
    return render(request, "desk/entity_action.html", context, status=409 if refusal else 200)


def _done(request: HttpRequest, form: EntityForm) -> str:
    """Do it, unless somebody changed meanwhile what the person saw recorded on the form."""
    if request.POST.get("seen", form.current) != form.current:
        raise Refused(
            "", f"您打开本页后记录已有变动，目前：{form.current}请核对，仍要办理的再提交一次。"
        )
    messages.success(request, form.carry_out())
    return reverse("desk:entity-detail", args=(form.entity.pk,))
