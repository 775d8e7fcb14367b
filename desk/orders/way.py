"""The way of an order, drawn: its stations, and where it stands."""

from __future__ import annotations

from collections.abc import Sequence

from desk.declarations.way import Station
from redline.choices import OrderStatus as Status
from redline.models import Order, OrderStep

STATIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("起草", (Status.DRAFT,)),
    ("审批", (Status.SUBMITTED,)),
    ("签发", (Status.APPROVED,)),
    ("送达", (Status.ISSUED,)),
    ("改正", (Status.SERVED, Status.OVERDUE)),
    ("复查", (Status.REPORTED, Status.NOT_MENDED)),
    (
        "办结",
        (
            *(Status.MENDED, Status.MENDED_LATE, Status.REFERRED, Status.ENDED),
            *(Status.REFUSED, Status.VOID),
        ),
    ),
)
"""What is drawn, in order, each with the states in which an order stands there."""

BAD = (Status.OVERDUE, Status.NOT_MENDED, Status.REFERRED, Status.REFUSED, Status.VOID)
LATE = (Status.MENDED_LATE, Status.ENDED)


def stations(order: Order, steps: Sequence[OrderStep]) -> list[Station]:
    """Return the stations, each that was left with the last step that led over its end."""
    here = _station_of(order.status)
    made = []
    for at, (label, _) in enumerate(STATIONS):
        left = [one for one in steps if _passes(one, at)]
        # One that was refused or made void never came by the stations between.
        state = "here" if at == here else "past" if at < here and left else "ahead"
        made.append(
            Station(
                label=label,
                state=state,
                tone=_tone(order.status) if at == here else "",
                note=str(order.get_status_display()) if at == here else "",
                step=left[-1] if state == "past" else None,
            )
        )
    return made


def _passes(step: OrderStep, at: int) -> bool:
    """Return whether a step led over the end of a station, from it or from one before it."""
    if not step.source:
        return False
    begins = _station_of(step.source)
    ends = begins + 1 if step.target in (Status.REFUSED, Status.VOID) else _station_of(step.target)
    return begins <= at < ends


def _station_of(status: str) -> int:
    return next(at for at, (_, states) in enumerate(STATIONS) if status in states)


def _tone(status: str) -> str:
    if status in BAD:
        return "bad"
    return "watch" if status in LATE else "good"
