"""Reads that pages of violations and of the review list need: lists and to-dos."""

from __future__ import annotations

from datetime import date

from django.db.models import Q

from core.scope import NOTHING, ScopedQuerySet
from redline.choices import ReviewOutcome, ViolationStatus
from redline.models import Review, Violation
from staff.models import User
from staff.permissions import may

PLACES = ("bureau", "list_bureau", "found_by_bureau", "found_by_unit")
PEOPLE = ("recorded_by", "received_by")

PASSED_ON = Q(passed_on_at__isnull=False, received_at=None) & ~Q(status=ViolationStatus.VOID)
"""Found by one and dealt with by another, who has not taken it yet (抄告待接收, readings 10)."""


def violations_for(viewer: User) -> ScopedQuerySet:
    """Return the violations this account may see, with what a list shows of them."""
    rows = Violation.objects.visible_to(viewer)
    return rows.select_related("entity", *PLACES, *PEOPLE)


def passed_on_to(viewer: User) -> Q:
    """Return the condition on violations that were passed on to this account's bureau.

    To the city: to whichever bureau.
    """
    return PASSED_ON if viewer.sees_city() else PASSED_ON & Q(bureau=viewer.bureau_id)


def waiting_for(viewer: User) -> ScopedQuerySet:
    """Return the violations that wait for this account: passed on, or still to be judged."""
    rows = Violation.objects.visible_to(viewer)
    if not may(viewer, "violation.judge"):
        return rows.filter(NOTHING)
    return rows.filter(
        passed_on_to(viewer) | Q(status=ViolationStatus.OPEN), bureau=viewer.bureau_id
    )


def reviews_for(viewer: User) -> ScopedQuerySet:
    """Return the review list as this account may see it, with what a list shows of it."""
    rows = Review.objects.visible_to(viewer)
    people = ("proposed_by", "decided_by")
    return rows.select_related("entity", "bureau", "violation", "order__number", *people)


def overdue_reviews(on: date) -> Q:
    """Return the condition on reviews whose limit has ended without a decision (readings 8)."""
    return Q(outcome=ReviewOutcome.OPEN, due_on__lt=on)


def reviews_waiting_for(viewer: User) -> Q:
    """Return the condition on reviews that wait for this account.

    An officer's are those for which nobody proposed anything, a lead's those that somebody else
    proposed, since who proposes does not decide.
    """
    here = Q(outcome=ReviewOutcome.OPEN, bureau=viewer.bureau_id)
    if may(viewer, "review.decide"):
        return here & Q(proposed_by__isnull=False) & ~Q(proposed_by=viewer.pk)
    if may(viewer, "review.propose"):
        return here & Q(proposed_by=None)
    return NOTHING
