"""The stored deadlines of this room, for when a calendar is loaded (readings 13)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from functools import cache
from typing import Any

from django.db.models import FilteredRelation, Q

from core.deadlines import Deadline, Stretch
from core.due_days import Kind
from core.workdays import calendar
from redline.actions.reviews import withdraw_review
from redline.choices import (
    CaseDecision,
    DeadlineForm,
    ExtensionStatus,
    OrderStatus,
    RemovalCause,
    ReviewOutcome,
)
from redline.deadlines import recheck_days
from redline.drafting import write_step
from redline.models import Case, Order, Review
from redline.overdue import catch_up
from redline.removals import removals_of, revoke
from redline.workflow import RUNNING

WHY = "a calendar moves the deadlines of everybody"
MOVED = "载入工作日历后改正期限顺延"


class OrderDeadlines:
    """Until when running orders are to be obeyed, with what was added to each."""

    title = "责令改正的改正期限"

    def running(self, since: date) -> Iterator[Deadline]:
        rows = Order.objects.for_system(WHY).filter(status__in=RUNNING, due_on__gte=since)
        renewed = FilteredRelation("rechecks", condition=Q(rechecks__due_after__isnull=False))
        names = (
            *("pk", "entity__name", "form", "days", "day_kind", "fixed_on", "start_on", "due_on"),
            *("new__done_on", "new__new_days", "new__new_day_kind", "new__due_after"),
            *("extension__status", "extension__due_before", "extension__days"),
            *("hold__due_before", "hold__days"),
        )
        rows = rows.annotate(new=renewed).order_by("pk")
        for row in rows.values(*names).iterator(chunk_size=5000):
            yield _deadline(row)

    def move(self, keys: Sequence[int], due_on: date, on: date) -> int:
        """Move them on; one that fell due by the day before stands as if it had not."""
        rows = Order.objects.for_system(WHY).filter(
            pk__in=keys, status__in=RUNNING, due_on__lt=due_on
        )
        locked = list(
            rows.select_related("violation", "number")
            .order_by("pk")
            .select_for_update(no_key=True, of=("self",))
        )
        columns = {"due_on": due_on, "due_provisional": calendar().is_provisional(due_on)}
        rows.filter(pk__in=[one.pk for one in locked]).update(**columns)
        for one in locked:
            if one.status == OrderStatus.OVERDUE:
                one.due_on = due_on
                _take_back(one, on)
        return len(locked)


def _take_back(order: Order, on: date) -> None:
    """Let an order run on that fell due by a day which was none; it may fall due by the new one."""
    Order.objects.for_system(WHY).filter(pk=order.pk).update(status=OrderStatus.SERVED)
    order.status = OrderStatus.SERVED
    write_step(order, "calendar", OrderStatus.OVERDUE, by=None, on=on, opinion=MOVED)
    withdraw_review(order, reason=f"{MOVED}至{order.due_on}", on=on)
    for removal in removals_of(order):
        if removal.cause == RemovalCause.OVERDUE:
            revoke(removal, reason=f"{MOVED}至{order.due_on}", by=None, on=on)
    catch_up(order, on=on)


def _deadline(row: dict[str, Any]) -> Deadline:
    added = []
    if row["extension__status"] == ExtensionStatus.GRANTED:
        added.append((row["extension__due_before"], row["extension__days"], _kind(row)))
    if row["hold__days"]:
        added.append((row["hold__due_before"], row["hold__days"], Kind.WORKING))
    begun = row["new__due_after"]
    then = tuple(Stretch(*one) for one in sorted(added) if begun is None or one[0] >= begun)
    start, days, kind = row["start_on"], row["days"], Kind(row["day_kind"])
    if begun is not None:
        start, days, kind = row["new__done_on"], row["new__new_days"], _kind(row)
    elif row["form"] == DeadlineForm.FIXED:
        start, days, kind = row["fixed_on"], 0, Kind.CALENDAR
    return Deadline(row["pk"], row["entity__name"], start, days, kind, row["due_on"], then)


def _kind(row: dict[str, Any]) -> Kind:
    """Return how the days of an extension are counted: as those of the time that it extends."""
    if row["new__due_after"] is not None:
        return Kind(row["new__new_day_kind"])
    return Kind.CALENDAR if row["form"] == DeadlineForm.FIXED else Kind(row["day_kind"])


class RecheckDeadlines:
    """Until when orders that were reported on are to be rechecked."""

    title = "责令改正的复查期限"

    def running(self, since: date) -> Iterator[Deadline]:
        days_of = cache(recheck_days)
        rows = Order.objects.for_system(WHY).filter(
            status=OrderStatus.REPORTED, recheck_due_on__gte=since
        )
        names = ("pk", "entity__name", "reported_on", "recheck_due_on")
        for pk, name, start, due_on in rows.order_by("pk").values_list(*names).iterator():
            yield Deadline(pk, name, start, days_of(start), Kind.WORKING, due_on)

    def move(self, keys: Sequence[int], due_on: date, on: date) -> int:
        rows = Order.objects.for_system(WHY).filter(
            status=OrderStatus.REPORTED, recheck_due_on__lt=due_on
        )
        return rows.filter(pk__in=_locked(rows, keys)).update(recheck_due_on=due_on)


class CaseDeadlines:
    """Until when it is to be decided whether cases are filed, extensions included (readings 11)."""

    title = "决定是否立案的期限"

    def running(self, since: date) -> Iterator[Deadline]:
        rows = Case.objects.for_system(WHY).filter(decision=CaseDecision.OPEN, due_on__gte=since)
        names = ("pk", "violation__entity__name", "begun_on", "days", "extension_days", "due_on")
        for pk, name, start, days, more, due_on in rows.order_by("pk").values_list(*names):
            yield Deadline(pk, name, start, days + more, Kind.WORKING, due_on)

    def move(self, keys: Sequence[int], due_on: date, on: date) -> int:
        rows = Case.objects.for_system(WHY).filter(decision=CaseDecision.OPEN, due_on__lt=due_on)
        return rows.filter(pk__in=_locked(rows, keys)).update(due_on=due_on)


class ReviewDeadlines:
    """Until when entries of the review list are to be decided (readings 8)."""

    title = "复核清单的期限"

    def running(self, since: date) -> Iterator[Deadline]:
        rows = Review.objects.for_system(WHY).filter(outcome=ReviewOutcome.OPEN, due_on__gte=since)
        names = ("pk", "entity__name", "raised_on", "days", "due_on")
        for pk, name, start, days, due_on in rows.order_by("pk").values_list(*names):
            yield Deadline(pk, name, start, days, Kind.WORKING, due_on)

    def move(self, keys: Sequence[int], due_on: date, on: date) -> int:
        rows = Review.objects.for_system(WHY).filter(outcome=ReviewOutcome.OPEN, due_on__lt=due_on)
        return rows.filter(pk__in=_locked(rows, keys)).update(due_on=due_on)


def _locked(rows: Any, keys: Sequence[int]) -> list[int]:
    waiting = rows.filter(pk__in=keys).order_by("pk").select_for_update(no_key=True)
    return list(waiting.values_list("pk", flat=True))
