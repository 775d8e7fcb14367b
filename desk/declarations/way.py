"""The way of a declaration, drawn: its stations, and where it stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from redline.models import OrderStep
from zones.choices import DeclarationStatus as Status
from zones.models import Declaration, DeclarationStep

STATIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("填报", (Status.DRAFT, Status.ENTERED, Status.RETURNED)),
    ("区县局审核", (Status.SUBMITTED, Status.REVIEWING)),
    ("市局受理", (Status.REVIEWED,)),
    ("市局审批", (Status.ACCEPTED,)),
    ("办结", (Status.APPROVED, Status.REFUSED, Status.VOID)),
)
"""What is drawn, in order, each with the states in which a declaration stands there."""

RULED_OUT = (Status.REFUSED, Status.VOID)


@dataclass(frozen=True)
class Station:
    """``state`` is past, here or ahead; ``tone`` colours where it stands; ``step`` led away."""

    label: str
    state: str
    tone: str = ""
    note: str = ""
    step: DeclarationStep | OrderStep | None = None


def stations(declaration: Declaration, steps: Sequence[DeclarationStep]) -> list[Station]:
    """Return the stations with the last step that left each of them."""
    here = _station_of(declaration.status)
    made = []
    for at, (label, _) in enumerate(STATIONS):
        left = [one for one in steps if _passes(one, at)]
        # One that was made void never came by the stations between.
        state = "here" if at == here else "past" if at < here and left else "ahead"
        made.append(
            Station(
                label=label,
                state=state,
                tone=_tone(declaration.status) if at == here else "",
                note=str(declaration.get_status_display()) if at == here else "",
                step=left[-1] if state == "past" else None,
            )
        )
    return made


def _passes(step: DeclarationStep, at: int) -> bool:
    """Return whether a step led over the end of a station, from it or from one before it."""
    if not step.source:
        return False
    begins = _station_of(step.source)
    ends = begins + 1 if step.target == Status.VOID else _station_of(step.target)
    return begins <= at < ends


def _station_of(status: str) -> int:
    return next(at for at, (_, states) in enumerate(STATIONS) if status in states)


def _tone(status: str) -> str:
    if status in RULED_OUT:
        return "bad"
    return "watch" if status == Status.RETURNED else "good"
