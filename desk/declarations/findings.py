"""The findings of a declaration on its pages: each with the place it is about and where to mend it.

What is found says ``zones.findings``; here positions become rows, and rows become addresses.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from django.urls import reverse

from desk.declarations.lists import ENDED
from staff.models import User
from zones.checking.checks import blocking
from zones.checking.drafts import COLUMNS
from zones.checking.shapes import SEVERITY_LABELS, Finding, Severity
from zones.findings import findings_of
from zones.models import Declaration, DeclaredEntity, DeclaredZone

MOST_SHOWN = 1000
"""So many lines a page shows; the workbook that comes back holds them all."""

QUICK_ROWS = 1000
"""Rosters longer than this are checked after the page is there."""

FIELD_OF_COLUMN = {letter: name for name, letter in COLUMNS.items()}
TONES = {Severity.ERROR: "danger", Severity.WARNING: "warning", Severity.REPAIRED: "primary"}


@dataclass(frozen=True)
class Shown:
    """A finding with its place in words and its address; ``target`` is what an explanation is of.

    ``target`` is ``head:``, ``zone:<key>`` or ``row:<key>``.
    """

    finding: Finding
    place: str
    address: str
    target: str
    row: DeclaredEntity | None = None

    @property
    def is_note(self) -> bool:
        """A warning that asks for nothing (safety fields, a former name)."""
        return self.finding.severity is Severity.WARNING and not self.finding.asks

    @property
    def label(self) -> str:
        return "提示" if self.is_note else SEVERITY_LABELS[self.finding.severity]

    @property
    def tone(self) -> str:
        return "secondary" if self.is_note else TONES[self.finding.severity]


@dataclass(frozen=True)
class DoubtfulRow:
    pk: int
    name: str
    code: str
    why: str


@dataclass(frozen=True)
class Findings:
    """All findings of a declaration. ``blocking`` counts errors and unexplained warnings.

    ``is_checked`` is False where nothing was checked: the declaration has ended, or its roster is
    so long that the page asks for the findings afterwards.
    """

    items: Sequence[Shown] = ()
    numbers: Counter[str] = field(default_factory=Counter)
    blocking: int = 0
    is_checked: bool = True
    comes_later: bool = False

    @property
    def left_over(self) -> int:
        return self.numbers.total() - len(self.items)

    def doubtful_rows(self) -> list[DoubtfulRow]:
        """Return the roster rows with an error or a warning, each once."""
        rows: dict[int, DoubtfulRow] = {}
        for one in self.items:
            if one.row is not None and one.finding.severity != Severity.REPAIRED:
                why = f"{rows[one.row.pk].why}；" if one.row.pk in rows else ""
                said = f"{why}{one.finding.message}"
                rows[one.row.pk] = DoubtfulRow(one.row.pk, one.row.name, one.row.code, said)
        return list(rows.values())


def of(
    declaration: Declaration,
    viewer: User,
    on: date,
    *,
    severity: str = "",
    at_once: bool = False,
    editing: bool = False,
) -> Findings:
    """Check a declaration that has not ended; leave long rosters for later unless ``at_once``."""
    if declaration.status in ENDED:
        return Findings(is_checked=False)
    entities = DeclaredEntity.objects.visible_to(viewer).filter(
        declared_zone__declaration=declaration
    )
    if not at_once and entities.count() > QUICK_ROWS:
        return Findings(is_checked=False, comes_later=True)
    found = findings_of(declaration, on)
    wanted = [one for one in found if not severity or one.severity == severity][:MOST_SHOWN]
    return Findings(
        items=_placed(declaration, wanted, viewer, editing),
        numbers=Counter(str(one.severity) for one in found),
        blocking=len(blocking(found)),
    )


def _placed(
    declaration: Declaration, found: Sequence[Finding], viewer: User, editing: bool
) -> list[Shown]:
    page = "desk:declaration-edit" if editing else "desk:declaration-detail"
    base = reverse(page, args=(declaration.pk,))
    zones = list(
        DeclaredZone.objects.visible_to(viewer)
        .filter(declaration=declaration)
        .order_by("position", "pk")
    )
    rows = _rows_of(found, zones, viewer)
    return [_shown(declaration, one, zones, rows, base) for one in found]


def _rows_of(
    found: Sequence[Finding], zones: Sequence[DeclaredZone], viewer: User
) -> dict[tuple[int, int], DeclaredEntity]:
    """Return the roster rows that findings name by the positions of zone and row."""
    named: dict[tuple[int, int], DeclaredEntity] = {}
    for at in sorted(
        {one.zone for one in found if one.entity is not None and one.zone is not None}
    ):
        rows = DeclaredEntity.objects.visible_to(viewer).filter(declared_zone=zones[at])
        for number, row in enumerate(rows.order_by("position", "pk")):
            named[at, number] = row
    return named


def _shown(
    declaration: Declaration,
    one: Finding,
    zones: Sequence[DeclaredZone],
    rows: dict[tuple[int, int], DeclaredEntity],
    base: str,
) -> Shown:
    place = f"{one.place.sheet} {one.place.column}{one.place.row}"
    if one.zone is None:
        return Shown(one, place, f"{base}#annex", "head:")
    zone = zones[one.zone]
    row = rows.get((one.zone, one.entity)) if one.entity is not None else None
    if row is None:
        said = f"区域{zone.position} {zone.name}"
        return Shown(one, f"{said}（{place}）", f"{base}#zone-{zone.pk}", f"zone:{zone.pk}")
    address = reverse("desk:declaration-roster", args=(declaration.pk, zone.pk))
    said = f"附表{zone.position} 第{row.position}行 {row.name}"
    target = f"row:{row.pk}"
    return Shown(one, f"{said}（{place}）", f"{address}?row={row.pk}#row-{row.pk}", target, row)


def severities() -> list[tuple[str, str]]:
    """Return the severities that the box can be narrowed to, all of them first."""
    return [("", "全部"), *((str(one), label) for one, label in SEVERITY_LABELS.items())]
