"""The months of the logs: opened ahead, listed, and dropped when they are past their retention.

Opening is a function of the owner's that the application may call for the months ahead, so that no
log stands still because nobody migrated; what finds no month falls into the rest partition.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from django.db.backends.utils import CursorWrapper

from core.models import Access, Change

LOGS = (Change._meta.db_table, Access._meta.db_table)
AHEAD = 2
"""Months opened beyond the current one."""

OPEN = """
CREATE OR REPLACE FUNCTION sandbox_open_months(day date, ahead integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp SET lock_timeout = '3s' AS $open$
DECLARE
    opened integer := 0;
    log text;
    leaf text;
    month date;
BEGIN
    IF ahead NOT BETWEEN 0 AND 36 OR abs(day - current_date) > 1100 THEN
        RAISE EXCEPTION 'months out of range';
    END IF;
    FOREACH log IN ARRAY ARRAY['core_change', 'core_access'] LOOP
        FOR step IN 0..ahead LOOP
            month := (date_trunc('month', day) + make_interval(months => step))::date;
            leaf := format('%s_%s', log, to_char(month, 'YYYY_MM'));
            CONTINUE WHEN to_regclass('public.' || leaf) IS NOT NULL;
            -- Attaching takes a weak lock on the log, so that no writer waits; the rest partition,
            -- which is looked through for the month's lines, is empty as a rule.
            BEGIN
                EXECUTE format(
                    'CREATE TABLE public.%I (LIKE public.%I INCLUDING DEFAULTS)', leaf, log);
                EXECUTE format(
                    'ALTER TABLE public.%I ATTACH PARTITION public.%I FOR VALUES FROM (%L) TO (%L)',
                    log, leaf, month::timestamp AT TIME ZONE 'Asia/Shanghai',
                    (month + interval '1 month')::timestamp AT TIME ZONE 'Asia/Shanghai');
                -- The sealer reads month by month; what is written goes to the log as a whole.
                EXECUTE format('GRANT SELECT ON public.%I TO sandbox_app', leaf);
                opened := opened + 1;
            EXCEPTION WHEN check_violation OR lock_not_available THEN
                -- Lines of that month lie in the rest already, or somebody is busy there: the
                -- rest goes on taking them, and the next night tries again.
                RAISE WARNING '% was not opened: %', leaf, SQLERRM;
            END;
        END LOOP;
    END LOOP;
    RETURN opened;
END
$open$
"""


@dataclass(frozen=True)
class Leaf:
    """One partition of a log; ``month`` is None for the rest."""

    name: str
    log: str
    month: date | None


def open_months(cursor: CursorWrapper, on: date, ahead: int = AHEAD) -> int:
    """Open the month of a day and those ahead; return how many partitions were made."""
    cursor.execute("SELECT sandbox_open_months(%s, %s)", [on, ahead])
    return cursor.fetchone()[0]


def leaves(cursor: CursorWrapper) -> list[Leaf]:
    """Return the partitions of both logs, oldest first, the rest last."""
    cursor.execute(
        "SELECT c.relname, p.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
        " JOIN pg_class p ON p.oid = i.inhparent WHERE p.relname = ANY (%s)"
        " AND p.relnamespace = 'public'::regnamespace ORDER BY p.relname, c.relname",
        [list(LOGS)],
    )
    return [Leaf(name, log, _month(name)) for name, log in cursor.fetchall()]


def _month(name: str) -> date | None:
    found = re.search(r"_(\d{4})_(\d{2})$", name)
    return date(int(found[1]), int(found[2]), 1) if found else None


def months_before(on: date, months: int) -> date:
    """Return the first day of the month that lies so many months before the month of ``on``."""
    number = on.year * 12 + on.month - 1 - months
    return date(number // 12, number % 12 + 1, 1)
