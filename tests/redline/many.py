"""Thousands of served orders, written in a few statements."""

from datetime import date
from typing import Any

from entities.models import Entity
from redline.choices import OrderOrigin, OrderStatus, ViolationSource, ViolationStatus
from redline.models import ListItem, Order, Touch, Violation
from staff.models import User

MANY: dict[str, Any] = {"batch_size": 5000}


def make_many(
    number: int,
    officer: User,
    *,
    due_on: date,
    item: ListItem | None = None,
    approved_by: User | None = None,
    **columns: Any,
) -> list[Order]:
    """Make orders served on the day before the last one, each to an entity of its own.

    With ``item`` and ``approved_by`` each is of a touch, else of an ordinary violation.
    """
    violations = _violations(number, officer, due_on, touched=item is not None)
    touches: list[Touch | None] = [None] * number
    if item is not None:
        touches = [*_touches(violations, item, officer, approved_by, due_on)]
    said = {
        "origin": OrderOrigin.RED_LINE if item else OrderOrigin.ORDINARY,
        "status": OrderStatus.SERVED,
        "facts": "未按规定明码标价",
        "violated": "价格法第十三条",
        "basis": "价格法第四十二条",
        "demands": "立即改正",
        "days": 15,
        "served_on": due_on,
        "start_on": due_on,
        "due_on": due_on,
        "officer": officer,
        "bureau": officer.bureau,
    } | columns
    rows = [
        Order(violation=one, entity=one.entity, touch=touch, **said)
        for one, touch in zip(violations, touches, strict=True)
    ]
    return Order.objects.for_system("test").bulk_create(rows, **MANY)


def _violations(number: int, officer: User, acted: date, *, touched: bool) -> list[Violation]:
    rows = Entity.objects.for_system("test")
    first = rows.count()
    entities = rows.bulk_create(
        [
            Entity(code=f"MANY{n:014d}", name=f"重庆众多{n}有限公司", bureau=officer.bureau)
            for n in range(first, first + number)
        ],
        **MANY,
    )
    status = ViolationStatus.TOUCHED if touched else ViolationStatus.ORDINARY
    said = {
        "bureau": officer.bureau,
        "list_bureau": officer.bureau,
        "found_by_bureau": officer.bureau,
        "source": ViolationSource.INSPECTION,
        "acted_from": acted,
        "acted_until": acted,
        "found_on": acted,
        "facts": "未按规定明码标价",
        "recorded_by": officer,
        "status": status,
    }
    made = [Violation(entity=entity, **said) for entity in entities]
    return Violation.objects.for_system("test").bulk_create(made, **MANY)


def _touches(
    violations: list[Violation], item: ListItem, officer: User, lead: User | None, on: date
) -> list[Touch]:
    said = {
        "item": item,
        "nature": "试验",
        "circumstances": "试验",
        "harm": "试验",
        "judged_by": officer,
        "is_confirmed": True,
        "confirmed_by": lead,
        "confirmed_on": on,
    }
    rows = [Touch(violation=one, **said) for one in violations]
    return Touch.objects.for_system("test").bulk_create(rows, **MANY)
