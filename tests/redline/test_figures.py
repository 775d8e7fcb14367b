"""Figures of red lines: of a district, of every bureau with zeros, by month; as of days."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from redline.choices import CaseDecision, OrderOrigin, OrderStatus, RemovalCause, ReviewOutcome
from redline.figures import LIGHTS, city_figures, district_figures, months
from redline.models import Order
from redline.queries import light_is
from staff.models import Bureau
from staff.roles import Role
from tests.factories import make_bureau, make_user
from tests.redline.factories import (
    ON,
    make_case,
    make_item,
    make_order,
    make_touch,
    make_violation,
)
from tests.redline.figuring import make_removal, make_review

pytestmark = pytest.mark.django_db

SINCE, UNTIL = date(2026, 1, 1), date(2026, 12, 31)


@pytest.fixture
def bureau():
    return make_bureau()


@pytest.fixture
def item(bureau):
    return make_item(bureau, group="RL-2")


class TestDistrict:
    def test_nothing_is_zero_everywhere(self, bureau):
        found = district_figures(bureau, SINCE, UNTIL, ON)
        assert found.is_empty
        assert set(found.touches) == {f"RL-{n}" for n in range(1, 10)}
        assert set(found.lights) == set(LIGHTS)

    @pytest.mark.parametrize(
        ("day", "counted"),
        [
            (date(2026, 2, 28), 0),
            (date(2026, 3, 1), 1),
            (date(2026, 3, 31), 1),
            (date(2026, 4, 1), 0),
        ],
    )
    def test_both_ends_of_the_period_count(self, bureau, item, day, counted):
        make_touch(make_violation(bureau=bureau), item, on=day)
        make_touch(make_violation(bureau=bureau), item, confirmed=False)
        make_removal(make_violation(bureau=bureau), since=day)
        make_order(
            make_violation(bureau=bureau), status=OrderStatus.MENDED, item=item, mended_on=day
        )
        found = district_figures(bureau, date(2026, 3, 1), date(2026, 3, 31), ON)
        assert (found.touches["RL-2"], found.taken_out, found.mended) == (counted,) * 3

    def test_mended_in_time_is_of_red_lines(self, bureau, item):
        for status in (OrderStatus.MENDED, OrderStatus.MENDED_LATE, OrderStatus.REFERRED):
            for origin in OrderOrigin:
                make_order(
                    make_violation(bureau=bureau),
                    status=status,
                    origin=origin,
                    item=item,
                    mended_on=ON,
                )
        found = district_figures(bureau, SINCE, UNTIL, ON)
        assert (found.mended, found.mended_late) == (1, 1)

    def test_removed_by_cause_without_what_was_revoked(self, bureau):
        make_removal(make_violation(bureau=bureau))
        back = make_removal(make_violation(bureau=bureau), cause=RemovalCause.AT_TOUCH)
        back.returned_on = ON + timedelta(days=1)
        back.save()
        make_removal(make_violation(bureau=bureau), revoked_at=timezone.now(), revoked_on=ON)
        found = district_figures(bureau, SINCE, UNTIL, ON)
        assert (found.removed["overdue"], found.removed["touch"], found.taken_out) == (1, 1, 2)
        assert (found.revoked, found.returned) == (1, 1)
        assert district_figures(bureau, SINCE, ON, ON).returned == 0

    @pytest.mark.parametrize(
        ("on", "light"),
        [
            (date(2026, 12, 3), "green"),
            (date(2026, 12, 4), "amber"),
            (date(2026, 12, 9), "amber"),
            (date(2026, 12, 10), "red"),
        ],
    )
    def test_the_light_is_of_the_day(self, bureau, on, light):
        make_order(make_violation(bureau=bureau), status=OrderStatus.SERVED)
        found = district_figures(bureau, SINCE, UNTIL, on)
        assert found.lights == {name: int(name == light) for name in LIGHTS}

    def test_what_fell_due_is_red_and_what_was_reported_waits_for_the_recheck(self, bureau, item):
        for status in (OrderStatus.OVERDUE, OrderStatus.NOT_MENDED, OrderStatus.REPORTED):
            make_order(make_violation(bureau=bureau), status=status, item=item)
        found = district_figures(bureau, SINCE, UNTIL, ON)
        assert (found.rechecks, found.rechecks_late) == (1, 0)
        found = district_figures(bureau, SINCE, UNTIL, date(2027, 1, 31))
        assert (found.lights["red"], found.rechecks, found.rechecks_late) == (3, 1, 1)

    def test_reviews_and_cases_with_those_past_their_day(self, bureau):
        late, soon = ON - timedelta(days=1), ON
        for due_on in (late, soon):
            make_case(make_violation(bureau=bureau), due_on=due_on)
            make_review(make_violation(bureau=bureau), due_on)
        make_case(make_violation(bureau=bureau), due_on=late, decision=CaseDecision.NOT_FILED)
        make_review(make_violation(bureau=bureau), late, outcome=ReviewOutcome.KEPT)
        found = district_figures(bureau, SINCE, UNTIL, ON)
        assert (found.reviews, found.reviews_late) == (2, 1)
        assert (found.cases, found.cases_late) == (2, 1)

    def test_another_bureau_s_are_not_counted(self, bureau):
        other = make_order(status=OrderStatus.SERVED)
        make_case(other.violation)
        make_removal(other.violation)
        assert district_figures(bureau, SINCE, UNTIL, ON).is_empty


class TestCity:
    def test_every_bureau_in_office_stands_there_with_zero(self, bureau):
        gone, holding = make_bureau(until=SINCE), make_bureau(until=SINCE)
        make_order(make_violation(bureau=holding), status=OrderStatus.SERVED)
        city = make_user(Role.MUNICIPAL_OFFICER)
        lines = {row.bureau: row for row in city_figures(city, SINCE, UNTIL, ON)}
        assert lines[bureau].is_empty
        assert gone not in lines
        assert lines[holding].lights["green"] == 1
        assert not any(row.kind == Bureau.Kind.CITY for row in lines)

    def test_a_district_sees_itself_alone(self, bureau):
        make_touch()
        make_touch(make_violation(bureau=bureau))
        (line,) = city_figures(make_user(bureau=bureau), SINCE, UNTIL, ON)
        assert (line.bureau, line.touched) == (bureau, 1)

    def test_the_lines_are_those_of_each_district(self, bureau, item):
        for status in OrderStatus:
            make_order(make_violation(bureau=bureau), status=status, item=item)
        city = make_user(Role.MUNICIPAL_OFFICER)
        lines = {row.bureau: row for row in city_figures(city, SINCE, UNTIL, ON)}
        assert lines[bureau] == district_figures(bureau, SINCE, UNTIL, ON)

    def test_in_few_queries_whatever_the_number_of_bureaus(self, django_assert_max_num_queries):
        city = make_user(Role.MUNICIPAL_OFFICER)
        for _ in range(4):
            make_order(status=OrderStatus.SERVED)
        city_figures(city, SINCE, UNTIL, ON)
        with django_assert_max_num_queries(16):
            city_figures(city, SINCE, UNTIL, ON)


def test_an_order_has_one_light(bureau, item):
    for status in OrderStatus:
        make_order(make_violation(bureau=bureau), status=status, item=item)
    rows = Order.objects.for_system("test")
    keys = [set(rows.filter(light_is(name, ON)).values_list("pk", flat=True)) for name in LIGHTS]
    assert sum(len(found) for found in keys) == len(set().union(*keys))


def test_months_with_those_without_anything(bureau, item):
    make_touch(make_violation(bureau=bureau), item, on=date(2025, 12, 31))
    make_touch(make_violation(bureau=bureau), item, on=date(2026, 2, 1))
    make_removal(make_violation(bureau=bureau), since=date(2026, 2, 28))
    make_order(
        *(make_violation(bureau=bureau),),
        status=OrderStatus.MENDED_LATE,
        item=item,
        mended_on=date(2026, 1, 5),
    )
    found = months([bureau], date(2025, 12, 15), date(2026, 2, 28))
    assert [(m.month, m.touched, m.mended, m.mended_late, m.removed) for m in found] == [
        (date(2025, 12, 1), 1, 0, 0, 0),
        (date(2026, 1, 1), 0, 0, 1, 0),
        (date(2026, 2, 1), 1, 0, 0, 1),
    ]
