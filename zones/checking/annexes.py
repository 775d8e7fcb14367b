"""Read the rosters (附表) of a declaration, and give each to its line of the annex."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from openpyxl.utils import get_column_letter

from entities.codes import normalise
from entities.names import folded
from zones.checking.forms import CLAUSE, NOTE, TOTAL, Line, one_line, value_of
from zones.checking.headers import Header, annex_number, is_header, looks_like_code
from zones.checking.loading import Cell, Sheet, Sort
from zones.checking.shapes import Filed, FiledEntity, FiledZone, Finding, Place, Severity

MOST_IN_TITLE = 2
"""Filled cells of a title's row; a line of a table has more."""

LONGEST_TITLE = 100
SHORTEST_NAME = 2
"""A zone's name of one letter says nothing when found in a title."""


@dataclass
class Row:
    """A line of a roster; ``zone`` is what its zone column or the title above it says."""

    entity: FiledEntity
    zone: str


@dataclass
class Annex:
    """A roster's table. ``said`` are the texts that may name its zone: sheet and titles.

    ``totals`` are 合计 lines: place, number, and the zone of the row before for a 小计.
    """

    sheet: Sheet
    header: Header
    said: list[str]
    rows: list[Row] = field(default_factory=list)
    totals: list[tuple[Place, int, str]] = field(default_factory=list)

    @property
    def place(self) -> Place:
        return Place(self.sheet.name, max(self.header.row, 1))


def read_annex(
    sheet: Sheet, header: Header, end: int, titles: Sequence[str], filed: Filed
) -> Annex:
    """Read a roster between its header and row ``end``; bad cells go into ``early``."""
    annex = Annex(sheet, header, [sheet.name, *titles])
    zone = ""
    for number, row in sheet.rows.items():
        if not header.row < number < end or is_header(row):
            continue
        zone = _zone_of(sheet, header, number, row) or zone
        if _take_total(annex, number, row, zone) or _is_note(header, row):
            continue
        if not {header.columns["name"], header.columns["code"]} & row.keys():
            zone = _section(row) or zone
            continue
        annex.rows.append(Row(_entity(sheet, header, number, row, filed), zone))
    return annex


def _zone_of(sheet: Sheet, header: Header, number: int, row: Mapping[int, Cell]) -> str:
    column = header.columns.get("zone")
    if column is None:
        return ""
    cell = row.get(column) or sheet.above(number, column)
    return one_line(cell.text) if cell is not None and not TOTAL.match(cell.text) else ""


def _section(row: Mapping[int, Cell]) -> str:
    """Return the text of a line that holds nothing else: the title of what follows."""
    texts = [cell.text for cell in row.values()]
    return one_line(texts[0]) if len(texts) == 1 and not texts[0].strip().isdecimal() else ""


def _take_total(annex: Annex, number: int, row: Mapping[int, Cell], zone: str) -> bool:
    """Keep what a 合计 line says; return whether the row is one."""
    code = row.get(annex.header.columns["code"])
    if code is not None and looks_like_code(code.text):
        return False
    label = next((cell for cell in row.values() if TOTAL.match(cell.text)), None)
    if label is None:
        return False
    for column, cell in row.items():
        figure = re.search(r"\d{1,9}", cell.text)
        if figure:
            place = Place(annex.sheet.name, number, get_column_letter(column))
            part = zone if "小" in label.text else ""
            annex.totals.append((place, int(figure[0]), part))
            break
    return True


def _is_note(header: Header, row: Mapping[int, Cell]) -> bool:
    code = row.get(header.columns["code"])
    if code is not None and looks_like_code(code.text):
        return False
    return NOTE.match(row[min(row)].text) is not None


def _entity(
    sheet: Sheet, header: Header, number: int, row: Mapping[int, Cell], filed: Filed
) -> FiledEntity:
    name_column, code_column = header.columns["name"], header.columns["code"]
    letters = get_column_letter(name_column), get_column_letter(code_column)
    name, code = row.get(name_column), row.get(code_column)
    raw_name = _plain_value(name, Place(sheet.name, number, letters[0]), "名称", filed)
    raw_code = _plain_value(code, Place(sheet.name, number, letters[1]), "代码", filed)
    return FiledEntity(
        place=Place(sheet.name, number, letters[0]),
        name=one_line(raw_name),
        raw_name=raw_name,
        code=normalise(raw_code),
        raw_code=raw_code,
        name_column=letters[0],
        code_column=letters[1],
        number_cell=code is not None and code.sort is Sort.NUMBER,
    )


def _plain_value(cell: Cell | None, place: Place, what: str, filed: Filed) -> str:
    if cell is not None and cell.sort is Sort.DATE:
        message = f"{what}单元格是日期 {cell.text}，请把该列设为文本后填写实际的{what}。"
        filed.early.append(Finding(place, Severity.ERROR, "cell.date", message, CLAUSE))
        return ""
    return value_of(cell, place, filed)


