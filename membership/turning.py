"""What a passing day alone changes, and the days on which an entity must be judged again."""

from __future__ import annotations

from datetime import date, timedelta

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
            name = str(model._meta.verbose_name)
            cursor.execute(
                f"""
                INSERT INTO entities_factchange (entity_id, from_day, cause, bulk)
                SELECT f.entity_id, v.day, v.cause, TRUE FROM {model._meta.db_table} f
                CROSS JOIN LATERAL (VALUES (f.since, %(begins)s), (f.until, %(ends)s)) v(day, cause)
                WHERE f.superseded_at IS NULL
                  AND (f.since BETWEEN %(first)s AND %(on)s OR f.until BETWEEN %(first)s AND %(on)s)
                  AND v.day BETWEEN %(first)s AND %(on)s
                  AND (f.recorded_at AT TIME ZONE 'Asia/Shanghai')::date < v.day
                """,
                {
                    "begins": f"{name}生效",
                    "ends": f"{name}到期",
                    "first": last_on + timedelta(days=1),
                    "on": on,
                },
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
