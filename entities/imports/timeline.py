"""The timeline of credit-risk classes, kept by one monthly file after another (readings 1).

A file of month M speaks for the days from M to the next file's month. Who stands in it has its
letter on those days; who had a class before and is missing carries the last letter with one more
missed file, at most ``CARRIED_UP_TO``. Everything is done set-wise for a range of entity keys,
whose timelines are independent of all others.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import zip_longest
from typing import Any

from entities.imports.staging import execute, record_changes_of, replace_facts, rows
from entities.models import RISK_SCHEME, CreditClass

CARRIED_UP_TO = 3
"""Beyond this many missed files another one changes no outcome, so none is written."""

STATED = "import_stated"
CAUSE = "信用风险分类导入"
CORRECTION = "更正"
COLUMNS = ("scheme", "letter", "month", "missed")
TABLE = CreditClass._meta.db_table

# What a late file cuts in two stands behind the cut since the file there gave it again.
BEGUN_AGAIN = {"month": "CASE WHEN t.missed = 0 THEN w.until ELSE t.month END"}

CURRENT = f"scheme = '{RISK_SCHEME}' AND superseded_at IS NULL AND {{range}}"

# The row before the month, what lies in it, and what the file wants there. A correction of this
# same month stands against the file; a later correction stands against being missing.
WANTED = """
CREATE TEMP TABLE wanted_class AS
WITH before AS (
  SELECT entity_id, letter, month, missed FROM {table}
  WHERE {current} AND since < %(month)s AND (until IS NULL OR until >= %(month)s)
), during AS (
  SELECT entity_id, min(since) AS since, max(coalesce(until, 'infinity')) AS until,
    count(*) AS pieces, min(letter) AS letter, min(missed) AS missed,
    bool_or(source LIKE '{correction}%%' AND month = %(month)s) AS corrected,
    bool_or(source LIKE '{correction}%%' AND since >= %(month)s) AS corrected_later
  FROM {table} WHERE {current} AND (until IS NULL OR until > %(month)s)
    AND since < coalesce(%(next)s::date, 'infinity')
  GROUP BY entity_id
), wish AS (
  {stated}
  SELECT b.entity_id, b.letter, b.month, least(b.missed + 1, {most})::smallint AS missed,
    false AS stated
  FROM before b WHERE {absent}
)
SELECT coalesce(w.entity_id, d.entity_id) AS entity_id, %(month)s::date AS since,
  %(next)s::date AS until, w.entity_id IS NOT NULL AS present, '{scheme}' AS scheme,
  w.letter, w.month, w.missed, coalesce(w.stated, false) AS stated,
  w.stated AND d.entity_id IS NULL AND NOT EXISTS (
    SELECT 1 FROM before b WHERE b.entity_id = w.entity_id) AS first
FROM wish w FULL JOIN during d ON d.entity_id = w.entity_id
WHERE {concerned}
  AND NOT coalesce(d.corrected, false)
  AND NOT (coalesce(d.corrected_later, false) AND NOT coalesce(w.stated, false))
  AND NOT coalesce(d.pieces = 1 AND d.since <= %(month)s
    AND d.until >= coalesce(%(next)s::date, 'infinity')
    AND d.letter = w.letter AND d.missed = w.missed, false)
"""

# A letter that the file before gave too stands since the month in which it began.
STATED_WISH = f"""SELECT entity_id, s.letter,
    CASE WHEN b.letter = s.letter AND b.missed = 0 THEN b.month ELSE %(month)s::date END AS month,
    0::smallint AS missed, true AS stated
  FROM {STATED} s LEFT JOIN before b USING (entity_id) WHERE {{range}}
  UNION ALL"""
NOT_STATED = f"NOT EXISTS (SELECT 1 FROM {STATED} s WHERE s.entity_id = b.entity_id)"

ABSENT_LATER = f"""
CREATE TEMP TABLE absent_later AS SELECT entity_id FROM wanted_class m WHERE NOT EXISTS (
  SELECT 1 FROM {TABLE} c WHERE c.entity_id = m.entity_id AND c.scheme = '{RISK_SCHEME}'
  AND c.superseded_at IS NULL AND c.missed = 0
  AND c.since <= %(month)s AND (c.until IS NULL OR c.until > %(month)s))
