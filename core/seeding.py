"""Puts the calendars that the product ships into the database: the years of `chinesecalendar`."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from importlib.metadata import version

from chinese_calendar import constants
from django.db import transaction

from core.due_days import MAKE_UP, Special
from core.models import CalendarYear, SpecialDay
from core.workdays import change_calendar, forget

NAMES = {
    "元旦": "元旦",
    "春节": "春节",
    "清明": "清明节",
    "劳动节": "劳动节",
    "端午": "端午节",
    "国庆节": "国庆节",
    "中秋": "中秋节",
    "中国人民抗日战争暨世界反法西斯战争胜利70周年纪念日": "抗战胜利70周年纪念日",
}
"""The names that `chinesecalendar` gives holidays, and those that staff read."""


@transaction.atomic
def seed() -> list[int]:
    """Publish the years that have no calendar yet; return them.

    A year that staff loaded, also one that they superseded, is left as it is.
    """
    present = set(CalendarYear.objects.values_list("year", flat=True))
    missing = {year: days for year, days in shipped().items() if year not in present}
    if not missing:
        return []
    change_calendar()
    source = f"随系统附带（chinesecalendar {version('chinesecalendar')}）"
    for year, days in sorted(missing.items()):
        row = CalendarYear.objects.create(year=year, source=source)
        SpecialDay.objects.bulk_create(
            SpecialDay(calendar=row, day=day, is_working=said.is_working, name=said.name)
            for day, said in sorted(days.items())
        )
    forget()
    return sorted(missing)


def shipped() -> dict[int, dict[date, Special]]:
    """Return by year the days that are not what their weekday says."""
    chinese = {holiday.value: holiday.chinese for holiday in constants.Holiday}
    found: dict[int, dict[date, Special]] = defaultdict(dict)
    for day, name in constants.holidays.items():
        found[day.year][day] = Special(False, NAMES.get(chinese[name], chinese[name]))
    for day in constants.workdays:
        found[day.year][day] = Special(True, MAKE_UP)
    return found
