"""Encrypting anew, under the current key, what was encrypted under an older one.

Which rows are left shows in the rows themselves, so that a killed rotation goes on where it was
when the command is given again, and one that is through does nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from django.apps import apps
from django.db import connection, models, transaction

from core.secrets import EncryptedBinaryField, EncryptedTextField, ring

RANGE = 20_000
"""Keys of a table in one transaction: an import waits for no more than these rows."""

FILES = 500
"""The same for a table of files, which are held in memory meanwhile."""

PAGE = 1000


class Column(NamedTuple):
    """One table with its encrypted columns."""

    model: type[models.Model]
    fields: list[EncryptedTextField]


def encrypted_columns() -> list[Column]:
    """Return every table that has encrypted columns."""
    found = []
    for model in apps.get_models():
        fields = [f for f in model._meta.local_fields if isinstance(f, EncryptedTextField)]
        if fields and model._meta.managed and not model._meta.proxy:
            found.append(Column(model, fields))
    return found


def rotate(report: Callable[[str, int, int], None]) -> dict[str, int]:
    """Encrypt everything anew that an older key of the ring sealed; return the rows by table.

    ``report`` is told the table, how far its keys are and how far they go.
    """
    counts = {}
    for column in encrypted_columns():
        table = column.model._meta.db_table
        last = _value(f"SELECT coalesce(max(id), 0) FROM {table}")
        counts[table] = 0
        step = FILES if any(isinstance(f, EncryptedBinaryField) for f in column.fields) else RANGE
        for low in range(0, last, step):
            with transaction.atomic():
                counts[table] += _rotate_range(column, low, low + step)
            report(table, min(low + step, last), last)
    return counts


def _rotate_range(column: Column, low: int, high: int) -> int:
    old = [name for name in ring().ids if name != ring().current]
    table, fields = column.model._meta.db_table, column.fields
    names = [str(field.column) for field in fields]
    stale = " OR ".join(f"split_part({name}, ':', 1) = ANY(%(old)s)" for name in names)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id, {', '.join(names)} FROM {table} WHERE id > %(low)s AND id <= %(high)s "
            f"AND ({stale}) ORDER BY id FOR UPDATE",
            {"old": old, "low": low, "high": high},
        )
        rows = [(row[0], *_anew(fields, row[1:], old)) for row in cursor.fetchall()]
        for page in batched(rows, PAGE):
            # Through Django's cursor, which tells the change log who does it.
            marks = ", ".join([f"({', '.join(['%s'] * (1 + len(names)))})"] * len(page))
            cursor.execute(
                f"UPDATE {table} t SET {', '.join(f'{name} = v.{name}' for name in names)} "
                f"FROM (VALUES {marks}) AS v (id, {', '.join(names)}) WHERE t.id = v.id",
                [value for row in page for value in row],
            )
    return len(rows)


def batched(rows: list[Any], size: int) -> Iterator[list[Any]]:
    for begin in range(0, len(rows), size):
        yield rows[begin : begin + size]


def _anew(fields: list[EncryptedTextField], stored: tuple[Any, ...], old: list[str]) -> list[Any]:
    """Return a row's values; what no old key sealed stays as it stands."""
    return [
        field.seal(field.open(value)) if value and value.partition(":")[0] in old else value
        for field, value in zip(fields, stored, strict=True)
    ]


def sealed_by() -> Counter[str]:
    """Return how many values each key has sealed, over all encrypted columns."""
    found: Counter[str] = Counter()
    for column in encrypted_columns():
        for field in column.fields:
            with connection.cursor() as cursor:
                cursor.execute(
                    f"SELECT split_part({field.column}, ':', 1), count(*) "
                    f"FROM {column.model._meta.db_table} WHERE {field.column} <> '' GROUP BY 1"
                )
                found.update(dict(cursor.fetchall()))
    return found


def _value(sql: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()[0]
