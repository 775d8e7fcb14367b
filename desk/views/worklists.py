"""What waits for people: doubtful entities, entities to watch, proposals and requests."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from core.errors import Refused
from desk.access import demand_page, entity_or_404
from desk.findings import watched_rows
from desk.forms.worklists import QuickVerdict
from desk.once import do_once, token_for
from desk.paging import capped, page_of
from entities.actions.safety import state_safety
from entities.choices import Domain, Verdict
from entities.models import Entity, SafetyReading
from membership.queries import watched
from staff.permissions import may


def _list(request: HttpRequest, column: str, template: str) -> HttpResponse:
    demand_page(request.user, "entity.read")
    today = timezone.localdate()
    waiting = _waiting(request, column)
    page = page_of(waiting, request.GET)
    context = {
        "page": page,
        "rows": watched_rows(page.keys, column, request.user, today),
        "count": capped(waiting),
        "may_decide": may(request.user, "safety.state"),
        "may_correct": may(request.user, "class.correct"),
    }
    return render(request, template, context)


def _waiting(request: HttpRequest, column: str) -> QuerySet[Entity]:
    entities = Entity.objects.visible_to(request.user)
    return entities.filter(watched(timezone.localdate(), column))


@require_safe
@login_required
def undecided_list(request: HttpRequest) -> HttpResponse:
    """Show the entities for which a rule cannot decide, with what is missing."""
    return _list(request, "undecided", "desk/undecided_list.html")


@require_safe
@login_required
def review_list(request: HttpRequest) -> HttpResponse:
    """Show the entities that stay inside but call for attention."""
    return _list(request, "review", "desk/review_list.html")


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def undecided_decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Decide the doubtful safety fields of one entity, and go on to the next on the list."""
    demand_page(request.user, "safety.state")
    entity = entity_or_404(request.user, pk)
    today = timezone.localdate()
    reading = (
        SafetyReading.objects.visible_to(request.user).in_force(today).filter(entity=entity).first()
    )
    doubtful = [d.value for d in Domain if getattr(reading, d.value, 0) == Verdict.PENDING]
    posted = request.method == "POST"
    form = QuickVerdict(request.POST if posted else None, doubtful=doubtful)
    refusal = None
    if posted and form.is_valid():
        try:
            return do_once(request, lambda: _decided(request, entity, form.cleaned_data, doubtful))
        except Refused as refused:
            refusal = refused
    found = watched_rows([entity.pk], "undecided", request.user, today)
    evidence = [item for item in (reading.evidence if reading else ()) if item.get("words")]
    context: dict[str, Any] = {
        "entity": entity,
        "form": form,
        "refusal": refusal,
        "once": token_for(request),
        "doubtful": doubtful,
        "findings": found[0].findings if found else [],
        "words": [item["words"] for item in evidence],
        "left": capped(_waiting(request, "undecided")),
        "next": _next_after(request, entity.pk),
    }
    return render(request, "desk/undecided_decide.html", context, status=409 if refusal else 200)


def _decided(request: HttpRequest, entity: Entity, said: dict, doubtful: list[str]) -> str:
    """State the verdict from today on; lead to what is still doubtful here, else to the next."""
    today = timezone.localdate()
    said = said | {"verdict": int(said["verdict"])}
    state_safety(entity, **said, since=today, by=request.user, on=today)
    domain = Domain(said["domain"]).label
    messages.success(request, f"{entity.name}：已认定{Verdict(said['verdict']).label}{domain}。")
    if len(doubtful) > 1:
        return reverse("desk:undecided-decide", args=(entity.pk,))
    return _next_after(request, entity.pk) or reverse("desk:undecided-list")


def _next_after(request: HttpRequest, pk: int) -> str:
    """Return the page of the next entity with a doubtful safety field, or nothing."""
    pending = _waiting(request, "undecided").filter(
        pk__gt=pk, watches__superseded_at=None, watches__undecided__contains=["credit.safety"]
    )
    key = pending.order_by("pk").values_list("pk", flat=True).first()
    return reverse("desk:undecided-decide", args=(key,)) if key else ""


@require_safe
@login_required
def undecided_begin(request: HttpRequest) -> HttpResponse:
    """Open the first entity with a doubtful safety field."""
    demand_page(request.user, "safety.state")
    address = _next_after(request, 0)
    if not address:
        messages.info(request, "没有需要认定安全领域的主体。")
    return redirect(address or "desk:undecided-list")
