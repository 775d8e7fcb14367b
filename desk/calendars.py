"""Loading the calendar of a year: what it would move, and the verb that moves it (readings 13)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.utils import timezone

import core.seeding
from core.arrangements import missing_festivals
from core.audit.context import because
from core.deadlines import Deadlines, Move, carry_out, later
from core.due_days import Calendar, Special
from core.errors import Refused
from core.models import CalendarYear, SpecialDay
from core.workdays import calendar, change_calendar, forget
from entities.actions.base import action, need
from entities.deadlines import ProposalDeadlines
from redline.recomputed import (
    CaseDeadlines,
    OrderDeadlines,
    RecheckDeadlines,
    ReviewDeadlines,
)
from staff.models import User
from staff.permissions import demand

CLAUSE = "readings 13"
RECOMPUTED: tuple[Deadlines, ...] = (
    ProposalDeadlines(),
    OrderDeadlines(),
    RecheckDeadlines(),
    CaseDeadlines(),
    ReviewDeadlines(),
)
"""The stored deadlines of all rooms; a room that stores due days adds its own here."""

FIRST_YEAR = 2004
AHEAD = 2
NAMED = 20


@dataclass(frozen=True)
class Arrangement:
    """The arrangement of one year as somebody means to load it."""

    year: int
    document: str
    days: Mapping[date, Special]


@dataclass(frozen=True)
class Effect:
    """What a loading does to one sort of deadlines; a few of those that move, for people to see."""

    title: str
    moved: int
    some: list[Move]


@dataclass(frozen=True)
class Preview:
    """What a loading would do: the calendar after it, days that change, deadlines that move."""

    after: Calendar
    replacing: int
    changed: list[date]
    missing: list[str]
    effects: list[Effect]


def current_of(year: int) -> CalendarYear | None:
    """Return the calendar of a year that is in force, or None where the year is provisional."""
    rows = CalendarYear.objects.select_related("recorded_by")
    return rows.filter(year=year, superseded_at=None).first()


def preview(wanted: Arrangement) -> Preview:
    """Return what loading would do; nothing is written."""
    before = calendar()
    after = before.with_year(wanted.year, wanted.days)
    standing = current_of(wanted.year)
    return Preview(
        after=after,
        replacing=standing.pk if standing else 0,
        changed=before.changed(after),
        missing=missing_festivals(wanted.days),
        effects=[_effect(sort, later(sort, before, after)) for sort in RECOMPUTED],
    )


@action
def load_year(
    wanted: Arrangement, *, replacing: int, by: User, on: date
) -> tuple[CalendarYear, list[Effect]]:
    """Publish the arrangement of a year in place of the one that was seen; move what it moves.

    ``replacing``: the key of the year's calendar in the preview, 0 where it had none.
    """
    demand(by, "calendar.keep")
    document = need(wanted.document, "公布该安排的通知的文号", CLAUSE)
    if not FIRST_YEAR <= wanted.year <= on.year + AHEAD:
        raise Refused(CLAUSE, f"年份应在{FIRST_YEAR}至{on.year + AHEAD}之间，请改正。")
    if not wanted.days:
        raise Refused(CLAUSE, "没有一个休假日或调休日，请按国务院办公厅的通知填写。")
    before = change_calendar()
    standing = current_of(wanted.year)
    if (standing.pk if standing else 0) != replacing:
        raise Refused(CLAUSE, f"{wanted.year}年的工作日历刚被他人更新，请重新预览后再载入。")
    if standing and before.years[wanted.year] == wanted.days and standing.document == document:
        raise Refused(CLAUSE, f"与现行的{wanted.year}年工作日历完全相同，无需再次载入。")
    because(f"载入{wanted.year}年工作日历（{document}）")
    row = _publish(wanted, document, standing, by)
    forget()
    return row, _recompute(before, before.with_year(wanted.year, wanted.days), on)


def _publish(
    wanted: Arrangement, document: str, standing: CalendarYear | None, by: User
) -> CalendarYear:
    now = timezone.now()
    if standing:
        rows = CalendarYear.objects.filter(pk=standing.pk, superseded_at=None)
        rows.update(superseded_at=now)
    row = CalendarYear.objects.create(
        year=wanted.year, document=document, source=by.name, recorded_by=by, recorded_at=now
    )
    SpecialDay.objects.bulk_create(
        SpecialDay(calendar=row, day=day, is_working=said.is_working, name=said.name)
        for day, said in wanted.days.items()
    )
    return row


def _recompute(before: Calendar, after: Calendar, on: date) -> list[Effect]:
    effects = []
    for sort in RECOMPUTED:
        moves = later(sort, before, after)
        carry_out(sort, moves, on)
        effects.append(_effect(sort, moves))
    return effects


def _effect(sort: Deadlines, moves: list[Move]) -> Effect:
    return Effect(sort.title, len(moves), moves[:NAMED])


@transaction.atomic
def seed(on: date | None = None) -> None:
    """Publish the years that the product ships and nobody loaded; move what they move."""
    before = calendar()
    if core.seeding.seed():
        _recompute(before, calendar(), on or timezone.localdate())
