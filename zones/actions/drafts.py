"""Drafting a declaration: begun, saved as typed, zones and rows, a word on each warning.

Every edit names the ``revision`` that was seen and is refused where somebody else edited since;
each returns with the revision one higher on the declaration.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db.models import Max

from core.errors import Refused
from entities.actions.base import action
from staff.models import Bureau, User
from staff.permissions import demand, may
from zones.actions.base import lock_to_edit, touch, write_step
from zones.actions.comments import keep_comments
from zones.actions.fields import declaration_of, fitting, known
from zones.actions.rows import add_row, add_rows, remove_rows, set_row_fields
from zones.actions.taking import Taken, take_workbook
from zones.checking.checks import pick_round
from zones.choices import DeclarationKind as Kind
from zones.choices import DeclarationStatus as Status
from zones.choices import FilingWay, ZoneType
from zones.models import Declaration, DeclarationFile, DeclaredEntity, DeclaredZone, Round, Zone

__all__ = (
    "Taken",
    "add_row",
    "add_rows",
    "add_zone",
    "begin",
    "explain",
    "latest_file",
    "remove_rows",
    "remove_zone",
    "set_fields",
    "set_row_fields",
    "set_zone_fields",
    "take_workbook",
)

FIELDS = ("contact_name", "contact_phone", "reason", "since", "round")
MAIL_FIELDS = ("mail_received_on", "mail_source")
ZONE_FIELDS = ("name", "zone_type", "type_text", "address", "declared_count", "target", "into")
WHY = "editing a declaration that is locked"


@action
def begin(
    kind: str,
    *,
    bureau: Bureau,
    by: User,
    on: date,
    round: Round | None = None,
    mail_received_on: date | None = None,
    mail_source: str = "",
) -> Declaration:
    """Begin a declaration: a district's draft, or as the city what came by internal mail (代录).

    Without ``round`` a first declaration belongs to the open round whose
    deadline is next, else to the latest.
    """
    entered = not may(by, "zone.declare")
    demand(by, "zone.enter" if entered and may(by, "zone.enter") else "zone.declare")
    _demand_bureau(bureau, by, entered, on)
    if entered:
        mail_received_on, mail_source = _mail(mail_received_on, mail_source, on)
    declaration = Declaration(
        kind=Kind(kind),
        bureau=bureau,
        round=round or (pick_round(on) if kind == Kind.NEW else None),
        status=Status.ENTERED if entered else Status.DRAFT,
        way=FilingWay.MAIL if entered else FilingWay.BROWSER,
        mail_received_on=mail_received_on if entered else None,
        mail_source=mail_source if entered else "",
        filed_by=by,
        edited_by=by,
    )
    declaration.save(force_insert=True)
    declaration.refresh_from_db()
    write_step(declaration, "enter" if entered else "begin", "", declaration.status, by=by)
    return declaration


def _demand_bureau(bureau: Bureau, by: User, entered: bool, on: date) -> None:
    if not entered and bureau.pk != by.bureau_id:
        raise Refused("readings 4", "只能为本局填报区域申报。")
    if bureau.kind == Bureau.Kind.CITY:
        raise Refused("5.2", "区域由区县局、功能区局申报，请选择申报单位。")
    if bureau.until is not None and bureau.until <= on:
        raise Refused("readings 4", f"{bureau}已于{bureau.until}撤销，请选择接续的局。")


def _mail(received_on: date | None, source: str, on: date) -> tuple[date, str]:
    if received_on is None or not source.strip():
        raise Refused("readings 9", "代录的申报须写明内网邮件的收到日和来源。")
    if received_on > on:
        raise Refused("readings 9", f"收到日{received_on}晚于今天{on}，请核对后重填。")
    return received_on, fitting(Declaration, "mail_source", source)


@action
def set_fields(
    declaration: Declaration, fields: Mapping[str, Any], *, revision: int, by: User, on: date
) -> Declaration:
    """Save fields of the declaration itself (FIELDS; MAIL_FIELDS of what was entered)."""
    found = lock_to_edit(declaration, by, revision)
    entered = found.status == Status.ENTERED
    values = known(Declaration, fields, FIELDS + (MAIL_FIELDS if entered else ()))
    if entered and set(values) & set(MAIL_FIELDS):
        _mail(
            values.get("mail_received_on", found.mail_received_on),
            values.get("mail_source", found.mail_source),
            on,
        )
    return touch(found, by, **values)


@action
def add_zone(
    declaration: Declaration, fields: Mapping[str, Any], *, revision: int, by: User, on: date
) -> DeclaredZone:
    """Add a zone (ZONE_FIELDS; ``target`` and ``into`` are zones of the bureau)."""
    found = lock_to_edit(declaration, by, revision)
    rows = DeclaredZone.objects.for_system(WHY).filter(declaration=found)
    last = rows.aggregate(last=Max("position"))["last"] or 0
    zone = DeclaredZone(declaration=found, position=last + 1)
    _fill(zone, found, fields)
    zone.save(force_insert=True)
    touch(found, by)
    return zone


@action
def set_zone_fields(
    zone: DeclaredZone, fields: Mapping[str, Any], *, revision: int, by: User, on: date
) -> DeclaredZone:
    """Save fields of a zone (ZONE_FIELDS)."""
    found = lock_to_edit(zone.declaration, by, revision)
    fresh = DeclaredZone.objects.for_system(WHY).filter(declaration=found, pk=zone.pk).first()
    if fresh is None:
        raise Refused("", "该区域已从申报中删去，请刷新后查看。")
    fresh.declaration = touch(found, by)
    _fill(fresh, found, fields)
    fresh.save(update_fields=list(fields))
    return fresh


@action
def remove_zone(zone: DeclaredZone, *, revision: int, by: User, on: date) -> Declaration:
    """Take a zone and its roster out of the declaration; the comments on it stay readable."""
    found = lock_to_edit(zone.declaration, by, revision)
    keep_comments(found, zone_ids=[zone.pk])
    DeclaredZone.objects.for_system(WHY).filter(declaration=found, pk=zone.pk).delete()
    return touch(found, by)


def _fill(zone: DeclaredZone, declaration: Declaration, fields: Mapping[str, Any]) -> None:
    """Set the fields of a zone; what a change leaves open is taken from the zone it changes."""
    values = known(DeclaredZone, fields, ZONE_FIELDS)
    if values.get("zone_type") and values["zone_type"] not in ZoneType.values:
        raise Refused("3.1", "所属类型不在可选范围内，请重新选择。")
    for name in ("target", "into"):
        chosen = values.get(name)
        if isinstance(chosen, Zone) and (
            chosen.bureau_id != declaration.bureau_id or chosen.until is not None
        ):
            raise Refused("readings 9", f"“{chosen}”已终止或不在申报单位名下，请另选区域。")
    for name, value in values.items():
        setattr(zone, name, value)
    if isinstance(target := values.get("target"), Zone):
        zone.name = zone.name or target.name
        zone.zone_type = zone.zone_type or target.zone_type
        zone.type_text = zone.type_text or target.type_text


@action
def explain(
    target: Declaration | DeclaredZone | DeclaredEntity,
    code: str,
    text: str,
    *,
    revision: int,
    by: User,
    on: date,
) -> Declaration:
    """Explain a warning of a declaration, a zone or a row by its code; empty takes it back."""
    declaration = declaration_of(target)
    found = lock_to_edit(declaration, by, revision)
    row: Any = found if isinstance(target, Declaration) else target
    if row is not found:
        row.refresh_from_db(fields=["explanations"])
    said = {key: value for key, value in row.explanations.items() if key != code}
    if text.strip():
        said[code] = text.strip()
    row.explanations = said
    row.save(update_fields=["explanations"])
    return touch(found, by)


def latest_file(declaration: Declaration, viewer: User) -> DeclarationFile | None:
    """Return the workbook that was uploaded last, for whoever may see the declaration."""
    files = DeclarationFile.objects.visible_to(viewer).filter(declaration=declaration)
    return files.order_by("-pk").first()
