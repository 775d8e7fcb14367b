"""Tables of places as files: which one it is, by its header; its rows; what a load did."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import NamedTuple

from core.tabular import BadFile, Column, open_table

Rows = list[tuple[int, dict[str, str]]]
"""The rows of a table: line in the file, and the text of each column of its layout."""

LIST_MARKS = re.compile(r"[|、,，;；\s]+")


def _needed(*names: str) -> Column:
    return Column(names, required=True)


LAYOUTS: dict[str, dict[str, Column]] = {
    "changes": {
        "effective_on": _needed("effective_on", "生效日"),
        "from_district": _needed("from_district", "原区县代码"),
        "street": _needed("street", "街道"),
        "to_district": _needed("to_district", "现区县代码"),
    },
    "stations": {
        "code": _needed("code", "代码"),
        "name": _needed("name", "名称"),
        "bureau": _needed("bureau", "所属局"),
        "streets": _needed("street_codes", "streets", "街道代码"),
        "since": Column(("since", "起")),
    },
    "jurisdictions": {
        "bureau": _needed("bureau", "所属局"),
        "place": _needed("place_code", "street_code", "区划代码"),
        "since": _needed("since", "起"),
    },
    "streets": {
        "code": _needed("code", "代码"),
        "name": _needed("name", "名称"),
        "district_code": _needed("district_code", "区县代码"),
    },
    "districts": {
        "code": _needed("code", "代码"),
        "name": _needed("name", "名称"),
        "short_name": _needed("short_name", "简称"),
        "former_names": Column(("former_names", "曾用名")),
        "valid_from": Column(("valid_from", "设立")),
        "valid_to": Column(("valid_to", "撤销前最后一日")),
        "successor": Column(("successor", "承继区县代码")),
    },
}
"""Layouts by kind; the first one whose required columns are all in the header is taken."""


class Bad(NamedTuple):
    """A row that was left out: where, what is wrong and what to do."""

    line: int
    field: str
    value: str
    problem: str
    advice: str

    def __str__(self) -> str:
        return f"第{self.line}行 {self.field}“{self.value}”：{self.problem}{self.advice}"


@dataclass
class Outcome:
    """What a load did: sentences to show, bad rows, and whether anything lies elsewhere now."""

    sentences: list[str] = field(default_factory=list)
    bad: list[Bad] = field(default_factory=list)
    moved: bool = False

    def count(self, what: str, new: int, changed: int, same: int) -> None:
        self.sentences.append(f"{what}：新增{new:,}，变更{changed:,}，未变{same:,}。")


def recognise(path: Path, layouts: dict[str, dict[str, Column]] | None = None) -> tuple[str, Rows]:
    """Return the kind of a table by its header, and its rows.

    Raises BadFile where no layout fits or the file cannot be read.
    """
    layouts = layouts or LAYOUTS
    for kind, columns in layouts.items():
        try:
            table = open_table(path, columns)
        except BadFile as error:
            if "缺少必需的列" not in str(error):
                raise
            continue
        with table:
            return kind, [
                (line, {name: text.strip() for name, text in zip(columns, values, strict=True)})
                for line, values in table.rows()
            ]
    known = "；".join(
        ",".join(column.aliases[0] for column in columns.values() if column.required)
        for columns in layouts.values()
    )
    raise BadFile(f"{path.name}的表头不是可载入的基础表，可用的表头有：{known}。请改正表头后重试。")


def parts(text: str) -> list[str]:
    """Return the codes of a cell that holds several."""
    return [part for part in LIST_MARKS.split(text) if part]


def day_of(text: str) -> date | None:
    """Return the day of a cell, None for an empty one. Raises ValueError."""
    return date.fromisoformat(text.replace("/", "-")) if text else None
