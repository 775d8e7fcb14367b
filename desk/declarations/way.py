"""The way of a declaration, drawn: its stations, and where it stands."""

from __future__ import annotations

from collections.abc import Sequence

from desk.stations import Station, Way
from zones.choices import DeclarationStatus as Status
from zones.models import Declaration, DeclarationStep

WAY = Way(
    stations=(
        ("填报", (Status.DRAFT, Status.ENTERED, Status.RETURNED)),
        ("区县局审核", (Status.SUBMITTED, Status.REVIEWING)),
        ("市局受理", (Status.REVIEWED,)),
        ("市局审批", (Status.ACCEPTED,)),
        ("办结", (Status.APPROVED, Status.REFUSED, Status.VOID)),
    ),
    ends=(Status.VOID,),
    bad=(Status.REFUSED, Status.VOID),
    watch=(Status.RETURNED,),
)


def stations(declaration: Declaration, steps: Sequence[DeclarationStep]) -> list[Station]:
    """Return the stations with the last step that left each of them."""
    return WAY.drawn(declaration, steps)
