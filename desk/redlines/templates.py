"""The empty workbook of a list: a cover that says how it is filled in, and the columns."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import BinaryIO

from core.workbooks import Book
from redline.choices import ListKind
from redline.items import FIELDS
from redline.workbooks import columns_of

SAID = (
    ("怎样填写", "在“清单”工作表里一行填一项；列可以换位置，表头不要改。"),
    ("怎样读入", "在草稿页上传；按编号对应已有的项，工作簿里没有的项从草稿中减去。"),
    ("适用条件", "一个单元格里一行一个条件（Alt+Enter 换行）。"),
    ("有误时", "全部问题一次列出，写明工作表、行、列；改正前草稿保持原样。"),
)
SHEET = "清单"


def write_template(kind: str, out: BinaryIO) -> None:
    """Write the empty workbook of a kind of list."""
    label = str(ListKind(kind).label)
    meanings = [("列", "含义"), *((one.title, one.meaning) for one in FIELDS[kind])]
    with tempfile.TemporaryDirectory() as folder:
        parts = Path(folder)
        with Book(parts, SHEET, columns_of(kind), head=label, foot="") as book:
            book.finish([("表名", label), *SAID], meanings, out)
