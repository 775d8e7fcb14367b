"""What passing days do to orders: overdue, told of in time, ended with their firm (readings 12).

Overdue is a matter of dates: an order that is served, whose last day has ended, and which nobody
reported on (who reports in time, or is found to have corrected, leaves ``served``). What follows
holds from the day after the last one, whenever it was found.

Every function here may run twice, at once, late, and again after a kill: each batch is one
transaction, and its update names the state that it changes.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from core.workdays import calendar, hold_calendar
from entities.choices import Status
from entities.models import EntityStatus
from policy.limits import limits_in_force
from redline.actions.reviews import Entry, raise_reviews
from redline.choices import OrderOrigin, OrderStatus, RemovalCause, ReviewCause, ServiceOutcome
from redline.models import Order, OrderNotice, OrderStep, Service
from redline.removals import Wanted, removals_of, remove_all, revoke
from redline.workflow import ORDER_STEPS

BATCH = 500
WHY = "what passing days do to orders"
ONE_DAY = timedelta(days=1)
FALL_DUE = "fall_due"
END = "end"


@dataclass(frozen=True)
class Scanned:
    """How many orders were found overdue, and what followed."""

    orders: int = 0
    removals: int = 0
    reviews: int = 0

    def __add__(self, other: Scanned) -> Scanned:
        return Scanned(
            self.orders + other.orders,
            self.removals + other.removals,
            self.reviews + other.reviews,
        )


def overdue(on: date) -> Q:
    """Return the condition that an order is overdue on a day and nothing has followed yet.

    The index ``order_by_due_day`` holds the served ones alone, so that only these are touched.
    """
    return Q(status=OrderStatus.SERVED, due_on__lt=on)


def scan(on: date, *, batch: int = BATCH) -> Scanned:
    """Let every order that is overdue on a day fall due; return what followed.

    A red line takes its entity out, an ordinary violation goes to the review list.
    """
    found = Scanned()
    while True:
        with transaction.atomic():
            # A calendar that is being loaded moves due days: none is loaded in between, and it is
            # waited for before any row is locked.
            hold_calendar()
            orders = list(_to_lock(Order.objects.for_system(WHY).filter(overdue(on)))[:batch])
            if not orders:
                return found
            found += _fall_due(orders, on)


def catch_up(order: Order, *, on: date) -> Order:
    """Let one order, locked by the caller, fall due if it is overdue on a day; return it.

    Whoever does something to a running order calls this first, so that what follows never depends
    on whether a scan came before. The caller took ``hold_calendar`` before it locked the order.
    """
    if order.status == OrderStatus.SERVED and _due(order) < on:
        _fall_due([order], on)
    return order


def _to_lock(rows: QuerySet[Order]) -> QuerySet[Order]:
    """Return orders with what a removal says of them, to be locked in one order of all."""
    return (
        rows.select_related("violation", "number")
        .order_by("due_on", "pk")
        .select_for_update(no_key=True, of=("self",))
    )


def _fall_due(orders: Sequence[Order], on: date) -> Scanned:
    """Let locked overdue orders fall due, with what follows from each."""
    _move(orders, FALL_DUE, on, [""] * len(orders))
    red = [one for one in orders if one.origin == OrderOrigin.RED_LINE]
    ordinary = [one for one in orders if one.origin == OrderOrigin.ORDINARY]
    if red:
        remove_all([_overdue_removal(one) for one in red], by=None, on=on)
    if ordinary:
        entries = [Entry(one.violation, ReviewCause.OVERDUE, one) for one in ordinary]
        raise_reviews(entries, on=on)
    return Scanned(len(orders), len(red), len(ordinary))


def _overdue_removal(order: Order) -> Wanted:
    return Wanted(order.violation, RemovalCause.OVERDUE, _due(order) + ONE_DAY, order)


def _due(order: Order) -> date:
    """Return the last day of a running order, which has one by a constraint of its table."""
    assert order.due_on is not None
    return order.due_on


def _move(orders: Sequence[Order], action: str, on: date, said: Sequence[str]) -> None:
    """Let locked orders take a step of the system, and write the steps down."""
    step = ORDER_STEPS[action]
    steps = [
        OrderStep(
            order=one,
            action=action,
            source=one.status,
            target=step.target,
            opinion=opinion,
            on=on,
        )
        for one, opinion in zip(orders, said, strict=True)
    ]
    closing = {"closed_on": on} if step.target == OrderStatus.ENDED else {}
    rows = Order.objects.for_system(WHY).filter(pk__in=[one.pk for one in orders])
    rows.filter(status__in=step.sources).update(status=step.target, **closing)
    OrderStep.objects.for_system(WHY).bulk_create(steps)
    for one in orders:
        one.status = step.target
        for name, value in closing.items():
            setattr(one, name, value)


def tell_near(on: date) -> int:
    """Note that officer and lead are told of each served order whose last day comes near.

    Once for each last day, from ``orders.remind_working_days`` before it on. Returns how many were
    noted.
    """
    days = limits_in_force(on)["orders.remind_working_days"]
    until = calendar().add_working_days(on, days)
    told = OrderNotice.objects.filter(order=OuterRef("pk"), due_on=OuterRef("due_on"))
    near = Order.objects.for_system(WHY).filter(
        ~Exists(told), status=OrderStatus.SERVED, due_on__gte=on, due_on__lte=until
    )
    fresh = [
        OrderNotice(order=one, due_on=_due(one), made_on=on)
        for one in near.order_by("due_on", "pk").only("due_on")
    ]
    OrderNotice.objects.for_system(WHY).bulk_create(fresh, ignore_conflicts=True, batch_size=5000)
    return len(fresh)


def follow_status(entity_ids: Collection[int] | None, on: date, *, batch: int = BATCH) -> int:
    """Close the orders of entities that ended as 主体终止; None means all. Returns how many.

    Ended is by ``status.ending``, from the day on which that status began. What fell due while the
    firm was still there stays; a removal for a last day that came only after its end is revoked.
    """
    ended = _ended(entity_ids, on)
    keys = sorted(ended)
    closed = 0
    for first in range(0, len(keys), batch):
        with transaction.atomic():
            hold_calendar()
            rows = Order.objects.for_system(WHY).filter(
                entity_id__in=keys[first : first + batch], status__in=ORDER_STEPS[END].sources
            )
            orders = list(_to_lock(rows))
            if orders:
                _end(orders, ended, on)
            closed += len(orders)
    return closed


def _ended(entity_ids: Collection[int] | None, on: date) -> dict[int, EntityStatus]:
    """Return the status of those entities that ended and have an order to close."""
    ending = limits_in_force(on)["status.ending"]
    orders = Order.objects.filter(status__in=ORDER_STEPS[END].sources)
    if entity_ids is not None:
        orders = orders.filter(entity_id__in=list(entity_ids))
    rows = EntityStatus.objects.for_system(WHY).in_force(on).filter(status__in=ending)
    return {row.entity_id: row for row in rows.filter(entity_id__in=orders.values("entity_id"))}


def _end(orders: Sequence[Order], ended: dict[int, EntityStatus], on: date) -> None:
    """Close locked orders of entities that ended, after what fell due before their end."""
    due_before = [
        one
        for one in orders
        if one.status == OrderStatus.SERVED and _due(one) < ended[one.entity_id].since
    ]
    if due_before:
        _fall_due(due_before, on)
    too_late = [
        one
        for one in orders
        if one.status == OrderStatus.OVERDUE and ended[one.entity_id].since <= _due(one)
    ]
    _move(orders, END, on, [_ended_said(ended[one.entity_id]) for one in orders])
    services = Service.objects.for_system(WHY).filter(order__in=orders)
    services.filter(outcome=ServiceOutcome.OPEN).update(
        outcome=ServiceOutcome.FAILED, why_failed=ORDER_STEPS[END].label
    )
    for one in too_late:
        reason = f"{_ended_said(ended[one.entity_id])}，不晚于改正期限届满日{one.due_on}"
        for removal in removals_of(one):
            if removal.cause == RemovalCause.OVERDUE:
                revoke(removal, reason=reason, by=None, on=on)


def _ended_said(status: EntityStatus) -> str:
    return f"自{status.since}起登记状态为{Status(status.status).label}"
