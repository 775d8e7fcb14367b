"""Touches: confirmed by an officer, approved by the lead together with their order (readings 10).

A touch and its order are one draft. While the lead has not approved, the violation is JUDGED: a
withdrawn or returned order leaves it so, and the touch can be changed with it. The verbs on orders
call ``confirm`` when they approve one and ``let_go`` when they refuse or discard one; both run in
their transaction, which holds the calendar and the violation.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import F
from django.utils import timezone

from core.errors import Refused
from entities.actions.base import action, need
from redline.actions.cases import begin_case
from redline.actions.violation_base import keep, lock_for
from redline.actions.violations import ask_for_review
from redline.choices import (
    OrderStatus,
    RemovalCause,
    RemovalRule,
    ViolationSource,
    ViolationStatus,
)
from redline.drafting import make_order
from redline.matching import touchable, why_none
from redline.models import Evidence, ListItem, Order, Touch, Violation
from redline.removals import remove
from staff.models import User

CLAUSE = "readings 10"
WHY = "the touch of a violation that is locked"
JUDGED = {"nature": "性质", "circumstances": "情节", "harm": "危害程度"}
LONGEST = 2000  # characters


@action
def confirm_touch(
    violation: Violation,
    item: ListItem,
    *,
    nature: str,
    circumstances: str,
    harm: str,
    revision: int,
    by: User,
    on: date,
    **order_columns: Any,
) -> Order:
    """Confirm that a violation touched a red line, and draft its order; both wait for the lead.

    Also where it was first found to be ordinary, as long as no order of it is open. Refuses an item
    that was not in force where and when the act ended, a judgement without 性质, 情节, 危害程度,
    and a complaint that nothing supports.
    """
    found = lock_for("confirm_touch", violation, by, revision)
    said = _judgement(nature, circumstances, harm)
    _demand_touchable(found, item)
    _demand_support(found)
    touch = Touch.objects.for_system(WHY).filter(violation=found).first() or Touch(violation=found)
    _judge(touch, item, said, by)
    _keep_judged(found, item, by)
    return make_order(found, touch=touch, by=by, on=on, **order_columns)


@action
def set_touch_fields(
    touch: Touch,
    item: ListItem,
    *,
    nature: str,
    circumstances: str,
    harm: str,
    revision: int,
    by: User,
    on: date,
) -> Touch:
    """Change a touch while its order is a draft; what its order says is changed there.

    ``revision`` is the violation's.
    """
    found = lock_for("edit_touch", touch.violation, by, revision)
    said = _judgement(nature, circumstances, harm)
    drafts = Order.objects.for_system(WHY).filter(violation=found, status=OrderStatus.DRAFT)
    # Its revision counts on, so that nobody approves with it a touch that was not seen.
    if not drafts.update(revision=F("revision") + 1, edited_by=by, edited_at=timezone.now()):
        raise Refused(CLAUSE, "责令改正已提交审批，请先撤回或由负责人退回，再修改触碰认定。")
    _demand_touchable(found, item)
    held: Touch = Touch.objects.for_system(WHY).get(violation=found)
    _judge(held, item, said, by)
    _keep_judged(found, item, by)
    return held


def _judgement(nature: str, circumstances: str, harm: str) -> dict[str, str]:
    said = {"nature": nature, "circumstances": circumstances, "harm": harm}
    for name, text in said.items():
        said[name] = need(text, JUDGED[name], CLAUSE)
        if len(said[name]) > LONGEST:
            raise Refused(CLAUSE, f"{JUDGED[name]}最多{LONGEST}字，请删减。")
    return said


def _demand_touchable(violation: Violation, item: ListItem) -> None:
    """Refuse an item that was not in force where and when the act ended."""
    if none := why_none(violation):
        raise Refused(CLAUSE, none)
    if item.pk not in {one.pk for one in touchable(violation)}:
        raise Refused(
            CLAUSE,
            f"该事项不在{violation.list_bureau}于{violation.acted_until}（行为终了日）"
            "施行的监管红线清单中，请重新选择。",
        )


def _demand_support(violation: Violation) -> None:
    """Refuse to take a complaint for a touch that no evidence supports."""
    if violation.source != ViolationSource.COMPLAINT:
        return
    if not Evidence.objects.for_system(WHY).filter(violation=violation).exists():
        raise Refused(
            CLAUSE,
            "投诉举报本身不能认定触碰：请先核查并上传证据材料；"
            "经检查等核实的，也可以在登记中改填核实的来源。",
        )


def _judge(touch: Touch, item: ListItem, said: dict[str, str], by: User) -> None:
    touch.item = item
    for name, text in said.items():
        setattr(touch, name, text)
    touch.judged_by, touch.judged_at = by, timezone.now()
    touch.save()


def _keep_judged(violation: Violation, item: ListItem, by: User) -> None:
    kind = violation.kind_code or item.code
    keep(violation, by, status=ViolationStatus.JUDGED, why_no_touch="", kind_code=kind)


def confirm(touch: Touch, order: Order, *, by: User, on: date) -> None:
    """Let the approval of an order confirm its touch; the clock for 立案 begins (readings 11).

    Where the item's removal is at touch the entity is out from this day (readings 12). Nothing
    happens where the touch was confirmed before, with an order that this one replaces.
    """
    touch.refresh_from_db()
    if touch.is_confirmed:
        return
    if touch.judged_by_id == by.pk:
        raise Refused(CLAUSE, "该触碰由您确认，不能由您批准，请由本局另一位负责人办理。")
    touch.is_confirmed = True
    touch.confirmed_by, touch.confirmed_at, touch.confirmed_on = by, timezone.now(), on
    touch.save(update_fields=["is_confirmed", "confirmed_by", "confirmed_at", "confirmed_on"])
    violation = keep(touch.violation, by, status=ViolationStatus.TOUCHED)
    begin_case(violation, on=on)
    if touch.item.removal == RemovalRule.AT_TOUCH:
        remove(violation, RemovalCause.AT_TOUCH, since=on, order=order, by=by, on=on)


def let_go(touch: Touch, *, by: User, on: date) -> None:
    """Let a violation be judged anew, whose touch was not approved: its order is no more.

    The touch stays as it was judged, unconfirmed, and is written anew by the next judgement.
    """
    touch.refresh_from_db()
    if not touch.is_confirmed:
        violation = keep(touch.violation, by, status=ViolationStatus.OPEN)
        ask_for_review(violation, on=on)
