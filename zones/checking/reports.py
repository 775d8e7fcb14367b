"""Findings as they are gathered, with the explanations that a draft already carries."""

from __future__ import annotations

from typing import Any

from zones.checking.shapes import Filed, FiledEntity, FiledZone, Finding, Place, Severity

ANNEX = "附件"
PILOT = "5.2"
ZONES = "readings 9"
STATUS = "readings 7"
SAFETY = "readings 2"
CODES = "GB 32100-2015"


class Report:
    """The findings of one check."""

    def __init__(self, filed: Filed) -> None:
        self.filed = filed
        self.findings: list[Finding] = [*filed.early]
        self._told = {
            one.place for one in filed.early if one.severity is Severity.ERROR and one.place.column
        }

    def error(self, place: Place, code: str, message: str, clause: str = "", **where: Any) -> None:
        self.findings.append(
            Finding(place, Severity.ERROR, code, message, clause or ANNEX, **where)
        )

    def warn(
        self,
        place: Place,
        code: str,
        message: str,
        clause: str = "",
        *,
        asks: bool = False,
        **where: Any,
    ) -> None:
        """Add a warning; one that asks is shown as explained where its row carries a word."""
        explained = self._explanations(**where).get(code, "") if asks else ""
        self.findings.append(
            Finding(
                place,
                Severity.WARNING,
                code,
                message,
                clause or ANNEX,
                asks=asks,
                explained=str(explained).strip(),
                **where,
            )
        )

    def repaired(
        self, place: Place, code: str, message: str, before: str, after: str, **where: Any
    ) -> None:
        self.findings.append(
            Finding(
                place, Severity.REPAIRED, code, message, ANNEX, before=before, after=after, **where
            )
        )

    def is_told(self, place: Place) -> bool:
        """Return whether the reader has said what is wrong with a cell, read as empty."""
        return place in self._told

    def in_order(self) -> list[Finding]:
        """Return the findings by sheet, row and column; sheets as the declaration names them."""
        sheets = {name: number for number, name in enumerate(_sheets(self.filed))}
        last = len(sheets)

        def where(one: Finding) -> tuple[int, str, int, int, str]:
            place = one.place
            number = sheets.get(place.sheet, last)
            return number, place.sheet, place.row, len(place.column), place.column

        return sorted(self.findings, key=where)

    def _explanations(self, zone: int | None = None, entity: int | None = None) -> dict[str, str]:
        if zone is None:
            return self.filed.explanations
        held = self.filed.zones[zone]
        return held.explanations if entity is None else held.roster[entity].explanations


def at(zone: FiledZone, field_name: str) -> Place:
    """Return where a field of a line stands; its line where the table has no such column."""
    return Place(zone.place.sheet, zone.place.row, zone.columns.get(field_name, ""))


def name_at(entity: FiledEntity) -> Place:
    return Place(entity.place.sheet, entity.place.row, entity.name_column)


def code_at(entity: FiledEntity) -> Place:
    return Place(entity.place.sheet, entity.place.row, entity.code_column)


def _sheets(filed: Filed) -> list[str]:
    names = [place.sheet for place in filed.places.values()]
    names += [zone.place.sheet for zone in filed.zones]
    names += [one.place.sheet for zone in filed.zones for one in zone.roster[:1]]
    return list(dict.fromkeys(names))
