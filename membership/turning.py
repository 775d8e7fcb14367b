"""What a passing day alone changes, and the days on which an entity must be judged again."""

from __future__ import annotations

from datetime import date

from django.db import connection

from core.dated import Dated
from membership.models import Ground
from membership.rules.sources import SOURCES

TABLES: tuple[type[Dated], ...] = tuple(dict.fromkeys(source.model for source in SOURCES))


def record_turning(last_on: date, on: date) -> int:
    """Write FactChange rows for facts recorded ahead that begin or end in (last_on, on].

    Returns how many rows were written. Facts recorded on or after their day have theirs already.
    """
    written = 0
    with connection.cursor() as cursor:
        for model in TABLES:
            table = model._meta.db_table
            for column in ("since", "until"):
                cursor.execute(
                    f"""
                    INSERT INTO entities_factchange (entity_id, from_day, cause)
                    SELECT entity_id, {column}, %s FROM {table}
                    WHERE superseded_at IS NULL AND {column} > %s AND {column} <= %s
                      AND (recorded_at AT TIME ZONE 'Asia/Shanghai')::date < {column}
                    """,
                    [
                        f"{model._meta.verbose_name}{'生效' if column == 'since' else '到期'}",
                        last_on,
                        on,
                    ],
                )
                written += cursor.rowcount
    return written


def boundary_days_sql() -> str:
    """Return SQL of (entity_id, day): every later day on which a fact or ground turns.

    It reads the temporary table ``took (entity_id, from_day)`` and takes one parameter: the last
    day (inclusive). Days of superseded facts need no mention: their moves stand in the grounds.
    """
    parts = ["SELECT entity_id, from_day AS day FROM took"]
    tables: tuple[type[Dated], ...] = (*TABLES, Ground)
    for model in tables:
        table = model._meta.db_table
        for column in ("since", "until"):
            parts.append(
                f"SELECT t.entity_id, f.{column} FROM took t JOIN {table} f"
                " ON f.entity_id = t.entity_id"
                f" AND f.superseded_at IS NULL AND f.{column} > t.from_day"
            )
    return f"SELECT entity_id, day FROM ({' UNION '.join(parts)}) turning WHERE day <= %s"
