"""All findings of a declaration as it stands, and the refusal while one of them blocks."""

from __future__ import annotations

from datetime import date

from core.errors import Refused
from zones.checking.changes import check_change
from zones.checking.shapes import Finding
from zones.choices import DeclarationKind as Kind
from zones.models import Declaration

SHOWN = 3


def findings_of(declaration: Declaration, on: date) -> list[Finding]:
    """Return what a check of the declaration finds on a day, in the order of its lines."""
    return [] if declaration.kind == Kind.NEW else check_change(declaration)


def demand_clean(declaration: Declaration, on: date) -> None:
    """Refuse while an error stands or a warning lacks its explanation."""
    open_ones = findings_of(declaration, on)
    if open_ones:
        first = "；".join(one.message.rstrip("。") for one in open_ones[:SHOWN])
        raise Refused("5.2", f"还有{len(open_ones)}处须改正或说明，不能提交：{first}。")
