"""Working days over holidays, exchanged weekends and years without a calendar."""

from datetime import date

from core.workdays import add_working_days, is_working_day


def test_the_first_day_is_not_counted():
    assert add_working_days(date(2026, 3, 2), 1) == date(2026, 3, 3)


def test_a_weekend_is_passed_over():
    assert add_working_days(date(2026, 3, 6), 1) == date(2026, 3, 9)


def test_national_day_is_passed_over():
    assert add_working_days(date(2025, 9, 30), 1) == date(2025, 10, 9)


def test_an_exchanged_sunday_is_worked():
    assert is_working_day(date(2025, 9, 28))


def test_a_year_without_published_holidays_counts_weekdays():
    assert add_working_days(date(2031, 1, 3), 1) == date(2031, 1, 6)
