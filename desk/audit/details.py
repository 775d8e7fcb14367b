"""The detail of an access in words: labels, people by name, columns by their titles."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote_plus

from core.models import Access
from desk.audit.columns import ACCESSES, CHANGES
from desk.audit.pages import page_said
from desk.audit.wording import EMPTY, instant_said, log_said, role_label, table_label
from desk.exports.entities import ENTITIES, WATCHED_COLUMNS
from desk.exports.ledger import DECISIONS, MEMBERS
from desk.exports.orders import ORDERS, REMOVALS
from desk.exports.redlines import NO_COERCIONS, NO_PENALTIES, RED_LINES
from desk.exports.violations import VIOLATIONS
from desk.exports.zones import ROUND, ZONE_ROSTER, ZONES
from staff.models import LiveSession, Unit, User

DETAILS = {
    "serial": "编号",
    "export": "导出申请",
    "job": "任务",
    "session": "会话",
    "began_at": "会话开始",
    "because": "原因",
    "from_address": "该会话的地址",
    "locked_address": "锁定地址",
    "step": "未通过的步骤",
    "refusal": "未办理的原因",
    "refused": "未办理的原因",
    "status": "应答代码",
    "path": "页面",
    "user": "账户",
    "before": "原姓名",
    "role": "角色",
    "place": "单位",
    "unit": "单位（处室）",
    "os_user": "系统登录名",
    "filter": "条件",
    "query": "地址中的条件",
    "on": "日期",
    "known": "已知截至",
    "columns": "列",
    "unmasked": "含完整联系方式",
    "approved_by": "批准人",
    "seals": "封存条数",
    "rows": "行数",
    "shown": "列出行数",
    "broken": "破坏处数",
    "folder": "文件夹",
    "made_at": "备份时间",
    "key": "密钥编号",
    "file": "文件",
    "file_name": "文件名",
    "size": "大小（字节）",
    "sha256": "文件摘要",
}
"""What a detail of an access is called, in the order in which details are read."""

STEPS = {"password": "密码", "code": "动态口令"}  # nosec B105 # words of the page
PEOPLE = ("user", "approved_by")
"""Details that are keys of accounts."""

TITLES: dict[str, dict[str, str]] = {
    **{
        kind.label: {name: column.title for name, column in kind.columns.items()}
        for kind in (
            *(ENTITIES, MEMBERS, DECISIONS, ROUND, ZONE_ROSTER, ZONES),
            *(RED_LINES, NO_PENALTIES, NO_COERCIONS),
            *(VIOLATIONS, ORDERS, REMOVALS),
        )
    },
    **{
        label: {name: column.title for name, column in WATCHED_COLUMNS.items()}
        for label in ("待核实主体", "重点关注主体")
    },
    **{
        label: {name: title for name, (title, _, _) in columns.items()}
        for label, columns in (("变更记录", CHANGES), ("访问记录", ACCESSES))
    },
}
"""Titles of columns by the kind of the export, which its title begins with."""

SUFFIX = " - 沙盒监管"
"""What the title of every page ends in; the subject of a print is such a title."""

LEAF = re.compile(r"core_(?:access|change)_\w+")

Details = list[tuple[str, str]]


def subject_said(subject: str) -> str:
    """Return the subject of an access as staff read it."""
    return LEAF.sub(lambda found: log_said(found[0]), subject.removesuffix(SUFFIX))


def keys_of(lines: Iterable[Access]) -> set[int]:
    """Return the keys of the accounts that details name."""
    found = {line.detail.get(name) for line in lines for name in PEOPLE}
    return {key for key in found if isinstance(key, int)}


def units_of(lines: Iterable[Access]) -> dict[int, str]:
    """Return the names of the units that details name."""
    keys = {line.detail["unit"] for line in lines if isinstance(line.detail.get("unit"), int)}
    return {unit.pk: str(unit) for unit in Unit.objects.filter(pk__in=keys)} if keys else {}


def detail_said(line: Access, people: dict[int, User], units: dict[int, str]) -> Details:
    """Return the detail of an access as pairs of label and value; what is empty is left out."""
    detail: dict[str, Any] = line.detail
    known = [name for name in DETAILS if name in detail]
    said = []
    for name in [*known, *sorted(set(detail) - set(known))]:
        value = detail[name]
        if value in (None, "", []) or (name == "query" and detail.get("filter")):
            continue
        said.append((DETAILS.get(name, name), _said(name, value, line, people, units)))
    return said


def _said(
    name: str, value: Any, line: Access, people: dict[int, User], units: dict[int, str]
) -> str:
    if name in PEOPLE:
        return str(people.get(value, value))
    if name == "unit":
        return units.get(value, str(value))
    if name == "columns":
        return "、".join(_titled(value, line.subject))
    if name == "filter" and isinstance(value, list):
        return "；".join("＝".join(map(str, pair)) for pair in value)
    words = {
        "role": lambda: role_label(value),
        "because": lambda: dict(LiveSession.Ending.choices).get(value, value),
        "step": lambda: STEPS.get(value, value),
        "path": lambda: page_said(value),
        "query": lambda: unquote_plus(value),
    }
    return str(words[name]()) if name in words else _plain(value)


def _titled(names: list[str], subject: str) -> list[str]:
    titles: dict[str, str] = next(
        (titles for label, titles in TITLES.items() if label in subject), {}
    )
    return [titles.get(name, name) for name in names]


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        return "；".join(f"{table_label(k)}＝{_plain(v)}" for k, v in value.items()) or EMPTY
    if isinstance(value, list):
        return "、".join(_plain(item) for item in value) or EMPTY
    if isinstance(value, bool):
        return "是" if value else "否"
    return EMPTY if value in (None, "") else instant_said(str(value))
