"""An order to correct until it is issued: drafted, approved together with its touch, numbered.

Each verb refuses with clause and sentence, and returns the order as it then stands. Those that
decide take ``revision``, the one that was seen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from django.db.models import Q
from django.utils import timezone

from core.errors import Refused
from core.workdays import hold_calendar
from entities.actions.base import action, need
from redline.actions import touches
from redline.actions.base import (
    edited_meanwhile,
    end_services,
    lock,
    lock_for,
    move,
    moved_on,
)
from redline.actions.rechecks import recheck_order
from redline.actions.running import (
    ask_extension,
    decide_extension,
    end_order,
    hold_order,
    refer_order,
    report_order,
)
from redline.actions.service import serve_order
from redline.choices import (
    DeadlineForm,
    FollowUpKind,
    OrderOrigin,
    OrderStatus,
    ViolationStatus,
)
from redline.drafting import CLOSED, COLUMNS, DEADLINE, check_deadline, make_order, missing, put
from redline.models import FollowUp, Order, Violation
from redline.papers.checking import demand_plain_order
from staff.models import User
from staff.numbers import give, void_number
from staff.permissions import demand
from staff.roles import Role

ELSEWHERE = "该违法行为不在您的管辖范围内，请联系办理单位或市局。"
REISSUED = "固定日期已过，重新制发"
NUMBER_KIND = "order"
STANDS = {
    OrderOrigin.RED_LINE: ViolationStatus.TOUCHED,
    OrderOrigin.ORDINARY: ViolationStatus.ORDINARY,
}
"""Where the violation of an approved order stands, by the order's origin."""


@action
def draft_order(violation: Violation, *, by: User, on: date, **columns: Any) -> Order:
    """Draft the order of an ordinary violation, which no touch goes with (readings 11)."""
    demand(by, "order.draft")
    found = _lock_violation(violation, by)
    if found.status != ViolationStatus.ORDINARY:
        raise Refused(
            "readings 11",
            f"该违法行为现为“{found.get_status_display()}”，"
            "请先研判：触碰红线的由确认触碰一并起草，不属触碰的再起草责令改正。",
        )
    return make_order(found, by=by, on=on, **columns)


def _lock_violation(violation: Violation, by: User) -> Violation:
    """Lock a violation of this person's own bureau."""
    if not Violation.objects.visible_to(by).filter(pk=violation.pk).exists():
        raise Refused("readings 4", ELSEWHERE)
    rows = Violation.objects.for_system("locking a violation that was found to be visible")
    found = rows.select_for_update(no_key=True, of=("self",)).get(pk=violation.pk)
    if found.bureau_id != by.bureau_id:
        raise Refused("readings 4", f"该违法行为由{found.bureau}办理，请联系该局。")
    return found


@action
def set_order_fields(order: Order, *, revision: int, by: User, on: date, **columns: Any) -> Order:
    """Change what a draft says on paper (``drafting.COLUMNS``)."""
    demand(by, "order.draft")
    found = lock(order, by)
    if found.status != OrderStatus.DRAFT:
        raise Refused("4.4", moved_on(found))
    if found.bureau_id != by.bureau_id:
        raise Refused("readings 4", f"该责令改正由{found.bureau}办理，请联系该局。")
    if revision != found.revision:
        raise Refused("4.4", edited_meanwhile(found))
    changed = put(found, columns, on)
    if not changed:
        return found
    found.revision += 1
    found.edited_by, found.edited_at = by, timezone.now()
    found.save(update_fields=[*changed, "revision", "edited_by", "edited_at"])
    return found


@action
def submit_order(order: Order, *, revision: int, by: User, on: date, opinion: str = "") -> Order:
    """Submit a draft to the bureau's lead; refused while its paper would lack or say too much."""
    found = lock_for("submit", order, by, revision)
    demand_fit(found, on)
    _demand_approver(found, by)
    return move(
        *(found, "submit"),
        by=by,
        on=on,
        opinion=opinion.strip(),
        submitted_by=by,
        submitted_at=timezone.now(),
    )


def demand_fit(order: Order, on: date) -> None:
    """Refuse an order whose paper would lack something, bear a day that has passed, or say a word
    that no paper may (readings 18).
    """
    lacking = missing(order)
    if lacking:
        raise Refused("4.4", f"请先填写{'、'.join(lacking)}，再提交审批。")
    check_deadline(order, on)
    demand_plain_order(order)


def _demand_approver(order: Order, by: User) -> None:
    """Refuse to submit where every lead of the bureau would be kept from approving it."""
    leads = set(
        User.accounts.for_system("looking for somebody who may approve")
        .filter(role=Role.DISTRICT_LEAD, bureau_id=order.bureau_id, is_active=True)
        .values_list("pk", flat=True)
    )
    if leads and leads <= {by.pk, order.officer_id}:
        raise Refused(
            "4.4",
            "本局没有其他负责人可以批准：请由区县局人员起草并提交，由您批准；"
            "或请安全管理员为本局另一位负责人授权。",
        )


@action
def withdraw_order(order: Order, *, by: User, on: date, opinion: str = "") -> Order:
    """Take back what one submitted, until the lead has decided."""
    found = lock_for("withdraw", order, by)
    return _give_back(found, "withdraw", by, on, opinion.strip())


@action
def send_back_order(order: Order, *, revision: int, by: User, on: date, opinion: str) -> Order:
    """Send an order back to be changed, as the bureau's lead, with an opinion."""
    found = lock_for("send_back", order, by, revision)
    return _give_back(found, "send_back", by, on, need(opinion, "退回意见", "4.4"))


def _give_back(order: Order, step: str, by: User, on: date, opinion: str) -> Order:
    return move(order, step, by=by, on=on, opinion=opinion, submitted_by=None, submitted_at=None)


