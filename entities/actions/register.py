"""Corrections of what files say: the credit-risk class and the registration status (readings 4)."""

from __future__ import annotations

from datetime import date
from typing import Any

from core.errors import Refused
from entities.actions.base import Result, action, lock_one, need, not_later, operate
from entities.choices import Letter, Status
from entities.models import RISK_SCHEME, CreditClass, Entity, EntityStatus, Operation
from entities.timelines import lay_over, reaching
from staff.models import User
from staff.permissions import demand

CLAUSE = "readings 4"

CORRECTION = "更正："
"""How the source of a correction begins; a class file of the same month does not overrule it."""


@action
def correct_class(
    entity: Entity, *, letter: str, since: date, source: str, reason: str, by: User, on: date
) -> Result:
    """Correct the credit-risk class from a day on, up to where the next class file speaks.

    ``source`` names the paper or system that gives the right class. Where an entity had no class
    on that day, the correction holds until its next recorded class.
    """
    demand(by, "class.correct")
    locked = lock_one(entity, by)
    source, reason = _told(source, reason, since, on)
    held, until = _held(CreditClass, locked.pk, since, scheme=RISK_SCHEME)
    if held and held.letter == letter and not held.missed:
        raise Refused(CLAUSE, f"该日信用风险分类已是{letter}类，无需更正。")
    values = {"scheme": RISK_SCHEME, "letter": Letter(letter), "month": since.replace(day=1)}
    written = lay_over(
        CreditClass,
        [locked.pk],
        since,
        until,
        lambda pk: CreditClass(
            entity_id=pk, since=since, until=until, recorded_by=by, source=source, **values
        ),
        scheme=RISK_SCHEME,
    )
    return operate(
        Operation.Verb.CORRECT_CLASS,
        by=by,
        reason=reason,
        from_days={locked.pk: since},
        tables={CreditClass: written},
        on=on,
        params={"letter": letter, "since": since, "until": until, "source": source},
    )


@action
def change_status(
    entity: Entity, *, status: str, since: date, source: str, reason: str, by: User, on: date
) -> Result:
    """Correct the registration status from a day on, up to where the next recorded one begins."""
    demand(by, "status.correct")
    locked = lock_one(entity, by)
    source, reason = _told(source, reason, since, on)
    wanted = Status(status)
    held, until = _held(EntityStatus, locked.pk, since)
    if held and held.status == wanted:
        raise Refused(CLAUSE, f"该日登记状态已是{wanted.label}，无需更正。")
    written = lay_over(
        EntityStatus,
        [locked.pk],
        since,
        until,
        lambda pk: EntityStatus(
            entity_id=pk, status=wanted, since=since, until=until, recorded_by=by, source=source
        ),
    )
    return operate(
        Operation.Verb.CHANGE_STATUS,
        by=by,
        reason=reason,
        from_days={locked.pk: since},
        tables={EntityStatus: written},
        on=on,
        params={"status": status, "since": since, "until": until, "source": source},
    )


def _told(source: str, reason: str, since: date, on: date) -> tuple[str, str]:
    """Return the source as the row keeps it and the reason; refuse where one is missing."""
    source = need(source, "更正依据（来源）", CLAUSE)
    reason = need(reason, "更正理由", CLAUSE)
    not_later(since, on)
    return f"{CORRECTION}{source}"[:200], reason


def _held(
    model: type[Any], entity_id: int, since: date, **narrow: Any
) -> tuple[Any | None, date | None]:
    """Return the row that holds on a day, if any, and the day on which the next word begins."""
    first = reaching(model, [entity_id], since, **narrow).first()
    if first is None:
        return None, None
    return (first, first.until) if first.since <= since else (None, first.since)
