"""Changing what a draft says, and telling what somebody else wrote meanwhile."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import QueryDict

from desk.forms.order_drafts import DraftForm
from desk.newest import key_of
from redline.actions.orders import set_order_fields, submit_order
from redline.drafting import COLUMNS, label
from redline.models import Order
from staff.models import User


class EditForm(DraftForm):
    """The draft of an order as it stands, to be changed."""

    def differing(self, order: Order) -> list[tuple[str, str]]:
        """Return (label, stored value) of the columns that hold something else than was typed."""
        if not self.is_valid():
            return []
        typed = self.drafted()
        return [
            (label(name), said_of(order, name))
            for name in COLUMNS
            if getattr(order, name) != typed[name]
        ]


def said_of(order: Order, name: str) -> str:
    """Return a column of an order as people read it."""
    if name == "contact_phone":
        return "（已修改，不在此显示）"
    value = getattr(order, name)
    if isinstance(value, bool):
        return "是" if value else "否"
    if name in ("form", "day_kind"):
        return str(getattr(order, f"get_{name}_display")())
    return "（空）" if value in (None, "") else str(value)


def form_for(order: Order, data: QueryDict | None, on: date) -> EditForm:
    initial: dict[str, Any] = {name: getattr(order, name) for name in COLUMNS}
    return EditForm(data, on=on, initial=initial)


def edited(
    order: Order, form: EditForm, data: QueryDict, *, submits: bool, by: User, on: date
) -> Order:
    """Save a valid form over the revision that was seen, and submit the draft where asked."""
    revision = key_of(data.get("revision"))
    saved = set_order_fields(
        order, revision=-1 if revision is None else revision, by=by, on=on, **form.drafted()
    )
    if submits:
        return submit_order(saved, revision=saved.revision, by=by, on=on)
    return saved
