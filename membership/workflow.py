"""How a request for a manual exclusion moves (四(一), readings 5)."""

from __future__ import annotations

from dataclasses import dataclass

from membership.models import ExclusionRequest
from staff.models import User
from staff.permissions import may

Status = ExclusionRequest.Status


@dataclass(frozen=True)
class Transition:
    """One action: from, to, the permission it asks, and whether the filer or another does it."""

    label: str
    sources: frozenset[str]
    target: str
    verb: str
    by_filer: bool
    needs_opinion: bool
    clause: str


TRANSITIONS: dict[str, Transition] = {
    "approve": Transition(
        "批准", frozenset({Status.FILED}), Status.APPROVED, "exclusion.approve", False, False, "4.1"
    ),
    "refuse": Transition(
        "不予批准",
        frozenset({Status.FILED}),
        Status.REFUSED,
        "exclusion.approve",
        False,
        True,
        "4.1",
    ),
    "withdraw": Transition(
        "撤回", frozenset({Status.FILED}), Status.WITHDRAWN, "exclusion.request", True, False, "4.1"
    ),
}


def available(request: ExclusionRequest, user: User) -> list[str]:
    """Return the actions open to this account on this request, for buttons."""
    return [
        action
        for action, move in TRANSITIONS.items()
        if request.status in move.sources
        and may(user, move.verb)
        and move.by_filer == (request.filed_by_id == user.pk)
    ]
