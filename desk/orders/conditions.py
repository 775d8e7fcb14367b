"""What the address of the list of orders asks for; it is kept by every page and every action."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q
from django.http import QueryDict

from core.scope import ScopedQuerySet
from desk.newest import key_of
from entities.models import Entity
from entities.search import Way, search
from redline.choices import ItemGroup, OrderOrigin, OrderStatus
from redline.figures import mended_in
from redline.queries import (
    LIGHTS,
    light_is,
    orders_done_by,
    orders_for,
    orders_started_by,
    orders_waiting_for,
)
from redline.workflow import OPEN
from staff.models import User

TABS = {"mine": "我的待办", "done": "我的已办", "started": "我发起的", "all": "全部"}
GROUPS = {"open": "办理中", "closed": "已办结"}
"""What may be asked for instead of a single state."""

WITHIN = (0, 3, 7, 15, 30)
"""The choices of 届满: within so many days from today on."""

MOST_DAYS = 366
MOST_TEXT = 100


@dataclass(frozen=True)
class Conditions:
    """What is asked for; whatever the address names that does not exist counts as not asked.

    ``status`` is a state, ``open`` or ``closed``; ``due``: due within so many days; ``day``: due on
    that day; ``entity``: the key of an entity; ``text``: a name, a code or a number of an order.
    Figures ask by ``mended_since`` and ``mended_until``: the days, both counted, on which a recheck
    found it corrected.
    """

    tab: str = ""
    status: str = ""
    origin: str = ""
    light: str = ""
    group: str = ""
    due: int | None = None
    day: date | None = None
    bureau: int | None = None
    entity: int | None = None
    mended_since: date | None = None
    mended_until: date | None = None
    text: str = ""

    @property
    def any(self) -> bool:
        return replace(self, tab="") != Conditions()

    @property
    def query(self) -> str:
        """The conditions as they stand in an address, the tab first."""
        values = ((one.name, getattr(self, one.name)) for one in fields(self))
        return urlencode({name: value for name, value in values if value not in ("", None)})


def conditions_of(query: QueryDict, first: str = "all") -> Conditions:
    """Read the conditions from an address; ``first`` is the tab where it names none."""
    return Conditions(
        tab=_one_of(TABS, query.get("tab")) or first,
        status=_one_of({**GROUPS, **dict(OrderStatus.choices)}, query.get("status")),
        origin=_one_of(dict(OrderOrigin.choices), query.get("origin")),
        light=_one_of(LIGHTS, query.get("light")),
        group=_one_of(dict(ItemGroup.choices), query.get("group")),
        due=_days(query.get("due")),
        day=day_of(query.get("day")),
        bureau=key_of(query.get("bureau")),
        entity=key_of(query.get("entity")),
        mended_since=day_of(query.get("mended_since")),
        mended_until=day_of(query.get("mended_until")),
        text=query.get("text", "").strip()[:MOST_TEXT],
    )


def orders_asked(viewer: User, asked: Conditions, on: date) -> ScopedQuerySet:
    """Return the orders that the viewer may see and the conditions leave."""
    rows = _of_tab(viewer, asked.tab, on).filter(_plain(asked, on))
    if asked.light:
        rows = rows.filter(light_is(asked.light, on))
    if asked.text:
        found, understood = search(Entity.objects.all(), asked.text)
        named = Q() if understood.way == Way.NOTHING else Q(entity__in=found.values("pk"))
        rows = rows.filter(named | Q(number__text__icontains=asked.text))
    return rows


def _of_tab(viewer: User, tab: str, on: date) -> ScopedQuerySet:
    if tab == "mine":
        return orders_waiting_for(viewer, on)
    if tab == "done":
        return orders_done_by(viewer)
    return orders_started_by(viewer) if tab == "started" else orders_for(viewer)


def _plain(asked: Conditions, on: date) -> Q:
    """Return the conditions that are columns."""
    wanted = _of_status(asked.status)
    if asked.origin:
        wanted &= Q(origin=asked.origin)
    if asked.group:
        wanted &= Q(touch__item__group=asked.group)
    if asked.due is not None:
        last = on + timedelta(days=asked.due)
        wanted &= Q(status=OrderStatus.SERVED, due_on__range=(on, last))
    if asked.day:
        wanted &= Q(status=OrderStatus.SERVED, due_on=asked.day)
    if asked.bureau:
        wanted &= Q(bureau=asked.bureau)
    if asked.entity:
        wanted &= Q(entity=asked.entity)
    return wanted & mended_in(asked.mended_since, asked.mended_until)


def _of_status(status: str) -> Q:
    if status == "open":
        return Q(status__in=sorted(OPEN))
    if status == "closed":
        return ~Q(status__in=sorted(OPEN))
    return Q(status=status) if status else Q()


def _one_of(known: Any, text: str | None) -> str:
    return text if text and text in known else ""


def _days(text: str | None) -> int | None:
    number = key_of(text)
    return number if number is not None and number <= MOST_DAYS else None


def day_of(text: str | None) -> date | None:
    """Return a day that an address names; anything else counts as not given."""
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None
