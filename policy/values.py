"""What a limit may be: checking and showing one value by its type."""

from __future__ import annotations

from typing import Any

from core.errors import Refused
from policy.limits import LimitInfo

LISTS = ("letters", "statuses")


def check_value(info: LimitInfo, value: Any) -> Any:
    """Return the value as it is stored. Refuses a wrong type or a figure out of range."""
    if info.type == "flag":
        if not isinstance(value, bool):
            raise _refused(info, "只能是“是”或“否”")
        return value
    if info.type in LISTS:
        return _check_list(info, value)
    if value is None and info.type.startswith("optional_"):
        return None
    if isinstance(value, bool) or not isinstance(value, int):
        raise _refused(info, "须为整数")
    if not info.low <= value <= info.high:
        raise _refused(info, f"须在{info.low}至{info.high}之间")
    return value


def _check_list(info: LimitInfo, value: Any) -> list[str]:
    if not isinstance(value, list | tuple) or not all(isinstance(item, str) for item in value):
        raise _refused(info, "须为若干选项")
    unknown = [item for item in value if item not in info.choices]
    if unknown:
        allowed = "、".join(info.choices.values())
        raise _refused(info, f"不能含“{'、'.join(unknown)}”，可选：{allowed}")
    # In the order of the choices, so that the same set is the same value.
    return [item for item in info.choices if item in value]


def show_value(info: LimitInfo, value: Any) -> str:
    """Return the value in the staff's words, with its unit where it is a figure."""
    if info.type == "flag":
        return "是" if value else "否"
    if info.type in LISTS:
        return "、".join(info.choices.get(item, item) for item in value) or "无"
    if value is None:
        return "不设"
    return f"{value}%" if info.type.endswith("percent") else f"{value}{info.unit}"


def _refused(info: LimitInfo, what: str) -> Refused:
    return Refused(info.clause, f"参数“{info.title}”{what}，请改正后重新提交。")
