"""Read any workbook that is meant as a declaration, whatever its sheets and columns are called.

Only what is no workbook, or may not be opened, raises ``BadFile``; all else becomes findings.
"""

from __future__ import annotations

import re
from pathlib import Path

from zones.checking.annexes import Annex, assign, read_annex, titles_above
from zones.checking.forms import CLAUSE, Form, Line, one_line, read_form, read_surroundings
from zones.checking.headers import FORM, Header, ends_of, guess_roster, headers
from zones.checking.loading import MAX_DECLARATION_BYTES, Book, Sheet, load_book
from zones.checking.shapes import Filed, FiledZone, Finding, Place, Severity
from zones.checking.stamps import STAMP_NAME, is_older, stamp_in

__all__ = ("MAX_DECLARATION_BYTES", "read")

LEAST_ROWS = 2
"""A sheet without a header is taken for a roster from so many rows of codes on."""


def read(path: Path | str) -> Filed:
    """Return what a workbook declares; raises BadFile for what is no workbook of ours to open."""
    book = load_book(path)
    filed = Filed()
    forms: list[Form] = []
    annexes: list[Annex] = []
    for sheet in book.sheets:
        _take_sheet(sheet, forms, annexes, filed)
    lines = [line for form in forms for line in form.lines]
    if not forms:
        lines = _without_form(book, annexes, filed)
    filed.zones = [line.zone for line in lines]
    assign(annexes, lines, filed)
    _say_stamp(book, filed)
    return filed


def _take_sheet(sheet: Sheet, forms: list[Form], annexes: list[Annex], filed: Filed) -> None:
    """Read every table of a sheet, and around the annex's table its head and foot."""
    found = list(headers(sheet))
    if not found:
        guessed = guess_roster(sheet) if len(sheet.rows) >= LEAST_ROWS else None
        if guessed is not None:
            found = [guessed]
            _say_guessed(sheet, guessed, filed)
    if not found:
        return
    _leave_out_marks(sheet, found)
    before = 0
    for header, end in zip(found, ends_of(found, sheet), strict=True):
        if header.kind == FORM:
            forms.append(read_form(sheet, header, end, filed))
        else:
            titles = list(titles_above(sheet, before, header))
            annexes.append(read_annex(sheet, header, end, titles, filed))
        before = header.row
    if any(header.kind == FORM for header in found):
        _take_surroundings(sheet, found, filed)
    _say_hidden(sheet, found[0], filed)


def _leave_out_marks(sheet: Sheet, found: list[Header]) -> None:
    """Forget the column in which an earlier check wrote: it is no part of what is declared."""
    for header in found:
        column = header.columns.get("marks")
        if column is None:
            continue
        for number in [n for n in sheet.rows if n >= header.row]:
            sheet.rows[number].pop(column, None)
            if not sheet.rows[number]:
                del sheet.rows[number]


def _take_surroundings(sheet: Sheet, found: list[Header], filed: Filed) -> None:
    first_form = next(header for header in found if header.kind == FORM)
    tables = {header.row for header in found}
    outside = {number: row for number, row in sheet.rows.items() if number not in tables}
    read_surroundings(sheet, outside, filed)
    for name in ("bureau", "contact_name", "contact_phone"):
        filed.places.setdefault(name, Place(sheet.name, first_form.row))


def _without_form(book: Book, annexes: list[Annex], filed: Filed) -> list[Line]:
    """Say that the annex's own table is missing, and let its rosters be checked all the same."""
    first = book.sheets[0].name
    message = (
        "没有找到申报表（表头应有：申报名称、所属类型、注册登记地址、区域内经营主体数量）；"
        "请下载模板，或补上申报表后重新上传。"
    )
    place = Place(first, 1, "A")
    filed.early.append(Finding(place, Severity.ERROR, "form.missing", message, CLAUSE))
    for name in ("bureau", "contact_name", "contact_phone"):
        filed.places.setdefault(name, place)
    return [
        Line(
            FiledZone(
                place=annex.place,
                name=one_line(annex.sheet.name),
                zone_type="",
                type_text="",
                address="",
                declared_count=None,
            ),
            None,
        )
        for annex in annexes
        if annex.rows
    ]


def _say_guessed(sheet: Sheet, header: Header, filed: Filed) -> None:
    place = Place(sheet.name, min(sheet.rows), "A")
    message = (
        "明细没有表头，已按内容认出名称列和代码列；请在首行补上“序号、名称、统一社会信用代码”。"
    )
    filed.early.append(Finding(place, Severity.WARNING, "roster.header_missing", message, CLAUSE))


def _say_hidden(sheet: Sheet, header: Header, filed: Filed) -> None:
    if sheet.hidden:
        message = f"工作表“{sheet.name}”是隐藏的，其内容已一并核对；请确认是否应当申报。"
        place = Place(sheet.name, max(header.row, 1))
        filed.early.append(Finding(place, Severity.WARNING, "sheet.hidden", message, CLAUSE))
    hidden = [n for n in sheet.rows if n in sheet.hidden_rows and n > header.row]
    if hidden:
        shown = "、".join(map(str, hidden[:10])) + ("等" if len(hidden) > 10 else "")
        message = f"第{shown}行是隐藏的，共{len(hidden)}行，已一并核对；请确认是否应当申报。"
        place = Place(sheet.name, hidden[0])
        filed.early.append(Finding(place, Severity.WARNING, "row.hidden", message, CLAUSE))


def _say_stamp(book: Book, filed: Filed) -> None:
    stamp = stamp_in(book.names.get(STAMP_NAME, ""))
    if stamp and is_older(stamp):
        message = (
            f"所用模板版本为 {re.sub(r'[^0-9-]', '', stamp)}，已有新版；请下载新模板核对栏目。"
        )
        place = filed.places.get("bureau", Place(book.sheets[0].name, 1))
        filed.early.append(Finding(place, Severity.WARNING, "template.old", message, CLAUSE))
