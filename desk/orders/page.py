"""The page of an order: found for the viewer, with what it shows and the steps that are open."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from core.errors import Refused
from desk.forms.orders import StepForm
from desk.once import token_for
from desk.orders.conditions import Conditions, conditions_of
from desk.orders.deadline import deadline_of
from desk.orders.effects import Effect, effect_of
from desk.orders.lists import TONES
from desk.orders.queue import Standing, standing_of
from desk.orders.steps import opened
from desk.orders.steps import standing_of as services_of
from desk.orders.way import stations
from desk.papers.shown import papers_of
from entities.models import Entity
from redline.actions.orders import approve_order
from redline.choices import OrderStatus
from redline.deadlines import light
from redline.models import (
    Evidence,
    FollowUp,
    MendingReport,
    Order,
    OrderNotice,
    Recheck,
    Removal,
    Review,
    Service,
)
from redline.queries import orders_for, steps_of
from redline.workflow import ORDER_STEPS, step_said
from staff.models import User
from staff.permissions import may
from staff.roles import Role

RELATED = (
    *("entity__bureau", "entity__station", "bureau", "officer", "number", "violation", "edited_by"),
    *("touch__item__version__bureau", "touch__judged_by", "touch__confirmed_by"),
    *("submitted_by", "approved_by", "issued_by", "replaces__number"),
)


@dataclass(frozen=True)
class Queue:
    """Where an order stands among those of the list it was opened from; ``query`` is the list's."""

    asked: Conditions
    standing: Standing

    @property
    def query(self) -> str:
        return self.asked.query


def order_or_404(viewer: User, pk: int) -> Order:
    """Return an order of the viewer's scope; one outside it does not exist for the viewer."""
    found: Order | None = orders_for(viewer).select_related(*RELATED).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def queue_of(request: HttpRequest, pk: int) -> Queue | None:
    """Return the queue that the address names by its conditions; None where it names no tab."""
    if not request.GET.get("tab"):
        return None
    viewer: Any = request.user
    asked = conditions_of(request.GET)
    return Queue(asked, standing_of(pk, viewer, asked, timezone.localdate()))


def detail(
    request: HttpRequest,
    order: Order,
    *,
    tried: tuple[str, StepForm] | None = None,
    refusal: Refused | None = None,
    effect: Effect | None = None,
) -> HttpResponse:
    """Render the page; after a refusal with what was typed and status 409."""
    viewer: Any = request.user
    on = timezone.localdate()
    queue = queue_of(request, order.pk)
    context = {
        **_reading(order, viewer, on),
        "steps_open": opened(order, viewer, on, way=request.GET.get("way", ""), tried=tried),
        "box": papers_of(order, viewer),
        "why_not": why_not(order, viewer),
        "may_edit": may_edit(order, viewer),
        "may_reveal": may(viewer, "contact.reveal"),
        "queue": queue,
        "query": queue.query if queue else "",
        "refusal": refusal,
        "effect": effect,
        "once": token_for(request),
    }
    return render(request, "desk/order_detail.html", context, status=409 if refusal else 200)


def _reading(order: Order, viewer: User, on: date) -> dict[str, Any]:
    """Return what is read: the paper's words, deadline, service, reports, rechecks, removal."""

    def rows(model: Any, *with_: str) -> list[Any]:
        found = model.objects.visible_to(viewer).filter(order=order)
        return list(found.select_related(*with_) if with_ else found)

    steps = steps_of(order, viewer)
    rechecks = rows(Recheck, "recorded_by")
    said = services_of(order, viewer)
    shown = light(order, on)
    evidence = Evidence.objects.visible_to(viewer).filter(violation=order.violation_id)
    return {
        "order": order,
        "entity_open": Entity.objects.visible_to(viewer).filter(pk=order.entity_id).exists(),
        "light": shown,
        "tone": TONES[shown.colour],
        "way": stations(order, steps),
        "deadline": deadline_of(order, said.hold, said.extension, rechecks, on),
        "services": rows(Service, "recorded_by"),
        "service": said.service,
        "extension": said.extension,
        "hold": said.hold,
        "reports": rows(MendingReport, "recorded_by"),
        "rechecks": rechecks,
        "removals": rows(Removal),
        "reviews": rows(Review),
        "follow_ups": rows(FollowUp, "settled_by"),
        "notices": rows(OrderNotice),
        "evidence": list(evidence.select_related("added_by")),
        "newer": orders_for(viewer).filter(replaces=order).select_related("number").first(),
        "steps": [(one, step_said(one.action), _role(one.role_then)) for one in steps],
    }


def _role(value: str) -> str:
    return str(Role(value).label) if value in Role.values else ""


def may_edit(order: Order, viewer: User) -> bool:
    """Return whether this account may change what a draft says."""
    own = order.bureau_id == viewer.bureau_id
    return order.status == OrderStatus.DRAFT and own and may(viewer, "order.draft")


def why_not(order: Order, viewer: User) -> str:
    """Say why somebody who has part in an order has no step, where that is the reason."""
    if order.bureau_id != viewer.bureau_id:
        return f"由{order.bureau}办理。"
    steps = [one for one in ORDER_STEPS.values() if one.by_another and order.status in one.sources]
    involved = viewer.pk in (order.officer_id, order.submitted_by_id)
    if involved and any(may(viewer, step.verb) for step in steps):
        return "您起草或提交了该责令改正，须由本局另一位负责人决定。"
    return ""


def effect_of_approval(order: Order, *, by: User, on: date) -> Effect:
    """Return what approving the order, and its touch with it, would do to membership."""
    return effect_of(lambda: approve_order(order, revision=order.revision, by=by, on=on), on)
