"""The arrangement of a year as people write it, line by line, read into special days.

A line is a day or a span of days, 休 or 班, and a name: ``2027-01-01至2027-01-03 休 元旦``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

from core.due_days import MAKE_UP, SATURDAY, Special, said_day
from core.errors import BadFile
from core.tabular import Column, open_table

REST, WORK = "休", "班"
WORDS = {
    **dict.fromkeys(("休", "放假", "休假", "假日", "休息"), False),
    **dict.fromkeys(("班", "上班", "补班", "调休", "调休上班"), True),
}
FESTIVALS = ("元旦", "春节", "清明", "劳动", "端午", "中秋", "国庆")
"""Each year's statutory holidays; one that is not named is asked about, not refused."""

LONGEST_NAME = 40
MOST_LINES = 200
LONGEST_SPAN = 31
_DAY = r"(?:(?:\d{4}\s*[-/.年]\s*)?\d{1,2}\s*[-/.月]\s*\d{1,2}日?)"
_LINE = re.compile(
    rf"({_DAY})(?:\s*(?:至|到|~|～|—+|–)\s*({_DAY}|\d{{1,2}}日))?[\s,，、:：;；]*"
    rf"({'|'.join(sorted(WORDS, key=len, reverse=True))})[\s,，、:：;；]*(.*)"
)
COLUMNS = {
    "day": Column(("日期", "开始日期", "起"), required=True),
    "last": Column(("结束日期", "至", "止")),
    "sort": Column(("类别", "休班", "安排"), required=True),
    "name": Column(("名称", "节日", "说明")),
}


class Wrong(ValueError):
    """Lines that cannot be read; each sentence says which and what to do."""

    def __init__(self, sentences: list[str]) -> None:
        super().__init__("".join(sentences))
        self.sentences = sentences


class Span(NamedTuple):
    first: date
    last: date
    special: Special


def read_lines(text: str, year: int) -> dict[date, Special]:
    """Return the special days that the lines name. Raises Wrong."""
    found: dict[date, Special] = {}
    wrong: list[str] = []
    lines = [(n, line.strip()) for n, line in enumerate(text.splitlines(), 1) if line.strip()]
    if len(lines) > MOST_LINES:
        raise Wrong([f"共{len(lines)}行，一个年度不会超过{MOST_LINES}行，请核对。"])
    for number, line in lines:
        try:
            span = _span(line, year)
            for day in _days(span):
                if day in found:
                    raise ValueError(f"{said_day(day)}写了两次，请只留一处。")
                found[day] = span.special
        except ValueError as error:
            wrong.append(f"第{number}行：{error}")
    if not wrong and not any(not said.is_working for said in found.values()):
        wrong.append("没有一个休假日，请按国务院办公厅的通知逐行填写。")
    if wrong:
        raise Wrong(wrong)
    return dict(sorted(found.items()))


def _span(line: str, year: int) -> Span:
    matched = _LINE.fullmatch(line)
    if matched is None:
        raise ValueError(f"“{line[:30]}”看不懂，应为“2027-01-01至2027-01-03 休 元旦”这样的一行。")
    first = _day(matched[1], year)
    last = _day(matched[2], year, first.month) if matched[2] else first
    is_working, name = WORDS[matched[3]], matched[4].strip()
    if last < first:
        raise ValueError(f"{last}早于{first}，请改正。")
    if (last - first).days >= LONGEST_SPAN:
        raise ValueError(f"{first}至{last}超过{LONGEST_SPAN}天，请核对。")
    if len(name) > LONGEST_NAME:
        raise ValueError(f"名称最多{LONGEST_NAME}个字，请删减。")
    if not name and not is_working:
        raise ValueError(f"{first}休假没有写名称，请补上节日，如“元旦”。")
    span = Span(first, last, Special(is_working, name or MAKE_UP))
    for day in _days(span):
        if is_working and day.weekday() < SATURDAY:
            raise ValueError(f"{said_day(day)}本来就上班，只有周六、周日才写“班”。")
    return span


def _day(text: str, year: int, month: int = 0) -> date:
    """Read a day; one without a year, or a month, is of the one concerned."""
    parts = [int(part) for part in re.findall(r"\d+", text)]
    parts = [year, month, 0][: 3 - len(parts)] + parts
    try:
        day = date(*parts)
    except ValueError:
        raise ValueError(f"“{text}”不是日期，请改正。") from None
    if not date(year - 1, 12, 1) <= day <= date(year, 12, 31):
        raise ValueError(f"{day}不在{year}年，也不在上年12月，请核对年份。")
    return day


def _days(span: Span) -> Iterable[date]:
    return (span.first + timedelta(days=n) for n in range((span.last - span.first).days + 1))


def write_lines(days: Mapping[date, Special]) -> str:
    """Write special days as lines, a span of the same kind as one; `read_lines` reads it back."""
    return "\n".join(
        f"{one.first}{'' if one.first == one.last else f'至{one.last}'} "
        f"{WORK if one.special.is_working else REST} {one.special.name}"
        for one in spans(days)
    )


def spans(days: Mapping[date, Special]) -> list[Span]:
    """Return the days joined where one follows the other and says the same, in order."""
    found: list[Span] = []
    for day, special in sorted(days.items()):
        newest = found[-1] if found else None
        if newest and newest.special == special and newest.last + timedelta(days=1) == day:
            found[-1] = newest._replace(last=day)
        else:
            found.append(Span(day, day, special))
    return found


def missing_festivals(days: Mapping[date, Special]) -> list[str]:
    """Return the statutory holidays that no day of rest is named after."""
    names = "".join(said.name for said in days.values() if not said.is_working)
    return [festival for festival in FESTIVALS if festival not in names]


def lines_of_file(path: Path) -> str:
    """Return the rows of a workbook or CSV file as lines. Raises BadFile."""
    lines: list[str] = []
    with open_table(path, COLUMNS) as table:
        for number, (day, last, sort, name) in table.rows():
            if len(lines) == MOST_LINES:
                raise BadFile(f"超过{MOST_LINES}行，不像一个年度的节假日安排，请核对。")
            if sort.strip() not in WORDS:
                raise BadFile(f"第{number}行的类别“{sort[:20]}”应为“休”或“班”，请改正。")
            until = f"至{last.strip()}" if last.strip() else ""
            lines.append(f"{day.strip()}{until} {sort.strip()} {name.strip()}".strip())
    return "\n".join(lines)
