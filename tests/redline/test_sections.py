"""The entity's page: violations, orders and removals of a day and an instant, by whose they are."""

from datetime import datetime, timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from desk.sections import SECTIONS
from membership.sections import ledger
from redline.choices import OrderStatus, RemovalCause
from redline.drafting import write_step
from redline.models import Order, Touch, Violation
from redline.removals import derive_spans, remove, revoke
from redline.sections import events, orders, removals, violations
from staff.roles import Role
from tests.factories import make_bureau, make_entity, make_unit, make_user
from tests.redline.factories import make_order, make_touch, make_violation

pytestmark = pytest.mark.django_db

TODAY = timezone.localdate()
YESTERDAY = TODAY - timedelta(days=1)
LONG_AGO = TODAY - timedelta(days=40)


@pytest.fixture
def bureau():
    return make_bureau()


@pytest.fixture
def viewer(bureau):
    return make_user(bureau=bureau)


@pytest.fixture
def entity(bureau):
    return make_entity(bureau=bureau)


def lines(section):
    return section.context["lines"]


def instant(day):
    return timezone.make_aware(datetime.combine(day, datetime.min.time()))


class TestViolations:
    def test_found_by_the_day_the_newest_first(self, entity, viewer):
        old = make_violation(entity, acted=LONG_AGO)
        new = make_violation(entity, acted=YESTERDAY)
        assert [line.violation for line in lines(violations(entity, TODAY, None, viewer))] == [
            new,
            old,
        ]
        then = violations(entity, YESTERDAY - timedelta(days=1), None, viewer)
        assert [line.violation for line in lines(then)] == [old]
        assert then.count == 1
        assert violations in SECTIONS

    def test_what_was_not_recorded_by_an_instant_is_not_known(self, entity, viewer):
        make_violation(entity, acted=LONG_AGO)
        assert violations(entity, LONG_AGO, instant(YESTERDAY), viewer).count == 0

    def test_the_state_is_that_of_the_day(self, entity, viewer):
        violation = make_violation(entity, acted=LONG_AGO)
        touch = make_touch(violation, on=YESTERDAY)
        Touch.plain.filter(pk=touch.pk).update(judged_at=instant(LONG_AGO + timedelta(days=5)))
        for day, status, seen in (
            (TODAY, "touched", True),
            (YESTERDAY, "touched", True),
            (YESTERDAY - timedelta(days=1), "judged", False),
            (LONG_AGO, "open", False),
        ):
            (line,) = lines(violations(entity, day, None, viewer))
            assert (line.status, bool(line.touch), line.of_today) == (status, seen, False)

    def test_what_was_approved_later_was_not_known(self, entity, viewer):
        violation = make_violation(entity, acted=LONG_AGO)
        make_touch(violation, on=YESTERDAY)
        Violation.plain.filter(pk=violation.pk).update(recorded_at=instant(LONG_AGO))
        (line,) = lines(violations(entity, TODAY, instant(TODAY), viewer))
        assert (line.status, line.touch) == ("open", None)

    def test_a_state_that_has_no_instant_is_said_to_be_today_s(self, entity, viewer):
        violation = make_violation(entity, acted=LONG_AGO)
        Violation.plain.filter(pk=violation.pk).update(status="ordinary", why_no_touch="无")
        (line,) = lines(violations(entity, YESTERDAY, None, viewer))
        assert (line.status, line.of_today) == ("ordinary", True)
        (line,) = lines(violations(entity, TODAY, None, viewer))
        assert (line.label, line.of_today) == ("一般违法", False)

    def test_what_waits_opens_the_section(self, entity, viewer):
        make_violation(entity)
        assert violations(entity, TODAY, None, viewer).waiting


def begun(entity, by, *, status, on):
    """An order with its first step on a day, as the drafting writes it."""
    order = make_order(make_violation(entity), status=OrderStatus.DRAFT)
    write_step(order, "begin", "", by=by, on=on)
    order.status = status
    order.served_on = order.due_on = on
    order.save()
    return order


