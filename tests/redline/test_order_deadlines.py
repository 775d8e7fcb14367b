"""Until when an order is to be obeyed: rest days, unpublished years, lights, new calendars."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.deadlines import Deadline, Stretch, later
from core.due_days import Calendar, Kind, Special
from core.workdays import calendar
from desk.calendars import Arrangement, load_year, preview
from redline.choices import OrderStatus, RecheckFinding, RemovalCause, ServiceWay
from redline.deadlines import is_provisional, light, lights, unserved_too_long
from redline.models import Order, Review
from redline.overdue import scan
from redline.recomputed import OrderDeadlines
from tests.redline.factories import make_case, make_order
from tests.redline.ordering import (
    ON,
    do,
    fixed,
    fresh,
    issued,
    make_people,
    removals_of,
    sent,
    served,
    steps_of,
)

DAY = timedelta(days=1)
S = OrderStatus
NEW_YEAR = {date(2027, 1, day): Special(False, "元旦") for day in (1, 2, 3)}
WANTED = Arrangement(2027, "国办发明电〔试〕2号", NEW_YEAR)


@pytest.fixture
def people(db):
    return make_people()


def relative(days, kind="calendar"):
    return {"days": days, "day_kind": kind}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("start", "columns", "due_on"),
    [
        (date(2026, 11, 24), relative(15), date(2026, 12, 9)),
        (date(2026, 11, 20), relative(1), date(2026, 11, 23)),  # a Saturday
        (date(2026, 11, 20), relative(15), date(2026, 12, 7)),
        (date(2026, 11, 21), relative(1, "working"), date(2026, 11, 23)),
        (date(2026, 11, 20), relative(5, "working"), date(2026, 11, 27)),
        (date(2026, 9, 5), relative(15), date(2026, 9, 20)),  # a Sunday that is worked
        (date(2026, 9, 10), relative(15), date(2026, 9, 28)),  # 中秋节 and a weekend
        (date(2026, 9, 16), relative(15), date(2026, 10, 8)),  # the first day of 国庆节
        (date(2026, 9, 22), relative(15), date(2026, 10, 8)),  # the last one
        (date(2026, 9, 23), relative(15), date(2026, 10, 8)),
        (date(2026, 9, 25), relative(15), date(2026, 10, 10)),  # a Saturday that is worked
        (date(2026, 9, 26), relative(15), date(2026, 10, 12)),
        (date(2026, 9, 18), relative(1, "working"), date(2026, 9, 20)),
        (date(2026, 9, 24), relative(5, "working"), date(2026, 10, 9)),
        (date(2026, 9, 30), relative(3, "working"), date(2026, 10, 10)),
        (date(2026, 9, 30), relative(4, "working"), date(2026, 10, 12)),
        (date(2026, 12, 16), relative(15), date(2026, 12, 31)),
        (date(2026, 9, 1), fixed(date(2026, 9, 29)), date(2026, 9, 29)),
        (date(2026, 9, 1), fixed(date(2026, 10, 1)), date(2026, 10, 8)),
        (date(2026, 9, 1), fixed(date(2026, 10, 10)), date(2026, 10, 10)),
    ],
)
def test_the_due_day(people, start, columns, due_on):
    order = served(people, start, **columns)
    assert (order.start_on, order.due_on, order.due_provisional) == (start, due_on, False)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("start", "columns", "due_on"),
    [
        (date(2026, 12, 17), relative(15), date(2027, 1, 1)),
        (date(2026, 12, 18), relative(15), date(2027, 1, 4)),
        (date(2026, 12, 24), relative(7, "working"), date(2027, 1, 4)),
        (date(2026, 12, 24), fixed(date(2027, 1, 2)), date(2027, 1, 4)),
    ],
)
def test_an_unpublished_year_is_provisional(people, start, columns, due_on):
    order = served(people, start, **columns)
    assert (order.due_on, order.due_provisional, is_provisional(order)) == (due_on, True, True)
    load(people)
    assert not is_provisional(fresh(order))


@pytest.mark.django_db
def test_extension_hold_and_new_time_over_the_national_day(people):
    start = date(2026, 9, 8)
    order = served(people, start)
    assert order.due_on == date(2026, 9, 23)
    do(order, "ask_extension", people.officer, start, days=15)
    assert do(order, "decide_extension", people.lead, start).due_on == date(2026, 10, 8)
    assert do(order, "hold", people.officer, start, days=3).due_on == date(2026, 10, 12)
    other = do(served(people, start), "report", people.officer, date(2026, 9, 23))
    said = {"finding": RecheckFinding.PARTLY, "new_days": 7}
    other = do(other, "recheck", people.officer, date(2026, 9, 24), **said)
    assert other.due_on == date(2026, 10, 8)


def load(people, wanted=WANTED, on=date(2026, 12, 30), replacing=0):
    return load_year(wanted, replacing=replacing, by=people.city, on=on)


@pytest.mark.django_db
class TestLoadingACalendar:
    def test_it_moves_what_runs_into_the_year_and_says_so_before(self, people):
        moving, staying = served(people, date(2026, 12, 17)), served(people, date(2026, 12, 16))
        shown = preview(WANTED).effects[1]
        assert (shown.title, shown.moved) == ("责令改正的改正期限", 1)
        assert shown.some[0].deadline.label == moving.entity.name
        assert fresh(moving).due_on == date(2027, 1, 1)
        load(people)
        assert (fresh(moving).due_on, fresh(moving).due_provisional) == (date(2027, 1, 4), False)
        assert fresh(staying).due_on == date(2026, 12, 31)
        assert len(steps_of(moving)) == len(steps_of(staying))

    def test_it_never_shortens(self, people):
        order = served(people, date(2026, 12, 18))
        worked = {date(2027, 1, 2): Special(True, "调休上班")}
        load(people, Arrangement(2027, "文号", worked))
        assert fresh(order).due_on == date(2027, 1, 4)

    def test_extension_and_hold_move_with_what_they_were_added_to(self, people):
        start = date(2026, 12, 17)
        extended = served(people, start)
        do(extended, "ask_extension", people.officer, start, days=15)
        assert do(extended, "decide_extension", people.lead, start).due_on == date(2027, 1, 18)
        held = do(served(people, start), "hold", people.officer, start, days=5)
        assert held.due_on == date(2027, 1, 8)
        load(people)
        assert fresh(extended).due_on == date(2027, 1, 19)
        assert fresh(held).due_on == date(2027, 1, 11)

    def test_a_new_time_moves_from_its_own_beginning(self, people):
        order = do(served(people, date(2026, 12, 3)), "report", people.officer, date(2026, 12, 18))
        said = {"finding": RecheckFinding.PARTLY, "new_days": 7, "new_day_kind": "working"}
        order = do(order, "recheck", people.officer, date(2026, 12, 24), **said)
        assert order.due_on == date(2027, 1, 4)
        load(people)
        assert fresh(order).due_on == date(2027, 1, 5)

    def test_the_recheck_s_day_moves(self, people):
        order = do(served(people, date(2026, 12, 17)), "report", people.officer, date(2026, 12, 24))
        assert order.recheck_due_on == date(2027, 1, 7)
        load(people)
        assert fresh(order).recheck_due_on == date(2027, 1, 8)

    def test_cases_and_reviews_move(self, people):
        case = make_case(on=date(2026, 12, 24), due_on=date(2027, 1, 14))
        order = served(people, date(2026, 11, 30), ordinary=True)
        scan(date(2026, 12, 16))
        review = Review.objects.for_system("test").get(order=order)
        assert review.due_on == date(2027, 1, 6)
        load(people)
        case.refresh_from_db()
        review.refresh_from_db()
        assert (case.due_on, review.due_on) == (date(2027, 1, 15), date(2027, 1, 7))

    def test_who_fell_due_by_a_holiday_did_not(self, people):
        order, other = served(people, date(2026, 12, 17)), served(people, date(2026, 12, 10))
        scan(date(2027, 1, 2))
        assert {fresh(one).status for one in (order, other)} == {S.OVERDUE}
        load(people, on=date(2027, 1, 3))
        assert (fresh(order).status, fresh(order).due_on) == (S.SERVED, date(2027, 1, 4))
        assert steps_of(order)[-1] == ("calendar", "overdue", "served")
        (removal,) = removals_of(order)
        assert "顺延至2027-01-04" in removal.revoke_reason
        assert fresh(other).status == S.OVERDUE
        assert [one.revoked_at for one in removals_of(other)] == [None]

    def test_loaded_too_late_it_is_overdue_from_the_right_day(self, people):
        order = served(people, date(2026, 12, 17))
        scan(date(2027, 1, 2))
        load(people, on=date(2027, 1, 6))
        assert fresh(order).status == S.OVERDUE
        standing = [one for one in removals_of(order) if one.revoked_at is None]
        assert [(one.cause, one.since) for one in standing] == [
            (RemovalCause.OVERDUE, date(2027, 1, 5))
        ]

    def test_what_is_stored_is_what_its_parts_give(self, people):
        start, dues = date(2026, 9, 8), {}
        for number, names in enumerate(("", "e", "h", "eh", "he")):
            kind = ("calendar", "working")[number % 2]
            order = served(people, start, **relative(6, kind))
            do(order, "ask_extension", people.officer, start, days=4)
            for name in names:
                if name == "e":
                    do(order, "decide_extension", people.lead, start)
                else:
                    do(order, "hold", people.officer, start, days=9)
            dues[order.pk] = fresh(order).due_on
        order = served(people, start, **fixed(date(2026, 10, 3)))
        dues[order.pk] = order.due_on
        sort, empty = OrderDeadlines(), Calendar({})
        assert later(sort, empty, calendar()) == []
        Order.objects.for_system("test").filter(pk__in=dues).update(due_on=start)
        moves = {move.deadline.key: move.due_on for move in later(sort, empty, calendar())}
        assert moves == dues


@pytest.mark.django_db
class TestLights:
    @pytest.mark.parametrize(
        ("on", "colour", "days", "text"),
        [
            (date(2026, 12, 3), "green", 4, "还有4个工作日"),
            (date(2026, 12, 4), "amber", 3, "还有3个工作日"),
            (date(2026, 12, 6), "amber", 3, "还有3个工作日"),
            (date(2026, 12, 9), "amber", 0, "今天届满"),
            (date(2026, 12, 10), "red", 1, "逾期1天"),
            (date(2026, 12, 14), "red", 5, "逾期5天"),
        ],
    )
    @pytest.mark.parametrize("scanned", [True, False])
    def test_of_a_running_order(self, on, colour, days, text, scanned):
        order = make_order(status=S.SERVED)
        if scanned:
            scan(on)
        shown = light(fresh(order), on)
        assert (shown.colour, shown.days, shown.text) == (colour, days, text)
        assert shown.day == date(2026, 12, 9)

    @pytest.mark.parametrize(
        ("on", "colour", "text"),
        [
            (date(2026, 12, 17), "green", "复查还有4个工作日"),
            (date(2026, 12, 18), "amber", "复查还有3个工作日"),
            (date(2026, 12, 23), "amber", "复查今天届满"),
            (date(2026, 12, 25), "red", "复查逾期2天"),
        ],
    )
    def test_of_a_reported_one_by_the_recheck(self, on, colour, text):
        order = make_order(status=S.REPORTED)
        assert (light(order, on).colour, light(order, on).text) == (colour, text)

    @pytest.mark.parametrize(
        ("on", "colour", "text"),
        [
            (ON, "amber", "今天签发，待送达"),
            (date(2026, 12, 3), "amber", "签发9天未送达"),
            (date(2026, 12, 4), "red", "签发10天未送达"),
        ],
    )
    def test_of_an_issued_one_that_is_not_served(self, on, colour, text):
        order = make_order(status=S.ISSUED)
        assert (light(order, on).colour, light(order, on).text) == (colour, text)

    def test_a_public_notice_that_runs_is_no_delay(self):
        order = make_order(status=S.ISSUED)
        sent(order, way=ServiceWay.PUBLIC)
        assert light(order, date(2026, 12, 20)).colour == "amber"

    def test_a_fixed_date_that_has_come_is_red(self, people):
        order = issued(people, **fixed(date(2026, 11, 26)))
        assert light(order, date(2026, 11, 25)).colour == "amber"
        shown = light(order, date(2026, 11, 26))
        assert (shown.colour, shown.text) == ("red", "固定日期已到，须重新制发")

    def test_of_one_found_not_corrected(self):
        shown = light(make_order(status=S.NOT_MENDED), date(2026, 12, 12))
        assert (shown.colour, shown.days, shown.text) == ("red", 3, "复查未改正")

    @pytest.mark.parametrize("status", [S.DRAFT, S.SUBMITTED, S.APPROVED, S.MENDED, S.VOID])
    def test_of_others_there_is_none(self, status):
        assert light(make_order(status=status), ON).colour == "none"

    def test_many_ask_no_more_than_one(self, django_assert_num_queries):
        orders = [make_order(status=status) for status in (S.ISSUED, S.SERVED, S.REPORTED) * 2]
        calendar()
        with django_assert_num_queries(3):  # limits twice, those unserved too long
            assert len(lights(orders, ON)) == len(orders)
        assert lights([], ON) == {}

    def test_the_condition_and_the_light_agree(self):
        order = make_order(status=S.ISSUED, served_on=date(2026, 9, 30))
        rows = Order.objects.for_system("test").filter(pk=order.pk)
        for number in range(20):
            on = date(2026, 9, 30) + DAY * number
            assert rows.filter(unserved_too_long(on)).exists() == (on > date(2026, 10, 15))
            assert (light(order, on).colour == "red") == (on > date(2026, 10, 15))


DATES = st.dates(date(2026, 1, 1), date(2027, 12, 1))
KINDS = st.sampled_from(Kind)
ADDED = st.lists(st.tuples(st.integers(1, 30), KINDS), max_size=2)
SPECIAL = st.dictionaries(
    st.dates(date(2027, 1, 1), date(2027, 3, 31)),
    st.booleans().map(lambda worked: Special(worked, "试验")),
    max_size=40,
)
PUBLISHED = {
    2026: {date(2026, 10, day): Special(False, "国庆节") for day in range(1, 8)}
    | {date(2026, 10, 10): Special(True, "调休上班")}
}


class Kept:
    """Deadlines in memory."""

    title = "试验"

    def __init__(self, *kept):
        self.kept = kept

    def running(self, since):
        return [one for one in self.kept if one.due_on >= since]

    def move(self, keys, due_on, on):
        raise NotImplementedError


def stored(by, start, days, kind, added):
    """Return a deadline as it is stored, day by day, under a calendar."""
    due_on, then = by.due_day(start, days, kind).due_on, []
    for more, of in added:
        then.append(Stretch(due_on, more, of))
        due_on = by.due_day(due_on, more, of).due_on
    return Deadline(1, "试验", start, days, kind, due_on, tuple(then))


@given(DATES, st.integers(1, 180), KINDS, ADDED, SPECIAL)
def test_a_new_year_s_calendar_moves_on_and_never_back(start, days, kind, added, special):
    before = Calendar(PUBLISHED)
    after = before.with_year(2027, special)
    one = stored(before, start, days, kind, added)
    moved = later(Kept(one), before, after)
    due_on = moved[0].due_on if moved else one.due_on
    assert due_on >= one.due_on
    if moved:
        assert after.is_working_day(due_on)
    then = Deadline(1, "试验", start, days, kind, due_on, one.then)
    assert later(Kept(then), before, after) == []


@given(DATES, st.integers(1, 180), KINDS, ADDED)
def test_under_one_calendar_nothing_moves(start, days, kind, added):
    by = Calendar(PUBLISHED)
    one = stored(by, start, days, kind, added)
    assert by.is_working_day(one.due_on)
    assert one.due_on > start
    assert later(Kept(one), Calendar({}), by) == []


@given(DATES, st.integers(1, 179), KINDS)
def test_a_longer_time_never_ends_earlier(start, days, kind):
    by = Calendar(PUBLISHED)
    longer = by.due_day(start, days + 1, kind).due_on
    assert by.due_day(start, days, kind).due_on <= longer
    assert by.due_day(start, days, Kind.WORKING).due_on >= by.due_day(start, days, kind).due_on
