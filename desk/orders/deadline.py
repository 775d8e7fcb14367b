"""How the last day of an order came about, told step by step (readings 13)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from core.due_days import BASIS, DueDay, Kind, said_day
from core.workdays import due_day
from redline.choices import DeadlineForm, ExtensionStatus, OrderStatus
from redline.deadlines import due_of, is_provisional, term_of
from redline.models import Extension, Hold, Order, Recheck

MANY = 12
"""So many skipped days are named; of more the first and the last."""


@dataclass(frozen=True)
class Part:
    """One reason for the last day: what happened, the sentence, the days that it skipped."""

    label: str
    said: str
    skipped: str = ""


@dataclass(frozen=True)
class Deadline:
    """What the page says of the deadline.

    ``asked`` is how the order words it; ``parts`` lead to ``due_on``; ``if_today`` is the day on
    which it would end if it were served today, before it is.
    """

    asked: str
    parts: Sequence[Part]
    due_on: date | None
    provisional: bool
    if_today: Part | None
    basis: str = BASIS


def asked_of(order: Order) -> str:
    """Say the deadline as the order words it."""
    if order.form == DeadlineForm.FIXED:
        return f"{order.fixed_on}前（含当日）改正"
    return f"自收到之日起{order.days}日内（{order.get_day_kind_display()}）改正"


def deadline_of(
    order: Order,
    hold: Hold | None,
    extension: Extension | None,
    rechecks: Sequence[Recheck],
    on: date,
) -> Deadline:
    """Return how the last day of an order came about, by what is stored and by the calendar."""
    parts: list[Part] = []
    if order.served_on is not None:
        parts.append(_first(order, order.served_on))
        later = _later(order, hold, extension, rechecks)
        parts += [part for _, part in sorted(later, key=lambda one: one[0])]
    waits = order.served_on is None and order.status in (OrderStatus.APPROVED, OrderStatus.ISSUED)
    return Deadline(
        asked=asked_of(order),
        parts=[*parts, *_moved(order, hold, extension, rechecks)],
        due_on=order.due_on,
        provisional=is_provisional(order),
        if_today=_first(order, on) if waits else None,
    )


def _first(order: Order, start: date) -> Part:
    due = due_of(order, start)
    if order.form == DeadlineForm.FIXED:
        return Part(
            "固定日期",
            f"写明于{order.fixed_on}前改正，届满日{said_day(due.due_on)}。",
            _skipped(due),
        )
    return Part("送达", "".join(due.sentences()[:1]), _skipped(due))


def _later(
    order: Order, hold: Hold | None, extension: Extension | None, rechecks: Sequence[Recheck]
) -> list[tuple[tuple[date, int], Part]]:
    """Return what moved the last day afterwards, each under the day on which it did."""
    found = []
    if hold is not None:
        due = due_day(hold.due_before, hold.days, Kind.WORKING)
        said = f"自{hold.due_before}起顺延{hold.days}个工作日，至{said_day(hold.due_after)}。"
        found.append(((hold.held_on, 1), Part("暂缓", said, _same(due, hold.due_after))))
    if extension is not None and extension.status == ExtensionStatus.GRANTED:
        assert extension.due_after is not None  # decided and granted
        assert extension.decided_on is not None
        kind = term_of(order).kind
        due = due_day(extension.due_before, extension.days, kind)
        said = (
            f"自{extension.due_before}起延长{extension.days}个{kind.label}，"
            f"至{said_day(extension.due_after)}。"
        )
        part = Part("延期", said, _same(due, extension.due_after))
        found.append(((extension.decided_on, 2), part))
    found += [((one.done_on, 0), _new_time(one)) for one in rechecks if one.due_after is not None]
    return found


def _new_time(recheck: Recheck) -> Part:
    assert recheck.due_after is not None  # whoever asks has looked
    kind = Kind(recheck.new_day_kind)
    due = due_day(recheck.done_on, recheck.new_days or 0, kind)
    said = (
        f"部分改正，自{recheck.done_on}复查起再限期{recheck.new_days}个{kind.label}，"
        f"至{said_day(recheck.due_after)}。"
    )
    return Part("再限期", said, _same(due, recheck.due_after))


def _moved(
    order: Order, hold: Hold | None, extension: Extension | None, rechecks: Sequence[Recheck]
) -> list[Part]:
    """Say that a calendar which was loaded later moved the day on, where it did."""
    if order.due_on is None or order.served_on is None:
        return []
    ends = [due_of(order, order.served_on).due_on]
    ends += [one.due_after for one in (hold, extension, *rechecks) if one and one.due_after]
    if order.due_on > max(ends):
        return [Part("工作日历", f"载入年度工作日历后顺延至{said_day(order.due_on)}。")]
    return []


def _same(due: DueDay, stored: date) -> str:
    """Name the skipped days only where the calendar of today leads to the day that is stored."""
    return _skipped(due) if due.due_on == stored else ""


def _skipped(due: DueDay) -> str:
    named = [f"{said_day(one.day)}{one.why}" for one in due.skipped]
    if len(named) > MANY:
        return f"{named[0]}至{named[-1]}，共{len(named)}天"
    return "、".join(named)
