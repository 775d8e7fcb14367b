"""The sealer: what was written stays as it was written, or it shows.

Writers never chain hashes; nobody waits for the sealer. Keys are given out in order but commit out
of order, so a log is sealed up to the key that was the last one given out at some moment, once
every transaction that could still write a smaller one (it held a write lock on the log then) has
ended. Each seal covers at most ``MOST_ROWS`` rows and, by its HMAC, the seal before it; the key
lies outside the database, and the head of the chain is written to the log of the process and to a
file of the state folder as well.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, models, transaction
from django.db.backends.utils import CursorWrapper
from django.utils import timezone

from core.audit.partitions import LOGS, leaves
from core.models import Seal
from core.roles import CLOSING_COLUMN, append_only_models

logger = logging.getLogger("sandbox.audit")

MOST_ROWS = 1000
GATHERED_FOR = 60.0
"""Seconds for which fewer rows than a seal holds wait for more, between sweeps."""

LOCK = 0x5EA1


@dataclass(frozen=True)
class Log:
    """A table of rows to seal: ``name`` is the table or partition, ``parent`` what is written to.

    ``columns`` are those that never change once a row is written.
    """

    name: str
    parent: str
    columns: tuple[str, ...]


def logs(cursor: CursorWrapper) -> list[Log]:
    """Return everything that is sealed: append-only tables, the two logs by their partitions."""
    found = []
    parts = leaves(cursor)
    for model in append_only_models():
        table = model._meta.db_table
        if model is Seal:
            continue
        names = [leaf.name for leaf in parts if leaf.log == table] if table in LOGS else [table]
        found += [Log(name, table, _lasting(model)) for name in names]
    return found


def _lasting(model: type[models.Model]) -> tuple[str, ...]:
    """Return the columns to seal: what changes is left out, and what is too large for a row's text.

    A model names the latter as ``unsealed``; a sealed row beside it holds their digest.
    """
    left_out = {CLOSING_COLUMN, *getattr(model, "bookkeeping", ()), *getattr(model, "unsealed", ())}
    columns = {str(field.column) for field in model._meta.concrete_fields}
    return tuple(sorted(columns - left_out))


class Sealer:
    """Seals what is ready; remembers, between its turns, for which transactions a log waits."""

    def __init__(self) -> None:
        self._waiting: dict[str, tuple[int, frozenset[str]]] = {}
        self._gathering: dict[str, float] = {}

    def seal(self, *, most: int = 1_000_000, patience: float = 0.0, gather: bool = False) -> int:
        """Append up to ``most`` seals; return how many.

        Waits at most ``patience`` seconds for a log's open transactions; what is not ready then
        is sealed at a later turn. With ``gather``, fewer rows than a seal holds wait a minute for
        more. Only one sealer works at a time; a second one returns 0, as does every one once the
        head that was published last is no longer in the chain: a chain that was cut off must not
        grow on as if nothing had been.
        """
        with _alone() as mine:
            if not mine or _is_cut_off():
                return 0
            done = 0
            by_parent: dict[str, list[Log]] = {}
            with connection.cursor() as cursor:
                for log in logs(cursor):
                    by_parent.setdefault(log.parent, []).append(log)
            for parent, parts in by_parent.items():
                high = self._ready(parent, patience)
                for part in parts if high else ():
                    done += seal_up_to(part, high, most - done, wanted=self._wanted(part, gather))
            if done:
                publish_head()
            return done

    def _wanted(self, log: Log, gather: bool) -> Callable[[int], bool]:
        """Return whether so many rows of a log are worth a seal now."""

        def wanted(rows: int) -> bool:
            if rows == 0 or rows >= MOST_ROWS or not gather:
                self._gathering.pop(log.name, None)
                return rows > 0
            since = self._gathering.setdefault(log.name, time.monotonic())
            if time.monotonic() - since < GATHERED_FOR:
                return False
            del self._gathering[log.name]
            return True

        return wanted

    def _ready(self, parent: str, patience: float) -> int:
        """Return the key up to which a log can be sealed now, 0 where none can."""
        until = time.monotonic() + patience
        while True:
            with connection.cursor() as cursor:
                # Which key was the last one is asked before who still writes.
                high = _last_key(cursor, parent)
                writers = _writers(cursor, parent)
            before, awaited = self._waiting.get(parent, (high, writers))
            if not awaited & writers:
                # Those awaited have ended; those of now are awaited from here on.
                self._waiting[parent] = (high, writers)
                return before if writers else high
            self._waiting[parent] = (before, awaited & writers)
            if time.monotonic() >= until:
                return 0
            time.sleep(0.05)


def _last_key(cursor: CursorWrapper, table: str) -> int:
    cursor.execute("SELECT pg_get_serial_sequence(%s, 'id')", [table])
    sequence = cursor.fetchone()[0]
    cursor.execute(f"SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM {sequence}")
    return cursor.fetchone()[0]


def _writers(cursor: CursorWrapper, table: str) -> frozenset[str]:
    """Return the transactions that hold a write lock on a table, prepared ones included."""
    cursor.execute(
        "SELECT virtualtransaction FROM pg_locks WHERE locktype = 'relation' AND granted"
        " AND mode = 'RowExclusiveLock' AND relation = %s::regclass AND pid IS DISTINCT FROM"
        " pg_backend_pid()"
        " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
        [table],
    )
    return frozenset(name for (name,) in cursor.fetchall())


@contextlib.contextmanager
def _alone() -> Iterator[bool]:
    """Hold the sealer's session lock, or say that somebody else has it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
        mine = cursor.fetchone()[0]
    try:
        yield mine
    finally:
        if mine:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


