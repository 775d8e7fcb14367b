"""All findings of a declaration as it stands, and the refusal while one of them blocks."""

from __future__ import annotations

from datetime import date

from core.errors import Refused
from zones.checking.changes import check_change
from zones.checking.checks import blocking, check
from zones.checking.drafts import of_draft
from zones.checking.shapes import Filed, Finding
from zones.choices import DeclarationKind as Kind
from zones.choices import FilingWay
from zones.models import Declaration

SHOWN = 3
NOT_OF_AN_EXTENSION = frozenset({"zone.name_taken"})
"""An extension bears the name of the zone that it extends."""


def findings_of(declaration: Declaration, on: date) -> list[Finding]:
    """Return what a check of the declaration finds on a day, in the order of its lines."""
    return findings_in(declaration, of_draft(declaration), on)


def findings_in(declaration: Declaration, filed: Filed, on: date) -> list[Finding]:
    """Return what a check finds in ``filed``: the stored draft, or a workbook handed in for it."""
    found = check(
        filed,
        bureau=declaration.bureau,
        round=None if _came_in_time(declaration) else declaration.round,
        on=on,
        declaration_id=declaration.pk,
    )
    if declaration.kind == Kind.EXTEND:
        found = [one for one in found if one.code not in NOT_OF_AN_EXTENSION]
    if declaration.kind != Kind.NEW:
        found = check_change(declaration) + found
    return found


def demand_clean(declaration: Declaration, on: date) -> None:
    """Refuse while an error stands or a warning lacks its explanation."""
    open_ones = blocking(findings_of(declaration, on))
    if open_ones:
        first = "；".join(one.message.rstrip("。") for one in open_ones[:SHOWN])
        raise Refused("5.2", f"还有{len(open_ones)}处须改正或说明，不能提交：{first}。")


def _came_in_time(declaration: Declaration) -> bool:
    """Whether what the city entered came by mail by the deadline: entering is not filing."""
    return (
        declaration.way == FilingWay.MAIL
        and declaration.round is not None
        and declaration.mail_received_on is not None
        and declaration.mail_received_on <= declaration.round.deadline
    )
