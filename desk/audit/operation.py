"""What one request, job attempt or command did, wherever it left lines."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Max, Min, QuerySet

from core.models import Access, Change
from desk.audit.acts import Item, items_of
from desk.audit.lines import AccessLine, ChangeLine, Who, access_lines, change_lines, who_did
from desk.audit.wording import table_label
from staff.models import User

FEW = 10
"""Lines of each table on the page of the whole operation; a table's own page shows the rest."""


@dataclass(frozen=True)
class Part:
    """What an operation did to one table: counts by verb, and its newest lines."""

    table: str
    label: str
    rows: int
    counts: list[tuple[str, int]]
    lines: list[ChangeLine]


@dataclass(frozen=True)
class Operation:
    """One operation: by whom, from when to when, and its parts."""

    key: uuid.UUID
    who: Who
    address: str
    reasons: list[str]
    began: datetime
    ended: datetime
    rows: int
    parts: list[Part]
    accesses: list[AccessLine]
    access_rows: int
    items: list[Item]
    item_rows: int


def changes_of(operation: uuid.UUID, viewer: User) -> QuerySet[Change]:
    return Change.objects.visible_to(viewer).filter(operation=operation)


def operation_of(operation: uuid.UUID, viewer: User) -> Operation | None:
    """Return what an operation did, or None where no line names it."""
    changes = changes_of(operation, viewer)
    accesses = Access.objects.visible_to(viewer).filter(operation=operation)
    first = changes.order_by("pk").first() or accesses.order_by("pk").first()
    if first is None:
        return None
    ends = [rows.aggregate(a=Min("at"), b=Max("at")) for rows in (changes, accesses)]
    parts = _parts(changes)
    item_rows, items = items_of([line.line for part in parts for line in part.lines])
    return Operation(
        key=operation,
        who=who_did(first),
        address=first.address,
        reasons=_reasons(changes) or _reasons(accesses),
        began=min(end["a"] for end in ends if end["a"]),
        ended=max(end["b"] for end in ends if end["b"]),
        rows=sum(part.rows for part in parts),
        parts=parts,
        accesses=access_lines(list(accesses.order_by("-pk")[:FEW])),
        access_rows=accesses.count(),
        items=items,
        item_rows=item_rows,
    )


def _reasons(rows: QuerySet[Any]) -> list[str]:
    said = rows.exclude(reason="").order_by().values_list("reason", flat=True).distinct()
    return list(said[:FEW])


def _parts(changes: QuerySet[Change]) -> list[Part]:
    counted = changes.order_by().values_list("table_name", "verb").annotate(rows=Count("id"))
    by_table: dict[str, list[tuple[str, int]]] = {}
    for table, verb, rows in counted.order_by("table_name", "verb"):
        by_table.setdefault(table, []).append((Change.Verb(verb).label, rows))
    shown = {
        table: list(changes.filter(table_name=table).order_by("-pk")[:FEW]) for table in by_table
    }
    lines = change_lines([line for found in shown.values() for line in found])
    return [
        Part(
            table=table,
            label=table_label(table),
            rows=sum(rows for _, rows in counts),
            counts=counts,
            lines=[line for line in lines if line.line.table_name == table],
        )
        for table, counts in by_table.items()
    ]
