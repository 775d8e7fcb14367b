"""Taking a workbook into a draft: its zones and rows replace the draft's, matched with them.

Matching lets explanations and comments live on when a corrected workbook is uploaded again.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from core.errors import Refused
from entities.actions.base import action
from staff.models import User
from staff.places import places_on
from zones.actions.base import lock_to_edit, touch, write_step
from zones.actions.comments import keep_comments
from zones.actions.rows import entities_by_code
from zones.checking.bureaus import named_bureau
from zones.checking.shapes import Filed, FiledEntity, FiledZone
from zones.choices import FilingWay
from zones.models import Declaration, DeclarationFile, DeclaredEntity, DeclaredZone

WHY = "taking a workbook into a declaration that is locked"
BATCH = 2000
ZONE_COLUMNS = (
    *("position", "name", "zone_type", "type_text", "address", "declared_count"),
    *("sheet", "line", "roster_sheet", "explanations"),
)
ROW_COLUMNS = (
    *("declared_zone_id", "position", "name", "code", "filed_code", "entity_id"),
    *("sheet", "line", "explanations"),
)


@dataclass(frozen=True)
class Taken:
    """How many roster rows the workbook brought, changed, left as they were and no longer has."""

    new: int
    changed: int
    same: int
    removed: int


@action
def take_workbook(
    declaration: Declaration,
    filed: Filed,
    file_name: str,
    content: bytes,
    *,
    revision: int,
    by: User,
    on: date,
) -> Taken:
    """Replace the draft's zones and rows by the workbook's, and keep the file.

    A row is the one it was by sheet, line and code, else by its code, else by sheet and line, where
    the code was corrected. Its explanations stay while the code does.
    """
    found = lock_to_edit(declaration, by, revision)
    _demand_own(found, filed, on)
    zones, gone = _take_zones(found, filed)
    taken = _take_rows(found, filed, zones)
    keep_comments(found, zone_ids=[zone.pk for zone in gone])
    DeclaredZone.objects.for_system(WHY).filter(pk__in=[zone.pk for zone in gone]).delete()
    _keep_file(found, file_name, content, by)
    touch(
        *(found, by),
        contact_name=filed.contact_name.strip()[:60] or found.contact_name,
        contact_phone=filed.contact_phone.strip()[:40] or found.contact_phone,
        explanations=found.explanations | filed.explanations,
        way=found.way if found.way == FilingWay.MAIL else FilingWay.WORKBOOK,
    )
    return taken


def _demand_own(declaration: Declaration, filed: Filed, on: date) -> None:
    """Refuse a workbook that names another bureau: once taken in, nothing would tell."""
    named = named_bureau(filed.bureau_text, places_on(on)).bureau
    if named is not None and named != declaration.bureau:
        raise Refused(
            "5.2",
            f"该工作簿的填报区县是“{filed.bureau_text[:40]}”，"
            f"不是{declaration.bureau.short_name}，请核对后重新选择文件。",
        )


def _keep_file(declaration: Declaration, name: str, content: bytes, by: User) -> None:
    digest = hashlib.sha256(content).hexdigest()
    DeclarationFile(
        declaration=declaration, name=name[-100:], digest=digest, content=content, uploaded_by=by
    ).save(force_insert=True)
    write_step(
        *(declaration, "workbook", declaration.status, declaration.status),
        by=by,
        opinion=f"{name}（SHA-256 {digest}）",
    )


def _take_zones(
    declaration: Declaration, filed: Filed
) -> tuple[list[DeclaredZone], list[DeclaredZone]]:
    """Return the zones as the workbook has them, in its order, and those it no longer has."""
    rows = DeclaredZone.objects.for_system(WHY)
    held = list(rows.filter(declaration=declaration).order_by("position", "pk"))
    matches = _matched(
        *(filed.zones, held),
        (lambda one: (one.place.sheet, one.place.row, one.name), _name_there),
        (lambda one: one.name, lambda row: row.name),
        (lambda one: (one.place.sheet, one.place.row), _there),
    )
    zones = []
    for number, (one, row) in enumerate(zip(filed.zones, matches, strict=True)):
        zone = row or DeclaredZone(declaration=declaration)
        _fill_zone(zone, one, number + 1)
        zones.append(zone)
    rows.bulk_update([zone for zone in zones if zone.pk], list(ZONE_COLUMNS))
    rows.bulk_create([zone for zone in zones if not zone.pk])
    kept = {zone.pk for zone in zones}
    return zones, [zone for zone in held if zone.pk not in kept]


def _fill_zone(zone: DeclaredZone, one: FiledZone, position: int) -> None:
    zone.position = position
    zone.name, zone.address = one.name[:200], one.address[:300]
    zone.zone_type, zone.type_text = one.zone_type, one.type_text[:100]
    zone.declared_count = one.declared_count
    zone.sheet, zone.line = one.place.sheet[:100], one.place.row
    zone.roster_sheet = one.roster_sheet[:100]
    zone.explanations = zone.explanations | one.explanations


def _take_rows(declaration: Declaration, filed: Filed, zones: Sequence[DeclaredZone]) -> Taken:
    rows = DeclaredEntity.objects.for_system(WHY)
    held = list(rows.filter(declared_zone__declaration=declaration).order_by("pk"))
    before = {row.pk: _columns(row) for row in held}
    given = [one for zone in filed.zones for one in zone.roster]
    matches = _matched(
        *(given, held),
        (lambda one: (one.place.sheet, one.place.row, one.code), _code_there),
        (lambda one: one.code, lambda row: row.code),
        (lambda one: (one.place.sheet, one.place.row), _there),
    )
    entities = entities_by_code(one.code for one in given)
    places = [
        (zone, position)
        for zone, one in zip(zones, filed.zones, strict=True)
        for position in range(1, len(one.roster) + 1)
    ]
    result = []
    for one, match, (zone, position) in zip(given, matches, places, strict=True):
        row = match or DeclaredEntity()
        _fill_row(row, one, zone, position, entities.get(one.code))
        result.append(row)
    changed = [row for row in result if row.pk and _columns(row) != before[row.pk]]
    fresh = [row for row in result if not row.pk]
    gone = set(before) - {row.pk for row in result}
    keep_comments(declaration, row_ids=gone)
    rows.filter(pk__in=gone).delete()
    rows.bulk_update(changed, [name.removesuffix("_id") for name in ROW_COLUMNS], BATCH)
    rows.bulk_create(fresh, batch_size=BATCH)
    same = len(result) - len(changed) - len(fresh)
    return Taken(len(fresh), len(changed), same, len(gone))


def _fill_row(
    row: DeclaredEntity, one: FiledEntity, zone: DeclaredZone, position: int, entity: int | None
) -> None:
    kept = row.explanations if row.code == one.code[:64] else {}
    row.declared_zone, row.position = zone, position
    row.name, row.code = one.name[:300], one.code[:64]
    row.filed_code, row.entity_id = one.raw_code[:64], entity
    row.sheet, row.line = one.place.sheet[:100], one.place.row
    row.explanations = kept | one.explanations


def _columns(row: DeclaredEntity) -> tuple[Any, ...]:
    return tuple(getattr(row, name) for name in ROW_COLUMNS)


def _there(row: Any) -> Hashable:
    return (row.sheet, row.line)


def _name_there(row: DeclaredZone) -> Hashable:
    return (row.sheet, row.line, row.name)


def _code_there(row: DeclaredEntity) -> Hashable:
    return (row.sheet, row.line, row.code)


def _matched(
    given: Sequence[Any],
    held: Sequence[Any],
    *ways: tuple[Callable[[Any], Hashable], Callable[[Any], Hashable]],
) -> list[Any | None]:
    """Return for each given line the held row that it is, by the first way that finds one.

    A key that several held rows bear gives them out in order; an empty key finds nothing.
    """
    result: list[Any | None] = [None] * len(given)
    free = {row.pk: row for row in held}
    for key_of_given, key_of_held in ways:
        waiting: dict[Hashable, list[Any]] = defaultdict(list)
        for row in reversed(list(free.values())):
            waiting[key_of_held(row)].append(row)
        for number, one in enumerate(given):
            key = key_of_given(one)
            if result[number] is None and key and waiting.get(key):
                result[number] = row = waiting[key].pop()
                del free[row.pk]
    return result
