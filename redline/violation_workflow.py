"""What may be done about a violation and its case: from where, by which verb, by whom of whom.

A violation moves OPEN → JUDGED (a touch was confirmed and waits for the lead) → TOUCHED, or OPEN →
ORDINARY. JUDGED moves with its order only: approved it is TOUCHED, refused or discarded OPEN again.
Every cell is tried in tests; pages ask ``violation_steps`` and ``case_steps``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from redline.choices import CaseDecision, ViolationStatus
from redline.models import Case, Violation
from staff.models import User
from staff.permissions import may


@dataclass(frozen=True)
class ViolationStep:
    """One thing done about a violation.

    ``finder``: whoever recorded it may take it as well, without being of the bureau that deals
    with it, with ``finder_verb``, while nobody there has received or judged it. ``waits``: not
    before what was passed on was received. An empty ``target`` leaves the state as it is.
    """

    label: str
    sources: frozenset[str]
    target: str
    verb: str
    clause: str
    finder_verb: str = ""
    waits: bool = True


_V = ViolationStatus
_LIVE = frozenset(_V) - {_V.VOID}
_UNJUDGED = frozenset({_V.OPEN})

VIOLATION_STEPS: Mapping[str, ViolationStep] = {
    "receive": ViolationStep(
        "接收抄告", _UNJUDGED, "", "violation.judge", "readings 10", waits=False
    ),
    "edit": ViolationStep(
        "修改登记", _UNJUDGED, "", "violation.judge", "readings 10", finder_verb="violation.record"
    ),
    "correct_supervisor": ViolationStep(
        "更正属地监管机关", _UNJUDGED, "", "violation.judge", "readings 10"
    ),
    "pass_on": ViolationStep("转办", _UNJUDGED, "", "violation.judge", "readings 10"),
    "confirm_touch": ViolationStep(
        *("确认触碰", frozenset({_V.OPEN, _V.ORDINARY}), _V.JUDGED, "violation.judge"),
        "readings 10",
    ),
    "edit_touch": ViolationStep(
        "修改触碰认定", frozenset({_V.JUDGED}), "", "violation.judge", "readings 10"
    ),
    "not_a_touch": ViolationStep(
        "认定不属触碰", _UNJUDGED, _V.ORDINARY, "violation.judge", "readings 10"
    ),
    "set_handling": ViolationStep("登记处理", _LIVE, "", "violation.judge", "readings 8"),
    "hold_against": ViolationStep("比对清单", _LIVE, "", "violation.judge", "4.1"),
    "take_measure": ViolationStep("登记措施", _LIVE, "", "case.decide", "readings 11"),
    "add_evidence": ViolationStep(
        *("上传证据", _LIVE, "", "violation.record", "4.4"),
        finder_verb="violation.record",
        waits=False,
    ),
    "void": ViolationStep(
        *("作废", frozenset({_V.OPEN, _V.ORDINARY}), _V.VOID, "violation.judge", "readings 10"),
        finder_verb="violation.record",
    ),
}


def is_passed_on(violation: Violation) -> bool:
    """Return whether a violation was passed on and its bureau has not received it yet (抄告)."""
    return violation.passed_on_at is not None and violation.received_at is None


def violation_steps(violation: Violation, user: User) -> list[str]:
    """Return what this account may do about a violation that it may see, in table order."""
    return [name for name in VIOLATION_STEPS if violation_step_open(violation, name, user)]


def violation_step_open(violation: Violation, name: str, user: User) -> bool:
    """Return whether this account may take a step from where the violation stands.

    The city sees every violation and takes no step but as the finder of its own.
    """
    step = VIOLATION_STEPS[name]
    if violation.status not in step.sources or not by_right_person(violation, name, user):
        return False
    return name != "receive" or is_passed_on(violation)


def by_right_person(violation: Violation, name: str, user: User) -> bool:
    """Return whether a step is this account's to take, wherever the violation stands."""
    step = VIOLATION_STEPS[name]
    here = violation.bureau_id == user.bureau_id
    if here and may(user, step.verb) and not (step.waits and is_passed_on(violation)):
        return True
    return is_finder(violation, name, user)


def is_finder(violation: Violation, name: str, user: User) -> bool:
    """Return whether the account recorded the violation and the step is open to finders."""
    step = VIOLATION_STEPS[name]
    if not step.finder_verb or violation.recorded_by_id != user.pk:
        return False
    if not may(user, step.finder_verb):
        return False
    return name == "add_evidence" or violation.status == _V.OPEN and not violation.received_at


@dataclass(frozen=True)
class CaseStep:
    """One thing done about the second clock of a touch (readings 11)."""

    label: str
    verb: str
    clause: str


CASE_STEPS: Mapping[str, CaseStep] = {
    "decide": CaseStep("登记立案决定", "case.decide", "readings 11"),
    "extend": CaseStep("延长决定期限", "case.extend", "readings 11"),
    "close": CaseStep("登记结案", "case.decide", "readings 15"),
}


def case_steps(case: Case, user: User) -> list[str]:
    """Return what this account may do about a case that it may see, in table order."""
    return [name for name in CASE_STEPS if case_step_open(case, name, user)]


def case_step_open(case: Case, name: str, user: User) -> bool:
    """Return whether this account may take a step from where the case stands."""
    if not may(user, CASE_STEPS[name].verb) or case.violation.bureau_id != user.bureau_id:
        return False
    return case_stands_for(case, name)


def case_stands_for(case: Case, name: str) -> bool:
    """Return whether a case stands where a step can be taken, whoever asks."""
    if name == "close":
        return case.decision == CaseDecision.FILED and case.closed_on is None
    if name == "extend":
        return case.decision == CaseDecision.OPEN and not case.extension_days
    return case.decision == CaseDecision.OPEN
