"""The items of a list as a workbook: its columns, and how one that was handed in is read.

Everything that is wrong is told at once, each with sheet, row and column; what is not read at all
(a column or a sheet that is none of ours) is told as well, so that nothing gets lost unseen.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.errors import MissingColumns
from core.tabular import Column, Table, open_table, safe_cell, sheets_of
from core.workbooks import COVER
from redline.choices import ListKind
from redline.items import FIELDS, ItemField, Shape, lacking, read, text_of
from redline.models import ListItem

MOST_BYTES = 4 << 20
MOST_ROWS = 1000
NEEDED = ("code", "group", "behaviour")
"""Without these columns a table is not taken for a list."""

ERRORS = {"#REF!", "#N/A", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!"}
MERGED = "合并的单元格请拆分，逐行填写。"
_ESCAPED = re.compile(r"_x005F_(?=x[0-9A-Fa-f]{4}_)")
_RETURN = re.compile(r"_x000[Dd]_")


@dataclass(frozen=True)
class Finding:
    """What is wrong at one place of a workbook. ``blocks``: nothing is read in until it is mended;
    else it is told, and at the latest submitting asks for it.
    """

    sheet: str
    row: int
    column: str
    title: str
    value: str
    sentence: str
    blocks: bool = True

    @property
    def place(self) -> str:
        """Say where it is: sheet, row and column as a spreadsheet shows them."""
        said = f"工作表“{self.sheet}”" if self.sheet else ""
        said += f"第{self.row}行" if self.row else ""
        return said + (f"{self.column}列" if self.column else "")


@dataclass(frozen=True)
class FiledItem:
    """An item of a workbook: its columns as far as the workbook has them."""

    values: dict[str, Any]
    place: str


@dataclass
class Filed:
    """What a workbook holds."""

    items: list[FiledItem] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def columns_of(kind: str) -> list[tuple[str, int]]:
    """Return title and width in characters of each column."""
    return [(one.title, one.width) for one in FIELDS[kind]]


def row_of(kind: str, item: ListItem) -> list[str]:
    """Return an item as a row; reading it back gives the same item."""
    return [text_of(one, item) for one in FIELDS[kind]]


def read_workbook(path: Path, kind: str) -> Filed:
    """Read every sheet that has the columns of a list. Raises BadFile for what is no such table."""
    filed = Filed()
    found = 0
    refused: MissingColumns | None = None
    unread = []
    names: Sequence[str | None] = sheets_of(path) or [None]
    for name in names:
        try:
            table = open_table(path, _columns(kind), sheet=name, max_bytes=MOST_BYTES)
        except MissingColumns as missing:
            refused = refused or missing
            unread.append(name or "")
            continue
        found += 1
        with table:
            _read_table(table, kind, filed)
    if refused is not None and not found:
        raise refused
    for name in unread:
        if name != COVER:
            said = "该工作表没有本清单的表头，没有读入；其中如有事项，请补上表头后重新上传。"
            filed.findings.append(Finding(name, 0, "", "", "", said, blocks=False))
    if not filed.items and not any(one.blocks for one in filed.findings):
        said = "没有读到任何事项，请填写后重新上传。"
        filed.findings.append(Finding(table.sheet, table.header_line, "", "", "", said))
    return filed


def _columns(kind: str) -> dict[str, Column]:
    return {
        one.name: Column((one.title, *one.also), required=one.name in NEEDED)
        for one in FIELDS[kind]
    }


def _read_table(table: Table, kind: str, filed: Filed) -> None:
    """Read the rows of one table, and tell of its header."""
    line = table.header_line
    for letter, title in table.others.items():
        said = f"“{title}”不是{ListKind(kind).label}的栏目，这一列没有读入。"
        filed.findings.append(Finding(table.sheet, line, letter, title, "", said, blocks=False))
    for one in FIELDS[kind]:
        if one.needed and one.name not in table.letters:
            filled = one.shape is Shape.NUMBER
            rest = "新增的项按默认值填写，请核对。" if filled else "各项须在提交前补填。"
            said = f"没有“{one.title}”一列，{rest}"
            filed.findings.append(Finding(table.sheet, line, "", one.title, "", said, blocks=False))
    codes = {item.values.get("code", ""): item.place for item in filed.items}
    for row, values in table.rows():
        if len(filed.items) >= MOST_ROWS:
            said = f"一份清单最多{MOST_ROWS}项，这一行以后没有读，请删减。"
            filed.findings.append(Finding(table.sheet, row, "", "", "", said))
            return
        texts = dict(zip(table.columns, values, strict=True))
        given = {name: _plain(table, text) for name, text in texts.items() if name in table.letters}
        _read_row(table, row, given, kind, filed, codes)


def _read_row(
    table: Table, row: int, given: dict[str, str], kind: str, filed: Filed, codes: dict[str, str]
) -> None:
    done = read(kind, given)
    place = f"{f'工作表“{table.sheet}”' if table.sheet else ''}第{row}行"
    wrong = {problem.name: problem.sentence for problem in done.problems}
    wrong |= {name: _error(text) for name, text in given.items() if text in ERRORS}
    code = done.values.get("code", "")
    if code and code in codes:
        wrong.setdefault("code", f"编号{code}与{codes[code]}重复，请改用其他编号。")
    codes.setdefault(code, place)
    titles = {one.name: one for one in FIELDS[kind]}
    for name, sentence in wrong.items():
        could_be = table.encoding == "xlsx" and name in NEEDED and not given.get(name)
        merged = MERGED if could_be else ""
        filed.findings.append(_at(table, row, titles[name], given, sentence + merged))
    if not wrong:
        for problem in lacking(kind, ListItem(**done.values)):
            if problem.name in given:
                said = f"提交前须补：{problem.sentence}"
                filed.findings.append(
                    _at(table, row, titles[problem.name], given, said, blocks=False)
                )
    filed.items.append(FiledItem(done.values, place))


def _at(
    table: Table,
    row: int,
    one: ItemField,
    given: dict[str, str],
    sentence: str,
    *,
    blocks: bool = True,
) -> Finding:
    letter = table.letters.get(one.name, "")
    return Finding(
        table.sheet, row, letter, one.title, given.get(one.name, "")[:60], sentence, blocks
    )


def _error(text: str) -> str:
    return f"单元格是公式错误“{text}”，请改为文字。"


def _plain(table: Table, text: str) -> str:
    """Take back what writing a workbook did to a text, so that it comes back as it was."""
    if table.encoding == "xlsx":
        text = _RETURN.sub("", _ESCAPED.sub("_", text))
    if text.startswith("'") and safe_cell(text[1:]) == text:
        return text[1:]
    return text


def in_order(findings: Sequence[Finding]) -> Iterator[Finding]:
    """Yield findings, those that block first, each group in the order of the workbook."""
    yield from (one for one in findings if one.blocks)
    yield from (one for one in findings if not one.blocks)
