"""Working days: deadlines are dates, computed from facts by one function (architecture 14)."""

from __future__ import annotations

from datetime import date, timedelta

import chinese_calendar


def is_working_day(day: date) -> bool:
    """Say whether people work on a day, 调休 included.

    Years whose holidays are not published yet count Monday to Friday, which can only bring a
    deadline forward by the holidays still to be announced.
    """
    try:
        return chinese_calendar.is_workday(day)
    except NotImplementedError:
        return day.weekday() < 5


def add_working_days(day: date, number: int) -> date:
    """Return the ``number``-th working day after ``day``, which itself is not counted."""
    while number > 0:
        day += timedelta(days=1)
        if is_working_day(day):
            number -= 1
    return day
