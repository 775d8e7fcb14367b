"""What a change declaration must say: which zone, why, and for a merger where it goes."""

from __future__ import annotations

from collections.abc import Iterator

from zones.checking.shapes import Finding, Place, Severity
from zones.choices import DeclarationKind as Kind
from zones.models import Declaration, DeclaredZone

SHEET = "申报表"


def check_change(declaration: Declaration) -> list[Finding]:
    """Return the errors of a change declaration as such; its roster is checked like any other."""
    lines = list(
        DeclaredZone.objects.for_system("checking a change")
        .filter(declaration=declaration)
        .select_related("target", "into")
        .order_by("position", "pk")
    )
    found = []
    if not declaration.reason.strip():
        found.append(_error("change.reason", "请填写变更理由。", 1))
    if not lines:
        found.append(_error("change.nothing", "请选择要变更的区域。", 1))
    for number, line in enumerate(lines):
        found += [
            _error(code, message, number + 1, number)
            for code, message in _line_errors(declaration, line)
        ]
    targets = [line.target_id for line in lines if line.target_id]
    if len(targets) > len(set(targets)):
        found.append(_error("change.twice", "同一区域在申报中出现了两次，请删去一行。", 1))
    return found


def _line_errors(declaration: Declaration, line: DeclaredZone) -> Iterator[tuple[str, str]]:
    zone, into = line.target, line.into
    if zone is None:
        yield "change.target", "请选择要变更的区域。"
    elif zone.until is not None:
        yield "change.ended", f"“{zone}”已自{zone.until}起终止，不能再变更。"
    elif zone.bureau_id != declaration.bureau_id:
        yield "change.elsewhere", f"“{zone}”已不在本局名下，不能由本局申报变更。"
    if declaration.kind == Kind.EXTEND and not line.address.strip():
        yield "change.address", "请填写扩大部分的注册登记地址。"
    if declaration.kind == Kind.MERGE:
        if into is None:
            yield "change.into", "请选择并入的区域。"
        elif into.until is not None or into.bureau_id != declaration.bureau_id:
            yield "change.into", f"“{into}”已终止或不在本局名下，请另选并入的区域。"
        elif into == zone:
            yield "change.into", "区域不能并入自身，请另选并入的区域。"


def _error(code: str, message: str, row: int, zone: int | None = None) -> Finding:
    return Finding(
        place=Place(SHEET, row),
        severity=Severity.ERROR,
        code=code,
        message=message,
        clause="readings 9",
        zone=zone,
    )
