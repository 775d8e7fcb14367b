"""What an order to correct begins with where its drafter opens the form."""

from __future__ import annotations

from datetime import date
from typing import Any

from policy.limits import limits_in_force
from redline.choices import DayKind, DeadlineForm
from redline.drafting import FALLBACK_BASIS
from redline.models import ListItem, Violation
from staff.models import User

REPORT = "在期限内提交改正情况报告及证明材料。"


def draft_of(violation: Violation, item: ListItem | None, by: User, on: date) -> dict[str, Any]:
    """Return the fields of an order: law and deadline from the item, facts from the violation."""
    said: dict[str, Any] = {
        "facts": violation.facts,
        "violated": violation.provision,
        "basis": FALLBACK_BASIS,
        "demands": f"停止上述违法行为并予以改正；{REPORT}",
        "stop_at_once": False,
        "form": DeadlineForm.RELATIVE.value,
        "days": limits_in_force(on)["orders.days"],
        "day_kind": DayKind.CALENDAR.value,
        "contact_name": by.name,
    }
    if item is None:
        return said
    return said | {
        "violated": item.legal_basis or violation.provision,
        "basis": item.order_basis or FALLBACK_BASIS,
        "demands": f"停止“{item.behaviour}”的行为并予以改正；{REPORT}",
        "stop_at_once": item.stop_at_once,
        "days": item.days,
        "day_kind": item.day_kind,
    }
