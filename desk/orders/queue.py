"""The list of orders as a queue: its pages by key, and the order that comes after another one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q
from django.http import QueryDict

from core.scope import ScopedQuerySet
from desk.newest import key_of
from desk.orders.conditions import Conditions, orders_asked
from desk.paging import Count, capped
from redline.queries import by_pressing_day
from staff.models import User

SIZE = 50


@dataclass(frozen=True)
class Place:
    """Where an order stands in the list: the day that presses it, and its key."""

    day: date
    pk: int

    def __str__(self) -> str:
        return f"{self.day:%Y%m%d}-{self.pk}"

    @property
    def behind(self) -> Q:
        """The condition on rows with the column ``day`` that come after this place."""
        return Q(day__gt=self.day) | Q(day=self.day, pk__lt=self.pk)

    @property
    def before(self) -> Q:
        return Q(day__lt=self.day) | Q(day=self.day, pk__gt=self.pk)


def place_in(text: str | None) -> Place | None:
    """Return the place that an address names, such as ``20261009-17``; None for anything else."""
    day, _, key = (text or "").partition("-")
    pk = key_of(key)
    if len(day) != 8 or not (day.isascii() and day.isdigit()) or pk is None:
        return None
    try:
        return Place(date(int(day[:4]), int(day[4:6]), int(day[6:])), pk)
    except ValueError:
        return None


@dataclass(frozen=True)
class OrderPage:
    """The orders of one page of the list; ``after`` is where the next page begins, if any."""

    items: list[Any]
    after: Place | None
    is_first: bool


def page_of(rows: ScopedQuerySet, query: QueryDict, size: int = SIZE) -> OrderPage:
    """Read the orders behind the place ``after`` of the address, by the day that presses them."""
    begins = place_in(query.get("after"))
    rows = by_pressing_day(rows)
    if begins is not None:
        rows = rows.filter(begins.behind)
    found = list(rows[: size + 1])
    last = found[size - 1] if len(found) > size else None
    after = Place(last.day, last.pk) if last else None
    return OrderPage(found[:size], after, is_first=begins is None)


@dataclass(frozen=True)
class Standing:
    """An order among those of a filter: which come before and after it, and how many in all.

    ``place`` is None where the filter does not hold the order (any more).
    """

    place: Place | None
    previous: int | None
    following: int | None
    total: Count


def standing_of(pk: int, viewer: User, asked: Conditions, on: date) -> Standing:
    """Return where an order stands in the list that the conditions make."""
    rows = by_pressing_day(orders_asked(viewer, asked, on))
    total = capped(rows)
    own = rows.filter(pk=pk).values_list("day", "pk").first()
    if own is None:
        return Standing(None, None, next_key(rows, None), total)
    place = Place(*own)
    previous = rows.filter(place.before).reverse().values_list("pk", flat=True).first()
    return Standing(place, previous, next_key(rows, place), total)


def next_key(rows: ScopedQuerySet, place: Place | None) -> int | None:
    """Return the first order behind a place, or the very first one."""
    rows = rows if place is None else rows.filter(place.behind)
    return rows.values_list("pk", flat=True).first()


@dataclass(frozen=True)
class Next:
    """What comes after an order was worked: the next one, or how many were passed over."""

    pk: int | None
    left: int


def next_of(pk: int, place: Place | None, viewer: User, asked: Conditions, on: date) -> Next:
    """Return the order behind ``place``, where ``pk`` stood before it was worked."""
    rows = by_pressing_day(orders_asked(viewer, asked, on)).exclude(pk=pk)
    return Next(next_key(rows, place), rows.order_by().count())
