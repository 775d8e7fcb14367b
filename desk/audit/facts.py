"""Facts behind lines that only name a row: what a superseded row said, and what took its place.

Both still stand in their append-only tables, which are their own history; so does what a person
did to entities (``entities.Operation``), whose line in the log names the row alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.postgres.constraints import ExclusionConstraint
from django.db import models

from core.audit.history import act_models, superseding_models
from core.models import Change
from desk.decisions import UNEXPLAINED
from membership.models import Decision, Ground

WHY = "naming for the auditor what the log tells of"
UNTOLD = {"id", "entity_id", "recorded_at", "recorded_by_id", "superseded_at", "done_at"}
"""Columns of a row that its line tells already."""

Side = dict[str, Any] | None
Facts = dict[tuple[str, int], tuple[Side, Side]]


@dataclass(frozen=True)
class Several:
    """The values of one column in the rows that took the place of one, in the order of days."""

    values: tuple[Any, ...]


def facts_of(found: Iterable[Change]) -> Facts:
    """Return both sides of the lines that name an append-only row, by table and row."""
    facts: Facts = {}
    lines = list(found)
    for model in superseding_models():
        keys = _keys(lines, model, Change.Verb.SUPERSEDE)
        if keys:
            facts |= {(model._meta.db_table, k): v for k, v in _replaced(model, keys).items()}
    for model in act_models():
        keys = _keys(lines, model, Change.Verb.INSERT)
        if keys:
            rows = rows_of(model).filter(pk__in=keys)
            facts |= {(model._meta.db_table, row.pk): (None, _filled(row)) for row in rows}
    return facts


def _keys(lines: list[Change], model: type[models.Model], verb: str) -> set[int]:
    table = model._meta.db_table
    return {line.row_key for line in lines if line.table_name == table and line.verb == verb}


def _replaced(model: type[models.Model], keys: set[int]) -> dict[int, tuple[Side, Side]]:
    """Return what superseded rows said, and what came for the same thing at the same instant."""
    old = list(rows_of(model).filter(pk__in=keys))
    columns = {str(field.column) for field in model._meta.concrete_fields}
    fresh = rows_of(model).filter(recorded_at__in={row.superseded_at for row in old})
    if "entity_id" in columns:
        fresh = fresh.filter(entity_id__in={row.entity_id for row in old})
    followers: dict[Any, list[Any]] = {}
    for row in fresh.order_by("since") if "since" in columns else ():
        followers.setdefault((_subject(row), row.recorded_at), []).append(row)
    return {
        row.pk: (_told(row), _joined(followers.get((_subject(row), row.superseded_at), [])))
        for row in old
    }


def _subject(row: Any) -> tuple[Any, ...]:
    """Return what a dated row is about: the keys of which one row may hold at a time."""
    for constraint in row._meta.constraints:
        if isinstance(constraint, ExclusionConstraint):
            names = [str(name) for name, _ in constraint.expressions if isinstance(name, str)]
            values = [getattr(row, row._meta.get_field(name).attname) for name in names]
            if None not in values:
                return (constraint.name, *values)
    return (row.pk,)


def _joined(rows: list[Any]) -> Side:
    """Return what took a row's place; several rows side by side in each column."""
    told = [_told(row) for row in rows]
    if len(told) < 2:
        return told[0] if told else None
    return {column: Several(tuple(one[column] for one in told)) for column in told[0]}


def _told(row: Any) -> dict[str, Any]:
    columns = {str(field.column): field.attname for field in row._meta.concrete_fields}
    return {
        column: getattr(row, attname) for column, attname in columns.items() if column not in UNTOLD
    }


def _filled(row: Any) -> dict[str, Any]:
    return {column: value for column, value in _told(row).items() if value not in (None, "", {})}


def decisions_of(keys: Sequence[int]) -> dict[int, str]:
    """Return the decisions by which these grounds ended, in words, by the ground's key."""
    if not keys:
        return {}
    grounds = list(Ground.objects.for_system(WHY).filter(pk__in=keys))
    decisions = Decision.objects.for_system(WHY).filter(
        entity_id__in={ground.entity_id for ground in grounds},
        recorded_at__in={ground.superseded_at for ground in grounds},
        move=Decision.Move.CLOSE,
    )
    by_subject = {_ended(one, one.recorded_at): one for one in decisions}
    found = {}
    for ground in grounds:
        one = by_subject.get(_ended(ground, ground.superseded_at))
        if one is not None:
            found[ground.pk] = f"移出决定{one.pk}，事由“{_cause(one)}”，评估{one.run_id}"
    return found


def _ended(row: Decision | Ground, at: datetime | None) -> tuple[Any, ...]:
    return row.entity_id, row.ground, row.occupant_id, at


def rows_of(model: type[models.Model]) -> Any:
    """Return all rows of a model, scoped or not."""
    manager: Any = model.objects  # type: ignore[attr-defined]
    return manager.for_system(WHY) if hasattr(manager, "for_system") else manager.all()


def _cause(decision: Decision) -> str:
    return "原因不明" if decision.cause == UNEXPLAINED else decision.cause
