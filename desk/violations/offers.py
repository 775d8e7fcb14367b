"""What may be done about a violation by whoever looks: what the page offers, the verbs decide."""

from __future__ import annotations

from dataclasses import dataclass

from redline.choices import CaseDecision, ViolationStatus
from redline.models import Case, Order, Violation
from redline.workflow import OPEN
from staff.models import User
from staff.permissions import may

Status = ViolationStatus


@dataclass(frozen=True)
class Offers:
    """Yes or no for each thing that the page of a violation has a form or a link for."""

    receive: bool
    judge: bool
    order: bool
    handling: bool
    evidence: bool
    match: bool
    void: bool
    measure: bool
    decide_case: bool
    extend_case: bool
    close_case: bool

    @property
    def any_step(self) -> bool:
        return self.receive or self.judge or self.order or self.handling or self.void


def is_passed_on(violation: Violation) -> bool:
    """Whether a violation was passed on and its bureau has not taken it yet."""
    return violation.passed_on_at is not None and violation.received_at is None


def finder_of(violation: Violation) -> str:
    """Return the name of the bureau or unit that found a violation."""
    if violation.found_by_bureau is not None:
        return violation.found_by_bureau.short_name
    return violation.found_by_unit.name if violation.found_by_unit else ""


def offers_for(
    violation: Violation, orders: list[Order], case: Case | None, viewer: User
) -> Offers:
    """Return what this account may do now; the city sees it all and does nothing of it."""
    here = violation.bureau_id == viewer.bureau_id
    live = violation.status != Status.VOID
    waits = is_passed_on(violation)
    judges = here and live and may(viewer, "violation.judge")
    decides = here and live and may(viewer, "case.decide")
    is_open = case is not None and case.decision == CaseDecision.OPEN
    own = violation.recorded_by_id == viewer.pk and violation.status == Status.OPEN
    ordered = any(order.status in OPEN for order in orders)
    return Offers(
        receive=judges and waits,
        judge=judges and not waits and violation.status == Status.OPEN,
        order=_may_order(violation, viewer) and not ordered,
        handling=judges and not waits,
        evidence=live and may(viewer, "violation.record"),
        match=judges and not waits,
        void=violation.status in (Status.OPEN, Status.ORDINARY) and (judges or own),
        measure=decides,
        decide_case=decides and is_open,
        extend_case=(
            here and is_open and may(viewer, "case.extend") and not _was_extended(case)
        ),
        close_case=decides and case is not None and _waits_for_end(case),
    )


def _may_order(violation: Violation, viewer: User) -> bool:
    here = violation.bureau_id == viewer.bureau_id
    return here and may(viewer, "order.draft") and violation.status == Status.ORDINARY


def _was_extended(case: Case | None) -> bool:
    return case is not None and case.extended_by_id is not None


def _waits_for_end(case: Case) -> bool:
    return case.decision == CaseDecision.FILED and case.closed_on is None