@action
def refuse_order(order: Order, *, revision: int, by: User, on: date, opinion: str) -> Order:
    """Refuse an order, and its touch with it, as the bureau's lead, with a reason."""
    hold_calendar()
    found = lock_for("refuse", order, by, revision)
    said = need(opinion, "不予批准的理由", "4.4")
    done = move(found, "refuse", by=by, on=on, opinion=said, closed_on=on)
    if done.touch is not None:
        touches.let_go(done.touch, by=by, on=on)
    return done


@action
def approve_order(order: Order, *, revision: int, by: User, on: date, opinion: str = "") -> Order:
    """Approve an order, and with it the touch it stands on (readings 10), as the bureau's lead."""
    hold_calendar()
    found = lock_for("approve", order, by, revision)
    demand_fit(found, on)
    done = move(
        *(found, "approve"),
        by=by,
        on=on,
        opinion=opinion.strip(),
        approved_by=by,
        approved_at=timezone.now(),
    )
    if done.touch is not None:
        touches.confirm(done.touch, done, by=by, on=on)
    return done


@action
def issue_order(order: Order, *, revision: int, by: User, on: date, opinion: str = "") -> Order:
    """Issue an approved order: it gets its number, of the bureau and year of this day."""
    found = lock_for("issue", order, by, revision)
    if date_has_come(found, on):
        raise Refused(
            "readings 13",
            f"该责令改正的固定日期{found.fixed_on}已到或已过，不能签发，请“重新制发”并另定期限。",
        )
    number = give(found.bureau, NUMBER_KIND, on=on, by=by)
    return move(
        *(found, "issue"),
        by=by,
        on=on,
        opinion=opinion.strip(),
        number=number,
        issued_on=on,
        issued_by=by,
    )


def date_has_come(order: Order, on: date) -> bool:
    """Return whether the fixed date of an order can no longer be kept by a service on this day."""
    return order.form == DeadlineForm.FIXED and order.fixed_on is not None and order.fixed_on <= on


@action
def discard_order(order: Order, *, by: User, on: date, opinion: str = "") -> Order:
    """Make a draft void; it stays readable. A touch that nobody approved is judged anew."""
    hold_calendar()
    found = lock_for("discard", order, by)
    done = move(found, "discard", by=by, on=on, opinion=opinion.strip(), closed_on=on)
    if done.touch is not None:
        touches.let_go(done.touch, by=by, on=on)
    return done


@action
def annul_order(order: Order, *, by: User, on: date, opinion: str) -> Order:
    """Make an approved or issued order void, as the lead; its number stays and is marked so."""
    found = lock_for("annul", order, by)
    return _annul(found, by, on, need(opinion, "作废理由", "readings 19"))


def can_be_reissued(order: Order, on: date) -> bool:
    """Return whether an order may be made anew on a day.

    Its fixed date has come before the clock could start; or it was approved and is void, its
    violation stands as it did, and no other was approved since or is open.
    """
    if order.status in (OrderStatus.APPROVED, OrderStatus.ISSUED):
        return date_has_come(order, on)
    if order.status != OrderStatus.VOID or order.approved_at is None:
        return False
    if order.violation.status != STANDS[OrderOrigin(order.origin)]:
        return False
    others = Order.objects.for_system("looking for what stands in the place of a void order")
    later = others.filter(violation=order.violation_id, pk__gt=order.pk)
    return not later.filter(Q(approved_at__isnull=False) | ~Q(status__in=CLOSED)).exists()


def _annul(order: Order, by: User, on: date, reason: str) -> Order:
    if order.number is not None:
        void_number(order.number, by=by, reason=reason)
    end_services(order, "责令改正已作废")
    return move(order, "annul", by=by, on=on, opinion=reason, closed_on=on)


@action
def reissue_order(order: Order, *, by: User, on: date, **columns: Any) -> Order:
    """Draft an order anew in place of one whose fixed date has come, or of one that was annulled.

    What it said is copied, ``columns`` changed; a fixed date gives way to the days of the touched
    item unless another is named. The old one is void and its number marked (readings 13, 19).
    """
    demand(by, "order.draft")
    found = lock(order, by)
    if found.bureau_id != by.bureau_id:
        raise Refused("readings 4", f"该责令改正由{found.bureau}办理，请联系该局。")
    if not can_be_reissued(found, on):
        raise Refused(
            "readings 13", f"该责令改正现为“{found.get_status_display()}”，无须重新制发。"
        )
    if found.status != OrderStatus.VOID:
        _annul(found, by, on, f"{REISSUED}（{found.fixed_on}）")
    said = {name: getattr(found, name) for name in COLUMNS}
    if found.form == DeadlineForm.FIXED:
        said = {name: value for name, value in said.items() if name not in DEADLINE}
    fresh = make_order(
        found.violation, touch=found.touch, replaces=found, by=by, on=on, **said | columns
    )
    tasks = FollowUp.objects.for_system("an order was made anew").filter(order=found)
    tasks.filter(kind=FollowUpKind.REISSUE, settled_at=None).update(
        settled_by=by, settled_at=timezone.now(), note="已重新制发"
    )
    return fresh


ORDER_STEP_FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "submit": submit_order,
    "withdraw": withdraw_order,
    "send_back": send_back_order,
    "refuse": refuse_order,
    "approve": approve_order,
    "issue": issue_order,
    "serve": serve_order,
    "ask_extension": ask_extension,
    "decide_extension": decide_extension,
    "hold": hold_order,
    "report": report_order,
    "recheck": recheck_order,
    "refer": refer_order,
    "end": end_order,
    "discard": discard_order,
    "annul": annul_order,
}
"""The function of each step of the table that a person takes; ``serve`` takes the ``Service``."""
