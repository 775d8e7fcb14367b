"""Working days and due days: a table of cases, invariants, and how often the database is asked."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import workdays
from core.due_days import MAKE_UP, WEEKEND, Calendar, Kind, Special
from core.models import CalendarYear, SpecialDay
from core.seeding import seed, shipped
from core.workdays import (
    add_working_days,
    calendar,
    due_day,
    forget,
    hold_calendar,
    is_working_day,
    working_day_from,
)

SHIPPED = Calendar(shipped())
NATIONAL = [f"2026-10-0{n} 国庆节" for n in range(1, 8)]


@pytest.mark.django_db
class TestStored:
    def test_make_up_days_are_worked_and_holidays_are_not(self):
        assert is_working_day(date(2026, 1, 4))  # a Sunday worked for New Year
        assert not is_working_day(date(2026, 1, 2))  # a Friday off

    def test_a_year_without_calendar_never_raises(self):
        assert add_working_days(date(2026, 12, 25), 10) == date(2027, 1, 8)
        assert not is_working_day(date(2031, 3, 1))  # a Saturday

    @pytest.mark.parametrize(
        ("start", "number", "due"),
        [
            (date(2026, 3, 2), 0, date(2026, 3, 2)),
            (date(2026, 3, 1), 0, date(2026, 3, 2)),
            (date(2026, 3, 2), 1, date(2026, 3, 3)),
            (date(2026, 3, 6), 1, date(2026, 3, 9)),
            (date(2026, 9, 30), 1, date(2026, 10, 8)),
        ],
    )
    def test_the_start_day_is_not_counted(self, start, number, due):
        assert add_working_days(start, number) == due

    def test_a_holiday_moves_on_to_the_next_working_day(self):
        assert working_day_from(date(2026, 10, 1)) == date(2026, 10, 8)

    def test_days_are_counted_forwards_only(self):
        for count in (add_working_days, lambda *a: due_day(*a, Kind.CALENDAR)):
            with pytest.raises(ValueError, match="forwards"):
                count(date(2026, 3, 2), -1)

    def test_an_unknown_kind_is_an_error(self):
        with pytest.raises(ValueError, match="workdays"):
            due_day(date(2026, 3, 2), 1, "workdays")


CASES = [
    # start, days, kind, due, skipped, provisional
    ("2026-03-02", 5, "working", "2026-03-09", ["2026-03-07 周末", "2026-03-08 周末"], False),
    ("2026-03-02", 0, "working", "2026-03-02", [], False),
    ("2026-03-07", 0, "working", "2026-03-09", ["2026-03-07 周末", "2026-03-08 周末"], False),
    ("2026-03-07", 1, "working", "2026-03-09", ["2026-03-08 周末"], False),
    ("2026-09-28", 3, "working", "2026-10-08", NATIONAL, False),
    # Saturday the 10th is worked for National Day
    ("2026-10-08", 2, "working", "2026-10-10", [], False),
    ("2026-10-09", 2, "working", "2026-10-12", ["2026-10-11 周末"], False),
    # Sunday the 20th of September is worked, the 25th is Mid-autumn
    ("2026-09-18", 1, "working", "2026-09-20", ["2026-09-19 周末"], False),
    ("2026-09-24", 1, "working", "2026-09-28",
     ["2026-09-25 中秋节", "2026-09-26 中秋节", "2026-09-27 中秋节"], False),
    ("2026-03-02", 15, "calendar", "2026-03-17", [], False),
    ("2026-03-02", 5, "calendar", "2026-03-09", ["2026-03-07 周末", "2026-03-08 周末"], False),
    ("2026-03-02", 6, "calendar", "2026-03-09", ["2026-03-08 周末"], False),
    # the days of rest in between count; only the last day moves
    ("2026-09-16", 15, "calendar", "2026-10-08", NATIONAL, False),
    ("2026-09-25", 15, "calendar", "2026-10-10", [], False),
    ("2026-09-26", 15, "calendar", "2026-10-12", ["2026-10-11 周末"], False),
    ("2026-02-08", 7, "calendar", "2026-02-24",
     [f"2026-02-{n} 春节" for n in range(15, 24)], False),
    # from the end of 2026 into 2027, which nothing published tells of
    ("2026-12-24", 5, "working", "2026-12-31", ["2026-12-26 周末", "2026-12-27 周末"], False),
    ("2026-12-24", 6, "working", "2027-01-01", ["2026-12-26 周末", "2026-12-27 周末"], True),
    ("2026-12-30", 3, "working", "2027-01-04", ["2027-01-02 周末", "2027-01-03 周末"], True),
    ("2026-12-18", 13, "calendar", "2026-12-31", [], False),
    ("2026-12-18", 15, "calendar", "2027-01-04", ["2027-01-02 周末", "2027-01-03 周末"], True),
    ("2026-12-31", 30, "calendar", "2027-02-01", ["2027-01-30 周末", "2027-01-31 周末"], True),
    # over the end of a leap February
    ("2024-02-28", 2, "calendar", "2024-03-01", [], False),
]  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize(("start", "number", "kind", "due", "skipped", "provisional"), CASES)
def test_a_due_day_with_what_it_skipped(start, number, kind, due, skipped, provisional):
    found = due_day(date.fromisoformat(start), number, kind)
    assert found.due_on == date.fromisoformat(due)
    assert [f"{one.day} {one.why}" for one in found.skipped] == skipped
    assert found.provisional == provisional
    assert (len(found.sentences()) == 2) == provisional
    assert found == SHIPPED.due_day(date.fromisoformat(start), number, kind)


starts = st.dates(date(2025, 1, 1), date(2028, 12, 31))
numbers = st.integers(0, 400)
kinds = st.sampled_from(Kind)


class TestInvariants:
    @given(starts, numbers, numbers, kinds)
    def test_more_days_never_end_earlier(self, start, first, more, kind):
        sooner = SHIPPED.due_day(start, first, kind).due_on
        assert sooner <= SHIPPED.due_day(start, first + more, kind).due_on

    @given(starts, numbers, kinds)
    def test_a_later_start_never_ends_earlier(self, start, number, kind):
        before = SHIPPED.due_day(start, number, kind).due_on
        assert before <= SHIPPED.due_day(start + timedelta(days=1), number, kind).due_on

    @given(starts, numbers, kinds)
    def test_no_deadline_ends_on_a_day_of_rest(self, start, number, kind):
        found = SHIPPED.due_day(start, number, kind)
        assert SHIPPED.is_working_day(found.due_on)
        assert all(not SHIPPED.is_working_day(one.day) for one in found.skipped)
        assert all(start <= one.day < found.due_on for one in found.skipped)

    @given(starts, numbers)
    def test_working_days_and_skipped_days_make_up_the_whole(self, start, number):
        found = SHIPPED.due_day(start, number, Kind.WORKING)
        if number:
            assert (found.due_on - start).days == number + len(found.skipped)
        long = SHIPPED.due_day(start, number, Kind.CALENDAR)
        assert (long.due_on - start).days == number + len(long.skipped)

    @given(starts, numbers, kinds)
    def test_it_is_provisional_exactly_when_an_unpublished_year_decided(self, start, number, kind):
        found = SHIPPED.due_day(start, number, kind)
        ends_later = found.due_on.year not in SHIPPED.years
        assert ends_later or not found.provisional
        # another word on the unpublished year changes a deadline only if it said so
        first = date(2027, 1, 1)
        whole = (max(found.due_on, first) - first).days + 1
        off = {first + timedelta(days=n): Special(False, "假") for n in range(whole)}
        other = Calendar({2026: SHIPPED.special, 2030: off})
        assert found.provisional == (other.due_day(start, number, kind).due_on != found.due_on)


@pytest.mark.django_db
class TestKeeping:
    @pytest.fixture(autouse=True)
    def _no_second_passes(self, monkeypatch):
        monkeypatch.setattr(workdays, "FRESH", 60.0)

    def test_a_list_asks_once(self, django_assert_num_queries):
        with django_assert_num_queries(1):
            for number in range(200):
                add_working_days(date(2026, 11, 24), number)
                due_day(date(2026, 11, 24), number, Kind.CALENDAR)

    def test_after_a_while_only_the_version_is_asked(self, django_assert_num_queries, monkeypatch):
        kept = calendar()
        monkeypatch.setattr(workdays, "FRESH", 0.0)
        with django_assert_num_queries(1) as asked:
            assert calendar() is kept
        assert "specialday" not in asked[0]["sql"]

    def test_what_stores_a_deadline_reads_what_is_in_force(self, django_assert_num_queries):
        kept = calendar()
        row = CalendarYear.objects.create(year=2027, source="试验")
        SpecialDay.objects.create(calendar=row, day=date(2027, 1, 1), is_working=False, name="元旦")
        assert calendar() is kept
        with django_assert_num_queries(3):  # the lock, the version, the calendar
            held = hold_calendar()
        assert held.why_not(date(2027, 1, 1)) == "元旦"
        assert calendar() is held
        assert 2027 in held.years

    def test_a_later_year_s_word_on_a_december_day_stands(self):
        row = CalendarYear.objects.create(year=2027, source="试验")
        SpecialDay.objects.create(
            calendar=row, day=date(2026, 12, 31), is_working=False, name="元旦"
        )
        forget()
        assert due_day(date(2026, 12, 30), 1, Kind.WORKING).due_on == date(2027, 1, 1)


@pytest.mark.django_db
class TestSeeding:
    def test_the_calendar_shipped_is_in_force_and_no_more(self):
        assert calendar() == SHIPPED
        assert max(calendar().years) == 2026
        assert min(calendar().years) == 2004

    def test_seeding_again_changes_nothing(self, django_assert_num_queries):
        before = list(CalendarYear.objects.values())
        with django_assert_num_queries(3):
            assert seed() == []
        assert list(CalendarYear.objects.values()) == before

    def test_days_have_the_names_staff_know(self):
        names = set(SpecialDay.objects.values_list("name", flat=True))
        assert all(not name.isascii() for name in names)
        assert SpecialDay.objects.get(day=date(2026, 10, 10)).name == MAKE_UP
        assert SpecialDay.objects.get(day=date(2026, 6, 19)).name == "端午节"
        assert WEEKEND not in names
