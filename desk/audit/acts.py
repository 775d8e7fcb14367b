"""What an act of a person did to each entity, as its own append-only rows tell."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.apps import apps

from core.models import Change
from desk.audit.facts import UNTOLD, WHY, rows_of
from desk.audit.wording import column_label, value_said
from entities.models import Entity, Operation, OperationItem

FEW = 20
"""Entities of an act that a page shows; the act's own number of them stands beside."""


@dataclass(frozen=True)
class Item:
    """What an act did to one entity: the facts it wrote down, or why it did nothing."""

    entity: Entity
    done: bool
    from_day: date | None
    note: str
    facts: list[tuple[str, str]]


def items_of(lines: list[Change]) -> tuple[int, list[Item]]:
    """Return how many entities the acts among these lines touched, and the first of them."""
    table = Operation._meta.db_table
    keys = [line.row_key for line in lines if line.table_name == table]
    if not keys:
        return 0, []
    items = OperationItem.objects.for_system(WHY).filter(operation_id__in=keys)
    shown = list(items.select_related("entity").order_by("pk")[:FEW])
    told = _told(shown)
    return items.count(), [
        Item(
            entity=item.entity,
            done=item.done,
            from_day=item.from_day,
            note=item.note,
            facts=[told[name, key] for name, key in _inserted(item) if (name, key) in told],
        )
        for item in shown
    ]


def _inserted(item: OperationItem) -> list[tuple[str, int]]:
    rows: dict[str, dict[str, list[int]]] = item.rows
    return [(name, key) for name, keys in rows.items() for key in keys.get("inserted", [])]


def _told(items: list[OperationItem]) -> dict[tuple[str, int], tuple[str, str]]:
    """Return (name of the table, its columns in one line) by model name and key."""
    wanted: dict[str, set[int]] = {}
    for item in items:
        for name, key in _inserted(item):
            wanted.setdefault(name, set()).add(key)
    found = {}
    for name, keys in wanted.items():
        model: Any = apps.get_model("entities", name)
        for row in rows_of(model).filter(pk__in=keys):
            found[name, row.pk] = (str(model._meta.verbose_name), _line(row))
    return found


def _line(row: Any) -> str:
    table = row._meta.db_table
    said = [
        f"{column_label(table, str(field.column))} {value_said(table, str(field.column), value)}"
        for field in row._meta.concrete_fields
        if str(field.column) not in UNTOLD
        and (value := getattr(row, field.attname)) not in (None, "", [])
    ]
    return "，".join(said)
