"""What all verbs share: the transaction, who may, the locked rows, the operation, what follows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import transaction

from core.dated import Dated, Superseded
from core.errors import Refused
from entities.changes import record_changes
from entities.models import (
    Entity,
    EntityStatus,
    FourNewMark,
    FourNewVeto,
    Licence,
    Operation,
    OperationItem,
    SafetyStatement,
)
from entities.placing import place_fields
from entities.rederive import derive_four_new, derive_safety, record
from entities.timelines import BATCH, Written
from staff.models import User

P = ParamSpec("P")
R = TypeVar("R")

MOST = 20_000
"""So many entities one operation takes; more belongs into a file or the rule tables."""

ELSEWHERE = "该主体不在您的管辖或业务范围内，请联系其属地监管机关或市局办理。"

Tables = Mapping[type[Dated], Written]


@dataclass(frozen=True)
class Result:
    """What became of each entity: ``skipped`` maps those left alone to a sentence why."""

    operation: Operation
    done: list[int]
    skipped: dict[int, str]


@dataclass(frozen=True)
class Preview:
    """What a bulk verb would touch: how many, five names, how many lie outside the scope."""

    count: int
    sample: list[str]
    outside: int


def action(function: Callable[P, R]) -> Callable[P, R]:
    """Run a verb in one transaction; a row that somebody replaced meanwhile is a refusal."""

    @wraps(function)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            with transaction.atomic():
                return function(*args, **kwargs)
        except Superseded as error:
            raise Refused("", str(error)) from error

    return wrapped


def preview(entity_ids: Collection[int], *, by: User) -> Preview:
    """Count and name what a bulk verb by this person would touch; nothing is written."""
    ids = bounded(entity_ids)
    visible = Entity.objects.visible_to(by).filter(pk__in=ids)
    count = visible.count()
    names = list(visible.order_by("pk").values_list("name", flat=True)[:5])
    return Preview(count, names, len(ids) - count)


def bounded(entity_ids: Collection[int]) -> list[int]:
    """Return the keys, each once; refuse none and too many."""
    ids = sorted(set(entity_ids))
    if not ids:
        raise Refused("", "没有选中任何主体，请先勾选后再操作。")
    if len(ids) > MOST:
        raise Refused("", f"一次最多办理{MOST:,}户，选中了{len(ids):,}户，请缩小范围后重试。")
    return ids


def lock(entity_ids: Collection[int], by: User) -> list[Entity]:
    """Lock and return those of the entities that this person may see, ascending by key."""
    return list(
        Entity.objects.visible_to(by)
        .filter(pk__in=list(entity_ids))
        .order_by("pk")
        .select_for_update(no_key=True, of=("self",))
    )


def lock_one(entity: Entity, by: User) -> Entity:
    """Lock one entity, or refuse in a sentence where it lies outside this person's scope."""
    found = lock([entity.pk], by)
    if not found:
        raise Refused("readings 4", ELSEWHERE)
    return found[0]


def need(text: str, what: str, clause: str) -> str:
    """Return the stripped text; refuse an empty one."""
    if not text.strip():
        raise Refused(clause, f"请填写{what}。")
    return text.strip()


def not_later(day: date, on: date, what: str = "起始日") -> None:
    """Refuse a first day that is still to come."""
    if day > on:
        raise Refused("", f"{what}{day}晚于今天{on}，请改为今天或以前的日期。")


def operate(
    verb: Operation.Verb,
    *,
    by: User,
    reason: str,
    from_days: Mapping[int, date],
    tables: Tables,
    on: date,
    skipped: Mapping[int, str] | None = None,
    params: Mapping[str, object] | None = None,
    undoes: Operation | None = None,
) -> Result:
    """Write the operation with its items, and what follows from the changed facts.

    ``from_days`` maps each entity that was done to the first day concerned.
    """
    operation = Operation(
        verb=verb, reason=reason, params=dict(params or {}), done_by=by, undoes=undoes
    )
    operation.save(force_insert=True)
    items = [
        OperationItem(
            operation=operation,
            entity_id=entity_id,
            from_day=day,
            rows={model.__name__: written.of(entity_id) for model, written in tables.items()},
        )
        for entity_id, day in from_days.items()
    ]
    left = dict(skipped or {})
    items += [
        OperationItem(operation=operation, entity_id=entity_id, done=False, note=note)
        for entity_id, note in left.items()
    ]
    OperationItem.objects.for_system("recording an operation").bulk_create(items, batch_size=BATCH)
    follow(tables, from_days, operation.get_verb_display(), by=by, on=on)
    return Result(operation, sorted(from_days), left)


def follow(
    models: Iterable[type[Dated]],
    from_days: Mapping[int, date],
    cause: str,
    *,
    by: User,
    on: date,
) -> None:
    """Derive, refresh and announce what changes of these tables bring with them."""
    touched = set(models)
    by_day: dict[date, list[int]] = defaultdict(list)
    for entity_id, day in from_days.items():
        by_day[day].append(entity_id)
    for day, ids in by_day.items():
        if touched & {SafetyStatement, Licence}:
            record(derive_safety(ids, day), cause, by=by)
        if touched & {FourNewMark, FourNewVeto}:
            derive_four_new(ids, day)
        if touched - {SafetyStatement, Licence}:
            record_changes(ids, day, cause, by=by)
    if touched & {SafetyStatement, Licence}:
        place_fields(list(from_days), on=on)
    if EntityStatus in touched:
        show_status(list(from_days), on)


def show_status(entity_ids: list[int], on: date) -> None:
    """Copy the status of a day into the display column."""
    rows = EntityStatus.objects.for_system("refreshing the display copy").in_force(on)
    groups: dict[str, list[int]] = defaultdict(list)
    for entity_id, status in rows.filter(entity_id__in=entity_ids).values_list(
        "entity_id", "status"
    ):
        groups[status].append(entity_id)
    for status, ids in groups.items():
        Entity.objects.for_system("refreshing the display copy").filter(pk__in=ids).update(
            status=status
        )
