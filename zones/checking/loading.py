"""Open a declaration's workbook: is it one, is it small enough, and what stands in its cells.

A declaration is read whole, with merged ranges and hidden rows, so that it can be understood as
people see it. What would choke that reading is counted beforehand in a stream.
"""

from __future__ import annotations

import zipfile
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from pathlib import Path
from typing import IO, Any
from xml.parsers import expat

import openpyxl
from openpyxl.utils import range_boundaries
from openpyxl.worksheet.formula import ArrayFormula, DataTableFormula

from core.cells import cell_text
from core.errors import BadFile
from core.uploads import PACKED, refuse_by_beginning
from core.workbook_safety import demand_plain, demand_shallow
from zones.checking.shapes import SEVERITY_LABELS

MAX_DECLARATION_BYTES = 20 << 20
"""Packed; 10,000 rows of a roster take half a megabyte."""

MOST_ELEMENTS = 2_000_000
"""Of all sheets: some four for each filled cell, one for each empty row with a height."""

MOST_RANGED_CELLS = 1_000_000
"""Cells that merged ranges and links over ranges cover together; each is held in memory."""

MOST_SHEETS = 60

_PIECE = 1 << 18
_SENTENCES = tuple(f"【{label}】" for label in SEVERITY_LABELS.values())
_DAMAGED = "工作簿已损坏或不是 Excel 文件，请重新另存为 .xlsx 后上传。"
_TOO_FULL = "工作簿的单元格过多（多为带格式的空白行列），请把数据复制到新的工作簿后重新上传。"
_MERGED = "工作簿合并了过多的单元格，请取消整列、整表的合并后重新上传。"


class Sort(StrEnum):
    """What kind of value a cell holds; UNCOMPUTED is a formula without a stored result."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    ERROR = "error"
    UNCOMPUTED = "uncomputed"


@dataclass(frozen=True)
class Cell:
    """A filled cell as text; a long number stands in full, with zeros for the digits it lost."""

    text: str
    sort: Sort = Sort.TEXT
    formula: bool = False


@dataclass
class Sheet:
    """The filled cells of a sheet: row (from 1) -> column (from 1) -> cell.

    ``merged`` holds (first column, first row, last column, last row).
    """

    name: str
    rows: dict[int, dict[int, Cell]] = field(default_factory=dict)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    hidden: bool = False
    hidden_rows: frozenset[int] = frozenset()
    _anchors: dict[tuple[int, int], tuple[int, int]] | None = None

    def above(self, row: int, column: int) -> Cell | None:
        """Return the cell whose merged range reaches down to this place, None where none does."""
        if self._anchors is None:
            self._anchors = {
                (number, left): (top, left)
                for left, top, _, bottom in self.merged
                for number in range(top + 1, bottom + 1)
            }
        anchor = self._anchors.get((row, column))
        return self.rows.get(anchor[0], {}).get(anchor[1]) if anchor else None


@dataclass
class Book:
    """All worksheets in order, and the names that the workbook defines with what they say."""

    sheets: list[Sheet]
    names: dict[str, str]


def load_book(path: Path | str) -> Book:
    """Read a workbook. Raises BadFile for what is none or may not be opened."""
    path = Path(path)
    demand_workbook(path)
    book = open_workbook(path)
    return in_cells(book, results_of(book, path))


def results_of(book: Any, path: Path) -> Any:
    """Open a workbook once more for what its formulas gave; None where it has no formula."""
    for sheet in book.worksheets:
        # Walking rows by their numbers would make every empty cell up to the last one.
        if any(cell.data_type == "f" for cell in sheet._cells.values()):
            return open_workbook(path, data_only=True)
    return None


def in_cells(book: Any, results: Any) -> Book:
    """Return an opened workbook as cells of text; ``results`` is what ``results_of`` gave."""
    sheets = [
        _sheet(sheet, results.worksheets[number] if results else None)
        for number, sheet in enumerate(book.worksheets)
    ]
    names = {name: str(one.value or "") for name, one in book.defined_names.items()}
    return Book(sheets, names)


def demand_workbook(path: Path) -> None:
    """Refuse what is no plain workbook of a declaration's size; by its size first. BadFile."""
    size = path.stat().st_size
    if not size:
        raise BadFile("文件是空的，请检查后重新上传。")
    if size > MAX_DECLARATION_BYTES:
        raise BadFile(
            f"申报表大小 {size >> 20} MB，超过上限 {MAX_DECLARATION_BYTES >> 20} MB；"
            "请删去图片和多余的工作表，只留申报表和附表后重新上传。"
        )
    with path.open("rb") as raw:
        start = raw.read(64)
    refuse_by_beginning(start)
    if not start.startswith(PACKED):
        raise BadFile("申报表应为 .xlsx 工作簿，请下载模板填写，或在 Excel 中另存为 .xlsx 后上传。")
    demand_plain(path)
    _demand_few_cells(path)
    demand_shallow(path)


