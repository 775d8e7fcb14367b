"""A draft of the browser in the shape that is checked, so that page and workbook say the same."""

from __future__ import annotations

from zones.checking.shapes import Filed, FiledEntity, FiledZone, Place
from zones.choices import ZoneType
from zones.models import Declaration, DeclaredEntity, DeclaredZone

WHY = "checking a draft"
FORM = "申报表"
FIRST_LINE = 4
"""In the annex's own layout the first zone stands below title, 填报区县 and header."""

FIRST_ENTITY = 2
COLUMNS = {"name": "B", "zone_type": "C", "address": "D", "declared_count": "E"}


def of_draft(declaration: Declaration) -> Filed:
    """Return a stored declaration as filed; places are the workbook's where one was taken in."""
    zones = DeclaredZone.objects.for_system(WHY).filter(declaration=declaration)
    lines = list(zones.order_by("position", "pk"))
    rosters: dict[int, list[DeclaredEntity]] = {line.pk: [] for line in lines}
    rows = DeclaredEntity.objects.for_system(WHY).filter(declared_zone__in=list(rosters))
    for row in rows.order_by("position", "pk"):
        rosters[row.declared_zone_id].append(row)
    foot = FIRST_LINE + len(lines)
    return Filed(
        bureau_text=declaration.bureau.short_name,
        contact_name=declaration.contact_name,
        contact_phone=declaration.contact_phone,
        zones=[_zone(n, line, rosters[line.pk]) for n, line in enumerate(lines)],
        places={
            "bureau": Place(FORM, 2, "A"),
            "contact_name": Place(FORM, foot, "A"),
            "contact_phone": Place(FORM, foot, "D"),
        },
        explanations=dict(declaration.explanations),
    )


def _zone(number: int, line: DeclaredZone, rows: list[DeclaredEntity]) -> FiledZone:
    sheet, at_row = (line.sheet, line.line) if line.line else (FORM, FIRST_LINE + number)
    type_text = line.type_text
    if not type_text and line.zone_type and line.zone_type != ZoneType.OTHER:
        type_text = str(ZoneType(line.zone_type).label)
    return FiledZone(
        place=Place(sheet, at_row, COLUMNS["name"]),
        name=line.name,
        zone_type=line.zone_type,
        type_text=type_text,
        address=line.address,
        declared_count=line.declared_count,
        raw_count="" if line.declared_count is None else str(line.declared_count),
        columns=dict(COLUMNS),
        roster=[_entity(number, n, row) for n, row in enumerate(rows)],
        roster_sheet=line.roster_sheet or f"附表{number + 1}",
        explanations=dict(line.explanations),
        pk=line.pk,
    )


def _entity(zone: int, number: int, row: DeclaredEntity) -> FiledEntity:
    sheet, line = (row.sheet, row.line) if row.line else (f"附表{zone + 1}", FIRST_ENTITY + number)
    return FiledEntity(
        place=Place(sheet, line, "B"),
        name=row.name,
        raw_name=row.name,
        code=row.code,
        raw_code=row.filed_code or row.code,
        name_column="B",
        code_column="C",
        explanations=dict(row.explanations),
        pk=row.pk,
        entity_id=row.entity_id,
    )