def assign(annexes: Sequence[Annex], lines: Sequence[Line], filed: Filed) -> None:
    """Give each roster to its line: by 见附表n, by number, by the zone's name, by order."""
    whole = []
    for annex in annexes:
        if any(row.zone for row in annex.rows) and _split(annex, lines, filed):
            continue
        whole.append(annex)
    taken: set[int] = set()
    left = []
    for annex in whole:
        place = _told(annex, lines)
        if place is None:
            left.append(annex)
        else:
            taken.add(place)
            _give(annex, lines[place].zone)
    free = [line for number, line in enumerate(lines) if number not in taken]
    for annex, line in zip(left, (one for one in free if not one.zone.roster), strict=False):
        _give(annex, line.zone)
        left = left[1:]
    for annex in left:
        _unplaced(annex, filed)


def _told(annex: Annex, lines: Sequence[Line]) -> int | None:
    """Return the line that number or name of a roster tell, None where nothing does."""
    numbers = [found for text in annex.said if (found := annex_number(text)) is not None]
    named = [line.annex for line in lines]
    for number in numbers[:1]:
        if named.count(number) == 1:
            return named.index(number)
        if number not in named and not any(named) and 1 <= number <= len(lines):
            return number - 1
    for text in annex.said:
        found = line_named(text, lines)
        if found is not None:
            return found
    return None


def line_named(text: str, lines: Sequence[Line]) -> int | None:
    """Return the one line whose zone's name a text is, or holds, or is part of; else None."""
    plain = folded(text)
    names = [folded(line.zone.name) for line in lines]
    within = [n for n, name in enumerate(names) if len(name) >= SHORTEST_NAME and name in plain]
    # 某某园二期 holds the name of 某某园 too: the longest name is meant.
    longest = max((len(names[n]) for n in within), default=0)
    for fits in (
        [n for n, name in enumerate(names) if name and name == plain],
        [n for n in within if len(names[n]) == longest],
        [n for n, name in enumerate(names) if len(plain) > SHORTEST_NAME and plain in name],
    ):
        if fits:
            return fits[0] if len(fits) == 1 else None
    return None


def _line_of(text: str, lines: Sequence[Line]) -> int | None:
    found = line_named(text, lines)
    if found is not None or not lines:
        return found
    number = annex_number(text)
    named = [line.annex for line in lines]
    return named.index(number) if number is not None and named.count(number) == 1 else None


def _split(annex: Annex, lines: Sequence[Line], filed: Filed) -> bool:
    """Give the rows of a combined roster to their lines; False where no row's text names one."""
    texts = {row.zone for row in annex.rows}
    where = {text: _line_of(text, lines) for text in texts if text}
    lost = all(place is None for place in where.values())
    if not lines or (lost and "zone" not in annex.header.columns):
        return False
    for row in annex.rows:
        place = where.get(row.zone)
        if place is None:
            column = annex.header.columns.get("zone")
            at = Place(
                annex.sheet.name, row.entity.place.row, get_column_letter(column) if column else ""
            )
            message = (
                f"“{row.zone[:50]}”不是申报表所列的区域，请改为申报表中的申报名称。"
                if row.zone
                else "未写明所属区域，请填写申报表中的申报名称。"
            )
            filed.early.append(Finding(at, Severity.ERROR, "roster.zone_unknown", message, CLAUSE))
            continue
        zone = lines[place].zone
        zone.roster.append(row.entity)
        zone.roster_sheet = zone.roster_sheet or annex.sheet.name
    _split_totals(annex, where, lines, filed)
    return True


def _split_totals(
    annex: Annex, where: Mapping[str, int | None], lines: Sequence[Line], filed: Filed
) -> None:
    for place, number, text in annex.totals:
        line = where.get(text) if text else None
        if line is not None:
            lines[line].zone.total, lines[line].zone.total_place = number, place
        elif not text and number != len(annex.rows):
            message = f"合计写的是{number}户，明细共{len(annex.rows)}行，请核对后改为一致。"
            filed.early.append(
                Finding(place, Severity.ERROR, "count.total_differs", message, CLAUSE)
            )


def _give(annex: Annex, zone: FiledZone) -> None:
    zone.roster += [row.entity for row in annex.rows]
    zone.roster_sheet = zone.roster_sheet or annex.sheet.name
    for place, number, part in annex.totals:
        if not part:
            zone.total, zone.total_place = number, place


def _unplaced(annex: Annex, filed: Filed) -> None:
    if not annex.rows:
        return
    message = (
        f"工作表“{annex.sheet.name}”的明细不知属于哪个区域；"
        "请在申报表数量栏写明“见附表n”，并把该工作表命名为“附表n”。"
    )
    filed.early.append(Finding(annex.place, Severity.ERROR, "roster.unplaced", message, CLAUSE))


def titles_above(sheet: Sheet, first: int, header: Header) -> Iterator[str]:
    """Yield the texts of the titles right above a header, nearest first, down to row ``first``."""
    for number in sorted((n for n in sheet.rows if first < n < header.row), reverse=True):
        texts = [cell.text for cell in sheet.rows[number].values()]
        if len(texts) > MOST_IN_TITLE or any(map(looks_like_code, texts)):
            break
        yield from (text for text in texts if len(text) <= LONGEST_TITLE)
