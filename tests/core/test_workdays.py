from datetime import date

import pytest

from core.workdays import add_working_days, is_working_day, working_day_from


def test_make_up_days_are_worked_and_holidays_are_not():
    assert is_working_day(date(2026, 1, 4))  # a Sunday worked for New Year
    assert not is_working_day(date(2026, 1, 2))  # a Friday off


def test_a_year_without_calendar_never_raises():
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
def test_the_start_day_is_not_counted(start, number, due):
    assert add_working_days(start, number) == due


def test_a_holiday_moves_on_to_the_next_working_day():
    assert working_day_from(date(2026, 10, 1)) == date(2026, 10, 8)


def test_days_are_counted_forwards_only():
    with pytest.raises(ValueError, match="forwards"):
        add_working_days(date(2026, 3, 2), -1)
