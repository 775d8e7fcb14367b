"""Working days of China's calendar: holidays and make-up days as the State Council publishes them.

The calendar of a year is published in the autumn before. For a year without one Monday to Friday
stand provisionally, so that no deadline ever fails for want of a calendar.
"""

from __future__ import annotations

from datetime import date, timedelta

import chinese_calendar

SATURDAY = 5
ONE_DAY = timedelta(days=1)


def is_working_day(day: date) -> bool:
    """Return whether offices work on a day, make-up Saturdays and Sundays included."""
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return day.weekday() < SATURDAY


def working_day_from(day: date) -> date:
    """Return the day itself or, where it is none, the next working day (readings 13)."""
    while not is_working_day(day):
        day += ONE_DAY
    return day


def add_working_days(start: date, number: int) -> date:
    """Return the ``number``-th working day after ``start``; the start day is not counted.

    With 0 it is the start day, moved on to a working day. Raises ValueError for a negative number.
    """
    if number < 0:
        raise ValueError("add_working_days counts forwards only.")
    day = start if number else working_day_from(start)
    for _ in range(number):
        day = working_day_from(day + ONE_DAY)
    return day
