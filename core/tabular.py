"""Read uploaded tables (CSV, XLSX) as a stream, and write the file of their bad rows.

Memory stays flat for CSV; of a workbook openpyxl holds the shared strings. What cannot be read at
all is a ``BadFile`` whose text is shown to the person as it is.
"""

from __future__ import annotations

import codecs
import contextlib
import csv
import itertools
import re
import unicodedata
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from operator import itemgetter
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, NamedTuple, Self

import openpyxl
from openpyxl.utils import get_column_letter

from core.cells import cell_text
from core.errors import BadFile, MissingColumns
from core.uploads import PACKED, refuse_by_beginning
from core.workbook_safety import demand_plain, demand_shallow

HEADER_WITHIN = 20
"""The header stands within so many rows; above it are titles and notes."""

MAX_CSV_BYTES = 4 << 30
MAX_XLSX_BYTES = 200 << 20
DELIMITERS = ",\t;，"
_CHUNK = 1 << 20
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_UNCLOSED = "文件中有未闭合的引号或超长单元格，无法继续读取，请用 Excel 重新另存后上传。"

Row = tuple[int, Sequence[str]]


class Column(NamedTuple):
    """A wanted column: the header names under which it is known, best first."""

    aliases: tuple[str, ...]
    required: bool = False


class Table:
    """An opened table. ``header`` maps each found column to its header text in the file.

    ``encoding`` is the name of the codec, or "xlsx". ``sheet`` is the name of the sheet, empty for
    a text; ``letters`` the letter of each found column as spreadsheets show it, ``others`` the
    titles in the header, by letter, that are no wanted column. Use it in ``with``, and read
    ``rows`` once.
    """

    def __init__(self, columns: Mapping[str, Column], source: _CsvSource | _XlsxSource) -> None:
        self.columns = tuple(columns)
        self.encoding = source.encoding
        self.sheet = source.sheet
        self._source = source
        places, self.header, self.header_line, titles = source.find_header(columns)
        self._places = tuple(places.get(name, -1) for name in columns)
        self.letters = {name: get_column_letter(place + 1) for name, place in places.items()}
        self.others = {
            get_column_letter(place + 1): title.strip()
            for place, title in enumerate(titles)
            if title.strip() and place not in places.values()
        }

    def rows(self) -> Iterator[Row]:
        """Yield (line, values): values stand in the order of ``columns``, absent ones are "".

        ``line`` is the first line of the row in a CSV file, the row's number in a workbook. Rows
        without any text are left out.
        """
        # With one place itemgetter would return no tuple, so the empty last cell is always added.
        pick = itemgetter(*self._places, -1)
        width = max(self._places) + 2
        for line, row in self._source.rows_after_header():
            row.append("")  # place -1, where absent columns are read
            if len(row) < width:
                row.extend([""] * (width - len(row)))
            values = pick(row)[:-1]
            if any(values):
                yield line, values

    def progress(self) -> float:
        """Return how much of the file was read, from 0 to 1."""
        return self._source.progress()

    def close(self) -> None:
        self._source.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def open_table(
    path: Path | str,
    columns: Mapping[str, Column],
    *,
    sheet: str | None = None,
    max_bytes: int | None = None,
) -> Table:
    """Open a CSV or XLSX file and find the wanted columns by its header.

    Raises BadFile where the file is too large, no table, or lacks a required column.
    """
    path = Path(path)
    size = path.stat().st_size
    with path.open("rb") as raw:
        start = raw.read(64)
    if not size:
        raise BadFile("文件是空的，请检查后重新上传。")
    refuse_by_beginning(start)
    packed = start.startswith(PACKED)
    limit = max_bytes or (MAX_XLSX_BYTES if packed else MAX_CSV_BYTES)
    if size > limit:
        raise BadFile(f"文件大小 {size >> 20} MB 超过上限 {limit >> 20} MB，请拆分后分次上传。")
    source = _XlsxSource(path, sheet) if packed else _CsvSource(path, size)
    try:
        return Table(columns, source)
    except BaseException:
        source.close()
        raise


def sheets_of(path: Path | str) -> list[str]:
    """Return the names of a workbook's sheets; none for a text. Raises BadFile."""
    with Path(path).open("rb") as raw:
        if raw.read(len(PACKED)) != PACKED:
            return []
    with contextlib.closing(_XlsxSource(Path(path), None)) as source:
        return source.names


def plain_header(text: str) -> str:
    """Return a header as it is compared: half-width, lower case, no blanks, marks or brackets."""
    text = unicodedata.normalize("NFKC", text).lower()
    text = re.sub(r"[\s*:_\-'\"#.、\ufeff\u200b]+", "", text)
    return re.sub(r"[(\[【〔〈<].*?[)\]】〕〉>]", "", text) or text


