"""Which sort of file is which, so that a file brought to the wrong import is told where it goes."""

from __future__ import annotations

from pathlib import Path

from core.errors import Refused
from core.tabular import BadFile, Column, Table, open_table
from entities.registers import COLUMNS

TITLES = {
    "credit": "信用风险分类",
    "four_new": "“四新”名单",
    "register": "登记信息",
}
TELLING = {
    "credit": Column(
        ("信用风险分类", "信用风险分类结果", "信用风险类别", "信用风险等级", "风险等级", "风险类别")
    ),
    "four_new": Column(("四新类别", "“四新”类别", "四新类型", "四新", "四新标识", "四新分类")),
    "register": COLUMNS["scope"],
}
"""A column that only this sort of file has."""

SUBSTANCE = frozenset(
    {"scope", "address", "established_on", "capital", "representative", "status", "industry"}
)
"""A register says at least one of these of its entities."""


def sort_of(path: Path) -> str | None:
    """Return the sort whose telling column a file has, None where it has none."""
    try:
        with open_table(path, TELLING) as table:
            return next((sort for sort in TITLES if sort in table.header), None)
    except BadFile:
        return None


def belongs(path: Path, sort: str) -> str:
    """Return the sentence on where a file that cannot be read as ``sort`` belongs, or nothing."""
    found = sort_of(path)
    if found is None or found == sort:
        return ""
    return f"该文件像是{TITLES[found]}文件，请改在{TITLES[found]}导入处提交。"


def demand_sort(table: Table, path: Path, sort: str) -> None:
    """Refuse a list of names and codes as a register: it would found entities out of nothing."""
    if sort != "register" or SUBSTANCE & table.header.keys():
        return
    raise Refused(
        "",
        "文件除名称和代码外没有经营范围、注册地址、注册日期、登记状态等列，不是登记名册，未导入。"
        + (belongs(path, sort) or "请核对文件，补充这些列后重新提交。"),
    )
