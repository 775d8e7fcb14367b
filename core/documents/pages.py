"""A finished .docx as blocks for a page of the browser: the same words in the same order.

What a style sheet needs to know is said in class names, since pages carry no styles of their own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
from docx.oxml.ns import qn
from docx.table import Table
from docx.text.paragraph import Paragraph

SIZES = (9, 10, 12, 14, 16, 18, 22, 26)
"""The sizes of letters, in points, that the style sheet knows."""

_ALIGNED = {ALIGN.CENTER: "center", ALIGN.RIGHT: "right", ALIGN.JUSTIFY: "justify"}
_FACES = (("黑", "hei"), ("楷", "kai"), ("仿", "fang"), ("宋", "song"))


@dataclass(frozen=True)
class Piece:
    """Words of one look."""

    text: str
    look: str


@dataclass(frozen=True)
class Line:
    """A paragraph."""

    pieces: list[Piece]
    look: str
    is_grid = False

    @property
    def is_empty(self) -> bool:
        return not any(piece.text.strip() for piece in self.pieces)


@dataclass(frozen=True)
class Cell:
    lines: list[Line]
    span: int
    look: str


@dataclass(frozen=True)
class Grid:
    """A table; each row is a list of cells."""

    rows: list[list[Cell]]
    is_grid = True


@dataclass(frozen=True)
class Page:
    """What a document shows: its head lines, then its body; page numbers are the browser's."""

    head: list[Line]
    body: list[Line | Grid]

    def masked(self, word: str, instead: str) -> Page:
        """Return the page with a word (of some length) written otherwise wherever it stands."""
        if not word:
            return self
        return Page(
            [_line(one, word, instead) for one in self.head],
            [
                Grid([[_cell(cell, word, instead) for cell in row] for row in one.rows])
                if isinstance(one, Grid)
                else _line(one, word, instead)
                for one in self.body
            ],
        )


def page_of(content: bytes) -> Page:
    """Return a rendered document as blocks."""
    document = Document(BytesIO(content))
    usual = document.styles["Normal"]
    head = [
        _line_of(one, usual)
        for section in document.sections
        for one in section.header.paragraphs
        if one.text.strip()
    ]
    return Page(head, list(_blocks(document, usual)))


def _blocks(document: Any, usual: Any) -> Iterator[Line | Grid]:
    for block in document.iter_inner_content():
        yield _grid_of(block, usual) if isinstance(block, Table) else _line_of(block, usual)


def _grid_of(table: Table, usual: Any) -> Grid:
    widths = [int(column.width or 0) for column in table.columns]
    total = sum(widths) or 1
    rows = []
    for row in table.rows:
        cells, at = [], 0
        for element in row._tr.tc_lst:
            span = element.grid_span
            share = round(20 * sum(widths[at : at + span]) / total) * 5
            lines = [_line_of(Paragraph(one, table), usual) for one in element.p_lst]
            cells.append(Cell(lines, span, f"w{share}" if share else ""))
            at += span
        rows.append(cells)
    return Grid(rows)


def _line_of(paragraph: Paragraph, usual: Any) -> Line:
    layout = paragraph.paragraph_format
    look = [_ALIGNED.get(paragraph.alignment or ALIGN.LEFT, "left")]
    if layout.first_line_indent and layout.first_line_indent > 0:
        look.append("indent")
    pieces = [Piece(run.text, _look_of(run, usual)) for run in paragraph.runs if run.text]
    return Line(pieces, " ".join(look))


def _look_of(run: Any, usual: Any) -> str:
    size = (run.font.size or usual.font.size).pt if run.font.size or usual.font.size else 12
    look = [f"s{min(SIZES, key=lambda one: abs(one - size))}"]
    fonts = run._element.rPr.rFonts if run._element.rPr is not None else None
    face = fonts.get(qn("w:eastAsia"), "") if fonts is not None else ""
    found = next((name for sign, name in _FACES if sign in face), "")
    look += [one for one in (found, "bold" if run.bold else "") if one]
    return " ".join(look)


def _line(line: Line, word: str, instead: str) -> Line:
    told = [Piece(piece.text.replace(word, instead), piece.look) for piece in line.pieces]
    return Line(told, line.look)


def _cell(cell: Cell, word: str, instead: str) -> Cell:
    return Cell([_line(one, word, instead) for one in cell.lines], cell.span, cell.look)
