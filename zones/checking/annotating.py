"""The workbook comes back with the findings in it; everything else stays as its people made it."""

from __future__ import annotations

import copy
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

from openpyxl.cell import MergedCell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import column_index_from_string, get_column_letter, range_boundaries

from core.errors import BadFile
from zones.checking.headers import MARKS, Header, ends_of, headers
from zones.checking.loading import Sheet, demand_workbook, in_cells, open_workbook, results_of
from zones.checking.marks import mark, sentences, unmark
from zones.checking.results import with_results
from zones.checking.shapes import Finding

WIDTH = 60  # characters
LAST_COLUMN = 16_384
TOP = Alignment(wrap_text=True, vertical="top")


def annotate(source: Path | str | bytes, findings: Iterable[Finding], out: Path | BinaryIO) -> None:
    """Write a copy of a workbook with red, amber and green cells, comments and 错误说明.

    Marks of an earlier check are taken back first. Raises BadFile for what ``read`` refuses.
    """
    if isinstance(source, bytes):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "workbook.xlsx"
            path.write_bytes(source)
            annotate(path, findings, out)
        return
    path = Path(source)
    demand_workbook(path)
    book = open_workbook(path, rich=True)
    results = results_of(book, path)
    sheets = in_cells(book, results).sheets
    by_sheet = _by_sheet(findings, [sheet.name for sheet in sheets])
    for worksheet, sheet in zip(book.worksheets, sheets, strict=True):
        _annotate_sheet(worksheet, sheet, by_sheet.get(sheet.name, []))
    _save(book, results, out)


def _save(book: Any, results: Any, out: Path | BinaryIO) -> None:
    if all(sheet.sheet_state != "visible" for sheet in book.worksheets):
        book.worksheets[0].sheet_state = "visible"  # no program opens a book without any
    written = BytesIO()
    try:
        book.save(written)
    except (ValueError, TypeError, AttributeError, KeyError, IndexError) as error:
        raise BadFile(
            "工作簿中有无法原样写回的内容，不能生成带批注的文件，请按核对结果在原文件中修改。"
        ) from error
    written.seek(0)
    full = BytesIO()
    if results is None:
        full = written
    else:
        with_results(written, results, full)
    if isinstance(out, Path):
        out.write_bytes(full.getvalue())
    else:
        out.write(full.getvalue())


def _by_sheet(findings: Iterable[Finding], names: list[str]) -> dict[str, list[Finding]]:
    """Return the findings of each sheet; what belongs to none stands on the first."""
    found = defaultdict(list)
    for one in findings:
        found[one.place.sheet if one.place.sheet in names else names[0]].append(one)
    return found


def _annotate_sheet(worksheet: Any, sheet: Sheet, findings: list[Finding]) -> None:
    for cell in list(worksheet._cells.values()):
        if not isinstance(cell, MergedCell):
            unmark(cell)
    # Before cells are marked: a comment makes an empty cell, which is no part of the table.
    tables = _tables(sheet)
    right = max((max(row) for row in sheet.rows.values() if row), default=0)
    anchors = _anchors(worksheet, findings)
    by_cell: dict[tuple[int, int], list[Finding]] = defaultdict(list)
    for one in findings:
        by_cell[_cell_of(one, sheet, anchors)].append(one)
    for (row, column), some in by_cell.items():
        cell = worksheet.cell(row, column)
        if not isinstance(cell, MergedCell):  # ranges that overlap have no first cell of their own
            mark(cell, some)
    for header, end in tables:
        column = header.columns.get("marks") or min(right + 1, LAST_COLUMN)
        _write_column(worksheet, header, end, column, findings)
    if tables:
        _set_filter(worksheet, tables, right)


def _tables(sheet: Sheet) -> list[tuple[Header, int]]:
    """Return each table's header, and the row at which the next one begins.

    A roster without header gets comments only: a column without title would be read as its own.
    """
    found = list(headers(sheet))
    return list(zip(found, ends_of(found, sheet), strict=True))


def _anchors(worksheet: Any, findings: list[Finding]) -> Mapping[tuple[int, int], tuple[int, int]]:
    """Return for each place of a finding inside a merged range the range's first cell."""
    rows = {max(one.place.row, 1) for one in findings}
    return {
        (row, column): (merged.min_row, merged.min_col)
        for merged in worksheet.merged_cells.ranges
        for row in rows.intersection(range(merged.min_row, merged.max_row + 1))
        for column in range(merged.min_col, merged.max_col + 1)
    }


def _cell_of(
    one: Finding, sheet: Sheet, anchors: Mapping[tuple[int, int], tuple[int, int]]
) -> tuple[int, int]:
    is_here = one.place.sheet == sheet.name and one.place.row > 0
    row = one.place.row if is_here else 1
    if is_here and one.place.column:
        column = column_index_from_string(one.place.column)
    else:
        column = min(sheet.rows.get(row, {1: None}), default=1)
    return anchors.get((row, column), (row, column))


def _write_column(
    worksheet: Any, header: Header, end: int, column: int, findings: list[Finding]
) -> None:
    """Write the sentences of each row of a table into its column 错误说明, and clear old ones."""
    by_row: dict[int, list[Finding]] = defaultdict(list)
    for one in findings:
        if one.place.sheet == worksheet.title and header.row < one.place.row < end:
            by_row[one.place.row].append(one)
    if "marks" in header.columns:
        for row in range(header.row + 1, end):
            if (row, column) in worksheet._cells and row not in by_row:
                _write(worksheet, row, column, None)
    elif not isinstance(worksheet.cell(header.row, column), MergedCell):
        title, beside = worksheet.cell(header.row, column), worksheet.cell(header.row, column - 1)
        title.value = MARKS
        title.font = copy.copy(beside.font) if beside.has_style else Font(bold=True)
        title.alignment = TOP
        worksheet.column_dimensions[get_column_letter(column)].width = WIDTH
    for row, some in by_row.items():
        _write(worksheet, row, column, sentences(some))


def _write(worksheet: Any, row: int, column: int, text: str | None) -> None:
    cell = worksheet.cell(row, column)
    if isinstance(cell, MergedCell):
        return
    cell.value = text
    if text is not None:
        cell.data_type = "s"
        cell.alignment = TOP


def _set_filter(worksheet: Any, tables: list[tuple[Header, int]], right: int) -> None:
    """Let the last table be filtered by 错误说明; a filter over another table stays as it is."""
    header, end = tables[-1]
    column = header.columns.get("marks") or min(right + 1, LAST_COLUMN)
    first = min(header.columns.values())
    held = worksheet.auto_filter.ref
    if held:
        try:
            left, top, _, bottom = range_boundaries(held)
        except ValueError:
            return
        if top != header.row or left is None or bottom is None:
            return
        first, end = min(first, left), max(end, bottom + 1)
    letters = get_column_letter(first), get_column_letter(column)
    worksheet.auto_filter.ref = f"{letters[0]}{header.row}:{letters[1]}{max(end - 1, header.row)}"
