"""How a declaration moves: action -> from, to, who, clause. Every cell is tried in tests.

Besides the state and the role, three things count, and actions ask them in the same update:
whoever filed, submitted or reviewed a declaration does not decide on it (``by_another``); what
somebody took (受理) is decided by its handler; and who decides names the revision that was seen.
"""

from __future__ import annotations

from dataclasses import dataclass

from staff.models import User
from staff.permissions import LEADS, may
from zones.choices import DeclarationStatus as Status
from zones.models import Declaration

CITY_ENTRY = "zone.enter"


@dataclass(frozen=True)
class Step:
    """One move of a declaration.

    ``by_another``: not by whoever filed, submitted or reviewed it. ``by_handler``: by whoever took
    it, or by anybody while nobody has who still could. ``opinion``: it needs one. ``undoes``: only
    by whoever made the step that is taken back (its column), while nobody has taken the declaration
    on. ``hands``: a lead may do it for the handler. ``decides``: it names the revision seen.
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
    hands: bool = False
    decides: bool = False


def _from(*states: Status) -> frozenset[str]:
    return frozenset(states)


STEPS: dict[str, Step] = {
    "submit": Step(
        *("提交", _from(Status.DRAFT, Status.RETURNED), Status.SUBMITTED, "zone.declare"),
        decides=True,
    ),
    "confirm": Step(
        *("确认代录", _from(Status.ENTERED), Status.SUBMITTED, "zone.declare", "readings 9"),
        decides=True,
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
        decides=True,
    ),
    "send_back": Step(
        *("退回修改", _from(Status.SUBMITTED, Status.REVIEWING), Status.RETURNED, "zone.review"),
        by_another=True,
        by_handler=True,
        opinion=True,
        decides=True,
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
        decides=True,
    ),
    "return": Step(
        *("退回补正", _from(Status.REVIEWED, Status.ACCEPTED), Status.RETURNED, "zone.approve"),
        by_another=True,
        by_handler=True,
        opinion=True,
        decides=True,
    ),
    "refuse": Step(
        *("不予批准", _from(Status.REVIEWED, Status.ACCEPTED), Status.REFUSED, "zone.approve"),
        by_another=True,
        by_handler=True,
        opinion=True,
        decides=True,
    ),
    "hand_over_review": Step(
        *("转办", _from(Status.REVIEWING), Status.REVIEWING, "zone.review"),
        by_handler=True,
        hands=True,
    ),
    "hand_over": Step(
        *("转办", _from(Status.ACCEPTED), Status.ACCEPTED, "zone.approve"),
        by_handler=True,
        hands=True,
    ),
    "discard": Step("作废", _from(Status.DRAFT, Status.RETURNED), Status.VOID, "zone.declare"),
    "retract": Step("撤销代录", _from(Status.ENTERED), Status.VOID, CITY_ENTRY, "readings 9"),
}

HAND_OVERS: dict[str, str] = {Status.REVIEWING: "hand_over_review", Status.ACCEPTED: "hand_over"}
"""The step that hands a declaration over, by where it stands."""

OTHER_STEPS = {"begin": "建立草稿", "enter": "市局代录", "workbook": "上传申报表"}
"""What the record of steps also holds: how a declaration began, and each workbook it took in."""

EDITABLE: dict[str, str] = {
    Status.DRAFT: "zone.declare",
    Status.RETURNED: "zone.declare",
    Status.ENTERED: CITY_ENTRY,
}
"""The states in which a declaration is edited, and the verb that this asks."""


def step_said(action: str) -> str:
    """Return what a recorded step is called."""
    return STEPS[action].label if action in STEPS else OTHER_STEPS[action]


def may_edit(declaration: Declaration, user: User) -> bool:
    """Return whether this account may edit a declaration that it may see.

    What was entered for a district is edited by whoever entered it, who then does not decide.
    """
    verb = EDITABLE.get(declaration.status)
    if verb is None or not may(user, verb):
        return False
    return verb != CITY_ENTRY or declaration.filed_by_id == user.pk


def may_comment(declaration: Declaration, user: User) -> bool:
    """Return whether this account may pin comments: whoever could give the declaration back."""
    return any(is_open(declaration, STEPS[action], user) for action in ("send_back", "return"))


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
    return not step.by_handler or _is_with(declaration, step, user)


def _is_with(declaration: Declaration, step: Step, user: User) -> bool:
    """Return whether a step asked of the handler is this account's."""
    handler = declaration.handler
    if handler is None or handler.pk == user.pk or not may_hold(handler, declaration, step):
        return True
    return step.hands and user.role in LEADS


def may_hold(user: User, declaration: Declaration, step: Step) -> bool:
    """Return whether somebody could be the handler: with the right, at the right place."""
    if not may(user, step.verb):
        return False
    return step.verb != "zone.review" or user.bureau_id == declaration.bureau_id


def involved(declaration: Declaration, step: Step) -> set[int]:
    """Return the people who do not take a step asked of another: who filed, submitted, reviewed.

    A lead who reviews again after a return is not kept from it by the first review.
    """
    people = {declaration.filed_by_id, declaration.submitted_by_id}
    if step.verb == "zone.approve":
        people.add(declaration.reviewed_by_id)
    return {pk for pk in people if pk is not None}
