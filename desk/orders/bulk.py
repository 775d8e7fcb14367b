"""Steps that several orders take at once, each by itself: what was chosen and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from core.errors import Refused
from desk.orders.lists import RELATED
from redline.actions.orders import approve_order, issue_order
from redline.models import Order
from redline.queries import orders_for
from staff.models import User

MOST = 50
VERBS = {"approve": approve_order, "issue": issue_order}


def chosen(keys: list[int], viewer: User) -> list[Order]:
    """Return the orders of these keys that the viewer may see, at most ``MOST``."""
    rows = orders_for(viewer).filter(pk__in=keys[:MOST]).select_related(*RELATED)
    return list(rows.order_by("pk"))


def take_all(
    step: str, seen: Mapping[int, int], *, opinion: str, by: User, on: date
) -> dict[int, str]:
    """Let each order take the step in a savepoint of its own; return what became of each.

    ``seen`` maps the key of each order to the revision that was seen.
    """
    results = {pk: "不存在或不在您的管辖范围内。" for pk in seen}
    for order in chosen(list(seen), by):
        try:
            done = VERBS[step](order, revision=seen[order.pk], opinion=opinion, by=by, on=on)
            number = f"，文号{done.number.text}" if done.number else ""
            results[order.pk] = f"已办理，现为“{done.get_status_display()}”{number}。"
        except Refused as refusal:
            results[order.pk] = f"未办理：{refusal}"
    return results