def open_workbook(path: Path, *, data_only: bool = False, rich: bool = False) -> Any:
    """Open with openpyxl what ``demand_workbook`` let through. Raises BadFile."""
    try:
        with path.open("rb") as raw:  # openpyxl judges a path by its ending
            book = openpyxl.load_workbook(
                raw, data_only=data_only, keep_links=False, rich_text=rich
            )
    except MemoryError:
        raise
    except Exception as error:
        # openpyxl meets broken parts with whatever Python raises there; all of it says: damaged.
        raise BadFile(_DAMAGED) from error
    if not book.worksheets:
        raise BadFile("工作簿没有工作表，请下载模板填写后上传。")
    if len(book.worksheets) > MOST_SHEETS:
        raise BadFile(
            f"工作簿有 {len(book.worksheets)} 个工作表，超过上限 {MOST_SHEETS} 个；"
            "请只留申报表和附表后重新上传。"
        )
    return book


def _demand_few_cells(path: Path) -> None:
    """Count elements and what ranges cover, part by part, in flat memory."""
    weight = _Weight()
    try:
        with zipfile.ZipFile(path) as archive:
            for part in archive.infolist():
                with archive.open(part) as stream:
                    start = stream.read(4).lstrip(b"\xef\xbb\xbf \t\r\n")
                if start.startswith((b"<", b"\xff\xfe", b"\xfe\xff")):
                    with archive.open(part) as stream:
                        weight.add(stream)
    except (zipfile.BadZipFile, OSError, RuntimeError, expat.ExpatError) as error:
        raise BadFile(_DAMAGED) from error


class _Weight:
    def __init__(self) -> None:
        self.elements = 0
        self.covered = 0
        self.has_type = False

    def add(self, stream: IO[bytes]) -> None:
        """Count one part up to its end, or to a document type, which demand_shallow refuses."""
        parser = expat.ParserCreate()
        parser.StartElementHandler = self._begins
        parser.StartDoctypeDeclHandler = self._has_type
        while not self.has_type and (piece := stream.read(_PIECE)):
            parser.Parse(piece)
        if not self.has_type:
            parser.Parse(b"", True)

    def _has_type(self, *declaration: object) -> None:
        self.has_type = True

    def _begins(self, name: str, attributes: dict[str, str]) -> None:
        self.elements += 1
        if self.elements > MOST_ELEMENTS:
            raise BadFile(_TOO_FULL)
        local = name.rpartition(":")[2]
        if local in ("mergeCell", "hyperlink") and ":" in attributes.get("ref", ""):
            self.covered += _area(attributes["ref"])
            if self.covered > MOST_RANGED_CELLS:
                raise BadFile(_MERGED)


def _area(reference: str) -> int:
    try:
        left, top, right, bottom = range_boundaries(reference)
    except (ValueError, TypeError):
        return 0
    if None in (left, top, right, bottom):
        return MOST_RANGED_CELLS + 1
    return (right - left + 1) * (bottom - top + 1)


def _sheet(sheet: Any, computed: Any) -> Sheet:
    rows: dict[int, dict[int, Cell]] = {}
    results = computed._cells if computed is not None else {}
    for (row, column), cell in sorted(sheet._cells.items()):
        if cell.value is None:
            continue
        result = results.get((row, column))
        found = _cell(cell, result.value if result is not None else None)
        if found.text.startswith(_SENTENCES):
            continue  # what an earlier check wrote names columns and fields, and declares nothing
        if found.text.strip() or found.sort is Sort.UNCOMPUTED:
            rows.setdefault(row, {})[column] = found
    hidden = frozenset(row for row, one in sheet.row_dimensions.items() if one.hidden)
    return Sheet(
        name=sheet.title,
        rows=rows,
        merged=[tuple(one.bounds) for one in sheet.merged_cells.ranges],
        hidden=sheet.sheet_state != "visible",
        hidden_rows=hidden,
    )


def _cell(cell: Any, result: Any) -> Cell:
    value, kind = cell.value, cell.data_type
    formula = kind == "f" or isinstance(value, ArrayFormula | DataTableFormula)
    if formula:
        if result is None:
            return Cell("", Sort.UNCOMPUTED, formula=True)
        value = result
    if kind == "e" or (formula and isinstance(value, str) and value in _ERRORS):
        return Cell(str(value), Sort.ERROR, formula)
    if isinstance(value, datetime | date | time | timedelta):
        return Cell(cell_text(value), Sort.DATE, formula)
    if isinstance(value, bool):
        return Cell("TRUE" if value else "FALSE", Sort.TEXT, formula)
    if isinstance(value, int | float):
        return Cell(_number_text(value), Sort.NUMBER, formula)
    return Cell(str(value), Sort.TEXT, formula)


def _number_text(value: float) -> str:
    try:
        return cell_text(value)
    except (ValueError, ArithmeticError):
        return str(value)


_ERRORS = frozenset(
    ("#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A", "#GETTING_DATA")
)
