"""Which row is a header, and of which table: the annex's own, or a roster (附表).

Headers are compared as ``core.tabular.plain_header`` sees them, by what they contain, so that
another wording, order or a unit behind them makes no difference.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from core.tabular import plain_header
from entities.codes import normalise
from zones.checking.loading import Cell, Sheet

FORM, ROSTER = "form", "roster"
MARKS = "错误说明"
LONGEST_HEADER = 60
SHORTEST_CODE = 15

# The first pattern that fits names the column; a form's count header also names code and name.
_MARKS = re.compile(f"^{MARKS}$")
_FORM = {
    "marks": _MARKS,
    "declared_count": re.compile("数量|户数|家数|主体数|经营主体明细|明细"),
    "zone_type": re.compile("类型|类别|性质"),
    "address": re.compile("地址|住所|坐落|位置|地点"),
    "name": re.compile("申报名称|区域名称|园区名称|载体名称|申报区域|区域|园区|^名称$|项目名称"),
    "number": re.compile("^序号$|^编号$|^no$"),
}
_ROSTER = {
    "marks": _MARKS,
    "code": re.compile("信用代码|社会信用|统一代码|机构代码|注册号|^代码$|^uscc$|税号|纳税人识别"),
    "zone": re.compile(
        "所属区域|所在区域|所属园区|所在园区|区域名称|园区名称|申报名称|载体|^区域$|^园区$"
    ),
    "name": re.compile(
        "企业名|主体名|单位名|公司名|市场主体|经营主体|字号|^名称|^企业$|^单位$|^公司$|户名|商户|名称$"
    ),
    "number": re.compile("^序号$|^编号$|^no$"),
}
_ANNEX_NUMBER = re.compile(
    r"(?:附\s*[表件录]|表|清单|名册)\s*[(（\-—_]?\s*(\d{1,2}|[一二三四五六七八九十]{1,3})(?![\d年月])"
)
_CODE = re.compile(r"[0-9A-Z]{15,20}")
_NUMERALS = {sign: value for value, sign in enumerate("一二三四五六七八九", 1)}


@dataclass(frozen=True)
class Header:
    """A header row: its table's kind and the column (from 1) of each field that it names."""

    kind: str
    row: int
    columns: Mapping[str, int]
    guessed: bool = False


def headers(sheet: Sheet) -> Iterator[Header]:
    """Yield the headers of a sheet from top to bottom.

    One that is repeated, as on each printed page, comes once, unless a title stands above it.
    """
    seen: Mapping[str, int] = {}
    titled = False
    for number, row in sheet.rows.items():
        found = _header(number, row)
        if found is not None and (titled or found.columns != seen):
            seen = found.columns
            yield found
        titled = len(row) == 1 and not next(iter(row.values())).text.strip().isdecimal()


def ends_of(found: Sequence[Header], sheet: Sheet) -> list[int]:
    """Return for each header the row at which its table has ended: the next one's, or the last."""
    last = max(sheet.rows, default=0) + 1
    return [*(header.row for header in found[1:]), last] if found else []


def is_header(row: Mapping[int, Cell]) -> bool:
    return _header(0, row) is not None


def _header(number: int, row: Mapping[int, Cell]) -> Header | None:
    # Most rows are lines of a roster, known by their codes; headers are looked for in the others.
    if len(row) < 2 or any(looks_like_code(cell.text) for cell in row.values()):
        return None
    texts = {
        column: plain_header(cell.text)
        for column, cell in row.items()
        if len(cell.text) <= LONGEST_HEADER
    }
    roster = _match(texts, _ROSTER, spared=_FORM["declared_count"])
    if "code" in roster and "name" in roster:
        return Header(ROSTER, number, roster)
    form = _match(texts, _FORM)
    wanted = {"name", "zone_type", "address", "declared_count"} & form.keys()
    if len(wanted) >= 3 and not _has_values(row):
        return Header(FORM, number, form)
    return None


def _match(
    texts: Mapping[int, str],
    patterns: Mapping[str, re.Pattern[str]],
    spared: re.Pattern[str] | None = None,
) -> dict[str, int]:
    found: dict[str, int] = {}
    for name, pattern in patterns.items():
        for column, text in sorted(texts.items()):
            if column in found.values() or (spared is not None and spared.search(text)):
                continue
            if pattern.search(text):
                found[name] = column
                break
    return found


def _has_values(row: Mapping[int, Cell]) -> bool:
    """A line of the form names things as its header does (某某园区, 户数); it bears a figure."""
    return any(re.search(r"\d+\s*[户家个]", cell.text) for cell in row.values())


def guess_roster(sheet: Sheet) -> Header | None:
    """Return where a sheet without a header has codes and names, if most rows show it."""
    codes: dict[int, int] = {}
    words: dict[int, int] = {}
    for row in sheet.rows.values():
        for column, cell in row.items():
            if looks_like_code(cell.text):
                codes[column] = codes.get(column, 0) + 1
            elif len(re.findall(r"[\u4e00-\u9fff]", cell.text)) >= 4:
                words[column] = words.get(column, 0) + 1
    if not codes or not words:
        return None
    code = max(codes, key=lambda column: (codes[column], -column))
    words.pop(code, None)
    if not words or codes[code] * 2 < len(sheet.rows):
        return None
    name = max(words, key=lambda column: (words[column], -column))
    return Header(ROSTER, 0, {"code": code, "name": name}, guessed=True)


def looks_like_code(text: str) -> bool:
    return len(text) >= SHORTEST_CODE and _CODE.fullmatch(normalise(text)) is not None


def annex_number(text: str) -> int | None:
    """Return the n of 附表n, 见附件（二） and the like, None where the text names none."""
    found = _ANNEX_NUMBER.search(unicodedata.normalize("NFKC", text))
    return numeral(found[1]) if found else None


def numeral(text: str) -> int | None:
    """Return the value of digits or of a Chinese numeral up to 99."""
    if text.isdecimal():
        return int(text)
    tens, ten, ones = text.partition("十")
    if not ten:
        return _NUMERALS.get(text)
    if (tens and tens not in _NUMERALS) or (ones and ones not in _NUMERALS):
        return None
    return _NUMERALS.get(tens, 1) * 10 + _NUMERALS.get(ones, 0)
