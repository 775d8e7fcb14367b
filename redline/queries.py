"""Reads that pages of orders, removals and follow-ups need: lists, to-dos, what may come back."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Case, DateField, Exists, F, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce

from core.scope import NOTHING, ScopedQuerySet
from core.workdays import add_working_days
from policy.limits import limits_in_force
from redline.actions.removals import CORRECTED, NEVER_ORDERED, SETTLES
from redline.choices import CaseDecision, ExtensionStatus, OrderStatus, ViolationStatus
from redline.deadlines import unserved_too_long
from redline.models import Case as FiledCase
from redline.models import Extension, FollowUp, Order, OrderStep, Removal
from redline.workflow import OPEN
from staff.models import User
from staff.permissions import PERMISSIONS, may

Status = OrderStatus

WITHOUT_DAY = date(9999, 12, 30)
CLOSED_LAST = date(9999, 12, 31)
"""Where orders stand that no day presses: those that are open, and behind them those that ended."""

BEGINNINGS = ("begin", "edit", "copy", "load")
"""Steps by which an order comes to be: they make it somebody's, not somebody's done work."""

HANDLED = (Status.ISSUED, Status.REPORTED, Status.OVERDUE, Status.NOT_MENDED)
"""Where whoever handles an order has to do something; in its running time only as the day nears."""


def pressing_day() -> Case:
    """Return the day that presses an order, as ``deadlines.light`` takes it.

    That of its issue until it is served, then the due day or, once reported, that of the recheck.
    """
    return Case(
        When(status=Status.ISSUED, then=F("issued_on")),
        When(status=Status.REPORTED, then=F("recheck_due_on")),
        When(status__in=(Status.SERVED, Status.OVERDUE, Status.NOT_MENDED), then=F("due_on")),
        output_field=DateField(),
    )


def by_pressing_day(orders: ScopedQuerySet) -> ScopedQuerySet:
    """Order by the day that presses (column ``day``), those that ended last, newer ones first."""
    last = Case(When(status__in=sorted(OPEN), then=Value(WITHOUT_DAY)), default=Value(CLOSED_LAST))
    return orders.annotate(day=Coalesce(pressing_day(), last, output_field=DateField())).order_by(
        "day", "-pk"
    )


def near_day(on: date) -> date:
    """Return the last day that counts as near: three working days ahead, a limit."""
    return add_working_days(on, limits_in_force(on)["orders.remind_working_days"])


PRESSED = (Status.ISSUED, Status.SERVED, Status.REPORTED, Status.OVERDUE, Status.NOT_MENDED)
"""The states in which a day presses."""

LIGHTS = {"red": "逾期", "amber": "三个工作日以内", "green": "三个工作日以上", "none": "不计期限"}
"""The lights of the list in words; ``none``: no day presses the order."""


def light_is(light: str, on: date) -> Q:
    """Return the condition that an order shows this light on a day, as ``deadlines.light`` does."""
    near = near_day(on)
    late = unserved_too_long(on)
    if light == "red":
        failed = Q(status__in=(Status.OVERDUE, Status.NOT_MENDED))
        return late | failed | _pressed(due_on__lt=on, recheck_due_on__lt=on)
    if light == "amber":
        soon = _pressed(due_on__range=(on, near), recheck_due_on__range=(on, near))
        return soon | (Q(status=Status.ISSUED) & ~late)
    if light == "green":
        return _pressed(due_on__gt=near, recheck_due_on__gt=near)
    return ~Q(status__in=PRESSED)


def _pressed(**days: Any) -> Q:
    """Return the condition on the due day while it runs, or on the recheck's once reported."""
    due = {name: value for name, value in days.items() if name.startswith("due_on")}
    recheck = {name: value for name, value in days.items() if name not in due}
    return Q(status=Status.SERVED, **due) | Q(status=Status.REPORTED, **recheck)


def orders_for(viewer: User) -> ScopedQuerySet:
    """Return the orders that this account may see."""
    rows = Order.objects.visible_to(viewer)
    return rows if may(viewer, "redline.read") else rows.filter(NOTHING)


def orders_waiting_for(user: User, on: date) -> ScopedQuerySet:
    """Return the orders on which this account is the one to act now.

    To the lead: what was submitted by others, and extensions asked by others. To the officer in
    charge, or to any officer where that one no longer works here: drafts, what is to be issued,
    served, rechecked or referred, and running orders whose day is near. To a station: what is to
    be served or rechecked with its entities.
    """
    rows = orders_for(user)
    wanted = _to_decide(user) | _to_draft(user) | _to_handle(user, on)
    return rows.filter(wanted, bureau=user.bureau_id)