class TestOrders:
    def test_each_as_it_stood(self, entity, viewer):
        order = begun(entity, viewer, status="submitted", on=LONG_AGO)
        write_step(order, "submit", "draft", by=viewer, on=YESTERDAY)
        states = [
            [line.label for line in lines(orders(entity, day, None, viewer))]
            for day in (TODAY, YESTERDAY, LONG_AGO, LONG_AGO - timedelta(days=1))
        ]
        assert states == [["待审批"], ["待审批"], ["草稿"], []]
        assert orders in SECTIONS

    def test_what_was_not_recorded_by_an_instant_is_not_known(self, entity, viewer):
        order = begun(entity, viewer, status="submitted", on=LONG_AGO)
        before = timezone.now()
        write_step(order, "submit", "draft", by=viewer, on=YESTERDAY)
        (line,) = lines(orders(entity, TODAY, before, viewer))
        assert (line.label, line.is_open) == ("草稿", True)
        assert orders(entity, TODAY, instant(TODAY), viewer).count == 0

    def test_another_bureau_s_work_is_not_shown(self, entity, viewer):
        other = make_bureau()
        theirs = make_user(bureau=other)
        order = make_order(make_violation(entity, bureau=other, by=theirs))
        write_step(order, "begin", "", by=theirs, on=TODAY)
        assert orders(entity, TODAY, None, viewer).count == 0
        assert violations(entity, TODAY, None, viewer).count == 0
        city = make_user(Role.MUNICIPAL_OFFICER)
        assert orders(entity, TODAY, None, city).count == 1
        assert orders(entity, TODAY, None, theirs).count == 1

    def test_what_is_closed_does_not_wait(self, entity, viewer):
        begun(entity, viewer, status="served", on=TODAY)
        assert orders(entity, TODAY, None, viewer).waiting
        Order.plain.update(status="mended")
        assert not orders(entity, TODAY, None, viewer).waiting
        assert orders(entity, TODAY, None, viewer).count == 1


@pytest.fixture
def removal(entity, viewer):
    """Out since yesterday, by an order that fell due."""
    order = make_order(make_violation(entity), status=OrderStatus.OVERDUE)
    with transaction.atomic():
        return remove(
            order.violation,
            RemovalCause.OVERDUE,
            since=YESTERDAY,
            order=order,
            by=viewer,
            on=TODAY,
        )


def let_back(removal, by):
    removal.returned_on, removal.returned_by, removal.return_reason = TODAY, by, "已改正"
    removal.save()
    with transaction.atomic():
        derive_spans([removal.entity_id], cause="test", by=by)


class TestRemovals:
    def test_a_standing_one_holds_from_its_day(self, entity, viewer, removal):
        (line,) = lines(removals(entity, TODAY, None, viewer))
        assert (line.row.since, line.holds, line.removal) == (YESTERDAY, True, removal)
        assert line.row.order_number == removal.order.number.text
        before = YESTERDAY - timedelta(days=1)
        assert removals(entity, before, None, viewer).count == 0
        assert removals(entity, TODAY, instant(TODAY), viewer).count == 0

    def test_as_known_before_it_was_revoked(self, entity, viewer, removal):
        before = timezone.now()
        with transaction.atomic():
            revoke(removal, reason="报告按时交寄", by=viewer, on=TODAY)
        now, then = removals(entity, TODAY, None, viewer), removals(entity, TODAY, before, viewer)
        assert (lines(now), now.context["revoked"]) == ([], [removal])
        assert ([line.holds for line in lines(then)], then.context["revoked"]) == ([True], [])

    def test_that_somebody_is_outside_is_told_to_whoever_sees_the_entity(self, entity, removal):
        stranger = make_user(Role.UNIT_OFFICER, unit=make_unit(["food_drug"]))
        (line,) = lines(removals(entity, TODAY, None, stranger))
        assert (line.removal, line.row.cause) == (None, "overdue")


class TestLedger:
    def test_removal_and_return_stand_there_without_any_ground(self, entity, viewer, removal):
        let_back(removal, viewer)
        shown = lines(ledger(entity, TODAY, None, viewer))
        assert [(line.label, line.day) for line in shown] == [
            ("重新移入", TODAY),
            ("触线移出", YESTERDAY),
        ]
        assert shown[0].text == "已改正"
        assert removal.order_number in shown[1].text

    def test_as_known_before_the_return(self, entity, viewer, removal):
        before = timezone.now()
        let_back(removal, viewer)
        assert [line.label for line in events(entity, before, viewer)] == ["触线移出"]

    def test_who_stays_outside_by_another_removal_is_not_back(self, entity, viewer, removal):
        other = make_violation(entity)
        with transaction.atomic():
            remove(other, RemovalCause.PENALTY, since=YESTERDAY, by=viewer, on=TODAY)
        let_back(removal, viewer)
        assert [line.label for line in events(entity, None, viewer)] == ["触线移出"] * 2

    def test_a_revoked_one_is_told(self, entity, viewer, removal):
        with transaction.atomic():
            revoke(removal, reason="报告按时交寄", by=viewer, on=TODAY)
        out, line = events(entity, None, viewer)
        assert (out.label, out.day, line.label, line.day) == (
            "触线移出",
            YESTERDAY,
            "撤销移出",
            TODAY,
        )
        assert "已撤销" in out.text
        assert "报告按时交寄" in line.text
        stranger = make_user(Role.UNIT_OFFICER, unit=make_unit(["food_drug"]))
        _, line = events(entity, None, stranger)
        assert "报告按时交寄" not in line.text
