"""What was found about a violation, in sentences that staff read."""

from __future__ import annotations

from redline.choices import ListKind
from redline.models import ListItem, ListMatch, ListVersion

BENEFIT = {
    ListKind.NO_PENALTY: "不予行政处罚",
    ListKind.NO_COERCION: "不予实施行政强制措施",
}


def version_said(version: ListVersion) -> str:
    """Name a version of a list with its document number and first day."""
    number = f"，{version.document_number}" if version.document_number else ""
    return f"{version}（{version.since}起施行{number}）"


def match_said(match: ListMatch) -> str:
    """Say in a sentence whether an item of a mild list applies, and what stands against it."""
    item = match.item
    benefit = BENEFIT[ListKind(item.version.kind)]
    if match.applies:
        return f"符合{item.code}的{_holds(item)}，适用“{benefit}”。"
    return f"不符合{item.code}：{'；'.join(_against(match, item))}，不适用“{benefit}”。"


def _holds(item: ListItem) -> str:
    said = [f"全部{len(item.conditions)}项条件"] if item.conditions else []
    if item.first_time:
        said.append(f"首次要求（{_years(item)}没有同类违法）")
    return "和".join(said) or "事项"


def _years(item: ListItem) -> str:
    """Say how far back is looked; an item that leaves it open goes by the limit."""
    return f"{item.lookback_years}年内" if item.lookback_years else "回溯年限内"


def _against(match: ListMatch, item: ListItem) -> list[str]:
    missing = [number for number in range(len(item.conditions)) if number not in match.ticked]
    said = []
    if missing:
        said.append(f"第{'、'.join(str(number + 1) for number in missing)}项条件不符")
    if item.first_time and match.earlier:
        said.append(f"{_years(item)}有同类违法{len(match.earlier)}件")
    return said or ["未确认各项条件"]
