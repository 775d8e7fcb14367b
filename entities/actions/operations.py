"""Taking an operation back: new rows that say what held before; what changed since stays."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from core.errors import Refused
from entities.actions.base import ELSEWHERE, Result, action, lock, need, operate
from entities.models import (
    CreditClass,
    EntityStatus,
    FourNewMark,
    FourNewProposal,
    FourNewVeto,
    Licence,
    Listing,
    Operation,
    OperationItem,
    SafetyStatement,
)
from entities.rederive import DERIVED
from entities.timelines import Written, replace_rows
from policy.limits import limits_in_force
from staff.models import User
from staff.permissions import demand

TABLES: dict[str, type[Any]] = {
    model.__name__: model
    for model in (
        *(CreditClass, EntityStatus, FourNewMark, FourNewVeto),
        *(Licence, Listing, SafetyStatement),
    )
}
CHANGED_SINCE = "此后已有新的变动，未撤销；请按现状另行办理。"


ASKED: dict[str, str] = {
    Operation.Verb.CORRECT_CLASS: "class.correct",
    Operation.Verb.CHANGE_STATUS: "status.correct",
    Operation.Verb.STATE_SAFETY: "safety.state",
    Operation.Verb.WITHDRAW_SAFETY: "safety.state",
    Operation.Verb.RECORD_LICENCE: "licence.record",
    Operation.Verb.END_LICENCE: "licence.record",
    Operation.Verb.LIST: "list.{list_name}",
    Operation.Verb.DELIST: "list.{list_name}",
    Operation.Verb.MARK_FOUR_NEW: "four_new.decide",
    Operation.Verb.UNMARK_FOUR_NEW: "four_new.decide",
    Operation.Verb.DECIDE_PROPOSALS: "four_new.decide",
}
"""What an operation asked for, and so does taking it back: one's role may be another by now."""


def undoable_until(operation: Operation, at: datetime) -> datetime | None:
    """Return until when an operation can be undone, or None where it cannot any more."""
    if operation.undoes_id or Operation.objects.for_system("asking for an undo").filter(
        undoes=operation
    ):
        return None
    minutes = limits_in_force(timezone.localdate(at))["undo.minutes"]
    until = operation.done_at + timedelta(minutes=minutes)
    return until if at < until else None


@action
def undo(operation: Operation, *, by: User, at: datetime, reason: str = "操作有误") -> Result:
    """Undo one's own operation while its time runs; list what changed since and is left alone.

    What the operation superseded is inserted anew, what it inserted is superseded; readings,
    marks and membership follow from there. ``at`` is the instant of the request.
    """
    reason = need(reason, "撤销理由", "")
    if operation.done_by_id != by.pk:
        raise Refused("", "只能撤销本人的操作，请由原操作人撤销。")
    if operation.verb in ASKED:
        demand(by, ASKED[operation.verb].format(**operation.params))
    if undoable_until(operation, at) is None:
        raise Refused("", "该操作已撤销或已超过可撤销时限，请用相应的更正办理。")
    items = list(
        OperationItem.objects.for_system("undoing an operation").filter(
            operation=operation, done=True
        )
    )
    visible = {entity.pk for entity in lock([item.entity_id for item in items], by)}
    skipped = {item.entity_id: ELSEWHERE for item in items if item.entity_id not in visible}
    for entity_id in _changed_since(items, operation):
        skipped.setdefault(entity_id, CHANGED_SINCE)
    todo = [item for item in items if item.entity_id not in skipped]
    if not todo:
        raise Refused("", next(iter(skipped.values()), "该操作没有可以撤销的内容。"))
    _reopen_proposals(operation, {item.entity_id for item in todo})
    tables = {model: _reverse(name, model, todo) for name, model in _tables_of(items).items()}
    return operate(
        Operation.Verb.UNDO,
        by=by,
        reason=reason,
        from_days={item.entity_id: item.from_day for item in todo if item.from_day},
        tables=tables,
        on=timezone.localdate(at),
        skipped=skipped,
        params={"undoes": operation.pk},
        undoes=operation,
    )


