"""Which colour a choice has. A word always stands in a badge: colour says nothing alone."""

from __future__ import annotations

from enum import Enum
from typing import Any

from core.models import Access, Change, Export, Job
from entities.choices import Letter, ListName, MarkOrigin, Status, Verdict
from entities.models import FourNewProposal
from membership.findings import Outcome
from membership.models import Decision, ExclusionRequest, GroundName, Run
from redline.choices import (
    CaseDecision,
    ListStatus,
    OrderStatus,
    RemovalRule,
    ReviewOutcome,
    Severity,
    ViolationStatus,
)
from zones.choices import ChangeStatus, DeclarationStatus, ProposalStatus, TaskStatus
from zones.choices import Outcome as DeclaredOutcome

PLAIN = "secondary"

CHOICES: dict[str, type[Any]] = {
    "status": Status,
    "letter": Letter,
    "verdict": Verdict,
    "list": ListName,
    "origin": MarkOrigin,
    "ground": GroundName,
    "outcome": Outcome,
    "move": Decision.Move,
    "run": Run.Status,
    "job": Job.Status,
    "proposal": FourNewProposal.Status,
    "request": ExclusionRequest.Status,
    "export": Export.Status,
    "change": Change.Verb,
    "access": Access.Kind,
    "roster_change": ChangeStatus,
    "roster_proposal": ProposalStatus,
    "task": TaskStatus,
    "declaration": DeclarationStatus,
    "declared": DeclaredOutcome,
    "list_status": ListStatus,
    "severity": Severity,
    "removal_rule": RemovalRule,
    "violation": ViolationStatus,
    "case": CaseDecision,
    "order": OrderStatus,
    "review": ReviewOutcome,
}
"""The choices that the tag ``badge`` knows, by the name used in templates."""

COLORS: dict[Enum, str] = {
    Status.ACTIVE: "success",
    Status.DORMANT: PLAIN,
    Status.LIQUIDATING: "warning",
    Status.DEREGISTERED: "danger",
    Status.REVOKED: "danger",
    Status.CANCELLED: "danger",
    Status.MOVED_OUT: "danger",
    Letter.A: "success",
    Letter.B: "primary",
    Letter.C: "warning",
    Letter.D: "danger",
    Verdict.IN: "danger",
    Verdict.PENDING: "warning",
    ListName.ABNORMAL: "warning",
    ListName.SERIOUS: "danger",
    GroundName.ZONE: "primary",
    GroundName.FOUR_NEW: "primary",
    GroundName.CREDIT: "success",
    Outcome.MET: "success",
    Outcome.UNDECIDED: "warning",
    Decision.Move.OPEN: "success",
    Decision.Move.CLOSE: "danger",
    Run.Status.STAGING: "primary",
    Run.Status.HELD: "warning",
    Run.Status.APPLYING: "primary",
    Run.Status.DONE: "success",
    Job.Status.RUNNING: "primary",
    Job.Status.DONE: "success",
    Job.Status.FAILED: "danger",
    FourNewProposal.Status.FILED: "warning",
    FourNewProposal.Status.ACCEPTED: "success",
    FourNewProposal.Status.REJECTED: "danger",
    ExclusionRequest.Status.FILED: "warning",
    ExclusionRequest.Status.APPROVED: "success",
    ExclusionRequest.Status.REFUSED: "danger",
    Export.Status.FILED: "warning",
    Export.Status.APPROVED: "primary",
    Export.Status.REFUSED: "danger",
    Export.Status.DONE: "success",
    ChangeStatus.FILED: "warning",
    ChangeStatus.APPROVED: "success",
    ChangeStatus.REFUSED: "danger",
    ChangeStatus.REVERSED: "danger",
    ProposalStatus.OPEN: "warning",
    ProposalStatus.CONFIRMED: "success",
    TaskStatus.OPEN: "warning",
    TaskStatus.DONE: "success",
    Change.Verb.INSERT: "success",
    Change.Verb.UPDATE: "primary",
    Change.Verb.DELETE: "danger",
    Change.Verb.SUPERSEDE: "warning",
    DeclarationStatus.ENTERED: "warning",
    DeclarationStatus.SUBMITTED: "primary",
    DeclarationStatus.REVIEWING: "primary",
    DeclarationStatus.REVIEWED: "primary",
    DeclarationStatus.ACCEPTED: "primary",
    DeclarationStatus.APPROVED: "success",
    DeclarationStatus.RETURNED: "warning",
    DeclarationStatus.REFUSED: "danger",
    ViolationStatus.JUDGED: "primary",
    ViolationStatus.TOUCHED: "danger",
    ReviewOutcome.KEPT: "success",
    OrderStatus.SUBMITTED: "warning",
    OrderStatus.APPROVED: "warning",
    OrderStatus.ISSUED: "warning",
    OrderStatus.SERVED: "primary",
    OrderStatus.REPORTED: "primary",
    OrderStatus.OVERDUE: "danger",
    OrderStatus.NOT_MENDED: "danger",
    OrderStatus.REFERRED: "danger",
    OrderStatus.MENDED: "success",
    OrderStatus.MENDED_LATE: "warning",
    DeclaredOutcome.APPROVED: "success",
    DeclaredOutcome.REFUSED: "danger",
    ListStatus.DRAFT: "warning",
    ListStatus.SUBMITTED: "primary",
    ListStatus.APPROVED: "success",
    Severity.SERIOUS: "warning",
    Severity.GRAVE: "danger",
    RemovalRule.AT_TOUCH: "danger",
    Access.Kind.LOGIN_FAILED: "warning",
    Access.Kind.LOCKED: "danger",
    Access.Kind.DENIED: "warning",
    Access.Kind.EXPORT: "primary",
    Access.Kind.REVEAL: "primary",
}


SHORT: dict[Enum, str] = {
    GroundName.ZONE: "区域",
    GroundName.FOUR_NEW: "“四新”",
    GroundName.CREDIT: "信用",
}
"""What stands in a narrow column; the whole label is the badge's title then."""


def badge_of(kind: str, value: Any, *, short: bool = False) -> dict[str, str]:
    """Return label, colour and title for a value of a named kind of choices."""
    member = CHOICES[kind](value)
    label = str(member.label)
    color = COLORS.get(member, PLAIN)
    if short and member in SHORT:
        return {"label": SHORT[member], "color": color, "title": label}
    return {"label": label, "color": color, "title": ""}
