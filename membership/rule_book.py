"""The rule book as a page: docs/rules.md, made from the classes and the TOML files."""

from __future__ import annotations

from typing import Any

from membership.models import GroundName
from membership.queries import GROUND_CLAUSES
from membership.rules import RULES, Rule
from policy.clauses import CLAUSES, SOURCE
from policy.limits import LIMITS, LimitInfo

HEAD = f"""# 规则手册

本页由 `make rules-doc` 从 `membership/rules/`、`policy/clauses.toml` 和
`policy/limits.toml` 生成，请勿手改。
政策：{SOURCE}。“readings n”指我们对政策未尽之处的理解（docs/readings.md）。
"""


def page() -> str:
    """Return the whole page: grounds with their rules, then the limits, then the clauses."""
    parts = [HEAD, "## 纳入情形\n"]
    parts += [_ground(ground) for ground in GroundName]
    parts += ["## 规则\n", *(_rule(rule) for rule in RULES)]
    parts += ["## 参数（第1版默认值）\n", LIMIT_HEAD]
    parts += [_limit(limit) for limit in LIMITS.values()]
    parts += ["\n## 条款\n", "| 条款 | 标题 | 摘要 | 由谁决定 |", "|---|---|---|---|"]
    deciders = {"rule": "规则", "officer": "监管人员", "document": "文件"}
    parts += [
        f"| {c.label} | {c.title} | {c.summary} | {deciders[c.decided_by]} |"
        for c in CLAUSES.values()
    ]
    return "\n".join(parts) + "\n"


LIMIT_HEAD = "| 参数 | 键 | 默认值 | 单位 | 条款 | 来源 | 核对日 |\n|---|---|---|---|---|---|---|"


def _ground(ground: GroundName) -> str:
    clause = CLAUSES[GROUND_CLAUSES[ground]]
    rules = "、".join(f"`{rule.key}`" for rule in RULES if ground in rule.grounds)
    return f"- **{ground.label}**（`{ground.value}`，{clause.label} {clause.title}）：{rules}\n"


def _rule(rule: type[Rule]) -> str:
    clause = CLAUSES[rule.clause]
    lines = [
        f"### {rule.title}（`{rule.key}`）\n",
        f"{(rule.__doc__ or '').strip().splitlines()[0]}\n",
        f"- 条款：{clause.label} {clause.title}",
        f"- 作用：{rule.effect.label}；适用：{'、'.join(ground.label for ground in rule.grounds)}",
        f"- 事实：{'、'.join(rule.labels[name] for name in rule.facts)}"
        f"（{rule.source.model._meta.verbose_name}）",
    ]
    lines += [f"- {outcome}：{text}" for outcome, text in rule.wording.items()]
    lines += [f"- 何时会变（{outcome}）：{text}" for outcome, text in rule.change.items()]
    return "\n".join(lines) + "\n"


def _limit(limit: LimitInfo) -> str:
    clause = CLAUSES[limit.clause].label
    return (
        f"| {limit.title} | `{limit.key}` | {_shown(limit.default)} | {limit.unit} | {clause}"
        f" | {limit.source} | {limit.checked_on} |"
    )


def _shown(value: Any) -> str:
    if value is None:
        return "不设"
    if isinstance(value, bool):
        return "是" if value else "否"
    return "、".join(value) if isinstance(value, list) else str(value)
