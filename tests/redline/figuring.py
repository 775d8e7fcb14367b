"""Removals and reviews as plain rows, to count and to show."""

from datetime import date
from typing import Any

from redline.choices import RemovalCause
from redline.models import Removal, Review, Violation
from tests.redline.factories import ON


def make_removal(
    violation: Violation, *, since: date = ON, cause: str = RemovalCause.OVERDUE, **fields: Any
) -> Removal:
    removal = Removal(
        violation=violation,
        entity=violation.entity,
        bureau=violation.bureau,
        cause=cause,
        since=since,
        made_on=since,
        **fields,
    )
    removal.save(force_insert=True)
    return removal


def make_review(violation: Violation, due_on: date, **fields: Any) -> Review:
    review = Review(
        violation=violation,
        entity=violation.entity,
        bureau=violation.bureau,
        cause="penalty",
        raised_on=ON,
        days=15,
        due_on=due_on,
        **fields,
    )
    review.save(force_insert=True)
    return review