def seal_up_to(log: Log, high: int, most: int, *, wanted: Callable[[int], bool]) -> int:
    """Seal the rows of a log up to a key, at most so many seals; return how many.

    ``wanted`` says whether so many rows are worth a seal.
    """
    done = 0
    while done < most:
        with transaction.atomic():
            first = _next_key(log)
            found = _chunks(log, first, high, min(most - done, 100))
            if not wanted(sum(rows for _, rows, _ in found)):
                return done
            for last, rows, rows_hash in found:
                append(
                    log=log.name,
                    first=first,
                    last=last,
                    rows=rows,
                    columns=list(log.columns),
                    rows_hash=rows_hash,
                )
                first = last + 1
        done += len(found)
    return done


def _next_key(log: Log) -> int:
    seals = Seal.objects.for_system("where the last seal ended").filter(
        log=log.name, kind=Seal.Kind.ROWS
    )
    return (seals.aggregate(last=models.Max("last"))["last"] or 0) + 1


def row_text(columns: list[str] | tuple[str, ...], alias: str) -> str:
    """Return the SQL of a row's canonical JSON: an array of the columns, in their order."""
    listed = ", ".join(f'{alias}."{column}"' for column in columns)
    return f"jsonb_build_array({listed})::text"


def rows_hash_of(text: str, key: str) -> str:
    """Return the SQL of the SHA-256 over the texts of rows, in the order of their keys."""
    joined = f"string_agg({text}, E'\\n' ORDER BY {key}) FILTER (WHERE {key} IS NOT NULL)"
    return f"encode(sha256(convert_to(coalesce({joined}, ''), 'UTF8')), 'hex')"


def _chunks(log: Log, first: int, high: int, most: int) -> list[tuple[int, int, str]]:
    """Return (last key, rows, hash) of the next chunks of a log."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL TIME ZONE 'UTC'")
        cursor.execute(
            f"SELECT max(id), count(*), {rows_hash_of('doc', 'id')} FROM ("
            f" SELECT id, {row_text(log.columns, 't')} AS doc,"
            f' (row_number() OVER (ORDER BY id) - 1) / %s AS chunk FROM "{log.name}" t'
            f" WHERE id BETWEEN %s AND %s ORDER BY id LIMIT %s) s GROUP BY chunk ORDER BY chunk",
            [MOST_ROWS, first, high, MOST_ROWS * most],
        )
        return cursor.fetchall()


def append(**said: Any) -> Seal:
    """Append one seal to the chain, in the caller's transaction."""
    last = Seal.objects.for_system("the head of the chain").order_by("-id").first()
    seal = Seal(
        **said,
        previous=last.digest if last else "",
        key_name=key_name(settings.AUDIT_KEYS[0]),
        sealed_at=timezone.now(),
    )
    seal.digest = digest_of(seal, settings.AUDIT_KEYS[0])
    seal.save(force_insert=True)
    return seal


def digest_of(seal: Seal, key: str) -> str:
    """Return the HMAC-SHA-256 over what a seal says, the digest of the one before included."""
    said = [
        *(seal.kind, seal.log, seal.first, seal.last, seal.rows, seal.columns),
        *(seal.rows_hash, seal.previous, seal.key_name, _instant(seal.sealed_at)),
    ]
    text = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
    return hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest()


def _instant(at: datetime) -> str:
    return at.astimezone(timezone.get_fixed_timezone(0)).isoformat()


def key_name(key: str) -> str:
    """Return the short name by which a seal says which key made it."""
    return hashlib.sha256(f"name of {key}".encode()).hexdigest()[:12]


def published_head() -> str:
    """Return the digest that was written last outside the database; empty before the first.

    A last line that a killed process left unfinished is passed over.
    """
    path = Path(settings.AUDIT_HEADS)
    for line in reversed(path.read_text("utf-8").splitlines() if path.exists() else []):
        with contextlib.suppress(ValueError, KeyError, TypeError):
            return json.loads(line)["digest"]
    return ""


def _is_cut_off() -> bool:
    head = published_head()
    seals = Seal.objects.for_system("whether the chain goes on")
    if not head or seals.filter(digest=head).exists():
        return False
    logger.critical(
        "The head %s that was published last is not in the chain: nothing is sealed until "
        "`manage.py verify_audit` and the backup have been looked at.",
        head,
    )
    return True


def publish_head() -> None:
    """Write the head of the chain where the database does not reach."""
    head = Seal.objects.for_system("the head of the chain").order_by("-id").first()
    if head is None:
        return
    line = json.dumps({"seal": head.pk, "digest": head.digest, "at": _instant(head.sealed_at)})
    logger.info("Head of the audit chain: %s", line)
    path = Path(settings.AUDIT_HEADS)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(line + "\n")
