"""How a version of the limits moves: action -> from, to, label."""

from __future__ import annotations

from typing import NamedTuple

from policy.models import PolicyVersion

Status = PolicyVersion.Status


class Move(NamedTuple):
    before: str
    after: str
    label: str
    verb: str


TRANSITIONS = {
    "approve": Move(Status.DRAFT, Status.PUBLISHED, "批准", "policy.approve"),
    "withdraw": Move(Status.DRAFT, Status.WITHDRAWN, "撤回", "policy.draft"),
    "recall": Move(Status.PUBLISHED, Status.WITHDRAWN, "撤回", "policy.approve"),
}
"""A published version can be recalled only before its day."""
