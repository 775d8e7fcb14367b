"""How a change of a roster moves: action -> from, to, who, clause. Every cell is tried in tests.

Inside the boundary the district's lead approves and the city is told (readings 9), which takes
note of the change (备案) or reverses it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from core.errors import Refused
from staff.models import User
from staff.permissions import demand, may
from zones.choices import ChangeStatus as Status
from zones.models import RosterChange

CLAUSE = "readings 9"
ELSEWHERE = "该名册变动不属于您所在的局，请由其监管机关或市局办理。"
MEANWHILE = "该名册变动已由他人办理，请刷新后查看结果。"


@dataclass(frozen=True)
class Step:
    """One move of a roster change.

    ``by_filer``: only by whoever filed it; ``by_another``: by anybody else. ``opinion``: it needs
    one. ``unseen``: only while the city has not taken note of it.
    """

    label: str
    source: Status
    target: Status
    verb: str
    clause: str = CLAUSE
    by_filer: bool = False
    by_another: bool = False
    opinion: bool = False
    unseen: bool = False


STEPS: dict[str, Step] = {
    "withdraw": Step(
        *("撤回", Status.FILED, Status.WITHDRAWN, "roster.change"),
        by_filer=True,
    ),
    "approve": Step(
        *("批准", Status.FILED, Status.APPROVED, "roster.approve"),
        by_another=True,
    ),
    "refuse": Step(
        *("不予批准", Status.FILED, Status.REFUSED, "roster.approve"),
        by_another=True,
        opinion=True,
    ),
    "note": Step(
        *("备案", Status.APPROVED, Status.APPROVED, "roster.reverse"),
        unseen=True,
    ),
    "reverse": Step(
        *("撤销", Status.APPROVED, Status.REVERSED, "roster.reverse"),
        opinion=True,
    ),
}


def available(change: RosterChange, user: User) -> list[str]:
    """Return the moves open to this account on a change it may see, in table order."""
    return [
        action
        for action, step in STEPS.items()
        if change.status == step.source
        and may(user, step.verb)
        and not (step.unseen and change.seen_at)
        and _is_the_person(change, step, user)
    ]


def _is_the_person(change: RosterChange, step: Step, user: User) -> bool:
    is_filer = change.filed_by_id == user.pk
    return not (step.by_filer and not is_filer) and not (step.by_another and is_filer)


def move(change: RosterChange, action: str, *, by: User, **columns: Any) -> RosterChange:
    """Take one step and write ``columns`` with it; return the change as it then stands.

    The update is by key and names the old state, so that of two who press at once one succeeds.
    """
    step = STEPS[action]
    demand(by, step.verb)
    found = RosterChange.objects.visible_to(by).filter(pk=change.pk).first()
    if found is None:
        raise Refused("readings 4", ELSEWHERE)
    if not _is_the_person(found, step, by):
        said = "只有提出人可以撤回名册变动。" if step.by_filer else "提出人不能办理自己提出的变动。"
        raise Refused(step.clause, said)
    rows = RosterChange.objects.for_system("moving a change that was found to be visible")
    rows = rows.filter(pk=change.pk, status=step.source)
    if step.unseen:
        rows = rows.filter(seen_at=None)
    if not rows.update(status=step.target, **columns):
        raise Refused(step.clause, MEANWHILE)
    found.refresh_from_db()
    return found
