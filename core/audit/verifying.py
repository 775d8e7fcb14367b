"""Whether everything sealed still stands as it was sealed (``python manage.py verify_audit``).

The chain is walked seal by seal, the rows of each seal are hashed anew. What is found: a row
changed, removed or slipped in behind a seal; a seal changed, removed or moved; a chain cut off at
its end (its head is known outside the database); a log or partition that is gone without a
tombstone; and how much is not sealed yet, and since when.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby

from django.conf import settings
from django.db import connection, models
from django.utils import timezone

from core.audit.history import superseding_models
from core.audit.partitions import LOGS, leaves
from core.audit.sealing import (
    digest_of,
    key_name,
    logs,
    published_head,
    row_text,
    rows_hash_of,
)
from core.audit.triggers import laid_triggers
from core.models import Seal

BATCH = 500


@dataclass(frozen=True)
class Broken:
    """One range that does not stand as it was sealed, and what is wrong with it."""

    seal: int
    log: str
    first: int
    last: int
    problem: str

    def __str__(self) -> str:
        return f"封存{self.seal}（{self.log} {self.first}–{self.last}）：{self.problem}"


@dataclass
class Verdict:
    """What a verification found: ``broken`` in the order of the seals, ``unsealed`` rows by log.

    ``oldest`` is the instant of the oldest line of the two logs that is not sealed yet.
    """

    seals: int = 0
    rows: int = 0
    broken: list[Broken] = field(default_factory=list)
    unsealed: dict[str, int] = field(default_factory=dict)
    oldest: datetime | None = None
    head: str = ""

    @property
    def age(self) -> timedelta:
        return timezone.now() - self.oldest if self.oldest else timedelta()


def verify(*, head: str = "") -> Verdict:
    """Verify all seals and the rows below them; ``head`` is a digest that must be in the chain."""
    verdict = Verdict()
    with connection.cursor() as cursor:
        present = {log.name for log in logs(cursor)}
    gone = set(
        Seal.objects.for_system("verifying the seals")
        .filter(kind=Seal.Kind.TOMBSTONE)
        .values_list("log", flat=True)
    )
    wanted = {head: "给定的链头"} if head else {}
    if published := published_head():
        wanted[published] = "状态目录中记下的链头"
    previous = ""
    ends: dict[str, int] = {}
    for batch in _batches():
        hashes = _rows_now(seal for seal in batch if seal.log in present)
        for seal in batch:
            wanted.pop(seal.digest, None)
            problem = _problem_of(seal, previous, ends) or _problem_below(
                seal, hashes, present, gone
            )
            if problem:
                verdict.broken.append(Broken(seal.pk, seal.log, seal.first, seal.last, problem))
            previous = seal.digest
            if seal.kind == Seal.Kind.ROWS:
                ends[seal.log] = seal.last
                verdict.rows += seal.rows
            verdict.seals += 1
    verdict.head = previous
    verdict.broken += [
        Broken(0, "封存链", 0, 0, f"{origin}{digest[:16]}……不在链中，链的末尾可能被截断或重做。")
        for digest, origin in wanted.items()
    ]
    verdict.broken += _closings_against_the_log()
    verdict.broken += _triggers_at_work()
    _count_unsealed(verdict, ends)
    return verdict


def _batches() -> Iterator[list[Seal]]:
    last = 0
    while True:
        rows = Seal.objects.for_system("verifying the seals").filter(pk__gt=last).order_by("pk")
        batch = list(rows[:BATCH])
        if not batch:
            return
        yield batch
        last = batch[-1].pk


def _problem_of(seal: Seal, previous: str, ends: dict[str, int]) -> str:
    """Return what is wrong with a seal itself, or an empty string."""
    keys = {key_name(key): key for key in settings.AUDIT_KEYS}
    if seal.key_name not in keys:
        return f"封存所用的密钥{seal.key_name}不在AUDIT_KEY中，无法核验，请补上旧密钥后重试。"
    if not hmac.compare_digest(digest_of(seal, keys[seal.key_name]), seal.digest):
        return "封存记录本身被改动。"
    if seal.previous != previous:
        return "与上一条封存不相接，其间的封存记录被删除、插入或改动。"
    if seal.kind == Seal.Kind.ROWS and seal.first != ends.get(seal.log, 0) + 1:
        return "与同一日志的上一段不相接。"
    return ""


def _problem_below(
    seal: Seal, hashes: dict[int, tuple[int, str]], present: set[str], gone: set[str]
) -> str:
    """Return what is wrong with the rows below a seal, or an empty string."""
    if seal.kind == Seal.Kind.TOMBSTONE:
        return "已注明到期清除的分区仍然存在。" if seal.log in present else ""
    if seal.log not in present:
        return "" if seal.log in gone else "整个日志（分区）不见了，也没有到期清除的记录。"
    if seal.pk not in hashes:
        return "日志的列与封存时不同，无法核验；请以当时的版本核验，或从备份恢复。"
    rows, rows_hash = hashes[seal.pk]
    if rows < seal.rows:
        return f"少了{seal.rows - rows}行（封存时{seal.rows}行）。"
    if rows > seal.rows:
        return f"多了{rows - seal.rows}行（封存时{seal.rows}行）。"
    return "" if rows_hash == seal.rows_hash else "行的内容被改动。"


def _rows_now(seals: Iterable[Seal]) -> dict[int, tuple[int, str]]:
    """Return (rows, hash) as the tables stand now, by seal."""
    found: dict[int, tuple[int, str]] = {}

    def below(seal: Seal) -> tuple[str, list[str]]:
        return seal.log, seal.columns

    chosen = sorted((s for s in seals if s.kind == Seal.Kind.ROWS), key=below)
    for (log, columns), group in groupby(chosen, key=below):
        if set(columns) - _columns_of(log):
            continue
        ranges = [(seal.pk, seal.first, seal.last) for seal in group]
        marks = ", ".join(["(%s::bigint, %s::bigint, %s::bigint)"] * len(ranges))
        sql = (
            f"SELECT s.seal, count(t.id), {rows_hash_of(row_text(columns, 't'), 't.id')}"
            f" FROM (VALUES {marks}) s (seal, first, last)"
            f' LEFT JOIN "{log}" t ON t.id BETWEEN s.first AND s.last GROUP BY s.seal'
        )
        found |= _hashed(sql, [value for one in ranges for value in one])
    return found


def _columns_of(log: str) -> set[str]:
    with connection.cursor() as cursor:
        described = connection.introspection.get_table_description(cursor, log)
    return {column.name for column in described}


def _hashed(sql: str, values: list[int]) -> dict[int, tuple[int, str]]:
    with connection.cursor() as cursor:
        cursor.execute("SHOW TIME ZONE")
        zone = cursor.fetchone()[0]
        cursor.execute("SET TIME ZONE 'UTC'")
        try:
            cursor.execute(sql, values)
            return {seal: (rows, rows_hash) for seal, rows, rows_hash in cursor.fetchall()}
        finally:
            cursor.execute("SELECT set_config('TimeZone', %s, false)", [zone])


def _closings_against_the_log() -> list[Broken]:
    """Compare when rows were superseded with what the (sealed) change log says of it.

    A seal leaves that column out, since it is written once later on. A row without a line counts
    only from the first kept line on: what is past its retention has lost its lines.
    """
    found = []
    with connection.cursor() as cursor:
        cursor.execute("SELECT min(at) FROM core_change")
        begun = cursor.fetchone()[0] or timezone.now()
        for model in superseding_models():
            table = model._meta.db_table
            cursor.execute(
                f"WITH told AS (SELECT row_key, max((after->>'superseded_at')::timestamptz) AS at"
                f" FROM core_change WHERE table_name = %s AND verb = 'supersede' GROUP BY row_key)"
                f" SELECT min(id), max(id), count(*) FROM ("
                f'  SELECT c.row_key AS id FROM told c LEFT JOIN "{table}" t ON t.id = c.row_key'
                f"  WHERE t.superseded_at IS DISTINCT FROM c.at UNION ALL"
                f'  SELECT t.id FROM "{table}" t WHERE t.superseded_at >= %s'
                f"  AND NOT EXISTS (SELECT FROM told c WHERE c.row_key = t.id)) wrong",
                [table, begun],
            )
            first, last, rows = cursor.fetchone()
            if rows:
                problem = f"{rows}行的被取代时间与变更记录不符。"
                found.append(Broken(0, table, first, last, problem))
    return found


def _triggers_at_work() -> list[Broken]:
    """Name the tables whose changes are written down no longer: without them a log is silent."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass::text, tgname FROM pg_trigger"
            " WHERE NOT tgisinternal AND tgenabled IN ('O', 'A')"
        )
        missing = set(laid_triggers()) - set(cursor.fetchall())
    return [
        Broken(0, table, 0, 0, f"触发器{name}缺失或被停用，其间的变更没有记录。")
        for table, name in sorted(missing)
    ]


def _count_unsealed(verdict: Verdict, ends: dict[str, int]) -> None:
    """Count what no seal covers yet, and find the oldest line among it."""
    with connection.cursor() as cursor:
        for log in logs(cursor):
            at = "min(at)" if log.parent in LOGS else "NULL"
            cursor.execute(
                f'SELECT count(*), {at} FROM "{log.name}" WHERE id > %s', [ends.get(log.name, 0)]
            )
            rows, oldest = cursor.fetchone()
            if rows:
                verdict.unsealed[log.name] = rows
            if oldest:
                verdict.oldest = min(oldest, verdict.oldest or oldest)


def unsealed_since() -> datetime | None:
    """Return the instant of the oldest line of the two logs that no seal covers, cheaply."""
    oldest = []
    seals = Seal.objects.for_system("the age of what is not sealed").filter(kind=Seal.Kind.ROWS)
    with connection.cursor() as cursor:
        for leaf in leaves(cursor):
            ended = seals.filter(log=leaf.name).aggregate(last=models.Max("last"))["last"] or 0
            cursor.execute(f'SELECT min(at) FROM "{leaf.name}" WHERE id > %s', [ended])
            oldest += [at for (at,) in cursor.fetchall() if at]
    return min(oldest, default=None)
