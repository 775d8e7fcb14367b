"""The logs in the words of staff: tables, columns, values, origins, details."""

from __future__ import annotations

import re
from datetime import datetime
from functools import cache
from typing import Any

from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q, TextChoices
from django.utils import timezone

from core.audit.history import History, act_models, logged_models, superseding_models
from desk.audit.codes import code_said, json_said
from desk.audit.pages import command_said, page_said
from staff.roles import Role

HIDDEN = "***"
"""What the triggers write in place of a value that is not kept."""

NOT_KEPT = "（不留存）"
EMPTY = "（空）"
PERSONAL = {"contact_name", "contact_phone", "service_address"}
"""Columns of personal data: that they changed is told, not whom they name."""

COLUMNS = {
    "id": "编号",
    "approved_at": "批准时间",
    "approved_by_id": "批准人",
    "batch": "批次",
    "bureau_id": "监管机关",
    "change_id": "名册变动",
    "cancel_asked": "已请求取消",
    "checkpoint": "断点",
    "content": "文件内容",
    "decided_by_id": "决定人",
    "decision_id": "决定",
    "declaration_id": "申报",
    "declared_entity_id": "附表行",
    "declared_zone_id": "申报区域",
    "digest": "文件摘要",
    "done_by_id": "操作人",
    "undoes_id": "撤销的操作",
    "district_id": "区县",
    "drafted_at": "起草时间",
    "drafted_by_id": "起草人",
    "earlier": "此前同类记录",
    "entity_id": "经营主体",
    "entry_id": "对接记录",
    "evidence_id": "证据材料",
    "fields": "领域",
    "file_hash": "文件摘要",
    "filed_by_id": "提出人",
    "former_names": "曾用名",
    "imported_by_id": "导入人",
    "item_id": "清单事项",
    "job_id": "任务",
    "last_step": "最近一次口令序号",
    "lease_until": "占用至",
    "line": "所在行",
    "novelties": "“四新”种类",
    "number_id": "文号",
    "occupant_id": "区内主体",
    "order_id": "责令改正",
    "paper_id": "文书",
    "params": "参数",
    "recorded_at": "登记时间",
    "recorded_by_id": "登记人",
    "released_by_id": "放行人",
    "removal_id": "触线移出",
    "result": "结果",
    "review": "重点关注事项",
    "revision": "修改次数",
    "roster_sheet": "附表所在工作表",
    "series_id": "文号序列",
    "sheet": "所在工作表",
    "started_by_id": "发起人",
    "station_id": "监管所",
    "street_id": "街道",
    "successor_id": "承接区县",
    "sha256": "文件摘要",
    "superseded_at": "被取代时间",
    "template_id": "文书模板",
    "ticked": "已勾选的条件",
    "touch_id": "触碰红线",
    "undecided": "待核实事项",
    "user_id": "账户",
    "version_id": "清单版本",
    "violation_id": "违法行为",
    "zone_id": "沙盒区域",
}
"""Columns whose model gives them no Chinese name."""

JOBS = {
    "bulk": "批量办理",
    "export": "导出",
    "derive_four_new": "重新判定“四新”",
    "derive_safety": "重新判定安全领域",
    "import_credit_classes": "导入信用风险分类",
    "import_four_new": "导入“四新”名单",
    "import_register": "导入登记信息",
    "place_entities": "重新归属",
    "propose_rosters": "比对区域名册",
    "rehearse_version": "试算参数草案",
    "run": "评估",
    "verify_audit": "核验封存链",
}
TASKS = {"claim": "领取任务", "nightly": "每晚任务", "settle": "即时判定", "sweep": "定时巡检"}
UNNAMED = {"membership_wording": "规则说明用语", "membership_wordingversion": "规则说明版本"}
"""Tables whose model gives them no Chinese name."""

MONTH = re.compile(r"(\w+?)_(\d{4})_(\d\d)")
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d")


class Origin(TextChoices):
    """What wrote a line, as its origin begins."""

    PERSON = "person", "人工"
    JOB = "job", "任务"
    COMMAND = "command", "命令"
    TASK = "task", "系统后台"
    DIRECT = "direct", "数据库直接修改"


