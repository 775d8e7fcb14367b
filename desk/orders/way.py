"""The way of an order, drawn: its stations, and where it stands."""

from __future__ import annotations

from collections.abc import Sequence

from desk.stations import Station, Way
from redline.choices import OrderStatus as Status
from redline.models import Order, OrderStep

WAY = Way(
    stations=(
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
    ),
    ends=(Status.REFUSED, Status.VOID),
    bad=(Status.OVERDUE, Status.NOT_MENDED, Status.REFERRED, Status.REFUSED, Status.VOID),
    watch=(Status.MENDED_LATE, Status.ENDED),
)


def stations(order: Order, steps: Sequence[OrderStep]) -> list[Station]:
    """Return the stations, each that was left with the last step that led over its end."""
    return WAY.drawn(order, steps)
