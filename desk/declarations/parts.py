"""Approving in part: which zones and rows somebody left out, and why."""

from __future__ import annotations

from core.errors import Refused
from desk.declarations.page import Typed
from entities.codes import normalise
from staff.models import User
from zones.models import Declaration, DeclaredEntity


def part_of(
    declaration: Declaration, typed: Typed, viewer: User
) -> tuple[dict[int, str], dict[int, str]]:
    """Return the zones and the rows left out, each with the reason.

    Refuses codes that no row of the declaration bears, and leaving out without a reason.
    """
    rows = set(typed.left_rows) | set(_rows_with(declaration, typed.left_codes, viewer))
    reason = typed.left_reason.strip()
    if (typed.left_zones or rows) and not reason:
        raise Refused("5.2", "请填写除去区域或名册行的理由，区县据此答复经营主体。")
    return dict.fromkeys(typed.left_zones, reason), dict.fromkeys(sorted(rows), reason)


def _rows_with(declaration: Declaration, text: str, viewer: User) -> list[int]:
    codes = list(dict.fromkeys(normalise(line) for line in text.splitlines() if line.strip()))
    if not codes:
        return []
    found = DeclaredEntity.objects.visible_to(viewer).filter(
        declared_zone__declaration=declaration, code__in=codes
    )
    pairs = list(found.values_list("pk", "code"))
    missing = sorted(set(codes) - {code for _, code in pairs})
    if missing:
        raise Refused("5.2", f"名册中没有代码{'、'.join(missing[:3])}，请核对后重填。")
    return [pk for pk, _ in pairs]
