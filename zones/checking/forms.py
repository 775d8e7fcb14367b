"""Read the annex's own table: its lines, its head (填报区县) and its foot (联系人、联系电话)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field

from openpyxl.utils import get_column_letter

from zones.checking.headers import Header, annex_number, numeral
from zones.checking.loading import Cell, Sheet, Sort
from zones.checking.shapes import Filed, FiledZone, Finding, Place, Severity
from zones.choices import ZoneType

CLAUSE = "附件"
TOTAL = re.compile(r"^[\s（(【]*(合\s*计|总\s*计|共\s*计|总\s*数|小\s*计)")
NOTE = re.compile(
    r"^[\s*※★（(【]*(注\s*[:：\d]|注$|备注|说明|填表|填报|填写|制表|审核|联系|单位负责人|负责人[:：]|"
    r"经办|盖章|日期[:：]|以上|以下|温馨提示|请勿|\d{4}\s*年)"
)
_BUREAU = re.compile(
    r"(?:填报|申报|报送)\s*(?:区县局?|区\s*[(（]县[)）]|县区|单位|部门)\s*(?:[(（][^)）]*[)）])?\s*[:：]?\s*(.*)",
    re.DOTALL,
)
_PERSON = re.compile(r"联\s*系\s*人(?:姓名)?\s*[:：]?\s*(.*)", re.DOTALL)
_PHONE = re.compile(r"(?:联系\s*电话|联系\s*方式|电\s*话|手机号?码?)\s*[:：]?\s*(.*)", re.DOTALL)
_NEXT_LABEL = re.compile(
    r"\s*(?:填报|填表|申报|报送|联\s*系\s*人|联系\s*(?:电话|方式)|电\s*话|手机|日期|时间)|\s{2,}"
)
_COUNT = re.compile(r"(\d[\d,]*)(?:\.0+)?\s*([户家个]?)")
_CHINESE_COUNT = re.compile(r"([一二三四五六七八九十]{1,3})\s*[户家个]")
_ANNEX = re.compile(r"附\s*[表件录]\s*[(（]?\s*(?:\d+|[一二三四五六七八九十]+)")


@dataclass
class Line:
    """A line of the annex, with the number of the 附表 that its count's cell names."""

    zone: FiledZone
    annex: int | None


@dataclass
class Form:
    """The annex's table in a sheet, from its header to the next table's."""

    sheet: Sheet
    header: Header
    lines: list[Line] = field(default_factory=list)


def read_form(sheet: Sheet, header: Header, end: int, filed: Filed) -> Form:
    """Read the lines between a header and row ``end``; what cannot be read goes into ``early``."""
    form = Form(sheet, header)
    for number, row in sheet.rows.items():
        if header.row < number < end and _is_line(row, header):
            form.lines.append(_line(sheet, header, number, row, filed))
    return form


def _is_line(row: Mapping[int, Cell], header: Header) -> bool:
    first = row[min(row)].text
    wanted = {
        column for name, column in header.columns.items() if name not in ("number", "marks")
    } & row.keys()
    if not wanted or any(TOTAL.match(cell.text) for cell in row.values()):
        return False
    return not NOTE.match(first) and not any(_PERSON.match(cell.text) for cell in row.values())


def _line(sheet: Sheet, header: Header, number: int, row: Mapping[int, Cell], filed: Filed) -> Line:
    texts = {}
    letters = {}
    for name, column in header.columns.items():
        cell = row.get(column)
        if cell is None and name in ("zone_type", "address"):
            cell = sheet.above(number, column)
        letters[name] = get_column_letter(column)
        texts[name] = value_of(cell, Place(sheet.name, number, letters[name]), filed)
    raw = texts.get("declared_count", "")
    zone = FiledZone(
        place=Place(sheet.name, number, letters.get("name", "A")),
        name=one_line(texts.get("name", "")),
        zone_type=zone_type_of(texts.get("zone_type", "")),
        type_text=one_line(texts.get("zone_type", "")),
        address=one_line(texts.get("address", "")),
        declared_count=count_of(raw),
        raw_count=one_line(raw),
        columns={name: letter for name, letter in letters.items() if name != "number"},
    )
    return Line(zone, annex_number(raw) if "附" in raw else None)


def value_of(cell: Cell | None, place: Place, filed: Filed) -> str:
    """Return a cell's text; one without a value is told once, and read as empty."""
    if cell is None:
        return ""
    if cell.sort is Sort.UNCOMPUTED:
        message = (
            "该单元格是公式，文件中没有它的结果；请在 Excel 中复制该列，“选择性粘贴—值”后保存。"
        )
        filed.early.append(Finding(place, Severity.ERROR, "cell.formula", message, CLAUSE))
        return ""
    if cell.sort is Sort.ERROR:
        message = f"该单元格是错误值 {cell.text}，请改为实际内容。"
        filed.early.append(Finding(place, Severity.ERROR, "cell.error", message, CLAUSE))
        return ""
    return cell.text


def one_line(text: str) -> str:
    """Return a text without line breaks, invisible characters and blanks in a row."""
    text = "".join(" " if c in "\r\n\t" else c for c in text)
    text = "".join(c for c in text if unicodedata.category(c)[0] != "C")
    return " ".join(text.split())


def zone_type_of(text: str) -> str:
    """Return the ZoneType that a text names, "" where it names none of the list."""
    plain = "".join(unicodedata.normalize("NFKC", text).split())
    for value, label in ZoneType.choices:
        if plain == label:
            return str(value)
    return str(ZoneType.OTHER) if plain.startswith(("其他", "其它")) else ""


def count_of(text: str) -> int | None:
    """Return the number of entities in a text such as 53户，见附表1; None where it has none."""
    plain = _ANNEX.sub("", unicodedata.normalize("NFKC", text))
    found = _COUNT.findall(plain)
    if found:
        digits = next((number for number, unit in found if unit), found[0][0]).replace(",", "")
        # Nine digits are more entities than the country has; a column holds no more.
        return int(digits) if len(digits) <= 9 else None
    chinese = _CHINESE_COUNT.search(plain)
    return numeral(chinese[1]) if chinese else None


def read_surroundings(sheet: Sheet, rows: Mapping[int, Mapping[int, Cell]], filed: Filed) -> None:
    """Take bureau, contact and phone from rows outside the tables; the first of each counts."""
    for field_name, attribute, pattern in (
        ("bureau", "bureau_text", _BUREAU),
        ("contact_name", "contact_name", _PERSON),
        ("contact_phone", "contact_phone", _PHONE),
    ):
        if getattr(filed, attribute):
            continue
        for number, row in rows.items():
            found = _labelled(row, pattern)
            if found is None:
                continue
            column, text = found
            if field_name not in filed.places or text:
                filed.places[field_name] = Place(sheet.name, number, get_column_letter(column))
                setattr(filed, attribute, one_line(text)[:200])
            if text:
                break


def _labelled(row: Mapping[int, Cell], pattern: re.Pattern[str]) -> tuple[int, str] | None:
    """Return column and text behind a label: in its cell, else in the next cell to the right."""
    for column, cell in row.items():
        found = pattern.search(cell.text)
        if found is None:
            continue
        text = _NEXT_LABEL.split(found[1], maxsplit=1)[0].strip(" 　:：_")
        if text or _NEXT_LABEL.match(found[1].strip() or "x"):
            return column, text
        for right in sorted(one for one in row if one > column):
            neighbor = row[right].text.strip()
            if any(label.match(neighbor) for label in (_BUREAU, _PERSON, _PHONE)):
                break
            return right, neighbor
        return column, ""
    return None
