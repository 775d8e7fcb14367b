"""Write a workbook as a stream: a cover and one table, however long, in flat memory.

No cell can run: each is a string by type, of the format "text", and what a spreadsheet could take
for a formula is marked by ``core.tabular.safe_cell``, since a workbook may be saved as CSV and
opened again.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._writer import ALL_TEMP_FILES, WorksheetWriter

from core.tabular import safe_cell

MOST_ROWS = 1_048_576
"""Rows of a sheet, its header among them."""
MOST_LETTERS = 32_767
CUT = "…（过长，已截断）"
TEXT = "@"
COVER = "封面"
A4 = 9

_UNWRITABLE = re.compile(r"[\ud800-\udfff\ufffe\uffff]")
_ESCAPE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
HEAD_FONT = Font(bold=True)
HEAD_FILL = PatternFill("solid", fgColor="EEF2F5")


def text_of(value: object) -> str:
    """Return a value as the text of a cell, which neither runs nor breaks the file."""
    text = _UNWRITABLE.sub("\ufffd", safe_cell(value))
    text = _ESCAPE.sub("_x005F_", text)  # a spreadsheet reads _x003D_ as "="
    return text if len(text) <= MOST_LETTERS else text[: MOST_LETTERS - len(CUT)] + CUT


class Book:
    """A workbook being written. ``folder`` holds its parts meanwhile, for this book alone.

    ``head`` stands on top of each printed page, ``foot`` at its bottom.
    """

    def __init__(
        self, folder: Path, label: str, columns: Sequence[tuple[str, int]], *, head: str, foot: str
    ) -> None:
        """Columns are pairs of title and width in characters; ``label`` names the data sheets."""
        self._folder, self._label, self._columns = folder, label, columns
        self._head, self._foot = head, foot
        self._book = Workbook(write_only=True)
        self._sheets = 0
        self._sheet_rows = 0
        self.rows = 0
        self._cover = self._new_sheet(COVER, (20, 90))
        self._begin_sheet()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the parts of a book that was not finished, so that nothing is left half open."""
        for sheet in self._book.worksheets:
            if not sheet.closed:
                # lxml calls a part that cannot be ended a SyntaxError.
                with contextlib.suppress(SyntaxError, OSError):
                    sheet.close()

    def append(self, values: Sequence[object]) -> None:
        """Add one row; a full sheet is followed by the next one."""
        if self._sheet_rows >= MOST_ROWS:
            self._end_sheet()
            self._begin_sheet()
        for cell, value in zip(self._cells, values, strict=True):
            cell._value = text_of(value)
            cell.data_type = "s"
        self._sheet.append(self._cells)
        self._sheet_rows += 1
        self.rows += 1

    def finish(
        self, cover: Sequence[tuple[str, object]], table: Sequence[Sequence[object]], to: BinaryIO
    ) -> None:
        """Write the cover, lines of label and value and a table below them, and the whole file."""
        self._end_sheet()
        for label, value in cover:
            self._cover.append(
                [self._text(self._cover, label, bold=True), self._text(self._cover, value)]
            )
        self._cover.append([])
        for number, row in enumerate(table):
            self._cover.append([self._text(self._cover, value, bold=not number) for value in row])
        self._book.save(to)

    def _begin_sheet(self) -> None:
        self._sheets += 1
        name = self._label if self._sheets == 1 else f"{self._label}（{self._sheets}）"
        sheet = self._new_sheet(name, [width for _, width in self._columns], frozen=True)
        titles = [self._text(sheet, title, bold=True) for title, _ in self._columns]
        for cell in titles:
            cell.fill = HEAD_FILL
        sheet.append(titles)
        self._sheet, self._sheet_rows = sheet, 1
        # One cell for each column serves all rows: a cell is written out as soon as it is given.
        self._cells = [self._text(sheet, "") for _ in self._columns]
        for cell in self._cells:
            cell.alignment = Alignment(wrap_text=False, vertical="top")

    def _end_sheet(self) -> None:
        last = get_column_letter(len(self._columns))
        self._sheet.auto_filter.ref = f"A1:{last}{self._sheet_rows}"

    def _new_sheet(self, name: str, widths: Sequence[int], *, frozen: bool = False) -> Any:
        sheet = self._book.create_sheet(name)
        for number, width in enumerate(widths, 1):
            sheet.column_dimensions[get_column_letter(number)].width = width
        sheet.sheet_properties.pageSetUpPr.fitToPage = True
        sheet.page_setup.orientation = "landscape" if frozen else "portrait"
        sheet.page_setup.paperSize = A4
        sheet.page_setup.fitToHeight = 0
        if frozen:
            sheet.freeze_panes = "A2"
            sheet.print_title_rows = "1:1"
        sheet.HeaderFooter.oddHeader.center.text = _on_paper(self._head) or None
        sheet.HeaderFooter.oddFooter.center.text = _on_paper(self._foot)
        sheet.HeaderFooter.oddFooter.right.text = "&P/&N"
        # The parts lie in the book's own folder, which goes with it even after a kill.
        part = str(self._folder / f"{name}.xml")
        ALL_TEMP_FILES.append(part)
        sheet._writer = WorksheetWriter(sheet, out=part)
        sheet._writer.write_top()
        return sheet

    @staticmethod
    def _text(sheet: Any, value: object, *, bold: bool = False) -> Any:
        cell = WriteOnlyCell(sheet)
        cell._value, cell.data_type = text_of(value), "s"
        cell.number_format = TEXT
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        if bold:
            cell.font = HEAD_FONT
        return cell


def _on_paper(text: str) -> str:
    """Return a text for the head of printed pages, where & begins an order."""
    return _UNWRITABLE.sub("\ufffd", safe_cell(text)).replace("&", "&&")[:200]
