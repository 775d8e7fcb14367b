"""The scan of dates: what falls due, from which day, whatever the scan does and how often."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from entities.models import EntityStatus
from redline.choices import (
    OrderOrigin,
    OrderStatus,
    RemovalCause,
    ReviewCause,
    ServiceOutcome,
)
from redline.models import Order, OrderNotice, OrderStep, Removal, Review, Service
from redline.overdue import catch_up, follow_status, overdue, scan, tell_near
from tests.factories import make_entity
from tests.redline.factories import make_order, make_violation
from tests.redline.many import make_many
from tests.redline.ordering import make_people, sent
from tests.redline.outside import changes_of, days_outside, follow_ups_of

pytestmark = pytest.mark.django_db

SERVED = date(2026, 11, 24)
DUE = date(2026, 12, 9)
NEXT = date(2026, 12, 10)
LATE = date(2027, 1, 20)
ORDINARY = {"origin": OrderOrigin.ORDINARY}


@pytest.fixture
def people():
    return make_people()


def order_of(people, status=OrderStatus.SERVED, **columns):
    violation = columns.pop("violation", None) or make_violation(bureau=people.bureau)
    if columns.get("origin") != OrderOrigin.ORDINARY:
        columns.setdefault("item", people.item)
    return make_order(violation, status=status, served_on=SERVED, **columns)


def fresh(order):
    return Order.objects.for_system("test").get(pk=order.pk)


def steps_of(order):
    rows = OrderStep.objects.for_system("test").filter(order=order).order_by("pk")
    return list(rows.values_list("action", "source", "target", "on", "done_by"))


class TestScanning:
    def test_on_its_last_day_nothing_happens(self, people):
        order = order_of(people)
        assert scan(DUE).orders == 0
        assert (fresh(order).status, days_outside(order.entity)) == (OrderStatus.SERVED, [])

    @pytest.mark.parametrize("on", [NEXT, LATE])
    def test_it_is_out_from_the_day_after_whenever_it_was_found(self, people, on):
        order = order_of(people)
        found = scan(on)
        assert (found.orders, found.removals, found.reviews) == (1, 1, 0)
        assert fresh(order).status == OrderStatus.OVERDUE
        assert steps_of(order) == [("fall_due", "served", "overdue", on, None)]
        removal = Removal.objects.for_system("test").get(order=order)
        assert (removal.cause, removal.since, removal.made_on, removal.made_by) == (
            *(RemovalCause.OVERDUE, NEXT, on),
            None,
        )
        assert days_outside(order.entity) == [(NEXT, None)]
        assert changes_of(order.entity) == [(NEXT, "触线移出")]

    def test_an_ordinary_one_goes_to_the_review_list_and_nobody_out(self, people):
        order = order_of(people, **ORDINARY)
        found = scan(NEXT)
        assert (found.orders, found.removals, found.reviews) == (1, 0, 1)
        review = Review.objects.for_system("test").get()
        assert (review.order, review.cause, review.raised_on) == (
            *(order, ReviewCause.OVERDUE),
            NEXT,
        )
        assert fresh(order).status == OrderStatus.OVERDUE
        assert days_outside(order.entity) == []

    def test_a_second_scan_finds_nothing(self, people):
        order_of(people)
        order_of(people, **ORDINARY)
        scan(NEXT)
        again = scan(LATE)
        assert (again.orders, again.removals, again.reviews) == (0, 0, 0)
        assert OrderStep.objects.for_system("test").count() == 2

    def test_only_what_is_served_and_past_its_day_falls_due(self, people):
        others = [
            order_of(people, status)
            for status in OrderStatus
            if status not in (OrderStatus.SERVED, OrderStatus.OVERDUE)
        ]
        scan(LATE)
        assert [fresh(order).status for order in others] == [order.status for order in others]
        assert not Removal.objects.for_system("test").exists()

    def test_an_entity_with_two_orders_is_out_once(self, people):
        entity = make_entity(bureau=people.bureau)
        orders = [
            order_of(people, violation=make_violation(entity), due_on=day) for day in (DUE, NEXT)
        ]
        scan(LATE)
        assert [fresh(order).status for order in orders] == [OrderStatus.OVERDUE] * 2
        assert Removal.objects.for_system("test").filter(entity=entity).count() == 2
        assert days_outside(entity) == [(NEXT, None)]

    def test_one_order_is_caught_up_as_a_scan_would(self, people):
        order = order_of(people)
        assert catch_up(order, on=DUE).status == OrderStatus.SERVED
        assert catch_up(order, on=LATE).status == OrderStatus.OVERDUE
        assert fresh(order).status == OrderStatus.OVERDUE
        assert days_outside(order.entity) == [(NEXT, None)]
        assert scan(LATE).orders == 0
        assert catch_up(order, on=LATE).status == OrderStatus.OVERDUE


class TestAtScale:
    OPEN, DUE_ONES = 3_000, 40

    def test_only_what_is_due_is_touched_in_statements_of_the_batch(self, people):
        make_many(self.OPEN, people.officer, due_on=LATE + timedelta(days=30))
        make_many(
            *(self.DUE_ONES, people.officer),
            due_on=DUE,
            item=people.item,
            approved_by=people.lead,
        )
        before = _versions()
        with CaptureQueriesContext(connection) as asked:
            found = scan(NEXT)
        touched = {pk for pk, version in _versions().items() if before[pk] != version}
        assert (found.orders, found.removals) == (self.DUE_ONES, self.DUE_ONES)
        assert touched == set(
            Order.objects.for_system("test").filter(due_on=DUE).values_list("pk", flat=True)
        )
        assert len(asked) <= 30, [one["sql"][:80] for one in asked]

    def test_many_cost_no_more_statements_than_few(self, people):
        made = {"item": people.item, "approved_by": people.lead}
        counts = []
        for number, day in ((2, DUE), (60, NEXT)):
            make_many(number, people.officer, due_on=day, **made)
            with CaptureQueriesContext(connection) as asked:
                assert scan(day + timedelta(days=1)).orders == number
            counts.append(len(asked))
        assert counts[0] == counts[1]

    def test_it_goes_batch_by_batch(self, people):
        make_many(25, people.officer, due_on=DUE)
        assert scan(NEXT, batch=10).orders == 25
        assert Review.objects.for_system("test").count() == 25

    def test_the_index_of_due_days_serves_it(self, people):
        order_of(people)
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
        plan = Order.objects.for_system("test").filter(overdue(NEXT)).explain()
        assert "order_by_due_day" in plan


def _versions():
    """Return the version of each order's row: who wrote it, and who locked it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, xmin::text, xmax::text, ctid::text FROM redline_order")
        return {row[0]: row[1:] for row in cursor.fetchall()}


