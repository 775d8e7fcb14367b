"""What the verbs on orders share: the locked row, who may, the step that is written down.

Locks are taken in one order: the calendar, violations, orders, removals, entities.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils import timezone

from core.errors import Refused
from core.workdays import hold_calendar
from redline.choices import OrderStatus, ServiceOutcome
from redline.drafting import write_step
from redline.models import Order, OrderStep, Service, Violation
from redline.overdue import catch_up
from redline.workflow import ORDER_STEPS, Step, order_step_open, step_said
from staff.models import User
from staff.permissions import demand

ELSEWHERE = "该责令改正不在您的管辖范围内，请联系制发单位或市局办理。"
WHY = "locking an order that was found to be visible"


def not_between(day: date, first: date, last: date, what: str, why: str) -> None:
    """Refuse a day before the first or after the last one; ``why`` names the first."""
    if day > last:
        raise Refused("", f"{what}{day}晚于今天{last}，请改为今天或以前的日期。")
    if day < first:
        raise Refused("", f"{what}{day}早于{why}{first}，请核对。")


def lock(order: Order, by: User) -> Order:
    """Lock and return an order that this person may see, as it stands now; its violation first.

    Found first and locked by its key, so that whoever waited reads what the other one wrote.
    """
    if not Order.objects.visible_to(by).filter(pk=order.pk).exists():
        raise Refused("readings 4", ELSEWHERE)
    hold_violation(order.violation_id)
    rows = Order.objects.for_system(WHY).select_related("violation", "entity", "bureau", "number")
    return rows.select_for_update(no_key=True, of=("self",)).get(pk=order.pk)


def hold_violation(violation_id: int) -> None:
    """Keep others from judging a violation and from giving it an order meanwhile."""
    rows = Violation.objects.for_system("holding the violation of an order")
    list(rows.filter(pk=violation_id).select_for_update(no_key=True).values_list("pk"))


def lock_for(action: str, order: Order, by: User, revision: int | None = None) -> Order:
    """Lock an order for a step of the workflow; refuse with a sentence where it is not open.

    ``revision`` is the one that was seen; steps that decide compare it.
    """
    demand(by, ORDER_STEPS[action].verb)
    return demand_open(action, lock(order, by), by, revision)


def lock_running(action: str, order: Order, by: User, on: date) -> Order:
    """Lock an order whose deadline runs, after the calendar; it fell due if its day has passed."""
    demand(by, ORDER_STEPS[action].verb)
    hold_calendar()
    return demand_open(action, catch_up(lock(order, by), on=on), by)


def demand_open(action: str, order: Order, by: User, revision: int | None = None) -> Order:
    """Refuse a step that is not open to this person from where a locked order stands."""
    step = ORDER_STEPS[action]
    if order.status not in step.sources:
        raise Refused(step.clause, moved_on(order))
    if not order_step_open(order, step, by):
        raise Refused(step.clause, _why_not(order, step, by))
    if step.decides and revision != order.revision:
        raise Refused(step.clause, edited_meanwhile(order))
    return order


def move(
    order: Order,
    action: str,
    *,
    to: str = "",
    by: User,
    on: date,
    opinion: str = "",
    **columns: Any,
) -> Order:
    """Let a locked order take a step, and write the step down.

    ``to`` is where it leads if the table leaves that to the action.
    """
    step, source = ORDER_STEPS[action], order.status
    target = step.target or to
    changed = (
        Order.objects.for_system("moving an order that is locked")
        .filter(pk=order.pk, status=source, revision=order.revision)
        .update(status=target, **columns)
    )
    if not changed:
        raise Refused(step.clause, moved_on(order))
    order.refresh_from_db()
    write_step(order, action, source, by=by, on=on, opinion=opinion)
    return order


def end_services(order: Order, why: str) -> None:
    """End the attempts to serve an order that is not to be served any more."""
    rows = Service.objects.for_system("ending what a closed order was sent by")
    rows.filter(order=order, outcome=ServiceOutcome.OPEN).update(
        outcome=ServiceOutcome.FAILED, why_failed=why
    )


def moved_on(order: Order) -> str:
    """Say who moved the order last, when, and where it stands."""
    status = OrderStatus(order.status).label
    steps = OrderStep.objects.for_system("telling who moved an order")
    last = steps.filter(order=order).select_related("done_by").last()
    if last is None:
        return f"该责令改正现为“{status}”，不能办理这一步，请刷新后查看。"
    who = last.done_by.name if last.done_by else "系统"
    at = f"{timezone.localtime(last.recorded_at):%Y-%m-%d %H:%M}"
    return (
        f"{who}已于{at}办理“{step_said(last.action)}”，"
        f"该责令改正现为“{status}”，不能办理这一步，请刷新后查看。"
    )


def edited_meanwhile(order: Order) -> str:
    """Say who edited the order after it was seen, and when."""
    at = f"{timezone.localtime(order.edited_at):%Y-%m-%d %H:%M}"
    who = order.edited_by or order.officer
    return f"{who.name}已于{at}修改该责令改正，您看到的不是最新内容，请刷新后再办理。"


def _why_not(order: Order, step: Step, by: User) -> str:
    """Say why a step that this role may take here is not this person's."""
    if order.bureau_id != by.bureau_id:
        return f"该责令改正由{order.bureau}办理，请联系该局。"
    if step.by_another and by.pk in {order.officer_id, order.submitted_by_id}:
        return f"该责令改正由您起草或提交，不能“{step.label}”，请由本局另一位负责人办理。"
    person = getattr(order, step.undoes)
    return f"只有{person.name if person else '原提交人'}可以“{step.label}”，请与其联系。"
