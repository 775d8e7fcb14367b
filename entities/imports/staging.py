"""COPY from Python rows, and replacing dated facts set-wise.

Staging tables are temporary: the application's role may not create others, nothing is left behind
by a killed process, and a restarted import reads its file again before it goes on.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from types import MappingProxyType
from typing import Any

from django.db import connection, models, transaction

from core.jobs import SETTLE, wake
from entities.models import FactChange

ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
PIECE = 1 << 18


def encode(values: Iterable[Any]) -> str:
    """Return one line of COPY's text format; None is NULL, other values are written by str().

    Few lines hold anything to escape, so a line is looked at as a whole first. NUL, which the
    database takes in no text, stands for NULL meanwhile.
    """
    texts = ["\0" if value is None else str(value) for value in values]
    line = "\t".join(texts)
    special = "\\" in line or "\n" in line or "\r" in line
    if special or line.count("\t") != len(texts) - 1:
        line = "\t".join([text.translate(ESCAPES) for text in texts])
    return line.replace("\0", "\\N") + "\n"


def array(values: Iterable[Any]) -> str:
    """Return PostgreSQL's literal of an array of whole numbers or plain words."""
    return "{" + ",".join(map(str, values)) + "}"


def text_array(values: Iterable[str]) -> str:
    """Return PostgreSQL's literal of an array of any texts."""
    quoted = ['"' + v.replace("\\", "\\\\").replace('"', '\\"') + '"' for v in values]
    return "{" + ",".join(quoted) + "}"


class LineFile:
    """What COPY reads: lines from a generator, never held together.

    What the generator raises is kept and ends the lines: through the driver it would come out as
    the database's error, and its sentence would be lost.
    """

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._rest = b""
        self.error: Exception | None = None

    def read(self, size: int = PIECE) -> bytes:
        if not self._rest and self.error is None:
            try:
                self._rest = self._next_piece()
            except Exception as error:
                self.error = error
        piece, self._rest = self._rest[:size], self._rest[size:]
        return piece

    def _next_piece(self) -> bytes:
        parts, length = [], 0
        for line in self._lines:
            parts.append(line)
            length += len(line)
            if length >= PIECE // 4:
                break
        return "".join(parts).encode()


def copy_lines(table: str, columns: Sequence[str], lines: Iterator[str]) -> None:
    """COPY encoded lines into the columns of a table: all of them, or none where one raises."""
    listed = ", ".join(f'"{name}"' for name in columns)
    file = LineFile(lines)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.copy_expert(f"COPY {table} ({listed}) FROM STDIN", file, PIECE)
        if file.error is not None:
            raise file.error


def execute(sql: str, params: Sequence[Any] | dict[str, Any] = ()) -> int:
    """Run one statement; return the number of rows it touched."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params or None)
        return cursor.rowcount


def rows(sql: str, params: Sequence[Any] | dict[str, Any] = ()) -> list[tuple]:
    """Return the rows of one query."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params or None)
        return cursor.fetchall()


@contextmanager
def alone(name: str, handle: Any) -> Iterator[None]:
    """Hold the session's lock of this name; wait while another import holds it.

    The lock dies with the connection, so a killed import blocks nobody.
    """
    while not rows("SELECT pg_try_advisory_lock(hashtext(%s))", [name])[0][0]:
        handle.progress(0, phase="等待另一个导入完成")
        time.sleep(1)
    try:
        yield
    finally:
        if connection.connection is not None and not connection.connection.closed:
            execute("SELECT pg_advisory_unlock(hashtext(%s))", [name])


def replace_facts(
    model: type[models.Model],
    wanted: str,
    columns: Sequence[str],
    *,
    source: str,
    by: Any = None,
    only: str = "true",
    behind: Mapping[str, str] = MappingProxyType({}),
) -> int:
    """Make the facts of ``wanted`` what we know for their days; return the number of new rows.

    ``wanted``: a temporary table of ``entity_id, since, until, present`` and ``columns``, one row
    for an entity that differs; ``present`` false leaves a gap. Overlapping rows are superseded;
    what lay before and after comes back. ``only`` narrows the rows concerned (alias ``t``);
    ``behind`` says columns of what comes back after ``until`` in SQL, where they differ.
    """
    table = model._meta.db_table
    instant = _supersede(table, wanted, only)
    kept = ", ".join(f"t.{name}" for name in columns)
    after = ", ".join(behind.get(name, f"t.{name}") for name in columns)
    new = ", ".join(f"w.{name}" for name in columns)
    cut = f"FROM {table} t JOIN {wanted} w USING (entity_id) WHERE t.superseded_at = %(instant)s"
    return execute(
        f"INSERT INTO {table} (entity_id, {', '.join(columns)}, "
        "since, until, source, recorded_by_id, recorded_at) "
        f"SELECT entity_id, {kept}, t.since, w.since, t.source, t.recorded_by_id, "
        f"%(instant)s {cut} "
        f"AND t.since < w.since AND {only} "
        f"UNION ALL SELECT entity_id, {after}, w.until, t.until, t.source, t.recorded_by_id, "
        f"%(instant)s {cut} AND w.until IS NOT NULL AND (t.until IS NULL OR t.until > w.until) "
        f"AND {only} "
        f"UNION ALL SELECT entity_id, {new}, w.since, w.until, %(source)s, %(by)s::bigint, "
        f"%(instant)s FROM {wanted} w WHERE w.present",
        {"instant": instant, "source": source, "by": getattr(by, "pk", by)},
    )


def _supersede(table: str, wanted: str, only: str) -> datetime:
    """Mark the rows that overlap ``wanted``; return the instant, by the database's clock."""
    execute(f"ANALYZE {wanted}")
    instant = rows("SELECT clock_timestamp()")[0][0]
    execute(
        f"UPDATE {table} t SET superseded_at = %s FROM {wanted} w WHERE t.entity_id = w.entity_id "
        "AND t.superseded_at IS NULL AND (t.until IS NULL OR t.until > w.since) "
        f"AND (w.until IS NULL OR t.since < w.until) AND {only}",
        [instant],
    )
    return instant


def record_changes_of(query: str, cause: str, *, by: Any = None) -> int:
    """Write a FactChange for each (entity_id, from_day) of ``query``; wake settle on commit.

    The set-wise sister of :func:`entities.changes.record_changes`, for tables of a million rows.
    """
    count = execute(
        f"INSERT INTO {FactChange._meta.db_table} "
        "(entity_id, from_day, cause, bulk, recorded_by_id) "
        f"SELECT entity_id, min(from_day), %s, TRUE, %s::bigint FROM ({query}) AS changed "
        "GROUP BY entity_id",
        [cause, getattr(by, "pk", by)],
    )
    if count:
        wake(SETTLE)
    return count
