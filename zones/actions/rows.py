"""The roster of a declared zone: rows from a search of the register, and rows typed by hand."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Any

from django.db.models import Max

from core.errors import Refused
from entities.actions.base import action, bounded
from entities.codes import normalise
from entities.models import Entity
from staff.models import User
from zones.actions.base import lock_to_edit, touch
from zones.actions.comments import keep_comments
from zones.actions.fields import fitting, known
from zones.models import DeclaredEntity, DeclaredZone

WHY = "the roster of a declaration that is locked"
ROW_FIELDS = ("name", "code")


@action
def add_rows(
    zone: DeclaredZone, entity_ids: Collection[int], *, revision: int, by: User, on: date
) -> list[DeclaredEntity]:
    """Add entities found in the register; names and codes are the register's.

    Returns the rows added: who stands in this zone's roster already is left alone, and so is what
    lies outside this person's scope.
    """
    found = lock_to_edit(zone.declaration, by, revision)
    rows = _rows(zone)
    held = set(rows.exclude(entity=None).values_list("entity_id", flat=True))
    entities = Entity.objects.visible_to(by).filter(
        pk__in=set(bounded(entity_ids)) - held
    ).only("pk", "name", "code").order_by("pk")  # fmt: skip
    first = _next_position(zone)
    fresh = [
        DeclaredEntity(
            declared_zone=zone,
            position=first + number,
            name=entity.name,
            code=entity.code,
            filed_code=entity.code,
            entity=entity,
        )
        for number, entity in enumerate(entities)
    ]
    rows.bulk_create(fresh, batch_size=5000)
    touch(found, by)
    return fresh


@action
def add_row(
    zone: DeclaredZone, *, name: str, code: str, revision: int, by: User, on: date
) -> DeclaredEntity:
    """Add a row as typed; the entity is looked up by its code."""
    found = lock_to_edit(zone.declaration, by, revision)
    row = DeclaredEntity(declared_zone=zone, position=_next_position(zone))
    _fill(row, {"name": name, "code": code})
    row.save(force_insert=True)
    touch(found, by)
    return row


@action
def add_lines(
    zone: DeclaredZone,
    lines: Collection[tuple[str, str]],
    *,
    revision: int,
    by: User,
    on: date,
) -> int:
    """Add pasted lines of (name, code); return how many.

    A code that the zone's roster has already is left alone. An empty name is taken from the
    register, and an empty code where the register has the name exactly once in this person's scope.
    """
    found = lock_to_edit(zone.declaration, by, revision)
    rows, first = _rows(zone), _next_position(zone)
    held = set(rows.exclude(code="").values_list("code", flat=True))
    read = [(name.strip(), normalise(code), code.strip()) for name, code in lines]
    known_ones = _registered(read, by)
    fresh: list[DeclaredEntity] = []
    for name, code, filed in read:
        entity = known_ones.get(code or name)
        row = DeclaredEntity(
            declared_zone=zone,
            position=first + len(fresh),
            name=fitting(DeclaredEntity, "name", name or (entity.name if entity else "")),
            code=fitting(DeclaredEntity, "code", code or (entity.code if entity else "")),
            entity=entity,
        )
        row.filed_code = fitting(DeclaredEntity, "filed_code", filed) or row.code
        if row.code in held:
            continue
        held |= {row.code} - {""}
        fresh.append(row)
    rows.bulk_create(fresh, batch_size=5000)
    touch(found, by)
    return len(fresh)


def _registered(lines: Collection[tuple[str, str, str]], by: User) -> dict[str, Entity]:
    """Return the entities that lines name, by code, and by name where no code was given."""
    codes = {code for _, code, _ in lines if code}
    names = {name for name, code, _ in lines if name and not code}
    rows = Entity.objects.for_system("telling whose code a roster names").filter(code__in=codes)
    found = {one.code: one for one in rows.only("pk", "name", "code")}
    named: dict[str, list[Entity]] = {}
    own = Entity.objects.visible_to(by).filter(name__in=names)
    for one in own.only("pk", "name", "code"):
        named.setdefault(one.name, []).append(one)
    return found | {name: ones[0] for name, ones in named.items() if len(ones) == 1}


@action
def set_row_fields(
    row: DeclaredEntity, fields: Mapping[str, Any], *, revision: int, by: User, on: date
) -> DeclaredEntity:
    """Save name or code of a row; with another code its explanations go, which were another's."""
    found = lock_to_edit(row.declared_zone.declaration, by, revision)
    fresh = _rows(row.declared_zone).filter(pk=row.pk).first()
    if fresh is None:
        raise Refused("", "该行已从名册中删去，请刷新后查看。")
    _fill(fresh, fields)
    fresh.save(update_fields=["name", "code", "filed_code", "entity", "explanations"])
    touch(found, by)
    return fresh


@action
def remove_rows(
    zone: DeclaredZone, row_ids: Collection[int], *, revision: int, by: User, on: date
) -> int:
    """Take rows out of a zone's roster; return how many. Comments on them stay readable."""
    found = lock_to_edit(zone.declaration, by, revision)
    rows = _rows(zone).filter(pk__in=list(row_ids))
    keys = list(rows.values_list("pk", flat=True))
    keep_comments(found, row_ids=keys)
    rows.delete()
    touch(found, by)
    return len(keys)


def entities_by_code(codes: Iterable[str]) -> dict[str, int]:
    """Return the entity of each code that the register knows, wherever it is registered."""
    wanted = {code for code in codes if code}
    rows = Entity.objects.for_system("telling whose code a roster names").filter(code__in=wanted)
    return dict(rows.values_list("code", "pk"))


def _fill(row: DeclaredEntity, fields: Mapping[str, Any]) -> None:
    values = known(DeclaredEntity, fields, ROW_FIELDS)
    if "name" in values:
        row.name = values["name"]
    if "code" in values:
        code = fitting(DeclaredEntity, "code", normalise(values["code"]))
        if code != row.code:
            row.explanations = {}
        row.code, row.filed_code = code, values["code"]
        row.entity_id = entities_by_code([code]).get(code)


def _rows(zone: DeclaredZone) -> Any:
    return DeclaredEntity.objects.for_system(WHY).filter(declared_zone=zone)


def _next_position(zone: DeclaredZone) -> int:
    return int(_rows(zone).aggregate(last=Max("position"))["last"] or 0) + 1
