"""Files that people hand in: what they are by their content, and under which name they are shown.

A name is never believed: it neither says the type nor where the file is kept.
"""

from __future__ import annotations

import codecs
import secrets
import unicodedata
from pathlib import PurePosixPath
from typing import IO

from core.errors import BadFile
from core.workbook_safety import demand_plain

MAX_UPLOAD_BYTES = 1 << 30
"""Of a text; deploy/proxy.conf lets one megabyte more through, for the rest of the form."""

LONGEST_NAME = 100
PACKED = b"PK\x03\x04"
LOOK = 64 << 10
WORKBOOKS = {".xlsx", ".xlsm"}
_TEXT_CODECS = ("utf-8-sig", "gb18030")
_OLD_OFFICE = b"\xd0\xcf\x11\xe0"
_DOCUMENTS = (b"%pdf", b"<html", b"<!doc", b"<?xml", b"<table", b"<svg", b"<script", b"{\\rtf")
_OTHERS = (
    b"MZ", b"\x7fELF", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"BZh", b"\xfd7zXZ",
    b"PK\x05\x06", b"PK\x07\x08", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"\xca\xfe\xba\xbe",
)  # fmt: skip


def refuse_by_beginning(start: bytes) -> None:
    """Refuse what its first bytes show to be no table. Raises BadFile."""
    if start.startswith(_OLD_OFFICE):
        raise BadFile(
            "文件是旧版 .xls 或加密的工作簿，请在 Excel 中另存为不加密的 .xlsx 或 CSV 后重新上传。"
        )
    if start.removeprefix(codecs.BOM_UTF8).lstrip().lower().startswith(_DOCUMENTS):
        raise BadFile(
            "文件是网页、PDF 或其他文档，不是表格，请用 Excel 另存为 .xlsx 或 CSV 后重新上传。"
        )
    # A table may begin with the letters MZ; a program has bytes behind them that no text has.
    if start.startswith(_OTHERS) and b"\0" in start or start.startswith(b"#!/"):
        raise BadFile("文件是程序、压缩包或图片，不是表格，请改用 .xlsx 或 CSV 重新上传。")


def demand_table(file: IO[bytes], size: int, *, max_packed: int) -> None:
    """Look at an uploaded file before it is kept: a text table or a plain workbook, not too large.

    The XML of a workbook is read through only when its table is opened. Raises BadFile.
    """
    if not size:
        raise BadFile("文件是空的，请检查后重新上传。")
    file.seek(0)
    start = file.read(LOOK)
    file.seek(0)
    refuse_by_beginning(start)
    packed = start.startswith(PACKED)
    limit = max_packed if packed else MAX_UPLOAD_BYTES
    if size > limit:
        raise BadFile(f"文件大小 {size >> 20} MB 超过上限 {limit >> 20} MB，请拆分后分次上传。")
    if packed:
        demand_plain(file)
        file.seek(0)
    elif not _is_text(start):
        raise BadFile("文件既不是 CSV 也不是 .xlsx 工作簿，请重新导出后上传。")


def refuse_misnamed(file: IO[bytes], name: str) -> None:
    """Refuse a text that calls itself a workbook: somebody renamed it, or a download broke off.

    Its content would be read rightly; what is in doubt is whether it is the file that was meant.
    Raises BadFile.
    """
    file.seek(0)
    packed = file.read(len(PACKED)) == PACKED
    file.seek(0)
    if not packed and PurePosixPath(name.lower()).suffix in WORKBOOKS:
        raise BadFile(
            "文件名是 .xlsx，内容却是文本，可能被改过后缀；"
            "请在 Excel 中另存为 .xlsx，或把后缀改回 .csv 后重新上传。"
        )


def _is_text(start: bytes) -> bool:
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return True
    if b"\0" in start[:1024]:
        return False
    for codec in _TEXT_CODECS:
        try:
            start.decode(codec)
        except UnicodeDecodeError as error:
            # The last character may be cut in two.
            if error.start < len(start) - 4:
                continue
        return True
    return False


def shown_name(name: str | None, default: str = "上传文件") -> str:
    """Return a file's name as it is shown: its last step, without signs that mislead the eye.

    Control and direction signs go, so do folders of either system; long names keep their ending.
    """
    last = (name or "").replace("\\", "/").rpartition("/")[2]
    last = unicodedata.normalize("NFC", last)
    plain = "".join(c for c in last if unicodedata.category(c)[0] != "C" and c not in '<>:"|?*')
    plain = " ".join(plain.split()).strip(". ")
    if len(plain) > LONGEST_NAME:
        ending = PurePosixPath(plain).suffix[:10]
        plain = plain[: LONGEST_NAME - len(ending)] + ending
    return plain or default


def stored_name() -> str:
    """Return the name under which a file is kept: ours, telling nothing, hard to guess."""
    return f"{secrets.token_hex(16)}.data"
