"""经营异常名录 and 严重违法失信名单: who stands on them, from when to when (readings 7)."""

from __future__ import annotations

from datetime import date

from core.errors import Refused
from entities.actions.base import Result, action, lock_one, need, not_later, operate
from entities.choices import ListName
from entities.models import Entity, Listing, Operation
from entities.timelines import lay_over, reaching, replace_rows
from staff.models import User
from staff.permissions import demand

CLAUSE = "readings 7"


@action
def list_entity(
    entity: Entity,
    *,
    list_name: str,
    reason: str,
    since: date,
    by: User,
    on: date,
    document_number: str = "",
) -> Result:
    """Record that an entity stands on a list from a day on.

    The serious list ends all grounds, so it takes the number of the decision (文号).
    """
    demand(by, f"list.{ListName(list_name)}")
    locked = lock_one(entity, by)
    reason = need(reason, "列入事由", CLAUSE)
    if list_name == ListName.SERIOUS:
        document_number = need(document_number, "列入决定的文号", CLAUSE)
    not_later(since, on, "列入日")
    label = ListName(list_name).label
    if reaching(Listing, [locked.pk], since, list_name=list_name).exists():
        raise Refused(CLAUSE, f"该主体在{since}或以后已有{label}记录，请先移出或核对日期。")
    row = Listing(
        entity_id=locked.pk, list_name=ListName(list_name), since=since, reason=reason[:200],
        document_number=document_number[:100], recorded_by=by, source=by.name,
    )  # fmt: skip
    written = replace_rows(Listing, [], [row])
    return operate(
        Operation.Verb.LIST,
        by=by,
        reason=reason,
        from_days={locked.pk: since},
        tables={Listing: written},
        on=on,
        params={"list_name": list_name, "since": since, "document_number": document_number},
    )


@action
def delist(
    entity: Entity, *, list_name: str, until: date, reason: str, by: User, on: date
) -> Result:
    """Record that an entity left a list on ``until`` (the first day it no longer stands there)."""
    demand(by, f"list.{ListName(list_name)}")
    locked = lock_one(entity, by)
    reason = need(reason, "移出事由", CLAUSE)
    not_later(until, on, "移出日")
    written = lay_over(Listing, [locked.pk], until, None, lambda pk: None, list_name=list_name)
    if not written.superseded:
        raise Refused(CLAUSE, f"该主体在{until}不在{ListName(list_name).label}上，无需移出。")
    return operate(
        Operation.Verb.DELIST,
        by=by,
        reason=reason,
        from_days={locked.pk: until},
        tables={Listing: written},
        on=on,
        params={"list_name": list_name, "until": until},
    )