def _to_decide(user: User) -> Q:
    if not may(user, "order.approve"):
        return NOTHING
    submitted = Q(status=Status.SUBMITTED) & ~Q(officer=user) & ~Q(submitted_by=user)
    asked = Extension.objects.filter(order=OuterRef("pk"), status=ExtensionStatus.ASKED)
    by_others = Q(Exists(asked.exclude(recorded_by=user)))
    return submitted | (Q(status__in=(Status.SERVED, Status.OVERDUE)) & by_others)


def _to_draft(user: User) -> Q:
    if not may(user, "order.draft"):
        return NOTHING
    return Q(status__in=(Status.DRAFT, Status.APPROVED)) & _in_charge(user)


def _to_handle(user: User, on: date) -> Q:
    if not may(user, "order.handle"):
        return NOTHING
    near = Q(status=Status.SERVED, due_on__lte=near_day(on))
    return (Q(status__in=HANDLED) | near) & _in_charge(user)


def _in_charge(user: User) -> Q:
    if user.station_id is not None:
        return Q(entity__station=user.station_id)
    gone = (
        Q(officer__is_active=False)
        | ~Q(officer__role__in=PERMISSIONS["order.draft"].roles)
        | Q(officer__bureau=None)
        | ~Q(officer__bureau=F("bureau"))
    )
    return Q(officer=user) | gone


def orders_done_by(user: User) -> ScopedQuerySet:
    """Return the orders on which this account took a step, besides drafting and editing them."""
    steps = OrderStep.objects.filter(order=OuterRef("pk"), done_by=user)
    return orders_for(user).filter(Exists(steps.exclude(action__in=BEGINNINGS)))


def orders_started_by(user: User) -> ScopedQuerySet:
    """Return the orders that this account drafted."""
    return orders_for(user).filter(officer=user)


def steps_of(order: Order, viewer: User) -> list[OrderStep]:
    """Return what was done with an order, in order of time."""
    rows = OrderStep.objects.visible_to(viewer).filter(order=order)
    return list(rows.select_related("done_by").order_by("pk"))


STANDING = Q(revoked_at=None, returned_on=None)
"""A removal that takes its entity out today."""


def removals_for(viewer: User) -> ScopedQuerySet:
    """Return the removals that this account may see, with what re-entry waits for.

    Columns: ``last_status`` (the violation's last order, refused and void ones apart),
    ``case_decision`` and ``case_closed_on``; None where there is no order, no case.
    """
    orders = Order.objects.filter(violation=OuterRef("violation")).exclude(status__in=NEVER_ORDERED)
    cases = FiledCase.objects.filter(violation=OuterRef("violation"))
    rows = Removal.objects.visible_to(viewer)
    rows = rows if may(viewer, "redline.read") else rows.filter(NOTHING)
    return rows.annotate(
        last_status=Subquery(orders.order_by("-pk").values("status")[:1]),
        case_decision=Subquery(cases.values("decision")[:1]),
        case_closed_on=Subquery(cases.values("closed_on")[:1]),
    )


def may_return() -> Q:
    """Return the condition on ``removals_for`` that nothing is missing any more for re-entry.

    The same as ``actions.removals.still_missing`` says of one (readings 15).
    """
    nothing_to_correct = Q(last_status=None) & ~Q(violation__status=ViolationStatus.TOUCHED)
    corrected = nothing_to_correct | Q(last_status__in=CORRECTED)
    waits = Q(case_decision=CaseDecision.OPEN) | Q(
        case_decision=CaseDecision.FILED, case_closed_on=None
    )
    return STANDING & corrected & (Q(case_decision=None) | ~waits)


def follow_ups_for(viewer: User) -> ScopedQuerySet:
    """Return the follow-ups that this account may see."""
    rows = FollowUp.objects.visible_to(viewer)
    return rows if may(viewer, "redline.read") else rows.filter(NOTHING)


def follow_ups_waiting_for(user: User) -> ScopedQuerySet:
    """Return the follow-ups that this lead still has to settle."""
    kinds = [kind for kind, verb in SETTLES.items() if may(user, verb)]
    return follow_ups_for(user).filter(settled_at=None, kind__in=kinds, bureau=user.bureau_id)
