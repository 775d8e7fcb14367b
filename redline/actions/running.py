"""A running order: extension, hold, report, and how it ends without a recheck (readings 12, 13).

Everything goes by the days on which things happened, not by when they were recorded: an order that
nobody reported on falls due before anything else is done to it (``overdue.catch_up``), and what
comes to light later takes that back. Each verb returns the order as it then stands.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from core.due_days import Kind
from core.errors import Refused
from core.workdays import due_day, hold_calendar
from entities.actions.base import action, need
from entities.models import EntityStatus
from policy.limits import limits_in_force
from redline.actions.base import (
    demand_open,
    end_services,
    lock,
    lock_for,
    lock_running,
    move,
    not_between,
)
from redline.actions.reviews import withdraw_review
from redline.choices import ExtensionStatus, OrderStatus, RemovalCause
from redline.deadlines import is_provisional, recheck_days, term_of
from redline.models import Extension, Hold, MendingReport, Order
from redline.overdue import catch_up
from redline.papers.checking import demand_plain_said
from redline.removals import removals_of, revoke
from redline.workflow import ORDER_STEPS
from staff.models import User
from staff.permissions import demand, may

DAYS = "readings 13"
WHY = "handling an order that is locked"


@action
def ask_extension(
    order: Order, *, asked_on: date, days: int, reason: str, by: User, on: date
) -> Order:
    """Record that the firm asked for more time: in due time, once, at most the original length.

    What was asked in time may be recorded late: then the order is overdue already and stays so
    until the lead decides.
    """
    found = lock_for("ask_extension", order, by)
    said = need(reason, "申请延期的理由", DAYS)
    earlier = Extension.objects.for_system(WHY).filter(order=found).select_related("recorded_by")
    for one in earlier:
        raise Refused(
            DAYS,
            f"{one.recorded_by.name}已登记{one.asked_on}的延期申请（{one.get_status_display()}），"
            "一件责令改正只能延期一次。",
        )
    not_between(asked_on, _day(found.start_on), on, "申请日", "起算日")
    if asked_on > _day(found.due_on):
        raise Refused(
            DAYS, f"申请日{asked_on}已在改正期限届满（{found.due_on}）之后，不能登记延期申请。"
        )
    _demand_length(found, days)
    Extension(
        order=found,
        asked_on=asked_on,
        days=days,
        reason=said,
        due_before=_day(found.due_on),
        recorded_by=by,
    ).save(force_insert=True)
    return move(found, "ask_extension", to=found.status, by=by, on=on, opinion=said)


def _demand_length(order: Order, days: int) -> None:
    term = term_of(order)
    if not 1 <= days <= term.days:
        raise Refused(
            DAYS, f"延期须在1至{term.days}个{term.kind.label}之间，不得超过原期限，请改正。"
        )


def _day(day: date | None) -> date:
    """Return a day that every running order has, by a constraint of its table."""
    assert day is not None
    return day


@action
def decide_extension(order: Order, *, granted: bool, opinion: str, by: User, on: date) -> Order:
    """Decide, as the lead and with a reason, on what the firm asked.

    Granted after the due day, it brings the order back from overdue: the removal made meanwhile is
    revoked, and the order falls due by the new day if that has passed too.
    """
    demand(by, ORDER_STEPS["decide_extension"].verb)
    hold_calendar()
    found = demand_open("decide_extension", lock(order, by), by)
    said = need(opinion, "决定理由", DAYS)
    demand_plain_said(found, {"决定理由": said})
    asked = _demand_asked(found, by)
    asked.opinion, asked.decided_by, asked.decided_on = said, by, on
    asked.due_before = _day(found.due_on)
    if not granted:
        asked.status = ExtensionStatus.REFUSED
        asked.save()
        return move(found, "decide_extension", to=found.status, by=by, on=on, opinion=said)
    _demand_length(found, asked.days)
    due = due_day(_day(found.due_on), asked.days, term_of(found).kind)
    asked.status = ExtensionStatus.GRANTED
    asked.due_after = due.due_on
    asked.save()
    moved = move(
        *(found, "decide_extension"),
        to=OrderStatus.SERVED,
        by=by,
        on=on,
        opinion=said,
        due_on=due.due_on,
        due_provisional=due.provisional or is_provisional(found),
    )
    take_back(moved, (RemovalCause.OVERDUE,), f"期限内申请延期获准，延至{due.due_on}", by, on)
    return catch_up(moved, on=on)


def _demand_asked(order: Order, by: User) -> Extension:
    """Return the extension that waits for a decision by this person, locked."""
    rows = Extension.objects.for_system(WHY).select_for_update(no_key=True, of=("self",))
    asked = rows.filter(order=order).select_related("decided_by", "recorded_by").first()
    if asked is None:
        raise Refused(DAYS, "没有待决定的延期申请。")
    if asked.status != ExtensionStatus.ASKED:
        who = asked.decided_by.name if asked.decided_by else ""
        raise Refused(
            DAYS, f"{who}已于{asked.decided_on}决定“{asked.get_status_display()}”，请刷新后查看。"
        )
    if asked.recorded_by_id == by.pk:
        raise Refused(DAYS, "该延期申请由您登记，请由本局另一位负责人决定。")
    return asked


def take_back(
    order: Order, causes: Collection[RemovalCause], reason: str, by: User, on: date
) -> None:
    """Revoke what a locked order had taken its entity out for, now found wrong (readings 12).

    An ordinary one leaves the review list likewise.
    """
    withdraw_review(order, reason=reason, on=on)
    for removal in removals_of(order):
        if removal.cause in causes:
            revoke(removal, reason=reason, by=by, on=on)


@action
def hold_order(order: Order, *, days: int, opinion: str, by: User, on: date) -> Order:
    """Hold the deadline of a running order: once, before its day has ended, with a reason.

    ``days`` are working days, at most ``orders.hold_working_days``, added to the due day.
    """
    found = lock_running("hold", order, by, on)
    said = need(opinion, "暂缓的理由", DAYS)
    for one in Hold.objects.for_system(WHY).filter(order=found).select_related("held_by"):
        raise Refused(
            DAYS,
            f"{one.held_by.name}已自{one.held_on}起暂缓{one.days}个工作日，"
            "一件责令改正只能暂缓一次。",
        )
    most = limits_in_force(on)["orders.hold_working_days"]
    if not 1 <= days <= most:
        raise Refused(DAYS, f"暂缓须在1至{most}个工作日之间，请改正。")
    due = due_day(_day(found.due_on), days, Kind.WORKING)
    Hold(
        order=found,
        held_on=on,
        days=days,
        reason=said,
        due_before=_day(found.due_on),
        due_after=due.due_on,
        held_by=by,
    ).save(force_insert=True)
    return move(
        *(found, "hold"),
        by=by,
        on=on,
        opinion=said,
        due_on=due.due_on,
        due_provisional=due.provisional or is_provisional(found),
    )


@action
def report_order(
    order: Order,
    *,
    received_on: date,
    posted_on: date | None = None,
    text: str,
    by: User,
    on: date,
) -> Order:
    """Record the firm's report on the correction (改正情况报告).

    Posted or handed in by the due day it stops removal until the recheck, also where it is recorded
    after the scan: the removal made meanwhile is revoked. A later one is kept and changes nothing.
    """
    demand(by, ORDER_STEPS["report"].verb)
    calendar = hold_calendar()
    found = demand_open("report", lock(order, by), by)
    report = MendingReport(
        order=found, received_on=received_on, posted_on=posted_on, recorded_by=by
    )
    report.text = need(text, "改正情况报告的内容", "readings 12")
    counts = _day_that_counts(report, _day(found.start_on), on)
    report.save(force_insert=True)
    if counts > _day(found.due_on):
        late = f"{counts}报告，已在{found.due_on}届满之后"
        moved = move(found, "report", to=found.status, by=by, on=on, opinion=late)
        return catch_up(moved, on=on)
    moved = move(
        *(found, "report"),
        to=OrderStatus.REPORTED,
        by=by,
        on=on,
        opinion=f"{counts}报告",
        reported_on=counts,
        recheck_due_on=calendar.add_working_days(counts, recheck_days(counts)),
    )
    take_back(moved, (RemovalCause.OVERDUE,), f"{counts}已报告改正情况，未逾期", by, on)
    return moved


def _day_that_counts(report: MendingReport, first: date, on: date) -> date:
    """Return the day on which a report was posted or handed in; refuse one that cannot be."""
    posted_on, received_on = report.posted_on, report.received_on
    not_between(received_on, first, on, "收到日", "起算日")
    if posted_on is None:
        return received_on
    not_between(posted_on, first, on, "交寄日", "起算日")
    if posted_on > received_on:
        raise Refused("", f"交寄日{posted_on}晚于收到日{received_on}，请核对。")
    return posted_on


@action
def refer_order(order: Order, *, opinion: str, by: User, on: date) -> Order:
    """Hand an order that was not obeyed to the filing of a case, inside the bureau (转立案查处)."""
    found = lock_running("refer", order, by, on)
    said = need(opinion, "转立案查处的理由", "4.4")
    demand_plain_said(found, {"转立案查处的理由": said})
    return move(found, "refer", by=by, on=on, opinion=said, closed_on=on)


@action
def end_order(order: Order, *, opinion: str, by: User, on: date) -> Order:
    """Close an order whose firm has ended (主体终止): it was not corrected (readings 12).

    Where the register does not say so (yet) the lead alone decides it: nobody is spared a removal
    by a firm's end that one officer asserts.
    """
    found = lock_running("end", order, by, on)
    said = need(opinion, "主体终止的情况", "readings 12")
    if not may(by, "order.approve") and not _has_ended(found, on):
        raise Refused(
            "readings 12",
            f"{found.entity.name}在登记信息中没有注销、吊销等终止记录，"
            "请核对登记状态；确已终止的，由本局负责人办理“主体终止”。",
        )
    end_services(found, "主体终止")
    return move(found, "end", by=by, on=on, opinion=said, closed_on=on)


def _has_ended(order: Order, on: date) -> bool:
    """Return whether the register says of an order's firm that it has ended."""
    rows = EntityStatus.objects.for_system(WHY).in_force(on).filter(entity=order.entity_id)
    return rows.filter(status__in=limits_in_force(on)["status.ending"]).exists()
