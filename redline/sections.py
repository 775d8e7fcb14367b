"""What the entity's page shows from this room: violations, orders and removals, then and now.

Violations and orders are a bureau's own work: of another bureau's the page tells nothing. That a
red line keeps an entity out is a fact about the entity, told to whoever sees it; the reasons that
people wrote beside it are told where their work may be seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast

from django.utils import timezone

from core.sections import Section, as_known
from entities.models import Entity
from redline.choices import OrderStatus, ViolationStatus
from redline.models import Order, OrderStep, Removal, RemovalSpan, Touch, Violation
from redline.workflow import OPEN
from staff.models import User

REASON = "the page of one entity the viewer may see"


@dataclass(frozen=True)
class ViolationLine:
    """A violation with its state at the moment that the page shows.

    ``touch`` is the touch that a lead had approved by then. ``of_today`` tells that no record says
    how it stood then, so that the state is today's.
    """

    violation: Violation
    status: str
    touch: Any
    of_today: bool

    @property
    def label(self) -> str:
        return str(ViolationStatus(self.status).label)

    @property
    def color(self) -> str:
        return {"open": "warning", "judged": "warning", "touched": "danger"}.get(
            self.status, "secondary"
        )


@dataclass(frozen=True)
class OrderLine:
    """An order with its state at the moment that the page shows.

    ``served_on`` and ``due_on`` are None before the day on which it was served.
    """

    order: Order
    status: str
    served_on: date | None = None
    due_on: date | None = None

    @property
    def is_open(self) -> bool:
        return self.status in OPEN

    @property
    def label(self) -> str:
        return str(OrderStatus(self.status).label)

    @property
    def color(self) -> str:
        if self.status in (OrderStatus.OVERDUE, OrderStatus.NOT_MENDED, OrderStatus.REFERRED):
            return "danger"
        if self.status in (OrderStatus.MENDED, OrderStatus.MENDED_LATE):
            return "success"
        return "warning" if self.is_open else "secondary"


@dataclass(frozen=True)
class RemovalLine:
    """Days outside; ``removal`` is None where the viewer may not see the work behind them."""

    row: RemovalSpan
    removal: Removal | None
    holds: bool


def violations(entity: Entity, on: date, known: datetime | None, viewer: User) -> Section:
    """The violations found by the day, the newest first, of bureaus whose work the viewer sees."""
    rows = Violation.objects.visible_to(viewer).filter(entity=entity, found_on__lte=on)
    rows = _recorded_by(rows, "recorded_at", known).select_related(
        "bureau", "found_by_bureau", "found_by_unit", "touch__item__version__bureau"
    )
    lines = [_violation(row, on, known) for row in rows.order_by("-found_on", "-pk")]
    return Section(
        "violations",
        "违法行为",
        len(lines),
        "redline/_section_violations.html",
        {"lines": lines},
        waiting=any(line.status == ViolationStatus.OPEN for line in lines),
    )


def _violation(row: Violation, on: date, known: datetime | None) -> ViolationLine:
    """Say how a violation stood: a touch has its days, other states are known of today only."""
    touch = getattr(row, "touch", None)
    confirmed = touch is not None and touch.is_confirmed and _by_then(touch, on, known)
    if _is_now(on, known):
        return ViolationLine(row, row.status, touch if confirmed else None, of_today=False)
    if confirmed:
        return ViolationLine(row, ViolationStatus.TOUCHED, touch, of_today=False)
    if touch is not None:
        judged = timezone.localdate(touch.judged_at) <= on and _was(touch.judged_at, known)
        status = ViolationStatus.JUDGED if judged else ViolationStatus.OPEN
        return ViolationLine(row, status, None, of_today=False)
    return ViolationLine(row, row.status, None, of_today=row.status != ViolationStatus.OPEN)


def _by_then(touch: Touch, on: date, known: datetime | None) -> bool:
    """Whether a confirmed touch had been approved by a day, as known at an instant."""
    day, at = cast(date, touch.confirmed_on), cast(datetime, touch.confirmed_at)
    return day <= on and _was(at, known)


def orders(entity: Entity, on: date, known: datetime | None, viewer: User) -> Section:
    """The orders to correct that were begun by the day, the newest first, each as it stood."""
    rows = Order.objects.visible_to(viewer).filter(entity=entity).select_related("bureau", "number")
    states = _states(entity, on, known)
    found = [order for order in rows.order_by("-pk") if order.pk in states]
    if _is_now(on, known):
        states = {order.pk: order.status for order in found}
    lines = [_order(order, states[order.pk], on) for order in found]
    return Section(
        "orders",
        "责令改正",
        len(lines),
        "redline/_section_orders.html",
        {"lines": lines},
        waiting=any(line.is_open for line in lines),
    )


def _order(order: Order, status: str, on: date) -> OrderLine:
    if order.served_on is None or order.served_on > on:
        return OrderLine(order, status)
    return OrderLine(order, status, order.served_on, order.due_on)


def _states(entity: Entity, on: date, known: datetime | None) -> dict[int, str]:
    """Return where the last step until a day left each order; one not begun by then is not told."""
    steps = OrderStep.objects.for_system(REASON).filter(order__entity=entity, on__lte=on)
    steps = _recorded_by(steps, "recorded_at", known)
    return dict(steps.order_by("pk").values_list("order", "target"))


def removals(entity: Entity, on: date, known: datetime | None, viewer: User) -> Section:
    """The days on which red lines keep the entity out, the newest first; what was revoked below."""
    spans = RemovalSpan.objects.for_system(REASON).filter(as_known(known), entity=entity)
    rows = list(spans.filter(since__lte=on).select_related("recorded_by").order_by("-since", "-pk"))
    mine = Removal.objects.visible_to(viewer).filter(entity=entity)
    mine = _recorded_by(mine, "made_at", known).select_related(
        "violation", "order", "returned_by", "revoked_by"
    )
    seen = {removal.pk: removal for removal in mine.filter(since__lte=on)}
    lines = [RemovalLine(row, seen.get(row.removal_id), _holds(row, on)) for row in rows]
    revoked = [row for row in seen.values() if row.revoked_at and _was(row.revoked_at, known)]
    return Section(
        "removals",
        "触线移出",
        len(lines) + len(revoked),
        "redline/_section_removals.html",
        {"lines": lines, "revoked": revoked},
    )


@dataclass(frozen=True)
class RemovalEvent:
    """A line of the ledger: that a red line took the entity out, let it back, or was revoked."""

    day: date
    recorded_at: datetime
    label: str
    color: str
    text: str
    is_event: bool = True


def events(entity: Entity, known: datetime | None, viewer: User) -> list[RemovalEvent]:
    """Return what the ledger tells of red lines, as known at an instant; what was revoked too.

    A span that another one follows on its last day is no re-entry: the entity stays outside.
    """
    spans = RemovalSpan.objects.for_system(REASON).filter(as_known(known), entity=entity)
    rows = list(spans.order_by("since", "pk"))
    mine = {row.pk: row for row in Removal.objects.visible_to(viewer).filter(entity=entity)}
    begun = {row.since for row in rows}
    found = []
    for row in rows:
        found.append(RemovalEvent(row.since, row.recorded_at, "触线移出", "danger", _out(row)))
        if row.until is not None and row.until not in begun:
            removal = mine.get(row.removal_id)
            said = removal.return_reason if removal and removal.returned_on == row.until else ""
            back = RemovalEvent(row.until, row.recorded_at, "重新移入", "success", said)
            found.append(back)
    return found + _revoked(entity, known, mine)


def _revoked(
    entity: Entity, known: datetime | None, mine: dict[int, Removal]
) -> list[RemovalEvent]:
    rows = Removal.objects.for_system(REASON).filter(entity=entity, revoked_at__isnull=False)
    found = []
    for row in _recorded_by(rows, "revoked_at", known).order_by("pk"):
        day, at = cast(date, row.revoked_on), cast(datetime, row.revoked_at)
        said = f"自{row.since}起的移出自始无效。" + (row.revoke_reason if row.pk in mine else "")
        out = f"{row.get_cause_display()}；此后已撤销"
        found.append(RemovalEvent(row.since, row.made_at, "触线移出", "secondary", out))
        found.append(RemovalEvent(day, at, "撤销移出", "warning", said))
    return found


def _out(row: RemovalSpan) -> str:
    """Say why the entity is outside, as the removal said it."""
    parts = (
        str(row.get_cause_display()),
        f"事项：{row.item}" if row.item else "",
        f"责令改正{row.order_number}" if row.order_number else "",
        f"送达{row.served_on}" if row.served_on else "",
        f"届满{row.due_on}" if row.due_on else "",
        f"复查{row.recheck}" if row.recheck else "",
    )
    return "；".join(part for part in parts if part)


def _recorded_by(rows: Any, column: str, known: datetime | None) -> Any:
    return rows if known is None else rows.filter(**{f"{column}__lte": known})


def _is_now(on: date, known: datetime | None) -> bool:
    return known is None and on >= timezone.localdate()


def _was(instant: datetime, known: datetime | None) -> bool:
    return known is None or instant <= known


def _holds(row: RemovalSpan, on: date) -> bool:
    return row.since <= on and (row.until is None or row.until > on)
