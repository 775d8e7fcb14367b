"""The measures of benchmarks.audit, run inside Django."""

from __future__ import annotations

import csv
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import psycopg2
from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from benchmarks.nightly_measures import execute_all, timed
from core.audit.access import Kind, record
from core.audit.context import acting
from core.audit.sealing import Sealer
from core.audit.triggers import EVENTS
from core.audit.verifying import verify
from core.models import Change
from entities.models import Entity
from membership.models import Run
from membership.runs import Order, execute, last_full_run
from membership.settle import settle
from sandbox_reg.services import OWNER, Places

SETTLED = 10_000
BATCH = 500
WRITERS = 8
SECONDS = 5.0

# To class A: who enters is not held back by the brake.
CHANGE = (
    """
    CREATE TEMPORARY TABLE changed ON COMMIT DROP AS
    SELECT id FROM entities_creditclass WHERE superseded_at IS NULL AND until IS NULL
    AND since < %(on)s AND letter <> 'A' AND entity_id > %(after)s
    ORDER BY entity_id LIMIT %(most)s
    """,
    """
    UPDATE entities_creditclass c SET superseded_at = clock_timestamp() FROM changed
    WHERE c.id = changed.id
    """,
    """
    INSERT INTO entities_creditclass
        (entity_id, scheme, letter, month, missed, since, until, recorded_at, source)
    SELECT entity_id, scheme, letter, month, missed, since, %(on)s, clock_timestamp(), source
    FROM entities_creditclass JOIN changed USING (id)
    UNION ALL
    SELECT entity_id, scheme, 'A', %(month)s, 0, %(on)s, NULL, clock_timestamp(), 'benchmark'
    FROM entities_creditclass JOIN changed USING (id)
    """,
    """
    INSERT INTO entities_factchange (entity_id, from_day, cause)
    SELECT entity_id, %(on)s, 'benchmark' FROM entities_creditclass JOIN changed USING (id)
    """,
)

FILL = """
    INSERT INTO core_change (at, origin, role, address, reason, table_name, row_key, verb, before,
        after, login, actor_id, entity_id)
    SELECT clock_timestamp(), 'POST /entities/1/', 'district_officer', '10.1.2.3', '基准测试',
        'entities_entity', n, 'update', '{"name": "甲"}', '{"name": "乙"}', 'sandbox_app',
        n %% 100, n
    FROM generate_series(1, %s) n
"""

REGISTER = (
    "SELECT e.name, e.code, e.established_on, e.kind_text, %s, e.business_scope, d.short_name,"
    " e.address, e.industry FROM entities_entity e JOIN staff_district d ON d.id = e.district_id"
    " ORDER BY e.id LIMIT 100000"
)
HEADER = (
    *("企业名称", "统一社会信用代码", "注册日期", "企业类型", "注册资金"),
    *("经营范围", "地区", "注册地址", "行业代码"),
)


@contextmanager
def owner() -> Iterator[psycopg2.extensions.cursor]:
    opened = psycopg2.connect(Places(settings.SANDBOX_VAR).database_url(OWNER))
    opened.autocommit = True
    try:
        with opened.cursor() as cursor:
            yield cursor
    finally:
        opened.close()


@contextmanager
def without_history() -> Iterator[None]:
    """Switch the log's triggers off, as only the owner can, and on again."""

    def switch(how: str) -> None:
        with owner() as cursor:
            cursor.execute(
                "SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE tgname = ANY (%s)",
                [[f"log_{event}" for event in EVENTS]],
            )
            for table, name in cursor.fetchall():
                cursor.execute(f"ALTER TABLE {table} {how} TRIGGER {name}")

    switch("DISABLE")
    try:
        yield
    finally:
        switch("ENABLE")


def beside(title: str, work: Callable[[], object], repeat: int) -> None:
    """Print the seconds of some work without and with history, and what it left in the log."""
    with_it, without = [], []
    left = 0
    for _ in range(repeat):
        with without_history():
            without.append(timed(work))
        before = _lines()
        with acting(origin="benchmark", address="127.0.0.1", reason="基准测试"):
            with_it.append(timed(work))
        left = _lines() - before
    ours, bare = statistics.median(with_it), statistics.median(without)
    print(
        f"{title}: with {ours:.2f} s, without {bare:.2f} s, ratio {ours / bare:.2f};"
        f" {left:,} lines",
        flush=True,
    )


