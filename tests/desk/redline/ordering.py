"""Orders of the bureau 本区局 in every state, for the tests of their pages."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from redline.choices import OrderStatus, ServiceWay
from redline.models import ListItem, Order, OrderStep, Removal, Service
from staff.models import Bureau, User
from tests.factories import make_entity
from tests.redline.factories import make_order, make_violation

BROWSED = ("own", "own2", "lead", "station", "city")
HIDDEN = ("other", "other_lead", "unit")


def today() -> date:
    return timezone.localdate()


def order_of(officer: User, status: str = OrderStatus.DRAFT, **said: Any) -> Order:
    """Make an order of the officer's bureau in a state, served today unless told otherwise."""
    entity = said.pop("entity", None) or make_entity(
        bureau=officer.bureau, station=said.pop("station", None)
    )
    violation = make_violation(entity, bureau=officer.bureau, by=officer)
    said.setdefault("served_on", today())
    items = ListItem.objects.for_system("test").filter(version__bureau=officer.bureau)
    said.setdefault("item", items.first())
    said.setdefault("contact_name", officer.name)
    said.setdefault("contact_phone", "02312345678")
    Bureau.objects.filter(pk=officer.bureau_id, document_word="").update(
        document_word=f"试{officer.bureau_id}市监"
    )
    return make_order(violation, status=status, **said)


def due_in(officer: User, days: int, **said: Any) -> Order:
    """Make a running order whose last day is so many days from today."""
    day = today() + timedelta(days=days)
    return order_of(officer, OrderStatus.SERVED, **({"due_on": day} | said))


def fresh(order: Order) -> Order:
    return Order.objects.for_system("test").get(pk=order.pk)


def steps_of(order: Order) -> list[str]:
    rows = OrderStep.objects.for_system("test").filter(order=order)
    return list(rows.values_list("action", flat=True))


def sent(order: Order, way: str = ServiceWay.POST, **said: Any) -> Service:
    """Record that an issued order was sent, as plain rows."""
    service = Service(
        **{
            "order": order,
            "way": way,
            "sent_on": order.issued_on,
            "address": "重庆市试验区试验路1号",
            "tracking": "EMS123",
            "recorded_by": order.officer,
        }
        | said
    )
    service.save(force_insert=True)
    return service


def removals_of(order: Order) -> list[Removal]:
    return list(Removal.objects.for_system("test").filter(order=order).order_by("pk"))
