"""Until when an order is to be obeyed, and how near that day is (readings 13)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from django.db.models import Exists, OuterRef, Q

from core.due_days import ONE_DAY, DueDay, Kind
from core.workdays import calendar, due_day
from policy.limits import limits_in_force
from redline.choices import DeadlineForm, OrderStatus, ServiceOutcome, ServiceWay
from redline.models import Order, Recheck, Service

Status = OrderStatus
WHY = "how near the last day of an order is"


class Term(NamedTuple):
    """The days an order gives, counted from ``start``, which is not counted itself."""

    start: date
    days: int
    kind: Kind


def due_of(order: Order, start: date) -> DueDay:
    """Return the last day by which an order is to be obeyed if its clock starts on a day.

    A fixed date that is a day of rest moves on as a last day does. Whoever stores the day took
    ``core.workdays.hold_calendar`` before.
    """
    if order.form == DeadlineForm.FIXED:
        assert order.fixed_on is not None  # a constraint of the table
        return due_day(order.fixed_on, 0, Kind.CALENDAR)
    assert order.days is not None  # a constraint of the table
    return due_day(start, order.days, order.day_kind)


def term_of(order: Order) -> Term:
    """Return the days that run: those of a new time, else those that the order gave itself.

    They bound what an extension may add. A fixed date gave the calendar days from its service.
    """
    assert order.start_on is not None  # whoever asks has an order whose clock started
    if order.new_time_given:
        recheck = new_time(order)
        return Term(recheck.done_on, recheck.new_days or 0, Kind(recheck.new_day_kind))
    if order.form == DeadlineForm.FIXED:
        assert order.fixed_on is not None  # a constraint of the table
        return Term(order.start_on, (order.fixed_on - order.start_on).days, Kind.CALENDAR)
    return Term(order.start_on, order.days or 0, Kind(order.day_kind))


def new_time(order: Order) -> Recheck:
    """Return the recheck by which the one new time was given."""
    rows = Recheck.objects.for_system("the new time of an order")
    found: Recheck = rows.get(order=order, due_after__isnull=False)
    return found


def recheck_days(reported_on: date) -> int:
    """Return within how many working days a report of a day is to be rechecked."""
    days: int = limits_in_force(reported_on)["orders.recheck_working_days"]
    return days


def is_provisional(order: Order) -> bool:
    """Return whether the due day was found, and still is, by a year without a calendar."""
    if not order.due_provisional or order.due_on is None:
        return False
    return calendar().is_provisional(order.due_on)


@dataclass(frozen=True)
class Light:
    """How near the day is that presses an order.

    ``colour``: green, amber, red, or none where no day presses it. ``days``: working days left,
    or calendar days since the day that has passed. ``text`` says the same in words.
    """

    colour: str
    days: int = 0
    text: str = ""
    day: date | None = None


NO_LIGHT = Light("none")


def light(order: Order, on: date) -> Light:
    """Return the light of one order on a day."""
    return lights([order], on)[order.pk]


def lights(orders: Iterable[Order], on: date) -> dict[int, Light]:
    """Return the lights of orders by key, with as many queries as for one."""
    orders = list(orders)
    soon = calendar().add_working_days(
        on, limits_in_force(on)["orders.remind_working_days"] if orders else 0
    )
    issued = [order.pk for order in orders if order.status == Status.ISSUED]
    rows = Order.objects.for_system(WHY).filter(unserved_too_long(on), pk__in=issued)
    late = set(rows.values_list("pk", flat=True)) if issued else set()
    return {order.pk: _light(order, on, soon, order.pk in late) for order in orders}


def _light(order: Order, on: date, soon: date, unserved: bool) -> Light:
    if order.status == Status.ISSUED and order.issued_on is not None:
        days = (on - order.issued_on).days
        if order.form == DeadlineForm.FIXED and order.fixed_on and order.fixed_on <= on:
            passed = (on - order.fixed_on).days
            return Light("red", passed, "固定日期已到，须重新制发", order.fixed_on)
        said = f"签发{days}天未送达" if days else "今天签发，待送达"
        return Light("red" if unserved else "amber", days, said, order.issued_on)
    if order.status == Status.REPORTED and order.recheck_due_on is not None:
        return _pressed_by(order.recheck_due_on, on, soon, "复查")
    if order.status == Status.SERVED and order.due_on is not None:
        return _pressed_by(order.due_on, on, soon, "")
    if order.status in (Status.OVERDUE, Status.NOT_MENDED) and order.due_on is not None:
        days = (on - order.due_on).days
        said = f"逾期{days}天" if order.status == Status.OVERDUE else "复查未改正"
        return Light("red", days, said, order.due_on)
    return NO_LIGHT


def _pressed_by(day: date, on: date, soon: date, what: str) -> Light:
    if day < on:
        days = (on - day).days
        return Light("red", days, f"{what}逾期{days}天", day)
    left = working_days_until(day, on)
    said = f"{what}还有{left}个工作日" if day > on else f"{what}今天届满"
    return Light("amber" if day <= soon else "green", left, said, day)


def working_days_until(day: date, on: date) -> int:
    """Return how many working days are left: those after ``on`` up to the day itself."""
    days = (on + ONE_DAY * number for number in range(1, (day - on).days + 1))
    return sum(calendar().is_working_day(one) for one in days)


def unserved_too_long(on: date) -> Q:
    """Return the condition that an issued order should have been served before a day.

    Within ``orders.serve_working_days`` after it was issued, unless a public notice runs; an order
    whose fixed date has come can no longer be served.
    """
    days, first = limits_in_force(on)["orders.serve_working_days"], on
    while days:
        first -= ONE_DAY
        days -= calendar().is_working_day(first)
    notice = Service.objects.filter(
        order=OuterRef("pk"), way=ServiceWay.PUBLIC, outcome=ServiceOutcome.OPEN
    )
    passed = Q(form=DeadlineForm.FIXED, fixed_on__lte=on)
    late = Q(issued_on__lt=first) & ~Exists(notice)
    return Q(passed | late, status=Status.ISSUED)