def _tables_of(items: Sequence[OperationItem]) -> dict[str, type[Any]]:
    return {name: TABLES[name] for item in items for name in item.rows}


def _changed_since(items: Sequence[OperationItem], operation: Operation) -> set[int]:
    """Return the entities whose facts or proposals somebody changed after the operation."""
    changed = set()
    for name, model in _tables_of(items).items():
        current = _current(model, [item.entity_id for item in items])
        mine = {row.pk: row for row in _rows(model, items, name, "inserted")}
        old = defaultdict(list)
        for row in _rows(model, items, name, "superseded"):
            old[row.entity_id].append(row)
        changed |= {row.entity_id for row in mine.values() if row.superseded_at is not None}
        changed |= {
            entity_id
            for entity_id, rows in current.items()
            if any(_collide(r, o) for r in old[entity_id] for o in rows if o.pk not in mine)
        }
    if operation.verb == Operation.Verb.DECIDE_PROPOSALS:
        changed |= set(
            FourNewProposal.objects.for_system("undoing an operation")
            .filter(
                entity_id__in=[item.entity_id for item in items],
                status=FourNewProposal.Status.FILED,
            )
            .values_list("entity_id", flat=True)
        )
    return changed


def _current(model: type[Any], entity_ids: Sequence[int]) -> dict[int, list[Any]]:
    """Return the current rows by entity; derived marks are not facts of their own."""
    rows = model.objects.for_system("undoing an operation").current()
    if model is FourNewMark:
        rows = rows.exclude(origin__in=DERIVED)
    found: dict[int, list[Any]] = defaultdict(list)
    for row in rows.filter(entity_id__in=list(entity_ids)):
        found[row.entity_id].append(row)
    return found


def _rows(model: type[Any], items: Sequence[OperationItem], name: str, what: str) -> list[Any]:
    """Return the rows that the items name as inserted or superseded, without derived marks."""
    keys = [key for item in items for key in item.rows.get(name, {}).get(what, ())]
    rows = model.objects.for_system("undoing an operation").filter(pk__in=keys)
    if model is FourNewMark:
        rows = rows.exclude(origin__in=DERIVED)
    return list(rows)


KEYS = {
    "CreditClass": ("scheme",),
    "SafetyStatement": ("domain",),
    "Licence": ("number",),
    "Listing": ("list_name",),
}
"""What besides the entity makes two rows exclude each other (the tables' own constraints)."""


def _collide(one: Any, other: Any) -> bool:
    """Return whether two rows say different things about the same days."""
    keys = KEYS.get(type(one).__name__, ())
    if any(getattr(one, key) != getattr(other, key) for key in keys):
        return False
    return (one.until is None or other.since < one.until) and (
        other.until is None or one.since < other.until
    )


def _reverse(name: str, model: type[Any], items: Sequence[OperationItem]) -> Written:
    """Supersede what the operation inserted and insert anew what it superseded.

    Rows of the rule table and of proposals are left to the derivation that follows; those in the
    way of a mark that comes back make room.
    """
    inserted = _rows(model, items, name, "inserted")
    restored = _rows(model, items, name, "superseded")
    if model is FourNewMark:
        ids = {row.entity_id for row in restored}
        derived = model.objects.for_system("undoing an operation").current()
        in_the_way = derived.filter(origin__in=DERIVED, entity_id__in=ids)
        inserted += [
            row
            for row in in_the_way
            if any(r.entity_id == row.entity_id and _collide(r, row) for r in restored)
        ]
    return replace_rows(model, inserted, [row.copy() for row in restored])


def _reopen_proposals(operation: Operation, entity_ids: set[int]) -> None:
    """Put the proposals that the operation decided back before the city."""
    if operation.verb != Operation.Verb.DECIDE_PROPOSALS:
        return
    keys = [
        key for entity, key in operation.params["proposals"].items() if int(entity) in entity_ids
    ]
    FourNewProposal.objects.for_system("undoing a decision").filter(pk__in=keys).update(
        status=FourNewProposal.Status.FILED, decided_by=None, decided_at=None, opinion=""
    )