class TestTelling:
    def test_three_working_days_before_once(self, people):
        order = order_of(people)  # due on a Wednesday: told on the Friday before
        assert tell_near(date(2026, 12, 3)) == 0
        assert tell_near(date(2026, 12, 4)) == 1
        assert tell_near(date(2026, 12, 4)) == 0
        assert tell_near(DUE) == 0
        (told,) = OrderNotice.objects.for_system("test").filter(order=order)
        assert (told.due_on, told.made_on) == (DUE, date(2026, 12, 4))

    def test_a_night_that_was_missed_is_made_up_for_until_the_last_day(self, people):
        order_of(people)
        assert tell_near(DUE) == 1

    def test_behind_the_last_day_nobody_is_told_that_it_is_near(self, people):
        order_of(people)
        assert tell_near(NEXT) == 0

    def test_a_new_last_day_is_told_of_again(self, people):
        order = order_of(people)
        tell_near(DUE)
        order.due_on = DUE + timedelta(days=5)
        order.save()
        assert tell_near(DUE + timedelta(days=5)) == 1

    def test_what_was_reported_or_is_overdue_is_not_told_of(self, people):
        for status in (OrderStatus.REPORTED, OrderStatus.OVERDUE, OrderStatus.MENDED):
            order_of(people, status)
        assert tell_near(DUE) == 0

    def test_over_a_holiday_it_is_told_earlier(self, people):
        order_of(people, due_on=date(2026, 10, 9))  # the Friday after National Day
        assert tell_near(date(2026, 9, 28)) == 0
        assert tell_near(date(2026, 9, 29)) == 1


