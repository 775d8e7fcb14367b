"""All findings of a declaration as it stands, and the refusal while one of them blocks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils import timezone

from core.errors import Refused
from zones.checking.changes import check_change
from zones.checking.checks import blocking, check
from zones.checking.drafts import of_draft
from zones.checking.shapes import Filed, Finding, Severity
from zones.choices import DeclarationKind as Kind
from zones.choices import FilingWay
from zones.models import Declaration, DeclarationStep

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


@dataclass(frozen=True)
class Faults:
    """The errors of a declaration on a day, as sentences.

    ``zones`` maps the key of a declared zone, None for the whole, to what is wrong there; ``rows``
    the key of a roster row to its own errors.
    """

    zones: Mapping[int | None, Sequence[str]]
    rows: Mapping[int, str]


def faults_of(declaration: Declaration, on: date) -> Faults:
    """Return the errors of a day by the rows they belong to: what came up since the submission."""
    filed = of_draft(declaration)
    zones: dict[int | None, list[str]] = defaultdict(list)
    rows: dict[int, str] = {}
    for one in findings_in(declaration, filed, on):
        if one.severity is not Severity.ERROR:
            continue
        zone = None if one.zone is None else filed.zones[one.zone]
        row = None if zone is None or one.entity is None else zone.roster[one.entity].pk
        if row is None:
            zones[zone.pk if zone else None].append(one.message)
        else:
            rows[row] = rows.get(row, "") + one.message
    return Faults(zones, rows)


def demand_clean(declaration: Declaration, on: date) -> None:
    """Refuse while an error stands or a warning lacks its explanation."""
    open_ones = blocking(findings_of(declaration, on))
    if open_ones:
        first = "；".join(one.message.rstrip("。") for one in open_ones[:SHOWN])
        raise Refused("5.2", f"还有{len(open_ones)}处须改正或说明，不能提交：{first}。")


def _came_in_time(declaration: Declaration) -> bool:
    """Whether it came by mail, or was first submitted, by the deadline.

    Entering is not filing, and neither correcting nor deciding makes late what came in time.
    """
    round = declaration.round
    if round is None:
        return False
    mailed = declaration.mail_received_on if declaration.way == FilingWay.MAIL else None
    days = (mailed, _first_submitted(declaration))
    return any(day is not None and day <= round.deadline for day in days)


def _first_submitted(declaration: Declaration) -> date | None:
    """Return the day of the first submission that was not withdrawn."""
    steps = DeclarationStep.objects.for_system("when a declaration was first submitted")
    rows = steps.filter(declaration=declaration, action__in=("submit", "confirm", "withdraw"))
    first = None
    for action, at in rows.order_by("pk").values_list("action", "recorded_at"):
        first = None if action == "withdraw" else first or timezone.localdate(at)
    return first
