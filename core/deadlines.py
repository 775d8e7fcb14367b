"""Stored deadlines that move when a calendar is loaded: what a room offers, and which ones move.

A room that stores due days offers a ``Deadlines``; the desk names them all in one tuple
(desk/calendars.py). What it stores, it stores under ``core.workdays.hold_calendar``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import NamedTuple, Protocol

from core.due_days import Calendar, Kind


class Stretch(NamedTuple):
    """Days added to a deadline (extension, hold) that ended on ``start`` when they were added."""

    start: date
    days: int
    kind: Kind


@dataclass(frozen=True)
class Deadline:
    """One stored deadline that still runs: the key of its row, what it is about, what made it.

    ``then`` are the days that were added later, in order.
    """

    key: int
    label: str
    start: date
    days: int
    kind: Kind
    due_on: date
    then: tuple[Stretch, ...] = ()


@dataclass(frozen=True)
class Move:
    """A deadline and the later day on which it ends by another calendar."""

    deadline: Deadline
    due_on: date


class Deadlines(Protocol):
    """The stored deadlines of one sort."""

    title: str

    def running(self, since: date) -> Iterable[Deadline]:
        """Return those that still run and are due on that day or later."""

    def move(self, keys: Sequence[int], due_on: date, on: date) -> int:
        """Let these be due on a later day, those that still run; return how many.

        ``on`` is today, for what has followed from the earlier day already.
        """


def later(sort: Deadlines, before: Calendar, after: Calendar) -> list[Move]:
    """Return the deadlines that end later by the new calendar; none ever ends earlier.

    A deadline that was issued is not shortened by a calendar (readings 13).
    """
    changed = before.changed(after)
    if not changed:
        return []
    due_of = cache(lambda *asked: after.due_day(*asked).due_on)  # many begin on one day
    found = []
    for one in sort.running(changed[0]):
        due_on = due_of(one.start, one.days, one.kind)
        for more in one.then:
            due_on = due_of(max(due_on, more.start), more.days, more.kind)
        if due_on > one.due_on:
            found.append(Move(one, due_on))
    return found


def carry_out(sort: Deadlines, moves: Iterable[Move], on: date) -> int:
    """Store the later days; return how many deadlines moved."""
    by_day: dict[date, list[int]] = defaultdict(list)
    for move in moves:
        by_day[move.due_on].append(move.deadline.key)
    return sum(sort.move(sorted(keys), day, on) for day, keys in sorted(by_day.items()))
