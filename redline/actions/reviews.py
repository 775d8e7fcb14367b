"""The review list of ordinary violations (复核清单, readings 8 and 11)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from core.errors import Refused
from core.workdays import hold_calendar
from entities.actions.base import action, need
from policy.limits import limits_in_force
from redline.choices import RemovalCause, ReviewCause, ReviewOutcome
from redline.models import Order, Review, Violation
from redline.removals import remove
from staff.models import User
from staff.permissions import demand

CLAUSE = "readings 8"
WHY = "the review list"
ELSEWHERE = "该复核不在您的管辖范围内，请联系办理单位或市局。"
OUTCOMES = (ReviewOutcome.KEPT, ReviewOutcome.MOVED_OUT, ReviewOutcome.REFERRED)


class Entry(NamedTuple):
    """What is to stand on the review list, and by which order."""

    violation: Violation
    cause: ReviewCause
    order: Order | None = None


def raise_review(
    violation: Violation, cause: ReviewCause, *, order: Order | None = None, on: date
) -> Review:
    """Put a violation on its bureau's review list, due by ``orders.review_working_days``.

    Within the transaction of whoever found the cause, which took ``hold_calendar`` before it locked
    any row. What stands on the list for the same cause and order is returned, also when decided.
    """
    return raise_reviews([Entry(violation, cause, order)], on=on)[0]


def raise_reviews(entries: Sequence[Entry], *, on: date) -> list[Review]:
    """Do what ``raise_review`` does for several at once; return the reviews in the same order."""
    calendar = hold_calendar()
    days = limits_in_force(on)["orders.review_working_days"]
    due_on = calendar.add_working_days(on, days)
    rows = Review.objects.for_system(WHY)
    rows.bulk_create(
        [
            Review(
                violation=one.violation,
                order=one.order,
                entity_id=one.violation.entity_id,
                bureau_id=one.violation.bureau_id,
                cause=one.cause,
                raised_on=on,
                days=days,
                due_on=due_on,
            )
            for one in entries
        ],
        ignore_conflicts=True,
    )
    standing = rows.filter(violation__in=[one.violation for one in entries])
    # What was taken off the list because its order was not overdue stands there anew if it is.
    standing.filter(WITHDRAWN, order__in=[one.order for one in entries if one.order]).update(
        **{**_OPEN, "raised_on": on, "days": days, "due_on": due_on},
        revision=F("revision") + 1,
    )
    found = {(row.violation_id, row.cause, row.order_id): row for row in standing.all()}
    return [
        found[one.violation.pk, one.cause, one.order.pk if one.order else None] for one in entries
    ]


WITHDRAWN = Q(cause=ReviewCause.OVERDUE, outcome=ReviewOutcome.KEPT, decided_by=None)
"""The condition on entries that nobody decided: their order turned out not to be overdue."""

_OPEN = {"outcome": ReviewOutcome.OPEN, "reason": "", "decided_on": None, "decided_at": None}


def withdraw_review(order: Order, *, reason: str, on: date) -> None:
    """Take a locked order off the review list, which was put there as overdue and is not.

    What a lead decided stands; the lead was told why the entry stood there.
    """
    rows = Review.objects.for_system(WHY).filter(order=order, cause=ReviewCause.OVERDUE)
    rows.filter(outcome=ReviewOutcome.OPEN).update(
        outcome=ReviewOutcome.KEPT,
        reason=reason,
        decided_on=on,
        decided_at=timezone.now(),
        revision=F("revision") + 1,
    )


@action
def propose_review(
    review: Review,
    *,
    outcome: str,
    reason: str,
    referred_to: str = "",
    revision: int,
    by: User,
    on: date,
) -> Review:
    """Propose how a review should end, with a reason; a later proposal takes its place.

    Refuses an outcome that is none, a referral without the unit, and what changed since it was
    seen.
    """
    demand(by, "review.propose")
    found = _lock(review, by, revision)
    found.referred_to = _checked(outcome, referred_to)
    found.proposal_reason = need(reason, "建议理由", CLAUSE)
    found.proposed, found.proposed_by, found.proposed_at = outcome, by, timezone.now()
    found.revision += 1
    found.save()
    return found


@action
def decide_review(
    review: Review,
    *,
    outcome: str,
    reason: str,
    referred_to: str = "",
    revision: int,
    by: User,
    on: date,
) -> Review:
    """End a review that somebody else proposed an outcome for; the lead may end it otherwise.

    Moved out makes a removal from this day on. Refuses without a proposal by another person,
    without a reason, and where the proposal is no longer the one that was seen.
    """
    demand(by, "review.decide")
    found = _lock(review, by, revision)
    if found.proposed_by_id is None:
        raise Refused(CLAUSE, "该复核还没有建议，请先由承办人提出复核建议，再行决定。")
    if found.proposed_by_id == by.pk:
        raise Refused(CLAUSE, "该复核的建议由您提出，请由本局另一位负责人决定。")
    found.referred_to = _checked(outcome, referred_to)
    found.reason = need(reason, "决定理由", CLAUSE)
    found.outcome, found.decided_by, found.decided_on = outcome, by, on
    found.decided_at = timezone.now()
    found.revision += 1
    found.save()
    if outcome == ReviewOutcome.MOVED_OUT:
        remove(
            found.violation,
            RemovalCause.REVIEW,
            since=on,
            order=found.order,
            reason=found.reason,
            by=by,
            on=on,
        )
    return found


def _checked(outcome: str, referred_to: str) -> str:
    """Return to whom it is referred; refuse an unknown outcome and a referral to nobody."""
    if outcome not in OUTCOMES:
        raise Refused(CLAUSE, "请选择复核结果：保留、移出或移送。")
    if outcome != ReviewOutcome.REFERRED:
        return ""
    return need(referred_to, "移送单位", CLAUSE)


def _lock(review: Review, by: User, revision: int) -> Review:
    """Lock an open review that this person may see, as it was seen; refuse otherwise."""
    if not Review.objects.visible_to(by).filter(pk=review.pk).exists():
        raise Refused("readings 4", ELSEWHERE)
    rows = Review.objects.for_system("locking a review that was found to be visible")
    found = (
        rows.select_related("decided_by", "proposed_by", "violation", "order__number")
        .select_for_update(no_key=True, of=("self",))
        .get(pk=review.pk)
    )
    if found.outcome != ReviewOutcome.OPEN:
        at = f"{timezone.localtime(found.decided_at):%Y-%m-%d %H:%M}"
        said = found.get_outcome_display()
        who = found.decided_by.name if found.decided_by else "系统"
        raise Refused(CLAUSE, f"{who}已于{at}决定该复核（{said}），请刷新后查看。")
    if found.revision != revision:
        at = f"{timezone.localtime(found.proposed_at):%Y-%m-%d %H:%M}"
        who = found.proposed_by.name
        raise Refused(CLAUSE, f"{who}已于{at}提出新的建议，您看到的不是最新内容，请刷新后再办理。")
    return found


def open_reviews(viewer: User) -> QuerySet[Review]:
    """Return the reviews that wait for a decision where this person looks, the nearest first."""
    rows = Review.objects.visible_to(viewer).filter(outcome=ReviewOutcome.OPEN)
    return rows.select_related("entity", "bureau", "violation", "order__number")


def late_reviews(viewer: User, on: date) -> QuerySet[Review]:
    """Return the open reviews whose day has passed: red for the city (readings 8)."""
    return open_reviews(viewer).filter(due_on__lt=on)
