"""A violation of the other district with its evidence, its case and its review."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils import timezone

from entities.models import Entity
from redline.actions.reviews import raise_review
from redline.choices import Handling, ReviewCause
from redline.models import Case, Evidence, Review, Violation
from staff.models import User
from tests.redline.factories import make_case, make_evidence, make_violation


@dataclass(frozen=True)
class ViolationRows:
    """What the other district works on; each row bears its mark."""

    violation: Violation
    evidence: Evidence
    case: Case
    review: Review


def violated(entity: Entity, officer: User, mark: str) -> ViolationRows:
    """Let the officer record a violation, with evidence, a second clock and a review."""
    said = {"facts": f"{mark}事实", "provision": f"{mark}条款", "handling": Handling.ORDINARY}
    violation = make_violation(entity, by=officer, **said)
    return ViolationRows(
        violation=violation,
        evidence=make_evidence(violation, title=f"{mark}证据", name=f"{mark}证据.pdf"),
        case=make_case(violation),
        review=raise_review(violation, ReviewCause.PENALTY, on=timezone.localdate()),
    )