"""


@dataclass
class Counts:
    """What one file did: entities by what happened to their class."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    missed: int = 0
    withdrawn: int = 0

    def add(self, other: Counts) -> None:
        for name, value in vars(other).items():
            setattr(self, name, getattr(self, name) + value)


def put_file(
    month: date, later: list[date], low: int, high: int, *, source: str, by: Any, write: bool
) -> Counts:
    """Lay the staged file over the timelines of entities with keys in (low, high].

    ``later`` are the months of the files after this one, ascending: those who were missing there
    carry on from what this file says. Call it in a transaction; it writes the FactChange rows.
    """
    span = f"entity_id > {int(low)} AND entity_id <= {int(high)}"
    upto = later[0] if later else None
    _want(span, month, upto, STATED_WISH.format(range=span), NOT_STATED, "true")
    counts = _counts(span)
    if write:
        _replace(source, by)
        changed = "SELECT entity_id, since AS from_day FROM wanted_class"
        record_changes_of(changed, CAUSE, by=by)
        for month_after, end in zip_longest(later, later[1:]):
            if not _carry_on(span, month_after, end, by):
                break
    return counts


def _carry_on(span: str, month: date, upto: date | None, by: Any) -> bool:
    """Count again who was missing in a later file; return whether any timeline changed."""
    execute("DROP TABLE IF EXISTS absent_later")
    execute(ABSENT_LATER, {"month": month})
    among = "IN (SELECT entity_id FROM absent_later)"
    _want(
        span, month, upto, "", f"b.entity_id {among}", f"coalesce(w.entity_id, d.entity_id) {among}"
    )
    if not rows("SELECT EXISTS (SELECT 1 FROM wanted_class)")[0][0]:
        return False
    source = f"{month:%Y-%m}分类文件中未出现"
    _replace(source, by)
    return True


def _replace(source: str, by: Any) -> None:
    ours = f"t.scheme = '{RISK_SCHEME}'"
    replace_facts(
        CreditClass, "wanted_class", COLUMNS, source=source, by=by, only=ours, behind=BEGUN_AGAIN
    )


def _want(
    span: str, month: date, upto: date | None, stated: str, absent: str, concerned: str
) -> None:
    execute("DROP TABLE IF EXISTS wanted_class")
    sql = WANTED.format(
        table=TABLE,
        current=CURRENT.format(range=span),
        correction=CORRECTION,
        most=CARRIED_UP_TO,
        scheme=RISK_SCHEME,
        stated=stated,
        absent=absent,
        concerned=concerned,
    )
    execute(sql, {"month": month, "next": upto})


def _counts(span: str) -> Counts:
    new, changed, missed, withdrawn = rows(
        "SELECT count(*) FILTER (WHERE stated AND first), "
        "count(*) FILTER (WHERE stated AND NOT first), "
        "count(*) FILTER (WHERE present AND NOT stated), count(*) FILTER (WHERE NOT present) "
        "FROM wanted_class"
    )[0]
    stated = rows(f"SELECT count(*) FROM {STATED} WHERE {span}")[0][0]
    return Counts(new, changed, stated - new - changed, missed, withdrawn)


def corrected_against(month: date) -> list[tuple[int, str, str, str]]:
    """Return (line, code in the file, its letter, the corrected letter) where an officer disagreed.

    These rows are not overwritten by a file of the same month.
    """
    return rows(
        f"SELECT s.line, s.code, s.letter, c.letter FROM {STATED} s JOIN {TABLE} c "
        f"ON c.entity_id = s.entity_id AND c.scheme = '{RISK_SCHEME}' "
        f"WHERE c.superseded_at IS NULL AND c.source LIKE '{CORRECTION}%%' AND c.month = %s "
        "AND c.letter <> s.letter ORDER BY s.line",
        [month],
    )
