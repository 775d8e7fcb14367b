"""The cover of an exported workbook: whose it is, what it holds, and what it is not for."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import timezone

from core import masking
from core.models import Export
from core.notices import INTERNAL
from desk.exports.kinds import ExportKind, scope_said
from policy.limits import limits_in_force
from staff.models import User


def said(at: datetime | None) -> str:
    return "" if at is None else f"{timezone.localtime(at):%Y-%m-%d %H:%M}"


def workplace_of(user: Any) -> str:
    """Return the station, unit or bureau of an account or a grant, or an empty string."""
    return next((str(p) for p in (user.station, user.unit, user.bureau) if p is not None), "")


def watermark_of(user: User, at: datetime) -> str:
    """Return name, staff number and time, or nothing where the watermark is switched off."""
    return f"{user.name}（{user.username}） {said(at)}" if settings.WATERMARK else ""


def cover_of(
    export: Export, wanted: ExportKind, rows: int, at: datetime
) -> list[tuple[str, object]]:
    """Return the lines of the cover as pairs of label and value."""
    filer: Any = export.filed_by
    conditions = "；".join(f"{label}＝{value}" for label, value in export.conditions)
    lines: list[tuple[str, object]] = [
        ("内部资料", INTERNAL),
        ("表名", wanted.label),
        ("编号", export.serial),
        ("查询条件", conditions or "无（范围内全部）"),
        ("范围", scope_said(filer)),
        *(_moment_of(export, at) if wanted.of_entities else ()),
        ("行数", f"{rows:,}"),
        ("导出人", f"{filer.name}（{filer.username}）"),
        *([("单位", workplace_of(filer))] if wanted.of_entities else ()),
        ("角色", filer.get_role_display()),
        ("生成时间", said(at)),
        ("用途", masking.written(export.reason)),
    ]
    if wanted.has_sensitive:
        lines.append(("联系方式", "完整（经批准）" if export.unmasked else "已掩码"))
    if export.decided_by is not None:
        approver = f"{export.decided_by.name}（{export.decided_by.username}）"
        lines.append(("批准人", f"{approver} {said(export.decided_at)}"))
    return lines


def _moment_of(export: Export, at: datetime) -> list[tuple[str, object]]:
    """Return the day of the facts, the knowledge and the limits, by which entities are judged."""
    version = limits_in_force(export.on, export.known).version
    known = f"按当时登记，截至{said(export.known)}" if export.known else f"截至{said(at)}"
    return [
        ("查看日期", export.on),
        ("所知", known),
        ("参数版本", f"第{version.number}版（{version.title}，自{version.since}起）"),
    ]


def meanings_of(export: Export, wanted: ExportKind) -> list[tuple[str, str]]:
    """Return the table of the columns and what they mean, its header first."""
    columns = [wanted.columns[name] for name in export.columns]
    return [("列", "含义"), *((column.title, column.meaning) for column in columns)]
