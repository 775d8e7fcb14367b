"""How an export that needs approval moves: action -> from, to, who."""

from __future__ import annotations

from core.models import Export
from staff.models import User
from staff.requests import Transition, available_of

Status = Export.Status

TRANSITIONS: dict[str, Transition] = {
    "approve": Transition(
        "同意", frozenset({Status.FILED}), Status.APPROVED, "export.approve", False, False, "4.1"
    ),
    "refuse": Transition(
        "不同意", frozenset({Status.FILED}), Status.REFUSED, "export.approve", False, True, "4.1"
    ),
    "withdraw": Transition(
        "撤回", frozenset({Status.FILED}), Status.WITHDRAWN, "", True, False, "4.1"
    ),
}


def available(export: Export, user: User) -> list[str]:
    """Return the actions open to this account on an export it may see, for buttons."""
    return available_of(TRANSITIONS, export, user)