class _CsvSource:
    """The records of a CSV file; the whole file is decoded once beforehand, to fail early."""

    sheet = ""

    def __init__(self, path: Path, size: int) -> None:
        self.encoding, self._has_nul = _find_encoding(path)
        self._size = size
        self._raw: BinaryIO = path.open("rb", buffering=_CHUNK)
        self._path = path
        self._delimiter = ","
        self._skip = 0

    def find_header(
        self, columns: Mapping[str, Column]
    ) -> tuple[dict[str, int], dict[str, str], int, Sequence[str]]:
        """Try each delimiter on the first rows; the one that finds most columns wins."""
        best: tuple[int, dict[str, int], dict[str, str], int] | None = None
        seen: list[list[str]] = []
        for delimiter in DELIMITERS:
            try:
                first = list(itertools.islice(self._records(delimiter), HEADER_WITHIN))
            except csv.Error:
                continue
            found = match_header([row for _, row in first], columns)
            if best is None or len(found[1]) > len(best[1]):
                best = (found[0], *found[1:], first[found[0]][0] if first else 0)
                seen, self._delimiter = [row for _, row in first], delimiter
        if best is None:
            raise BadFile(_UNCLOSED)
        require(columns, best[1], seen)
        self._skip = best[0] + 1
        return best[1], best[2], best[3], seen[best[0]] if seen else ()

    def rows_after_header(self) -> Iterator[tuple[int, list[str]]]:
        records = self._records(self._delimiter)
        try:
            yield from itertools.islice(records, self._skip, None)
        except csv.Error:
            raise BadFile(_UNCLOSED) from None

    def _records(self, delimiter: str) -> Iterator[tuple[int, list[str]]]:
        self._raw.seek(0)
        reader = csv.reader(self._lines(), delimiter=delimiter)
        line = 1
        for row in reader:
            yield line, row
            line = reader.line_num + 1

    def _lines(self) -> Iterator[str]:
        lines: Iterator[str]
        if self.encoding == "utf-16":
            lines = iter(codecs.getreader("utf-16")(self._raw))
        else:
            lines = (line.decode(self.encoding) for line in self._raw)
        return (line.replace("\0", "") for line in lines) if self._has_nul else lines

    def progress(self) -> float:
        return 1.0 if self._raw.closed else min(1.0, self._raw.tell() / self._size)

    def close(self) -> None:
        self._raw.close()


class _XlsxSource:
    """The rows of one sheet of a workbook."""

    encoding = "xlsx"

    def __init__(self, path: Path, sheet: str | None) -> None:
        demand_plain(path)
        demand_shallow(path)
        self._raw = path.open("rb")  # openpyxl judges a path by its ending
        try:
            self._book = openpyxl.load_workbook(
                self._raw, read_only=True, data_only=True, keep_links=False, keep_vba=False
            )
        except (zipfile.BadZipFile, KeyError, ValueError, OSError, AttributeError):
            self._raw.close()
            raise BadFile("工作簿已损坏或不是 Excel 文件，请重新另存为 .xlsx 后上传。") from None
        self.names = names = list(self._book.sheetnames)
        if (sheet is not None and sheet not in names) or not self._book.worksheets:
            self.close()
            raise BadFile(
                f"工作簿没有工作表“{sheet or '（数据）'}”，现有：{'、'.join(names)}。"
                "请另存数据所在的工作表后重新上传。"
            )
        self._sheet: Any = self._book[sheet] if sheet else self._book.worksheets[0]
        self.sheet: str = self._sheet.title
        self._total = self._sheet.max_row or 0
        self._sheet.reset_dimensions()  # some programs write a false range
        self._skip = 0
        self._read = 0

    def find_header(
        self, columns: Mapping[str, Column]
    ) -> tuple[dict[str, int], dict[str, str], int, Sequence[str]]:
        first = [row for _, row in itertools.islice(self._records(), HEADER_WITHIN)]
        place, found, header = match_header(first, columns)
        try:
            require(columns, found, first)
        except MissingColumns as bad:
            raise MissingColumns(f"{bad}{self._other_sheets()}") from None
        self._skip = place + 1
        return found, header, place + 1, first[place] if first else ()

    def rows_after_header(self) -> Iterator[tuple[int, list[str]]]:
        for number, row in itertools.islice(self._records(), self._skip, None):
            self._read = number
            yield number, row

    def _records(self) -> Iterator[tuple[int, list[str]]]:
        for number, row in enumerate(self._sheet.iter_rows(values_only=True), 1):
            yield number, [cell_text(value) for value in row]

    def progress(self) -> float:
        return min(1.0, self._read / self._total) if self._total else 0.0

    def _other_sheets(self) -> str:
        others = "、".join(name for name in self._book.sheetnames if name != self._sheet.title)
        if not others:
            return ""
        return (
            f"只读取了工作表“{self._sheet.title}”，另有：{others}；"
            "数据如在其他工作表，请把它移到最前面后重新上传。"
        )

    def close(self) -> None:
        self._book.close()
        self._raw.close()


