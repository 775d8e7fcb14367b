"""The review list: what its address asks for, its chips, what may be done to one, several kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.db.models import Q, QuerySet
from django.urls import reverse

from desk.forms.violation_filters import ReviewFilter, ReviewState
from desk.violations.lists import Chip, named
from redline.choices import ReviewOutcome
from redline.models import Review
from redline.violation_queries import overdue_reviews, reviews_for, reviews_waiting_for
from staff.models import User
from staff.permissions import may

NAMES = tuple(ReviewFilter.base_fields)


def state_of(form: ReviewFilter) -> str:
    """Return the state that is asked for: what is open, unless the address names another."""
    return form.said.get("state", ReviewState.OPEN.value)


def asked_for(form: ReviewFilter, viewer: User, on: date) -> QuerySet[Review]:
    """Return the reviews that the viewer may see and a valid form asks for."""
    rows = _by_fields(form, viewer)
    if form.said.get("mine"):
        rows = rows.filter(reviews_waiting_for(viewer))
    return rows.filter(_of(state_of(form), on))


def _by_fields(form: ReviewFilter, viewer: User) -> Any:
    said, rows = form.said, reviews_for(viewer)
    if text := said.get("text"):
        rows = rows.filter(entity__in=named(text))
    if bureau := said.get("bureau"):
        rows = rows.filter(bureau=int(bureau))
    for name in ("cause", "proposed"):
        if value := said.get(name):
            rows = rows.filter(**{name: value})
    return rows


def _of(state: str, on: date) -> Q:
    if state == ReviewState.OVERDUE:
        return overdue_reviews(on)
    is_open = Q(outcome=ReviewOutcome.OPEN)
    return ~is_open if state == ReviewState.DONE else is_open


def chips(form: ReviewFilter, viewer: User, on: date) -> list[Chip]:
    """Return the states with the number of reviews that the other conditions leave in each."""
    rows = _by_fields(form, viewer)
    if form.said.get("mine"):
        rows = rows.filter(reviews_waiting_for(viewer))
    return [
        Chip("state", one.value, str(one.label), rows.filter(_of(one, on)).order_by().count())
        for one in ReviewState
    ]


def count_mine(form: ReviewFilter, viewer: User) -> int:
    """Return how many reviews wait for this account, whatever their state is asked for."""
    return _by_fields(form, viewer).filter(reviews_waiting_for(viewer)).order_by().count()


def list_address(conditions: str = "") -> str:
    """Return the address of the list with the conditions it knows; others are left out."""
    kept = [(name, value) for name, value in parse_qsl(conditions) if name in NAMES]
    address = reverse("desk:review-queue")
    return f"{address}?{urlencode(kept)}" if kept else address


def why_not_kept(review: Review, viewer: User) -> str:
    """Say why a review is not ended in bulk with "kept"; an empty string where that is safe.

    Safe is what an officer proposed to keep and somebody else decides: everything else asks for a
    look at the single case.
    """
    if review.outcome != ReviewOutcome.OPEN:
        return f"已复核（{review.get_outcome_display()}）"
    if review.bureau_id != viewer.bureau_id:
        return "由其监管机关决定"
    if not review.proposed:
        return "还没有建议"
    if review.proposed != ReviewOutcome.KEPT:
        return f"建议{review.get_proposed_display()}，须逐件决定"
    return "建议由您提出，须由另一位负责人决定" if review.proposed_by_id == viewer.pk else ""


@dataclass(frozen=True)
class Kept:
    """What ending several with "kept" would touch: ``left`` with the reason why not."""

    ready: list[Review]
    left: list[tuple[Review, str]]


def to_keep(keys: Sequence[int], viewer: User) -> Kept:
    """Return which of the chosen reviews can be ended with "kept", and which not and why."""
    chosen = list(reviews_for(viewer).filter(pk__in=keys).order_by("due_on", "pk"))
    why = {one.pk: why_not_kept(one, viewer) for one in chosen}
    return Kept(
        [one for one in chosen if not why[one.pk]],
        [(one, why[one.pk]) for one in chosen if why[one.pk]],
    )


def may_propose(review: Review, viewer: User) -> bool:
    here = review.outcome == ReviewOutcome.OPEN and review.bureau_id == viewer.bureau_id
    return here and may(viewer, "review.propose")


def may_decide(review: Review, viewer: User) -> bool:
    """Whether this account may end a review now: a lead, of what somebody else proposed."""
    here = review.outcome == ReviewOutcome.OPEN and review.bureau_id == viewer.bureau_id
    by_another = review.proposed_by_id not in (None, viewer.pk)
    return here and by_another and may(viewer, "review.decide")
