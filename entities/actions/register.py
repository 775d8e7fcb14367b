"""Corrections of what files say: the credit-risk class and the registration status (readings 4)."""

from __future__ import annotations

from datetime import date

from core.errors import Refused
from entities.actions.base import Result, action, lock_one, need, not_later, operate
from entities.choices import Letter, Status
from entities.models import RISK_SCHEME, CreditClass, Entity, EntityStatus, Operation
from entities.timelines import lay_over, reaching
from staff.models import User
from staff.roles import demand

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
    source = need(source, "更正依据（来源）", "readings 4")
    reason = need(reason, "更正理由", "readings 4")
    not_later(since, on)
    held = list(reaching(CreditClass, [locked.pk], since, scheme=RISK_SCHEME))
    first = held[0] if held else None
    until = (first.until if first.since <= since else first.since) if first else None
    if first and first.since <= since and first.letter == letter and not first.missed:
        raise Refused("readings 4", f"该日信用风险分类已是{letter}类，无需更正。")
    written = lay_over(
        CreditClass,
        [locked.pk],
        since,
        until,
        lambda pk: CreditClass(
            entity_id=pk,
            scheme=RISK_SCHEME,
            letter=Letter(letter),
            month=since.replace(day=1),
            since=since,
            until=until,
            recorded_by=by,
            source=f"{CORRECTION}{source}"[:200],
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
    source = need(source, "更正依据（来源）", "readings 4")
    reason = need(reason, "更正理由", "readings 4")
    not_later(since, on)
    held = list(reaching(EntityStatus, [locked.pk], since))
    first = held[0] if held else None
    until = (first.until if first.since <= since else first.since) if first else None
    if first and first.since <= since and first.status == status:
        raise Refused("readings 4", f"该日登记状态已是{Status(status).label}，无需更正。")
    written = lay_over(
        EntityStatus,
        [locked.pk],
        since,
        until,
        lambda pk: EntityStatus(
            entity_id=pk,
            status=Status(status),
            since=since,
            until=until,
            recorded_by=by,
            source=f"{CORRECTION}{source}"[:200],
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