def match_header(
    rows: Sequence[Sequence[str]], columns: Mapping[str, Column]
) -> tuple[int, dict[str, int], dict[str, str]]:
    """Return the index of the likeliest header row, each column's place and its header there."""
    best: tuple[int, dict[str, int], dict[str, str]] = (0, {}, {})
    for index, row in enumerate(rows):
        cells = [plain_header(cell) for cell in row]
        found: dict[str, int] = {}
        for name, column in columns.items():
            for alias in column.aliases:
                plain = plain_header(alias)
                if plain in cells and cells.index(plain) not in found.values():
                    found[name] = cells.index(plain)
                    break
        if len(found) > len(best[1]):
            best = (index, found, {name: row[place].strip() for name, place in found.items()})
    return best


def require(
    columns: Mapping[str, Column], found: Mapping[str, int], seen: Sequence[Sequence[str]]
) -> None:
    """Raise MissingColumns naming the required columns not found and the headers that were."""
    missing = [c.aliases[0] for name, c in columns.items() if c.required and name not in found]
    if not missing:
        return
    widest = max(seen, key=lambda row: sum(bool(cell.strip()) for cell in row), default=())
    headers = "、".join(cell.strip()[:20] for cell in widest[:30] if cell.strip()) or "无"
    raise MissingColumns(
        f"缺少必需的列：{'、'.join(missing)}。前{HEADER_WITHIN}行中读到的表头为：{headers}。"
        "请补充该列或修改表头名称后重新上传。"
    )


def _find_encoding(path: Path) -> tuple[str, bool]:
    """Return the codec that decodes the whole file strictly, and whether NUL bytes occur."""
    with path.open("rb") as raw:
        start = raw.read(4)
    for bom, name in _BOMS:
        if start.startswith(bom):
            return name, name != "utf-16" and _decodes(path, name)[1]
    for name in ("utf-8", "gb18030"):
        good, has_nul = _decodes(path, name)
        if good:
            return name, has_nul
    raise BadFile("文件编码无法识别，请另存为 CSV（UTF-8）或 .xlsx 后重新上传。")


def _decodes(path: Path, name: str) -> tuple[bool, bool]:
    decoder = codecs.getincrementaldecoder(name)("strict")
    has_nul = False
    with path.open("rb") as raw:
        try:
            while chunk := raw.read(_CHUNK):
                decoder.decode(chunk)
                has_nul = has_nul or b"\0" in chunk
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False, has_nul
    return True, has_nul


_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]|\t")
_FORMULA = re.compile(r"[\s\x00-\x1f\x7f\u200b-\u200f\u2060\ufeff]*[=+\-@＝＋－＠]|[\t\r]")


def safe_cell(value: object) -> str:
    """Return a cell that no spreadsheet takes for a formula, without control characters."""
    text = str(value)
    dangerous = _FORMULA.match(text)
    text = _CONTROLS.sub(" ", text)
    return f"'{text}" if dangerous else text


class ErrorFile:
    """The bad rows of a file, in a CSV beside it; made at the first bad row, closed by ``with``."""

    HEADER = ("行号", "字段", "值", "问题", "建议")

    def __init__(self, path: Path) -> None:
        self.path = path
        self.count = 0
        self._lines: Any = None

    @classmethod
    def beside(cls, source: Path) -> ErrorFile:
        return cls(source.with_name(f"{source.stem}_错误.csv"))

    def add(self, line: int, field: str, value: object, problem: str, advice: str) -> None:
        if self._lines is None:
            self._lines = self.path.open("w", encoding="utf-8-sig", newline="")
            self._writer = csv.writer(self._lines)
            self._writer.writerow(self.HEADER)
        self._writer.writerow((line, *map(safe_cell, (field, value, problem, advice))))
        self.count += 1

    def __enter__(self) -> Self:
        self.path.unlink(missing_ok=True)  # an older import's errors are not this one's
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._lines is not None:
            self._lines.close()
            self._lines = None
