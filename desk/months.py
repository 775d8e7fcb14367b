"""A year of the working-day calendar as a printed one: twelve months of weeks from Monday on."""

from __future__ import annotations

import calendar as months
from dataclasses import dataclass
from datetime import date

from core.arrangements import REST, WORK, spans
from core.due_days import MAKE_UP, WEEKDAYS, Calendar, Special, said_day


@dataclass(frozen=True)
class Cell:
    """One day: ``sort`` is working, weekend, holiday or made_up; ``mark`` says 休 or 班."""

    day: date
    sort: str
    mark: str
    title: str
    is_today: bool


@dataclass(frozen=True)
class Month:
    """One month: weeks of seven cells, None outside the month; what its special days are."""

    label: str
    weeks: list[list[Cell | None]]
    working: int
    notes: list[str]
    provisional: bool


def months_of(year: int, calendar: Calendar, today: date) -> list[Month]:
    return [_month(year, number, calendar, today) for number in range(1, 13)]


def _month(year: int, number: int, calendar: Calendar, today: date) -> Month:
    weeks = [
        [_cell(day, calendar, today) if day.month == number else None for day in week]
        for week in months.Calendar().monthdatescalendar(year, number)
    ]
    special = {
        day: said
        for day, said in calendar.special.items()
        if (day.year, day.month) == (year, number)
    }
    cells = [cell for week in weeks for cell in week if cell]
    return Month(
        label=f"{number}月",
        weeks=weeks,
        working=sum(calendar.is_working_day(cell.day) for cell in cells),
        notes=[_note(span.first, span.last, span.special) for span in spans(special)],
        provisional=year not in calendar.years,
    )


def _cell(day: date, calendar: Calendar, today: date) -> Cell:
    found = calendar.special.get(day)
    working = calendar.is_working_day(day)
    if found:
        sort, mark = ("made_up", WORK) if working else ("holiday", REST)
    else:
        sort, mark = ("working" if working else "weekend"), ""
    why = found.name if found else ("工作日" if working else calendar.why_not(day))
    return Cell(day, sort, mark, f"{said_day(day)} {why}", day == today)


def _note(first: date, last: date, special: Special) -> str:
    """Write 1日至3日 元旦休, 4日 上班（调休上班）."""
    days = f"{first.day}日" if first == last else f"{first.day}日至{last.day}日"
    if not special.is_working:
        return f"{days} {special.name}{REST}"
    return f"{days} {special.name if special.name == MAKE_UP else f'{special.name}上班'}"


WEEK = list(WEEKDAYS)
"""The heads of the columns."""
