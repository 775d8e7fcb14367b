"""The recheck of an order (复查) and what its finding does, by the days (readings 12)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from core.due_days import Kind
from core.errors import Refused
from core.workdays import due_day, hold_calendar
from entities.actions.base import action, need
from redline.actions.base import demand_open, lock, move, not_between
from redline.actions.reviews import raise_review
from redline.actions.running import take_back
from redline.choices import (
    DayKind,
    OrderOrigin,
    OrderStatus,
    RecheckFinding,
    RecheckWay,
    RemovalCause,
    ReviewCause,
)
from redline.drafting import MOST_DAYS
from redline.models import Order, Recheck
from redline.overdue import catch_up
from redline.papers.checking import demand_plain_said
from redline.removals import remove
from redline.workflow import ORDER_STEPS
from staff.models import User
from staff.permissions import demand

CLAUSE = "readings 12"
ON_SITE = 2
"""So many officers go on site (行政处罚法第42条)."""

WRONGLY_OUT = (RemovalCause.OVERDUE, RemovalCause.NOT_MENDED)
Status = OrderStatus


@dataclass(frozen=True)
class _Said:
    """What somebody recorded of a recheck, checked; ``due_on`` is the last day as it stood."""

    recheck: Recheck
    due_on: date
    by: User
    on: date

    @property
    def in_due_time(self) -> bool:
        """Whether the due day had not ended on the day of the recheck."""
        return self.recheck.done_on <= self.due_on

    @property
    def words(self) -> str:
        found = self.recheck
        return f"{found.done_on}{found.get_way_display()}：{found.get_finding_display()}"


@action
def recheck_order(
    order: Order,
    *,
    way: str,
    done_on: date,
    officers: Sequence[str],
    finding: str,
    found: str,
    corrected_on: date | None = None,
    new_days: int | None = None,
    new_day_kind: str = DayKind.CALENDAR,
    by: User,
    on: date,
) -> Order:
    """Record a recheck and let the order go where its finding leads.

    ``corrected_on``: the day of the correction, where it is known to lie before the recheck.
    ``new_days`` is the one new time that a partial correction may be given. While the due day has
    not ended, a finding that is not 已改正 leaves the deadline running: only who is overdue is out.
    """
    demand(by, ORDER_STEPS["recheck"].verb)
    hold_calendar()
    seen = demand_open("recheck", lock(order, by), by)
    assert seen.served_on is not None  # a constraint of the table
    assert seen.due_on is not None  # a constraint of the table
    not_between(done_on, seen.served_on, on, "复查日", "送达日")
    recheck = Recheck(order=seen, way=way, done_on=done_on, finding=finding, recorded_by=by)
    recheck.officers, recheck.found = _officers(officers, way), need(found, "复查情况", CLAUSE)
    recheck.corrected_on, recheck.new_days = corrected_on, new_days
    recheck.new_day_kind = new_day_kind if new_days is not None else ""
    _check(recheck)
    demand_plain_said(seen, {"复查情况": recheck.found, "复查人员": "、".join(recheck.officers)})
    said = _Said(recheck, seen.due_on, by, on)
    if finding == RecheckFinding.MENDED:
        return _mended(seen, said)
    return _not_mended(seen, said) if new_days is None else _renewed(seen, said, new_days)


def _officers(names: Sequence[str], way: str) -> list[str]:
    kept = list(dict.fromkeys(name.strip() for name in names if name.strip()))
    if way not in RecheckWay.values:
        raise Refused(CLAUSE, "请选择复查方式：现场、视频或材料。")
    if not kept:
        raise Refused(CLAUSE, "请填写复查人员。")
    if way == RecheckWay.ON_SITE and len(kept) < ON_SITE:
        raise Refused(CLAUSE, "现场复查须由两名以上执法人员进行，请填写两人的姓名。")
    if any(len(name) > 60 for name in kept):
        raise Refused(CLAUSE, "复查人员请每人填写一个姓名，各不超过60字。")
    return kept


def _check(recheck: Recheck) -> None:
    """Refuse a finding whose parts do not go together."""
    if recheck.finding not in RecheckFinding.values:
        raise Refused(CLAUSE, "请选择复查结果：已改正、部分改正或未改正。")
    if recheck.corrected_on is not None:
        if recheck.finding != RecheckFinding.MENDED:
            raise Refused(CLAUSE, "复查结果为“已改正”的才填写实际改正日。")
        if recheck.corrected_on > recheck.done_on:
            raise Refused(
                CLAUSE, f"实际改正日{recheck.corrected_on}晚于复查日{recheck.done_on}，请核对。"
            )
    if recheck.new_days is None:
        return
    if recheck.finding != RecheckFinding.PARTLY:
        raise Refused(CLAUSE, "复查结果为“部分改正”的才能再限期。")
    if recheck.new_day_kind not in DayKind.values or not 1 <= recheck.new_days <= MOST_DAYS:
        raise Refused(CLAUSE, f"再限期须在1至{MOST_DAYS}日之间，并选择期限单位。")


def _mended(order: Order, said: _Said) -> Order:
    """Close a corrected order: in time, or late; who was found to be in time was never out.

    A report in time is taken at its word about the day, unless the recheck names another.
    """
    corrected_on = said.recheck.corrected_on
    in_time = (corrected_on or said.recheck.done_on) <= said.due_on
    in_time |= order.status == Status.REPORTED and corrected_on is None
    if not in_time:
        order = catch_up(order, on=said.on)
    said.recheck.save(force_insert=True)
    moved = _move(
        order,
        said,
        Status.MENDED if in_time else Status.MENDED_LATE,
        mended_on=said.recheck.done_on,
        closed_on=said.on,
    )
    if in_time:
        why = f"复查认定已在期限内改正（{said.words}）"
        take_back(moved, WRONGLY_OUT, why, said.by, said.on)
    return moved


def _renewed(order: Order, said: _Said, days: int) -> Order:
    """Give the one new time after a partial correction that was reported in time."""
    if order.status != Status.REPORTED:
        reason = "期限仍在计算" if order.status == Status.SERVED and said.in_due_time else "已逾期"
        raise Refused(
            CLAUSE,
            f"期限内报告改正情况后复查为部分改正的才能再限期；该责令改正{reason}，请不填再限期。",
        )
    if order.new_time_given:
        raise Refused(CLAUSE, "该责令改正已再限期一次；再次部分改正视为未改正，请不填再限期。")
    due = due_day(said.recheck.done_on, days, Kind(said.recheck.new_day_kind))
    due_on = max(due.due_on, said.due_on)
    said.recheck.due_after = due_on
    said.recheck.save(force_insert=True)
    moved = _move(
        order,
        said,
        Status.SERVED,
        start_on=said.recheck.done_on,
        due_on=due_on,
        due_provisional=due.provisional,
        new_time_given=True,
        reported_on=None,
        recheck_due_on=None,
    )
    return catch_up(moved, on=said.on)


def _not_mended(order: Order, said: _Said) -> Order:
    """Let an order go on that was found not corrected, or in part without a new time."""
    said.recheck.save(force_insert=True)
    if order.status == Status.REPORTED and not said.in_due_time:
        moved = _move(order, said, Status.NOT_MENDED)
        _follow(moved, said)
        return moved
    if order.status == Status.REPORTED:
        moved = _move(order, said, Status.SERVED, reported_on=None, recheck_due_on=None)
    else:
        moved = _move(order, said, order.status)
    return catch_up(moved, on=said.on)


def _follow(order: Order, said: _Said) -> None:
    """Take the entity out from the day of the recheck on, or put it on the review list."""
    if order.origin == OrderOrigin.ORDINARY:
        raise_review(order.violation, ReviewCause.OVERDUE, order=order, on=said.on)
        return
    remove(
        *(order.violation, RemovalCause.NOT_MENDED),
        since=said.recheck.done_on,
        order=order,
        reason=said.words,
        by=said.by,
        on=said.on,
    )


def _move(order: Order, said: _Said, to: str, **columns: date | bool | None) -> Order:
    return move(order, "recheck", to=to, by=said.by, on=said.on, opinion=said.words, **columns)
