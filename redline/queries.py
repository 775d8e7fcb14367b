"""Reads that pages of orders, removals and follow-ups need: lists, to-dos, what may come back."""

from __future__ import annotations

from datetime import date

from django.db.models import Case, DateField, Exists, F, OuterRef, Q, Value, When
from django.db.models.functions import Coalesce

from core.scope import NOTHING, ScopedQuerySet
from core.workdays import add_working_days
from policy.limits import limits_in_force
from redline.choices import ExtensionStatus, OrderStatus
from redline.models import Extension, Order, OrderStep
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
    """Return the day that presses an order: the due day or, once reported, that of the recheck."""
    return Case(
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


LIGHTS = {"red": "已逾期", "amber": "临近届满", "green": "期限充裕", "none": "未起算或已办结"}
"""The lights of the list in words; ``none``: no day presses the order."""


def light_is(light: str, on: date) -> Q:
    """Return the condition that an order shows this light on a day, as ``deadlines.light`` does."""
    due = Q(status__in=(Status.SERVED, Status.OVERDUE, Status.NOT_MENDED))
    recheck = Q(status=Status.REPORTED)
    near = near_day(on)
    if light == "red":
        return due & Q(due_on__lt=on) | recheck & Q(recheck_due_on__lt=on)
    if light == "amber":
        span = (on, near)
        return due & Q(due_on__range=span) | recheck & Q(recheck_due_on__range=span)
    if light == "green":
        return due & Q(due_on__gt=near) | recheck & Q(recheck_due_on__gt=near)
    return ~(due | recheck)


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
    running = Q(status__in=(Status.SERVED, Status.OVERDUE))
    return submitted | (running & Exists(asked.exclude(recorded_by=user)))


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
