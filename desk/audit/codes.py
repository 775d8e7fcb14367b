"""Code words in columns that name no choices, and in JSON: their keys and values in Chinese."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Choices

from desk.bulk import BULK_VERBS
from entities.choices import Domain, Letter, ListName, Novelty, Status, Verdict
from entities.models.credit import RISK_SCHEME
from membership.models import GroundName, Run
from membership.rules import BY_KEY
from staff.models.places import Field
from staff.roles import Role

MANY = 20
"""So many items of a list are named; of more only their number."""

KEYS = {
    "letter": "类别",
    "since": "起",
    "until": "止（不含）",
    "source": "来源",
    "status": "登记状态",
    "novelties": "“四新”种类",
    "novelty": "“四新”种类",
    "accept": "同意",
    "proposals": "建议",
    "list_name": "名单",
    "document_number": "文书号",
    "domain": "安全领域",
    "verdict": "认定",
    "number": "许可证编号",
    "undoes": "撤销的操作",
    "from_day": "自",
    "month": "月份",
    "file_name": "文件名",
    "path": "文件",
    "sha256": "文件摘要",
    "dry_run": "试运行",
    "replace": "全量替换",
    "reason": "理由",
    "on": "日期",
    "kind": "种类",
    "verb": "事项",
    "ids": "主体",
    "data": "填写内容",
    "version": "参数版本",
    "export": "导出申请",
    "run": "评估",
    "origin": "依据",
    "words": "用语",
    "term": "规则用语",
    "row": "记录编号",
    "judged": "判定户数",
    "moves": "变动",
    "opened": "移入",
    "closed": "移出",
    "watched": "待核实与关注",
    "unexplained": "原因不明",
    "seconds": "用时（秒）",
    "inserted": "新增的行",
    "superseded": "取代的行",
} | {str(ground.value): str(ground.label) for ground in GroundName}
"""Keys of the parameters, evidence and counts that rows keep as JSON."""


def _labels(*choices: type[Choices]) -> dict[Any, str]:
    return {value: str(label) for one in choices for value, label in one.choices}


VALUES: dict[str, dict[Any, str]] = {
    "letter": _labels(Letter),
    "status": _labels(Status),
    "novelties": _labels(Novelty),
    "novelty": _labels(Novelty),
    "list_name": _labels(ListName),
    "domain": _labels(Domain),
    "verdict": _labels(Verdict),
    "kind": _labels(Run.Kind),
    "verb": {name: verb.label for name, verb in BULK_VERBS.items()},
    "origin": {
        "scope": "经营范围",
        "industry": "行业代码",
        "licence": "许可证",
        "officer": "人工认定",
    },
    "fields": _labels(Field),
    "scheme": {RISK_SCHEME: "企业信用风险分类（通用型）"},
    "undecided": {name: rule.title for name, rule in BY_KEY.items()},
    "review": {name: rule.title for name, rule in BY_KEY.items()},
    "place": _labels(Role),
}
"""Labels of values, by the column or key that holds them."""


def code_said(name: str, value: Any) -> Any:
    """Return the label of a value under a column or key; one without a label stands."""
    labels = VALUES.get(name, {})
    return labels.get(value, value) if isinstance(value, str | int) else value


def json_said(value: Any, name: str = "") -> str:
    """Write JSON as ``key：value`` in words; keys that hold nothing are left out."""
    if isinstance(value, dict):
        pairs = ((KEYS.get(key, key), json_said(one, key)) for key, one in value.items())
        return "；".join(f"{label}：{said}" for label, said in pairs if said)
    if isinstance(value, list):
        return _listed(json_said(one, name) for one in value)
    if isinstance(value, bool):
        return "是" if value else "否"
    return "" if value is None else str(code_said(name, value))


def _listed(said: Iterable[str]) -> str:
    items = list(said)
    return f"共{len(items):,}项" if len(items) > MANY else "、".join(items)
