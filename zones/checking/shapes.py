"""What is checked and what is found: a declaration as filed, and findings with their places.

A workbook and a draft in the browser give the same ``Filed``; both are checked by the same
function, so that the page, the workbook that comes back and the command say the same.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Severity(StrEnum):
    """What a finding means: an error blocks, a warning needs a word, a repair is shown."""

    ERROR = "error"
    WARNING = "warning"
    REPAIRED = "repaired"


SEVERITY_LABELS = {
    Severity.ERROR: "错误",
    Severity.WARNING: "提醒",
    Severity.REPAIRED: "已修正",
}


@dataclass(frozen=True)
class Place:
    """Where something stands: a sheet, its row (from 1) and its column's letter.

    In a draft without workbook the sheet is 申报表 or 附表n and the row the line shown on screen.
    """

    sheet: str
    row: int
    column: str = ""


@dataclass
class FiledEntity:
    """A line of a roster. ``raw_code`` is what the cell held, ``code`` what it is read as.

    ``number_cell``: the code came from a number cell, so that digits may be lost. ``pk`` is the key
    of the draft's row, None in a workbook. ``entity_id`` and ``register_name`` are filled in by the
    check where the register knows the code.
    """

    place: Place
    name: str
    raw_name: str
    code: str
    raw_code: str
    name_column: str = ""
    code_column: str = ""
    number_cell: bool = False
    explanations: dict[str, str] = field(default_factory=dict)
    pk: int | None = None
    entity_id: int | None = None
    register_name: str = ""


@dataclass
class FiledZone:
    """A line of the annex with its roster. ``columns`` maps field names to column letters.

    ``raw_count`` is the text of the count's cell; ``roster_sheet`` the sheet of the 附表, "" where
    none was found; ``total`` and ``total_place`` what a 合计 line of it says.
    """

    place: Place
    name: str
    zone_type: str
    type_text: str
    address: str
    declared_count: int | None
    raw_count: str = ""
    columns: dict[str, str] = field(default_factory=dict)
    roster: list[FiledEntity] = field(default_factory=list)
    roster_sheet: str = ""
    total: int | None = None
    total_place: Place | None = None
    explanations: dict[str, str] = field(default_factory=dict)
    pk: int | None = None


@dataclass
class Filed:
    """A whole declaration as filed. ``bureau_text`` is what stands after 填报区县.

    ``places`` maps bureau, contact_name and contact_phone to where they stand. ``early`` holds what
    the reader itself found: sheets it could not place, cells it repaired, a header it misses.
    """

    bureau_text: str = ""
    contact_name: str = ""
    contact_phone: str = ""
    zones: list[FiledZone] = field(default_factory=list)
    places: dict[str, Place] = field(default_factory=dict)
    explanations: dict[str, str] = field(default_factory=dict)
    early: list[Finding] = field(default_factory=list)


@dataclass(frozen=True)
class Finding:
    """One finding, at one cell.

    ``code`` is stable and machine-readable (``uscc.check_character``); ``message`` says in Chinese
    what is wrong and what to do; ``clause`` what it rests on. ``before`` and ``after`` belong to a
    repair. ``asks`` says that a warning needs an explanation, ``explained`` that it has one.
    ``zone`` and ``entity`` are the positions in ``Filed.zones`` and its roster.
    """

    place: Place
    severity: Severity
    code: str
    message: str
    clause: str = ""
    before: str = ""
    after: str = ""
    asks: bool = False
    explained: str = ""
    zone: int | None = None
    entity: int | None = None

    def as_json(self) -> dict[str, Any]:
        """Return ``{"sheet", "row", "column", "severity", "code", "message"}``."""
        return {
            "sheet": self.place.sheet,
            "row": self.place.row,
            "column": self.place.column,
            "severity": str(self.severity),
            "code": self.code,
            "message": self.message,
        }
