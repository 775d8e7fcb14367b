"""A bureau with its people, and orders brought to any state by their ordinary way."""

import itertools
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

from django.utils import timezone

from entities.choices import Status
from entities.models import EntityStatus
from redline.actions.orders import ORDER_STEP_FUNCTIONS, draft_order, set_order_fields
from redline.actions.service import send_order, serve_order
from redline.choices import (
    DeadlineForm,
    OrderStatus,
    RecheckFinding,
    RecheckWay,
    ServiceWay,
    ViolationStatus,
)
from redline.drafting import make_order
from redline.models import Order, OrderStep, Removal, Review, Service
from redline.overdue import scan
from redline.workflow import ORDER_STEPS
from staff.models import Bureau, User
from tests.factories import make_bureau
from tests.redline.factories import make_item, make_touch, make_violation
from tests.zones.declaring import make_people as people_of

ON = date(2026, 11, 24)
"""The day on which orders are served here, unless a test says otherwise: a Tuesday."""

DUE = date(2026, 12, 9)
"""Fifteen calendar days later: a Wednesday."""

TO_FILL = {"demands": "立即停止违法行为，依法取得许可", "contact_phone": "023-12345678"}
_numbers = itertools.count(1)


def make_people(bureau: Bureau | None = None) -> SimpleNamespace:
    """Return the people of a bureau that has a word for its numbers and an item in its list."""
    people = people_of(bureau or make_bureau(document_word=f"试市监{next(_numbers)}"))
    people.item = make_item(people.bureau)
    return people


def fresh(order: Order) -> Order:
    return Order.objects.for_system("test").get(pk=order.pk)


def drafted(people: SimpleNamespace, *, ordinary: bool = False, **columns: Any) -> Order:
    """Return a complete draft of the officer: of an ordinary violation, or with its touch."""
    said = TO_FILL | columns
    on = said.pop("on", ON)
    violation = make_violation(bureau=people.bureau, by=people.officer)
    if ordinary:
        violation.status = ViolationStatus.ORDINARY
        violation.save()
        return draft_order(violation, by=people.officer, on=on, **said)
    touch = make_touch(violation, people.item, confirmed=False)
    return make_order(violation, touch=touch, by=people.officer, on=on, **said)


def do(order: Order, action: str, by: User, on: date = ON, **said: Any) -> Order:
    """Take a step as somebody who sees the order as it stands, with what the step asks."""
    step = ORDER_STEPS[action]
    if step.decides:
        said.setdefault("revision", fresh(order).revision)
    if step.opinion:
        said.setdefault("opinion", "试验意见")
    for name, value in _asked(order, action, on).items():
        said.setdefault(name, value)
    if action == "serve":
        return serve_order(said.pop("service", None) or sent(order), by=by, on=on, **said)
    return ORDER_STEP_FUNCTIONS[action](order, by=by, on=on, **said)


def _asked(order: Order, action: str, on: date) -> dict[str, Any]:
    if action == "serve":
        return {"receiver": "李四"}
    if action == "ask_extension":
        return {"asked_on": fresh(order).start_on or on, "days": 5, "reason": "设备采购未到"}
    if action == "decide_extension":
        return {"granted": True}
    if action == "hold":
        return {"days": 5}
    if action == "report":
        return {"received_on": on, "text": "已停止并取得许可"}
    if action == "recheck":
        return {
            "way": RecheckWay.PAPERS,
            "done_on": on,
            "officers": ["王五"],
            "finding": RecheckFinding.MENDED,
            "found": "查阅许可证，已取得",
        }
    return {}


def sent(order: Order, **said: Any) -> Service:
    """Return an attempt to serve an order, as a plain row: handed over on the day of issue."""
    order = fresh(order)
    service = Service(
        **{
            "order": order,
            "way": ServiceWay.DIRECT,
            "sent_on": order.issued_on or ON,
            "recorded_by": order.officer,
        }
        | said
    )
    service.save(force_insert=True)
    return service


def issued(people: SimpleNamespace, on: date = ON, **columns: Any) -> Order:
    """Return an order issued on a day."""
    order = drafted(people, on=on, **columns)
    for action, by in (("submit", "officer"), ("approve", "lead"), ("issue", "officer")):
        order = do(order, action, getattr(people, by), on)
    return order


def served(people: SimpleNamespace, on: date = ON, **columns: Any) -> Order:
    """Return an order issued and served directly on a day."""
    order = issued(people, on, **columns)
    service = send_order(order, way=ServiceWay.DIRECT, sent_on=on, by=people.officer, on=on)
    return do(order, "serve", people.officer, on, service=service)


def reached(people: SimpleNamespace, status: str, **columns: Any) -> Order:
    """Bring an order to a state by its ordinary way, on days from ``ON`` on."""
    if status in (OrderStatus.DRAFT, OrderStatus.VOID):
        order = drafted(people, **columns)
        return do(order, "discard", people.officer) if status == OrderStatus.VOID else order
    if status in (OrderStatus.SUBMITTED, OrderStatus.REFUSED, OrderStatus.APPROVED):
        order = do(drafted(people, **columns), "submit", people.officer)
        ends = {OrderStatus.REFUSED: "refuse", OrderStatus.APPROVED: "approve"}
        return do(order, ends[status], people.lead) if status in ends else order
    if status == OrderStatus.ISSUED:
        return issued(people, **columns)
    order = served(people, **columns)
    return _ran(people, order, status)


def _ran(people: SimpleNamespace, order: Order, status: str) -> Order:
    officer, late = people.officer, fresh(order).due_on + timedelta(days=1)
    if status == OrderStatus.SERVED:
        return order
    if status == OrderStatus.MENDED:
        return do(order, "recheck", officer)
    if status == OrderStatus.ENDED:
        return do(order, "end", people.lead)
    if status in (OrderStatus.REPORTED, OrderStatus.NOT_MENDED):
        order = do(order, "report", officer)
        if status == OrderStatus.REPORTED:
            return order
        return do(order, "recheck", officer, late, finding=RecheckFinding.NOT_MENDED)
    scan(late)
    if status == OrderStatus.OVERDUE:
        return fresh(order)
    action = "refer" if status == OrderStatus.REFERRED else "recheck"
    return do(order, action, officer, late)


def fixed(day: date) -> dict[str, Any]:
    """Return the columns of a deadline that names a day."""
    return {"form": DeadlineForm.FIXED, "fixed_on": day}


def let_end(order: Order, since: date = ON) -> None:
    """Let the register say that the firm of an order has ended."""
    rows = EntityStatus.objects.for_system("test").current().filter(entity=order.entity)
    rows.update(superseded_at=timezone.now())
    row = EntityStatus(entity=order.entity, status=Status.CANCELLED, since=since, source="登记")
    row.save(force_insert=True)


def steps_of(order: Order) -> list[tuple[str, str, str]]:
    rows = OrderStep.objects.for_system("test").filter(order=order).order_by("pk")
    return list(rows.values_list("action", "source", "target"))


def removals_of(order: Order) -> list[Removal]:
    rows = Removal.objects.for_system("test").filter(violation=order.violation_id)
    return list(rows.order_by("pk"))


def reviews_of(order: Order) -> list[Review]:
    return list(Review.objects.for_system("test").filter(violation=order.violation_id))


def edit(order: Order, by: User, on: date = ON, **columns: Any) -> Order:
    return set_order_fields(order, revision=fresh(order).revision, by=by, on=on, **columns)
