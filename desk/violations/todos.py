"""What waits for this person about violations and reviews, each figure leading to its list."""

from __future__ import annotations

from datetime import date
from urllib.parse import urlencode

from django.urls import reverse

from desk.figures import Figure
from desk.forms.violation_filters import ReviewState, Whose
from redline.models import Review, Violation
from redline.violation_queries import (
    overdue_reviews,
    passed_on_to,
    reviews_waiting_for,
    waiting_for,
)
from staff.models import User
from staff.permissions import may


def violation_todos(viewer: User, on: date) -> list[Figure]:
    """Return the figures of what waits: to whoever judges, and to the city what is overdue."""
    reviews = Review.objects.visible_to(viewer)
    late = reviews.filter(overdue_reviews(on)).count()
    overdue = _figure("late", "逾期未复核", late, "review-queue", state=ReviewState.OVERDUE)
    passed = Violation.objects.visible_to(viewer).filter(passed_on_to(viewer)).count()
    waiting = _figure("passed", "抄告待接收", passed, "violation-list", whose=Whose.PASSED_ON)
    if viewer.sees_city():
        return [waiting, overdue]
    if not may(viewer, "violation.judge"):
        return []
    mine = waiting_for(viewer).count()
    review = reviews.filter(reviews_waiting_for(viewer)).count()
    return [
        _figure("judge", "待研判违法行为", mine, "violation-list", whose=Whose.WAITING),
        waiting,
        _figure("review", "待我复核", review, "review-queue", mine="on"),
        overdue,
    ]


def _figure(key: str, label: str, number: int, page: str, **query: str) -> Figure:
    url = f"{reverse(f'desk:{page}')}?{urlencode(query)}"
    tone = "watch-line" if number else ""
    if number and key == "late":
        tone = "alert-line"
    return Figure(f"violation-{key}", label, number, url, "件", tone=tone)