def end(order, since, status="deregistered"):
    """Let the firm of an order end on a day."""
    rows = EntityStatus.objects.for_system("test").current().filter(entity=order.entity_id)
    rows.get().close(since)
    EntityStatus(entity=order.entity, status=status, since=since).save()


class TestFollowingStatus:
    ENDED = date(2026, 12, 1)

    def test_the_orders_of_a_firm_that_ended_are_closed_as_such(self, people):
        order = order_of(people)
        end(order, self.ENDED)
        assert follow_status([order.entity_id], self.ENDED) == 1
        found = fresh(order)
        assert (found.status, found.closed_on, found.mended_on) == (
            *(OrderStatus.ENDED, self.ENDED),
            None,
        )
        step = OrderStep.objects.for_system("test").get(order=order)
        assert (step.action, step.opinion, step.done_by) == (
            *("end", f"自{self.ENDED}起登记状态为注销"),
            None,
        )
        assert follow_status(None, LATE) == 0
        assert scan(LATE).orders == 0

    def test_everybody_is_looked_at_at_night(self, people):
        ended, living = order_of(people), order_of(people)
        end(ended, self.ENDED)
        assert follow_status(None, self.ENDED) == 1
        assert fresh(living).status == OrderStatus.SERVED

    def test_only_those_asked_for_are_looked_at(self, people):
        ended, other = order_of(people), order_of(people)
        end(ended, self.ENDED)
        assert follow_status([other.entity_id], self.ENDED) == 0

    @pytest.mark.parametrize("status", ["dormant", "liquidating"])
    def test_whoever_rests_or_is_wound_up_has_not_ended(self, people, status):
        order = order_of(people)
        end(order, self.ENDED, status)
        assert follow_status(None, self.ENDED) == 0

    def test_every_state_from_which_it_can_end(self, people):
        closed = {
            *(OrderStatus.APPROVED, OrderStatus.ISSUED, OrderStatus.SERVED),
            *(OrderStatus.REPORTED, OrderStatus.OVERDUE, OrderStatus.NOT_MENDED),
        }
        orders = {status: order_of(people, status) for status in OrderStatus}
        for order in orders.values():
            end(order, self.ENDED)
        assert follow_status(None, self.ENDED, batch=4) == len(closed)
        for status, order in orders.items():
            after = OrderStatus.ENDED if status in closed else status
            assert fresh(order).status == after, status

    def test_what_was_on_its_way_is_not_served_any_more(self, people):
        order = order_of(people, OrderStatus.ISSUED)
        service = sent(order)
        end(order, self.ENDED)
        follow_status(None, self.ENDED)
        found = Service.objects.for_system("test").get(pk=service.pk)
        assert (found.outcome, found.why_failed) == (ServiceOutcome.FAILED, "主体终止")

    @pytest.mark.parametrize("scanned", [True, False])
    def test_what_fell_due_before_its_end_stays_out(self, people, scanned):
        order = order_of(people)
        end(order, NEXT)
        if scanned:
            scan(LATE)
        follow_status(None, LATE)
        assert fresh(order).status == OrderStatus.ENDED
        assert days_outside(order.entity) == [(NEXT, None)]

    @pytest.mark.parametrize("scanned", [True, False])
    @pytest.mark.parametrize("since", [ENDED, DUE])
    def test_whoever_ended_by_the_last_day_was_never_overdue(self, people, scanned, since):
        order = order_of(people)
        end(order, since)
        if scanned:
            scan(LATE)
            assert days_outside(order.entity) == [(NEXT, None)]
        follow_status(None, LATE)
        assert fresh(order).status == OrderStatus.ENDED
        assert days_outside(order.entity) == []
        assert len(follow_ups_of(order.entity)) == int(scanned)