ORIGINS: dict[str, Q] = {
    Origin.PERSON: Q(origin__regex=r"^[A-Z]+ /"),
    Origin.JOB: Q(origin__startswith="job "),
    Origin.COMMAND: Q(origin__startswith="command "),
    Origin.TASK: Q(origin__startswith="task "),
    Origin.DIRECT: Q(origin=""),
}


def origin_of(origin: str) -> tuple[Origin, str]:
    """Return the sort of an origin and how it is said."""
    if not origin:
        return Origin.DIRECT, str(Origin.DIRECT.label)
    sort, _, rest = origin.partition(" ")
    if sort == Origin.JOB:
        number, _, kind = rest.partition(" ")
        return Origin.JOB, f"任务{number}（{JOBS.get(kind, kind)}）"
    if sort == Origin.COMMAND:
        return Origin.COMMAND, command_said(rest)
    if sort == Origin.TASK:
        return Origin.TASK, f"系统后台：{TASKS.get(rest, rest)}"
    _, _, address = origin.partition(" ")
    said = page_said(address)
    return Origin.PERSON, origin if said == address else said


def role_label(role: str) -> str:
    """Return the label of the role somebody had then; one that is gone stands as it was written."""
    return str(Role(role).label) if role in Role.values else role


@cache
def tables() -> dict[str, type[models.Model]]:
    """Return the models whose changes the log tells of, by table, in the order of their names."""
    found = [*logged_models(), *superseding_models(), *act_models()]
    by_name = sorted(found, key=lambda model: str(model._meta.verbose_name))
    return {model._meta.db_table: model for model in by_name}


@cache
def _named() -> dict[str, str]:
    ours = {model._meta.db_table: str(model._meta.verbose_name) for model in apps.get_models()}
    return {table: label for table, label in ours.items() if not label.isascii()} | UNNAMED


def table_label(table: str) -> str:
    """Return the name of a table in Chinese; one that is gone stands as it was written."""
    return _named().get(table, table)


def log_said(log: str) -> str:
    """Return what is sealed in words: a table, or the month of a log (``core_access_2026_11``)."""
    month = MONTH.fullmatch(log)
    if month:
        return f"{table_label(month[1])} {month[2]}年{int(month[3])}月"
    rest = log.removesuffix("_rest")
    return table_label(log) if rest == log else f"{table_label(rest)}（其他月份）"


@cache
def _fields(table: str) -> dict[str, models.Field[Any, Any]]:
    model = tables().get(table)
    return {str(f.column): f for f in model._meta.concrete_fields} if model else {}


def field_of(table: str, column: str) -> models.Field[Any, Any] | None:
    return _fields(table).get(column)


def column_label(table: str, column: str) -> str:
    """Return the name of a column in Chinese; one that is gone stands as it was written."""
    field = field_of(table, column)
    label = str(field.verbose_name) if field is not None else column
    return COLUMNS.get(column, label) if label.isascii() else label


def is_hidden(table: str, column: str) -> bool:
    history = getattr(tables().get(table), "history", None)
    return isinstance(history, History) and column in history.hidden


def value_said(table: str, column: str, value: Any) -> str:
    """Write one value as staff read it: choices by label, instants in local time."""
    if value == HIDDEN:
        return NOT_KEPT
    if value is None or value == "":
        return EMPTY
    if column in PERSONAL:
        return f"{str(value)[:1]}****"
    field = field_of(table, column)
    if isinstance(value, list):
        base = field.base_field if isinstance(field, ArrayField) else None
        return "、".join(_one(base, item, column) for item in value) or EMPTY
    return _one(field, value, column)


def _one(field: models.Field[Any, Any] | None, value: Any, column: str) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, dict | list):
        return json_said(value, column) or EMPTY
    if isinstance(value, datetime):
        return f"{timezone.localtime(value):%Y-%m-%d %H:%M:%S}"
    labels = dict(getattr(field, "flatchoices", None) or ())
    if value in labels:
        return str(labels[value])
    if isinstance(value, str) and isinstance(field, models.DateTimeField):
        return instant_said(value)
    return str(value if labels else code_said(column, value))


def instant_said(text: str) -> str:
    """Write an instant of JSON in Chongqing's time to the second; anything else as it stands."""
    if not INSTANT.match(text):
        return text
    try:
        return f"{timezone.localtime(datetime.fromisoformat(text)):%Y-%m-%d %H:%M:%S}"
    except ValueError:
        return text
