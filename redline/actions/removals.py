"""The lead's verbs on removals: revoke, let back (readings 12, 15), settle what is to be done."""

from __future__ import annotations

from datetime import date

from django.utils import timezone

from core.errors import Refused
from entities.actions.base import action, need
from redline.choices import CaseDecision, FollowUpKind, OrderStatus, ViolationStatus
from redline.models import Case, FollowUp, Order, Removal
from redline.removals import LET_BACK, derive_spans, hold_entities, revoke, revoked_already
from staff.models import User
from staff.permissions import demand

CLAUSE = "readings 15"
ELSEWHERE = "该移出不在您的管辖范围内，请联系办理单位或市局。"
NEVER_ORDERED = (OrderStatus.REFUSED, OrderStatus.VOID)
CORRECTED = (OrderStatus.MENDED, OrderStatus.MENDED_LATE)

SETTLES = {FollowUpKind.REVOKED: "removal.decide", FollowUpKind.REISSUE: "order.approve"}
"""Who settles which follow-up: the lead, of what the lead decides."""


@action
def revoke_removal(removal: Removal, *, reason: str, by: User, on: date) -> Removal:
    """Revoke a removal that was wrong from its first day; it stays in the table (readings 12)."""
    demand(by, "removal.decide")
    found = _visible(removal, by)
    return revoke(found, reason=need(reason, "撤销理由", "readings 12"), by=by, on=on)


@action
def let_back(removal: Removal, *, reason: str, by: User, on: date) -> Removal:
    """Let an entity back from this day on (重新移入), once corrected and the case is closed.

    All removals of the same violation end together; those of other violations go on. The grounds
    are opened by the rules, where they are met. Refuses with what is still missing.
    """
    demand(by, "removal.decide")
    seen = _visible(removal, by)
    rows = Removal.objects.for_system("letting back").filter(violation=seen.violation_id)
    rows = rows.select_related("revoked_by", "returned_by").order_by("pk")
    all_rows = {row.pk: row for row in rows.select_for_update(no_key=True, of=("self",))}
    found = all_rows[seen.pk]
    if found.revoked_at is not None:
        raise Refused(CLAUSE, revoked_already(found))
    if found.returned_on is not None:
        who = found.returned_by.name
        raise Refused(CLAUSE, f"{who}已批准该主体自{found.returned_on}起重新移入，请刷新后查看。")
    why = need(reason, "重新移入的理由", CLAUSE)
    standing = [r for r in all_rows.values() if r.revoked_at is None and r.returned_on is None]
    last = max(row.since for row in standing)
    if last >= on:
        raise Refused(CLAUSE, f"重新移入日须晚于移出日{last}，请在次日以后办理。")
    if missing := still_missing(found):
        raise Refused(CLAUSE, missing)
    for row in standing:
        row.returned_on, row.returned_by, row.return_reason = on, by, why
        row.save(update_fields=["returned_on", "returned_by", "return_reason"])
    hold_entities([found.entity_id])
    derive_spans([found.entity_id], cause=LET_BACK, by=by)
    return found


def still_missing(removal: Removal) -> str:
    """Say what re-entry still waits for: the correction, the decision on a case, its end.

    An empty string where nothing is missing. The last order of the violation tells whether it was
    corrected; where there is none, nothing was to be corrected, unless a red line was touched.
    """
    orders = Order.objects.for_system("whether a violation was corrected")
    orders = orders.filter(violation=removal.violation_id).exclude(status__in=NEVER_ORDERED)
    order = orders.select_related("number").order_by("pk").last()
    if order is not None and order.status not in CORRECTED:
        said = order.get_status_display()
        return f"{order}现为“{said}”，请先登记复查，确认已改正后再批准重新移入。"
    if order is None and removal.violation.status == ViolationStatus.TOUCHED:
        return "触碰红线的责令改正已作废，请先重新制发，经复查确认已改正后再批准重新移入。"
    cases = Case.objects.for_system("whether a case is closed")
    case = cases.filter(violation=removal.violation_id).first()
    if case is not None and case.decision == CaseDecision.OPEN:
        return "该违法行为尚未决定是否立案，请先登记立案或不予立案的决定。"
    if case is not None and case.decision == CaseDecision.FILED and case.closed_on is None:
        return f"案件{case.case_number}尚未结案，请先登记结案和处理结果。"
    return ""


@action
def settle_follow_up(follow_up: FollowUp, *, note: str, by: User, on: date) -> FollowUp:
    """Settle what a lead was to look at, with what was done; a second one is told who did."""
    demand(by, SETTLES[FollowUpKind(follow_up.kind)])
    if not FollowUp.objects.visible_to(by).filter(pk=follow_up.pk).exists():
        raise Refused("readings 4", "该事项不在您的管辖范围内，请联系办理单位或市局。")
    said = need(note, "办理情况", "readings 12")
    rows = FollowUp.objects.for_system("settling a follow-up that was found to be visible")
    if not rows.filter(pk=follow_up.pk, settled_at=None).update(
        settled_by=by, settled_at=timezone.now(), note=said
    ):
        done = rows.select_related("settled_by").get(pk=follow_up.pk)
        at = f"{timezone.localtime(done.settled_at):%Y-%m-%d %H:%M}"
        raise Refused("readings 12", f"{done.settled_by.name}已于{at}办理该事项，请刷新后查看。")
    return rows.get(pk=follow_up.pk)


def _visible(removal: Removal, by: User) -> Removal:
    found = Removal.objects.visible_to(by).filter(pk=removal.pk).first()
    if found is None:
        raise Refused("readings 4", ELSEWHERE)
    return found
