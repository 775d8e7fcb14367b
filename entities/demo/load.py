"""Loading a generated city: one transaction, so that a killed load leaves an empty site.

An empty site is filled without indexes and constraints, which are made again from the database's
own definitions; a site that has entities is added to as it is.
"""

from __future__ import annotations

import hashlib
import multiprocessing
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta

from django.db import transaction

from core.errors import Refused
from entities.changes import record_changes
from entities.demo import pools
from entities.demo.city import TABLES, Area, Chunk, Made, Place, Setting, prepare
from entities.imports.staging import copy_lines, execute, rows
from entities.models import ClassFile, Entity
from staff.models import District, StreetPlacement, in_office
from staff.places import places_on

CHUNK = 20_000
PARALLEL_FROM = 5 * CHUNK
CAUSE = "演示数据"

# Primary keys stay: rows come in their order, and other tables point to them.
CONSTRAINTS = """
SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid), contype
FROM pg_constraint WHERE conrelid = ANY(%s::regclass[]) AND contype IN ('f', 'u', 'x')
ORDER BY contype = 'f', conrelid::regclass::text, conname
"""
INDEXES = """
SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i
WHERE i.indrelid = ANY(%s::regclass[]) AND NOT EXISTS (
  SELECT 1 FROM pg_constraint c WHERE c.conindid = i.indexrelid AND c.contype IN ('p', 'u', 'x'))
ORDER BY 1
"""


def make_city(
    entities: int, seed: int, month: date, on: date, *, add: bool, tell: Callable[[str], None]
) -> dict[str, int]:
    """Generate ``entities`` entities; ``month`` is the newest of two class files, ``on`` today.

    Return the rows written by table. On an empty site no FactChange rows are written: the first
    tagging run judges everybody.
    """
    present = Entity.objects.for_system("looking whether the site is empty").exists()
    if present and not add:
        raise Refused("", "系统中已有经营主体；确需追加演示数据时请加上 --add。")
    with transaction.atomic():
        setting = _setting(seed, entities, month, on)
        if present or not owns_tables():
            counts, files = _fill(setting, entities, tell)
            if present:
                added = range(setting.first_id, setting.first_id + entities)
                record_changes(added, setting.before, CAUSE)
        else:
            with without_indexes(list(TABLES), tell):
                counts, files = _fill(setting, entities, tell)
        _record_files(setting, files)
    tell("更新统计信息")
    execute("ANALYZE " + ", ".join(TABLES))
    return counts


def _setting(seed: int, entities: int, month: date, on: date) -> Setting:
    before = (month - timedelta(days=1)).replace(day=1)
    spent = rows("SELECT coalesce(max(id), 0) FROM entities_entity")[0][0]
    first = _draw_keys("entities_entity", entities)
    # An entity has one licence at most, so its licence's key lies as far from its own.
    licences = _draw_keys("entities_licence", entities) - first
    return prepare(seed, _areas(on), month, before, first, licences, spent)


def _draw_keys(table: str, count: int) -> int:
    """Draw so many keys from a table's sequence; return the first (anybody may draw, not set)."""
    return rows(
        f"SELECT min(nextval(pg_get_serial_sequence('{table}', 'id'))) FROM generate_series(1, %s)",
        [count],
    )[0][0]


def _areas(on: date) -> list[Area]:
    """Return the districts of today, each with its streets where they are loaded."""
    places = places_on(on)
    placed = (
        StreetPlacement.objects.for_system("generating a city")
        .in_force(on)
        .order_by("street_id")
        .values_list("district_id", "street_id", "street__name")
    )
    streets: dict[int, list[Place]] = {}
    for district, street, name in placed:
        bureau, station = places.bureau_of(district, street), places.station_of(street)
        streets.setdefault(district, []).append(Place(street, name, bureau, station))
    areas = []
    for row in District.objects.filter(in_office(on)).order_by("code"):
        whole = Place(None, "", places.bureau_of(row.pk, None), None)
        weight = pools.DISTRICT_WEIGHTS.get(row.code, 5)
        areas.append(
            Area(row.pk, row.code, row.name, row.short_name, weight, streets.get(row.pk, [whole]))
        )
    if not areas:
        raise Refused("", "系统中还没有区县，请先执行 python manage.py seed_reference。")
    return areas


_shared: list[Setting] = []


def _make(bounds: tuple[int, int]) -> Made:
    return Chunk(_shared[0], *bounds).make()


def _chunks(setting: Setting, entities: int) -> Iterator[Made]:
    """Give the chunks in order, made by two processes beside this one where that pays."""
    _shared[:] = [setting]
    bounds = [(n, min(n + CHUNK, entities)) for n in range(0, entities, CHUNK)]
    if entities < PARALLEL_FROM:
        yield from map(_make, bounds)
        return
    # Forked, so that the pool of scopes is shared; the children never touch the connection.
    with multiprocessing.get_context("fork").Pool(2) as pool:
        yield from pool.imap(_make, bounds)


def _fill(
    setting: Setting, entities: int, tell: Callable[[str], None]
) -> tuple[dict[str, int], tuple[int, int]]:
    counts, before, now = dict.fromkeys(TABLES, 0), 0, 0
    for made in _chunks(setting, entities):
        for table, columns in TABLES.items():
            lines = made.lines.get(table, [])
            if lines:
                copy_lines(table, columns, iter(lines))
                counts[table] += len(lines)
        before, now = before + made.rows_before, now + made.rows_now
        tell(f"已生成 {counts['entities_entity']:,}/{entities:,} 户")
    return counts, (before, now)


def _record_files(setting: Setting, files: tuple[int, int]) -> None:
    """Write the two class files; where a month has one already, its row stays."""
    for month, count in zip((setting.before, setting.month), files, strict=True):
        name = f"演示数据{month:%Y-%m}.csv"
        ClassFile.objects.for_system("generating a city").get_or_create(
            month=month,
            defaults={
                "file_name": name,
                "file_hash": hashlib.sha256(f"{name}:{setting.seed}".encode()).hexdigest(),
                "rows": count,
            },
        )


@contextmanager
def without_indexes(tables: list[str], tell: Callable[[str], None]) -> Iterator[None]:
    """Drop secondary indexes and checked constraints for the block, and make the same again."""
    constraints, indexes = rows(CONSTRAINTS, [tables]), rows(INDEXES, [tables])
    for table, name, _, _ in reversed(constraints):
        execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    for name, _ in indexes:
        execute(f"DROP INDEX {name}")
    yield
    execute("SET LOCAL maintenance_work_mem = '512MB'")
    for _, definition in indexes:
        tell("建立索引 " + definition.split(" ON ")[0].rsplit(" ", 1)[-1])
        execute(definition)
    for table, name, definition, _ in constraints:
        tell(f"建立约束 {name}")
        execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")


def owns_tables() -> bool:
    """Tell whether this login may drop and make indexes."""
    return bool(
        rows(
            "SELECT bool_and(pg_has_role(relowner, 'USAGE')) FROM pg_class "
            "WHERE oid = ANY(%s::regclass[])",
            [list(TABLES)],
        )[0][0]
    )
