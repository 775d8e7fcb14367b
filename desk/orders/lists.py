"""The list of orders: tabs and lights with their numbers, and what stands on each line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Q

from core.due_days import ONE_DAY, said_day
from core.workdays import calendar
from desk.orders.conditions import TABS, Conditions, orders_asked
from desk.paging import Count as Counted
from desk.paging import capped
from entities.models import Entity
from redline.choices import ExtensionStatus, OrderStatus
from redline.deadlines import Light, lights
from redline.models import Extension, Order
from redline.queries import LIGHTS, light_is, orders_for
from redline.workflow import ORDER_STEPS, order_steps
from staff.models import Bureau, User
from staff.permissions import may

Status = OrderStatus
RELATED = (
    *("entity", "bureau", "officer", "number", "touch__item"),
    *("submitted_by", "approved_by"),
)
TONES = {"red": "danger", "amber": "warning", "green": "success", "none": "secondary"}
BULK = ("approve", "issue")
"""The steps that several orders may take at once."""

NEXT: dict[str, str] = {
    Status.DRAFT: "提交审批",
    Status.SUBMITTED: "负责人批准",
    Status.APPROVED: "签发",
    Status.ISSUED: "送达",
    Status.SERVED: "等待改正",
    Status.REPORTED: "复查",
    Status.OVERDUE: "转立案查处或复查",
    Status.NOT_MENDED: "转立案查处或复查",
}
WEEKS = 4


@dataclass(frozen=True)
class Line:
    """An order on the list; ``bulk`` names the steps that it may take together with others."""

    order: Order
    light: Light
    tone: str
    entity_open: bool
    next: str
    bulk: Sequence[str]


@dataclass(frozen=True)
class Tab:
    key: str
    label: str
    count: Counted


def first_tab(viewer: User) -> str:
    """Return the tab that the list opens with: the to-dos of whoever works on orders."""
    return "mine" if may(viewer, "order.handle") else "all"


def tabs_of(viewer: User, asked: Conditions, on: date) -> list[Tab]:
    """Return the tabs with how many orders the other conditions leave in each."""
    shown = TABS if may(viewer, "order.handle") else {"all": TABS["all"]}
    return [
        Tab(key, label, capped(orders_asked(viewer, replace(asked, tab=key), on)))
        for key, label in shown.items()
    ]


def lights_of(viewer: User, asked: Conditions, on: date) -> list[tuple[str, str, str, int]]:
    """Return (light, label, tone, number) of what the other conditions leave."""
    rows = orders_asked(viewer, replace(asked, light=""), on).order_by()
    found = rows.aggregate(
        **{name: Count("pk", filter=light_is(name, on), distinct=True) for name in LIGHTS}
    )
    return [(name, label, TONES[name], found[name]) for name, label in LIGHTS.items()]


def lines_of(found: Sequence[Order], viewer: User, on: date) -> list[Line]:
    """Return the lines of a page, in a few statements for any number of orders."""
    asked = Extension.objects.visible_to(viewer).filter(
        order__in=[one.pk for one in found], status=ExtensionStatus.ASKED
    )
    waiting = set(asked.values_list("order", flat=True))
    shown = lights(found, on)
    own = Entity.objects.visible_to(viewer).filter(pk__in=[one.entity_id for one in found])
    opened = set(own.values_list("pk", flat=True))
    return [
        Line(
            order=one,
            light=shown[one.pk],
            tone=TONES[shown[one.pk].colour],
            entity_open=one.entity_id in opened,
            next="决定延期" if one.pk in waiting else NEXT.get(one.status, ""),
            bulk=[step for step in order_steps(one, viewer) if step in BULK],
        )
        for one in found
    ]


def bureaus_of(viewer: User) -> Iterable[Bureau]:
    """Return the bureaus with orders, for the filter of whoever sees several."""
    if viewer.bureau_id is not None and not viewer.sees_city():
        return ()
    return Bureau.objects.filter(pk__in=orders_for(viewer).order_by().values("bureau"))


@dataclass(frozen=True)
class Day:
    """A day of the calendar of due days; ``rest`` says why nobody works on it."""

    day: date
    number: int
    rest: str
    title: str
    query: str
    is_today: bool


def due_calendar(viewer: User, asked: Conditions, on: date) -> list[list[Day]]:
    """Return the four weeks from this Monday on with how many orders are due on each day."""
    first = on - timedelta(days=on.weekday())
    last = first + timedelta(weeks=WEEKS) - ONE_DAY
    plain = replace(asked, day=None, due=None, light="", status="")
    rows = orders_asked(viewer, plain, on).filter(Q(status=Status.SERVED, due_on__range=(on, last)))
    due = rows.order_by().values_list("due_on").annotate(number=Count("pk", distinct=True))
    found: dict[date, int] = dict(due)
    days = [first + timedelta(days=number) for number in range(7 * WEEKS)]
    cells = [_day(day, found.get(day, 0), replace(plain, day=day), on) for day in days]
    return [cells[begin : begin + 7] for begin in range(0, len(cells), 7)]


def _day(day: date, number: int, asked: Conditions, on: date) -> Day:
    rest = calendar().why_not(day)
    said = f"{said_day(day)}{rest} {number:,}件届满" if number else f"{said_day(day)}{rest}"
    return Day(day, number, rest, said, asked.query, day == on)


def said_of(asked: Conditions, viewer: User) -> list[tuple[str, Any]]:
    """Return the conditions that have no field of their own on the page: (name, in words)."""
    found: list[tuple[str, Any]] = []
    if asked.entity:
        name = orders_for(viewer).filter(entity=asked.entity).values_list("entity__name", flat=True)
        found.append(("entity", f"主体：{name.first() or '（没有责令改正）'}"))
    if asked.day:
        found.append(("day", f"{asked.day}届满"))
    if asked.mended_since or asked.mended_until:
        days = f"{asked.mended_since or ''}至{asked.mended_until or '今'}"
        found.append(("mended", f"改正确认日{days}"))
    return found


def bulk_label(step: str) -> str:
    return f"批量{ORDER_STEPS[step].label}"
