"""How a request for a manual exclusion moves (四(一), readings 5)."""

from __future__ import annotations

from membership.models import ExclusionRequest
from staff.models import User
from staff.requests import Transition, available_of

Status = ExclusionRequest.Status

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
    return available_of(TRANSITIONS, request, user)
