"""Working days and due days, from a calendar that is handed in: nothing is read here.

The first day is not counted, and a last day that is a day of rest moves on to the next working day
(民事诉讼法第85条, readings 13). Working days leave out days of rest (行政处罚法第85条). For a year
whose calendar is not published Monday to Friday stand provisionally, so that no deadline ever fails
for want of a calendar.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from functools import cached_property

SATURDAY = 5
ONE_DAY = timedelta(days=1)
WEEKEND = "周末"
MAKE_UP = "调休上班"
WEEKDAYS = "一二三四五六日"
BASIS = "民事诉讼法第85条、行政处罚法第85条、政策理解第13条"


class Kind(StrEnum):
    """How days are counted."""

    WORKING = "working"
    CALENDAR = "calendar"

    @property
    def label(self) -> str:
        return {"working": "工作日", "calendar": "日历日"}[self.value]


@dataclass(frozen=True)
class Special:
    """A day that is not what its weekday says: a holiday, or a weekend that is worked."""

    is_working: bool
    name: str


@dataclass(frozen=True)
class Skipped:
    """A day that did not count, or on which the last day could not lie, and why."""

    day: date
    why: str


@dataclass(frozen=True)
class DueDay:
    """The last day of a deadline and how it was found.

    ``skipped``: of working days each day of rest in between, of calendar days those at the end
    over which the last day moved. ``provisional``: a day of a year without a calendar decided.
    """

    start: date
    days: int
    kind: Kind
    due_on: date
    skipped: tuple[Skipped, ...]
    provisional: bool

    def sentences(self) -> list[str]:
        """Say the due day, and whether it is provisional."""
        said = [
            f"自{said_day(self.start)}起{self.days}个{self.kind.label}"
            f"（起算日不计入），于{said_day(self.due_on)}届满。"
        ]
        if self.provisional:
            said.append(
                "涉及的年份尚未公布节假日安排，暂按周一至周五为工作日推算；公布后以公布的为准。"
            )
        return said


@dataclass(frozen=True)
class Calendar:
    """The special days of the years that are published, by year.

    A special day may lie in a year that is not published itself: the arrangement of a year also
    moves last days of the December before.
    """

    years: Mapping[int, Mapping[date, Special]] = field(default_factory=dict)

    @cached_property
    def special(self) -> dict[date, Special]:
        """The special days of all years; a later year's word on a day stands."""
        return {day: said for year in sorted(self.years) for day, said in self.years[year].items()}

    def with_year(self, year: int, days: Mapping[date, Special]) -> Calendar:
        """Return this calendar with another arrangement of one year."""
        return Calendar({**self.years, year: days})

    def changed(self, other: Calendar) -> list[date]:
        """Return in order the days that are worked by one of the two calendars only."""
        days = self.special.keys() | other.special.keys()
        return sorted(d for d in days if self.is_working_day(d) != other.is_working_day(d))

    def is_working_day(self, day: date) -> bool:
        """Return whether offices work on a day, make-up Saturdays and Sundays included."""
        found = self.special.get(day)
        return found.is_working if found else day.weekday() < SATURDAY

    def why_not(self, day: date) -> str:
        """Return why a day is no working day; an empty string where it is one."""
        if self.is_working_day(day):
            return ""
        found = self.special.get(day)
        return found.name if found else WEEKEND

    def is_provisional(self, day: date) -> bool:
        """Return whether nothing published says what a day is."""
        return day.year not in self.years and day not in self.special

    def working_day_from(self, day: date) -> date:
        """Return the day itself or, where it is none, the next working day (readings 13)."""
        while not self.is_working_day(day):
            day += ONE_DAY
        return day

    def add_working_days(self, start: date, number: int) -> date:
        """Return the ``number``-th working day after ``start``; the start day is not counted.

        With 0 it is the start day, moved on to a working day. Raises ValueError below 0.
        """
        if number < 0:
            raise ValueError("add_working_days counts forwards only.")
        day = start if number else self.working_day_from(start)
        for _ in range(number):
            day = self.working_day_from(day + ONE_DAY)
        return day

    def due_day(self, start: date, days: int, kind: Kind | str) -> DueDay:
        """Return the last day of a deadline of so many days that begins with ``start``.

        Raises ValueError for days below 0 and an unknown kind.
        """
        kind = Kind(kind)
        if days < 0:
            raise ValueError("A deadline counts forwards only.")
        if kind == Kind.WORKING:
            due_on, first = self.add_working_days(start, days), start + ONE_DAY
            first = first if days else start
        else:
            first = start + timedelta(days=days)
            due_on = self.working_day_from(first)
        looked = list(_days(first, due_on))
        skipped = [Skipped(day, why) for day in looked if (why := self.why_not(day))]
        provisional = any(self.is_provisional(day) for day in looked)
        return DueDay(start, days, kind, due_on, tuple(skipped), provisional)


def _days(first: date, last: date) -> Iterator[date]:
    """Give the days from the first to the last, both included."""
    for number in range((last - first).days + 1):
        yield first + timedelta(days=number)


def said_day(day: date) -> str:
    """Write a day with its weekday: 2026-10-08（周四）."""
    return f"{day}（周{WEEKDAYS[day.weekday()]}）"
