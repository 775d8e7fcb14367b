"""An uploaded file becomes a job: who may, what sort of file, and with which parameters."""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

from django.core.files import File
from django.utils import timezone

from core.errors import BadFile, Refused
from core.jobs import enqueue
from core.models import Job
from core.tabular import MAX_XLSX_BYTES
from core.uploads import demand_table, refuse_misnamed, shown_name
from entities.choices import Status
from entities.imports.classes import month_of
from staff.permissions import demand


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
    name = shown_name(file.name)
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
    try:
        demand_table(file, file.size or 0, max_packed=MAX_XLSX_BYTES)
        refuse_misnamed(file, file.name or "")
    except BadFile as bad:
        raise Refused("", str(bad)) from bad
