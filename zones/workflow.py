"""How a declaration moves: action -> from, to, who, clause. Every cell is tried in tests.

Besides the state and the role, three things count, and actions ask them in the same update:
whoever filed, submitted or reviewed a declaration does not decide on it (``by_another``); what
somebody took (受理) is decided by its handler; and who decides names the revision that was seen.
"""

from __future__ import annotations

from dataclasses import dataclass

from staff.models import User
from staff.permissions import may
from zones.choices import DeclarationStatus as Status
from zones.models import Declaration

CITY_ENTRY = "zone.enter"


@dataclass(frozen=True)
class Step:
    """One move of a declaration.

    ``by_another``: not by whoever filed, submitted or reviewed it. ``by_handler``: by whoever took
    it, or by anybody while nobody has. ``opinion``: it needs one. ``undoes``: only by whoever made
    the step that is taken back (its column), while nobody has taken the declaration on.
    """

    label: str
    sources: frozenset[str]
    target: str
    verb: str
    clause: str = "5.2"
    by_another: bool = False
    by_handler: bool = False
    opinion: bool = False
    undoes: str = ""


def _from(*states: Status) -> frozenset[str]:
    return frozenset(states)


STEPS: dict[str, Step] = {
    "submit": Step("提交", _from(Status.DRAFT, Status.RETURNED), Status.SUBMITTED, "zone.declare"),
    "confirm": Step(
        "确认代录", _from(Status.ENTERED), Status.SUBMITTED, "zone.declare", "readings 9"
    ),
    "decline": Step(
        *("不予确认", _from(Status.ENTERED), Status.VOID, "zone.declare", "readings 9"),
        opinion=True,
    ),
    "withdraw": Step(
        *("撤回", _from(Status.SUBMITTED), Status.DRAFT, "zone.declare"),
        undoes="submitted_by",
    ),
    "take": Step(
        *("受理审核", _from(Status.SUBMITTED), Status.REVIEWING, "zone.review"),
        by_another=True,
    ),
    "review": Step(
        *("审核通过", _from(Status.SUBMITTED, Status.REVIEWING), Status.REVIEWED, "zone.review"),
        by_another=True,
        by_handler=True,
    ),
    "send_back": Step(
        *("退回修改", _from(Status.SUBMITTED, Status.REVIEWING), Status.RETURNED, "zone.review"),
        by_another=True,
        by_handler=True,
        opinion=True,
    ),
    "recall": Step(
        *("撤回审核", _from(Status.REVIEWED), Status.REVIEWING, "zone.review"),
        undoes="reviewed_by",
    ),
    "accept": Step(
        *("市局受理", _from(Status.REVIEWED), Status.ACCEPTED, "zone.approve"),
        by_another=True,
    ),
    "approve": Step(
        *("批准", _from(Status.REVIEWED, Status.ACCEPTED), Status.APPROVED, "zone.approve"),
        by_another=True,
        by_handler=True,
    ),
    "return": Step(
        *("退回补正", _from(Status.REVIEWED, Status.ACCEPTED), Status.RETURNED, "zone.approve"),
        by_another=True,
        by_handler=True,
        opinion=True,
    ),
    "refuse": Step(
        *("不予批准", _from(Status.REVIEWED, Status.ACCEPTED), Status.REFUSED, "zone.approve"),
        by_another=True,
        by_handler=True,
        opinion=True,
    ),
    "hand_over_review": Step(
        *("转办", _from(Status.REVIEWING), Status.REVIEWING, "zone.review"),
        by_handler=True,
    ),
    "hand_over": Step(
        *("转办", _from(Status.ACCEPTED), Status.ACCEPTED, "zone.approve"),
        by_handler=True,
    ),
    "discard": Step("作废", _from(Status.DRAFT, Status.RETURNED), Status.VOID, "zone.declare"),
}

EDITABLE: dict[str, str] = {
    Status.DRAFT: "zone.declare",
    Status.RETURNED: "zone.declare",
    Status.ENTERED: CITY_ENTRY,
}
"""The states in which a declaration is edited, and the verb that this asks."""


def may_edit(declaration: Declaration, user: User) -> bool:
    verb = EDITABLE.get(declaration.status)
    return verb is not None and may(user, verb)


def available(declaration: Declaration, user: User) -> list[str]:
    """Return the steps open to this account on a declaration it may see, in table order."""
    return [action for action, step in STEPS.items() if is_open(declaration, step, user)]


def is_open(declaration: Declaration, step: Step, user: User) -> bool:
    """Return whether this account may take a step from where the declaration stands."""
    if declaration.status not in step.sources or not may(user, step.verb):
        return False
    if step.undoes and getattr(declaration, f"{step.undoes}_id") != user.pk:
        return False
    if step.by_another and user.pk in involved(declaration, step):
        return False
    return not step.by_handler or declaration.handler_id in (None, user.pk)


def involved(declaration: Declaration, step: Step) -> set[int]:
    """Return the people who do not take a step asked of another: who filed, submitted, reviewed.

    A lead who reviews again after a return is not kept from it by the first review.
    """
    people = {declaration.filed_by_id, declaration.submitted_by_id}
    if step.verb == "zone.approve":
        people.add(declaration.reviewed_by_id)
    return {pk for pk in people if pk is not None}