def _lines() -> int:
    return Change.objects.for_system("benchmark").count()


class Settling:
    """Change 10,000 classes and settle them, 500 at a time; each call takes the next ones."""

    def __init__(self, on: date) -> None:
        self.on, self.after = on, 0

    def __call__(self, entities: int = SETTLED) -> None:
        for _ in range(entities // BATCH):
            with transaction.atomic():
                execute_all(
                    CHANGE,
                    {
                        "on": self.on,
                        "month": self.on.replace(day=1),
                        "after": self.after,
                        "most": BATCH,
                    },
                )
            run = settle(self.on)
            assert run is not None
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT max(entity_id) FROM entities_factchange WHERE taken_by = %s", [run.pk]
                )
                self.after = cursor.fetchone()[0]


class Importing:
    """Import 100,000 rows whose capital differs from the last time: each row is changed."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> None:
        self.times += 1
        with tempfile.TemporaryDirectory() as name:
            path = Path(name) / "register.csv"
            with (
                path.open("w", encoding="utf-8", newline="") as file,
                connection.cursor() as cursor,
            ):
                writer = csv.writer(file)
                writer.writerow(HEADER)
                cursor.execute(REGISTER, [f"{100 + self.times}万元"])
                writer.writerows(cursor.fetchall())
            with (Path(name) / "out").open("w") as out:
                call_command("import_register", str(path), stdout=out, stderr=out)


def night(on: date) -> Run:
    return execute(Order(on=on, kind=Run.Kind.NIGHTLY, release="基准测试"))


def measure(repeat: int, lines: int) -> None:
    """Print the figures of docs/performance.md."""
    print(f"{Entity.objects.for_system('benchmark').count():,} entities")
    last = last_full_run()
    on = max(timezone.localdate(), last.on if last else date.min)
    night(on)
    beside("full run, nothing changed", lambda: night(on), repeat)
    settling = Settling(on)
    settling(2 * BATCH)  # whoever comes first would pay for what is read from the disk
    beside("settle of 10,000 entities", settling, 1)
    beside("import of 100,000 changed rows", Importing(), 1)
    night(on)
    sealing(lines)


def sealing(lines: int) -> None:
    """Seal lines of the change log while others write, and see what these notice of it."""
    print(f"seals before: {Sealer().seal(patience=30):,}", flush=True)
    alone = writing(SECONDS)
    with owner() as cursor:
        cursor.execute(FILL, [lines])
    stop = threading.Event()
    seen: list[list[float]] = []
    crowd = threading.Thread(target=lambda: seen.append(writing(600, stop)))
    crowd.start()
    sealer = Sealer()
    begun = time.monotonic()
    seals = 0
    while seals * 1000 < lines:
        seals += sealer.seal(patience=30)
    took = time.monotonic() - begun
    stop.set()
    crowd.join()
    print(f"sealing {lines:,} lines beside {WRITERS} writers: {took:.1f} s, {seals:,} seals")
    said("writers alone", alone, SECONDS)
    said("writers beside the sealer", seen[0], took)
    begun = time.monotonic()
    verdict = verify()
    # What was superseded with the triggers off is found, as it must be; the seals are whole.
    assert not [broken for broken in verdict.broken if broken.seal]
    print(f"verify_audit: {verdict.rows:,} rows, {time.monotonic() - begun:.1f} s")


def said(title: str, waits: list[float], seconds: float) -> None:
    ordered = sorted(waits)
    print(
        f"{title}: {len(ordered) / seconds:,.0f} transactions a second,"
        f" median {1000 * ordered[len(ordered) // 2]:.1f} ms,"
        f" 99 of 100 within {1000 * ordered[len(ordered) * 99 // 100]:.1f} ms,"
        f" longest {1000 * ordered[-1]:.0f} ms"
    )


def writing(seconds: float, stop: threading.Event | None = None) -> list[float]:
    """Let eight threads write access lines, each its own transaction; return how long each took."""
    waits: list[float] = []
    until = time.monotonic() + seconds

    def write() -> None:
        try:
            while time.monotonic() < until and not (stop and stop.is_set()):
                begun = time.monotonic()
                record(Kind.PRINT, subject="基准测试")
                waits.append(time.monotonic() - begun)
        finally:
            connection.close()

    crowd = [threading.Thread(target=write) for _ in range(WRITERS)]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join()
    return waits
