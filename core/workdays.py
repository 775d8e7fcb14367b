"""Working days and due days by the calendar that stands in the database.

The calendar is kept in the memory of each process under its version, the keys of the years in
force. Whether it is still the newest is asked once a second at most, so that a list asks once;
what stores a deadline calls ``hold_calendar`` first, and then neither a second nor a calendar that
is being loaded lies between.
"""

from __future__ import annotations

import time
from datetime import date, datetime
from typing import NamedTuple

from django.db import connection, transaction

from core.due_days import Calendar, DueDay, Kind, Special
from core.models import CalendarYear

__all__ = (
    *("Calendar", "DueDay", "Kind", "add_working_days", "calendar", "change_calendar", "due_day"),
    *("forget", "hold_calendar", "is_working_day", "working_day_from"),
)

LOCK = 73_2024_03
"""Transaction lock: shared by whoever stores a deadline, held alone by a loading of a calendar."""

FRESH = 1.0  # seconds

Version = tuple[tuple[int, datetime], ...]


class Kept(NamedTuple):
    """A calendar, the keys and instants of its years, and when it was last seen to be in force."""

    version: Version
    calendar: Calendar
    seen_at: float


_kept: Kept | None = None


def calendar() -> Calendar:
    """Return the calendar in force, at most a second old."""
    global _kept  # the memory of this process
    kept, now = _kept, time.monotonic()
    if kept is None:
        kept = _load(now)
    elif not kept.seen_at <= now < kept.seen_at + FRESH:
        current = CalendarYear.objects.filter(superseded_at=None).order_by("id")
        same = tuple(current.values_list("id", "recorded_at")) == kept.version
        kept = kept._replace(seen_at=now) if same else _load(now)
    _kept = kept
    return kept.calendar


def _load(now: float) -> Kept:
    """Read all years with their days in one statement."""
    rows = CalendarYear.objects.filter(superseded_at=None).order_by("year")
    version: dict[int, datetime] = {}
    years: dict[int, dict[date, Special]] = {}
    names = ("days__day", "days__is_working", "days__name")
    for key, year, recorded_at, day, is_working, name in rows.values_list(
        "id", "year", "recorded_at", *names
    ):
        version[key] = recorded_at
        days = years.setdefault(year, {})
        if day is not None:
            days[day] = Special(is_working, name)
    return Kept(tuple(sorted(version.items())), Calendar(years), now)


def forget() -> None:
    """Read the calendar anew when it is next asked for."""
    global _kept  # the memory of this process
    _kept = None


def hold_calendar() -> Calendar:
    """Return the calendar in force and let none be loaded until this transaction ends.

    For what stores a deadline: a calendar loaded later meets the stored row and recomputes it.
    """
    _take("SELECT pg_advisory_xact_lock_shared(%s)")
    return _anew()


def change_calendar() -> Calendar:
    """Wait until nobody stores a deadline by the old calendar, and keep others from it.

    Until the transaction ends; then every process reads anew. Returns the calendar before.
    """
    _take("SELECT pg_advisory_xact_lock(%s)")
    transaction.on_commit(forget)
    return _anew()


def _anew() -> Calendar:
    global _kept  # the memory of this process
    if _kept is not None:
        _kept = _kept._replace(seen_at=time.monotonic() - FRESH)
    return calendar()


def _take(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, [LOCK])


def is_working_day(day: date) -> bool:
    """Return whether offices work on a day, make-up Saturdays and Sundays included."""
    return calendar().is_working_day(day)


def working_day_from(day: date) -> date:
    """Return the day itself or, where it is none, the next working day (readings 13)."""
    return calendar().working_day_from(day)


def add_working_days(start: date, number: int) -> date:
    """Return the ``number``-th working day after ``start``; the start day is not counted.

    With 0 it is the start day, moved on to a working day. Raises ValueError for a negative number.
    """
    return calendar().add_working_days(start, number)


def due_day(start: date, days: int, kind: Kind | str) -> DueDay:
    """Return the last day of a deadline of so many working or calendar days (readings 13).

    Raises ValueError for days below 0 and an unknown kind.
    """
    return calendar().due_day(start, days, kind)
