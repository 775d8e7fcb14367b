"""What a cell of a workbook says, as text."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal


def cell_text(value: object) -> str:
    """Return a cell as text; long numbers in full, so that lost digits show as zeros.

    Excel keeps 15 digits of a number. What follows them in binary is no digit anybody typed.
    """
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and abs(value) >= 1e15:
        return format(Decimal(f"{value:.14e}"), "f")
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time().isoformat() == "00:00:00" else str(value)
    if isinstance(value, date):
        return value.isoformat()
    return str(value)
