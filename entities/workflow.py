"""The moves of a four-new proposal: action -> from, to, who, clause (readings 3)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from core.errors import Refused
from entities.models import FourNewProposal
from staff.models import User
from staff.permissions import demand, may

Status = FourNewProposal.Status


@dataclass(frozen=True)
class Step:
    """One move: the states it leaves, the state it reaches, the permission and the clause.

    ``by_another`` says that whoever filed the proposal does not make this move, wherever he or
    she works by then.
    """

    sources: frozenset[str]
    target: str
    verb: str
    clause: str
    label: str
    by_another: bool = True


PROPOSAL_STEPS: dict[str, Step] = {
    "withdraw": Step(
        *(frozenset({Status.FILED}), Status.WITHDRAWN, "four_new.propose", "readings 3", "撤回"),
        by_another=False,
    ),
    "accept": Step(
        frozenset({Status.FILED}), Status.ACCEPTED, "four_new.decide", "readings 3", "采纳"
    ),
    "reject": Step(
        frozenset({Status.FILED}), Status.REJECTED, "four_new.decide", "readings 3", "不采纳"
    ),
}


def available(proposal: FourNewProposal, by: User) -> list[str]:
    """Return the moves this person may make from where the proposal stands, in table order."""
    return [
        action
        for action, step in PROPOSAL_STEPS.items()
        if proposal.status in step.sources
        and may(by, step.verb)
        and not (step.by_another and proposal.filed_by_id == by.pk)
    ]


def move(proposal_ids: Collection[int], action: str, *, by: User, **changes: Any) -> set[int]:
    """Move those of the proposals that still stand where the move begins; return their keys.

    What this person filed is left to another where the move asks for one.

    The update names the old state, so of two people who decide at once only one moves a row.
    """
    step = PROPOSAL_STEPS[action]
    demand(by, step.verb)
    waiting = (
        FourNewProposal.objects.visible_to(by)
        .filter(pk__in=list(proposal_ids), status__in=step.sources)
        .order_by("pk")
        .select_for_update(of=("self",))
    )
    if step.by_another:
        waiting = waiting.exclude(filed_by=by)
    keys = set(waiting.values_list("pk", flat=True))
    moved = (
        FourNewProposal.objects.for_system("moving proposals by key")
        .filter(pk__in=keys, status__in=step.sources)
        .update(status=step.target, **changes)
    )
    if moved != len(keys):
        raise Refused(step.clause, "有建议已被他人处理，请刷新后重试。")
    return keys
