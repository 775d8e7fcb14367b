"""An uploaded file becomes a job: who may, what sort of file, and with which parameters."""

from __future__ import annotations

from datetime import date
from pathlib import PurePath
from typing import Any, NamedTuple

from django.core.files import File
from django.utils import timezone

from core.errors import Refused
from core.jobs import enqueue
from core.models import Job
from core.tabular import MAX_CSV_BYTES, MAX_XLSX_BYTES
from entities.choices import Status
from entities.imports.classes import month_of
from staff.permissions import demand

LOOK = 64 << 10
PACKED = b"PK\x03\x04"
OLD_OFFICE = b"\xd0\xcf\x11\xe0"
TEXT_CODECS = ("utf-8-sig", "gb18030")


class Import(NamedTuple):
    """One sort of import: its permission, its title and the parameters that it takes."""

    permission: str
    title: str
    params: frozenset[str]


IMPORTS = {
    "import_register": Import("register.import", "导入登记信息", frozenset({"status", "dry_run"})),
    "import_credit_classes": Import(
        "class.import", "导入信用风险分类", frozenset({"month", "dry_run"})
    ),
    "import_four_new": Import(
        "four_new.import", "导入“四新”名单", frozenset({"since", "replace", "dry_run"})
    ),
}


def start_import(kind: str, file: File, by: Any, **params: Any) -> Job:
    """Check the person, the file and the parameters; return the job that will import the file.

    ``kind`` is a key of IMPORTS. Parameters without a value are left to their defaults.
    """
    sort = IMPORTS[kind]
    demand(by, sort.permission)
    if unknown := set(params) - sort.params:
        raise TypeError(f"{kind} takes no {sorted(unknown)}.")
    given = {
        name: _plain(value) for name, value in params.items() if value not in (None, "", False)
    }
    _check_params(kind, given)
    _check_file(file)
    name = PurePath(file.name or "上传文件").name
    title = f"{sort.title}：{name}" + ("（试运行）" if given.get("dry_run") else "")
    return enqueue(kind, title[:200], by=by, params={"file_name": name, **given}, upload=file)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _check_params(kind: str, given: dict[str, Any]) -> None:
    if kind == "import_credit_classes":
        month = month_of(str(given.get("month", "")))
        if month is None:
            raise Refused("readings 1", "请选择分类文件所属的月份。")
        if month > timezone.localdate():
            raise Refused("readings 1", f"分类月份{month:%Y-%m}晚于本月，请核对后重新提交。")
    if "status" in given and given["status"] not in {*Status.values, *Status.labels}:
        raise Refused(
            "", f"“{given['status']}”不是登记状态，请从{'、'.join(Status.labels)}中选择。"
        )
    if "since" in given and str(given["since"]) > timezone.localdate().isoformat():
        raise Refused("readings 3", "名单的起始日不能晚于今天，请改正后重试。")


def _check_file(file: File) -> None:
    """Look at the content, not at the name: a table of text or a workbook, not too large."""
    size = file.size or 0
    if not size:
        raise Refused("", "文件是空的，请检查后重新上传。")
    file.seek(0)
    start = file.read(LOOK)
    file.seek(0)
    if start.startswith(OLD_OFFICE):
        raise Refused("", "文件是旧版.xls或加密的工作簿，请另存为不加密的.xlsx或CSV后重新上传。")
    packed = start.startswith(PACKED)
    limit = MAX_XLSX_BYTES if packed else MAX_CSV_BYTES
    if size > limit:
        raise Refused("", f"文件大小{size >> 20} MB超过上限{limit >> 20} MB，请拆分后分次上传。")
    if not packed and not _is_text(start):
        raise Refused("", "文件既不是CSV也不是.xlsx工作簿，请重新导出后上传。")


def _is_text(start: bytes) -> bool:
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    if b"\0" in start[:1024]:
        return False
    for codec in TEXT_CODECS:
        try:
            start.decode(codec)
        except UnicodeDecodeError as error:
            # The last character may be cut in two.
            if error.start < len(start) - 4:
                continue
        return True
    return False
