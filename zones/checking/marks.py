"""What a check writes into one cell of a workbook, and how it is taken back later.

The author of a comment of ours keeps what the cell looked like before, so that the next check
leaves the cell as its people made it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from openpyxl.comments import Comment
from openpyxl.styles import PatternFill
from openpyxl.styles.colors import Color

from core.workbooks import text_of
from zones.checking.shapes import SEVERITY_LABELS, Finding, Severity

AUTHOR = "沙盒监管核对"
BREAK = "\n———— 核对意见 ————\n"
COLOURS = {
    Severity.ERROR: "FFFFC7CE",
    Severity.WARNING: "FFFFEB9C",
    Severity.REPAIRED: "FFC6EFCE",
}
WIDTH = 320  # pixels
LINE = 18
LETTERS_A_LINE = 22


def sentence(one: Finding) -> str:
    """Return a finding as a line of a comment or of the column 错误说明."""
    word = f"；说明：{one.explained}" if one.explained else ""
    return f"【{SEVERITY_LABELS[one.severity]}】{one.message}{word}"


def sentences(findings: Sequence[Finding]) -> str:
    return text_of("\n".join(dict.fromkeys(sentence(one) for one in findings)))


def mark(cell: Any, findings: Sequence[Finding]) -> None:
    """Colour a cell by the worst finding and write the sentences into its comment."""
    before: dict[str, Any] = {"fill": _fill_kept(cell.fill)}
    text = sentences(findings)
    if cell.comment is not None:
        before["by"] = cell.comment.author or ""
        text = f"{text_of(cell.comment.text)}{BREAK}{text}"
    cell.fill = PatternFill("solid", fgColor=COLOURS[_worst(findings)])
    comment = Comment(text, text_of(f"{AUTHOR} {json.dumps(before, ensure_ascii=False)}"))
    lines = sum(1 + len(line) // LETTERS_A_LINE for line in text.splitlines())
    comment.width, comment.height = WIDTH, LINE * (lines + 1)
    cell.comment = comment


def unmark(cell: Any) -> None:
    """Take back what an earlier check did to a cell; other comments stay."""
    comment = cell.comment
    if comment is None or not (comment.author or "").startswith(AUTHOR):
        return
    before = _before(comment.author)
    if _is_ours(cell.fill):
        cell.fill = _fill_from(before.get("fill"))
    text, ours, _ = comment.text.partition(BREAK)
    cell.comment = Comment(text, str(before.get("by", ""))) if ours else None


def _worst(findings: Sequence[Finding]) -> Severity:
    held = {one.severity for one in findings}
    return next(one for one in Severity if one in held)


def _before(author: str) -> dict[str, Any]:
    try:
        found = json.loads(author.removeprefix(AUTHOR))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _is_ours(fill: Any) -> bool:
    return fill.fill_type == "solid" and fill.fgColor.rgb in COLOURS.values()


def _fill_kept(fill: Any) -> list[Any] | None:
    """Return a fill of one colour as data; other fills, which nobody uses in tables, are lost."""
    if getattr(fill, "fill_type", None) != "solid":
        return None
    colour = fill.fgColor
    return [colour.type, getattr(colour, colour.type), colour.tint]


def _fill_from(kept: Any) -> PatternFill:
    try:
        kind, value, tint = kept
        return PatternFill("solid", fgColor=Color(type=kind, tint=tint, **{kind: value}))
    except (TypeError, ValueError):
        return PatternFill()
