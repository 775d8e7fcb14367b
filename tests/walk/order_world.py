"""An order of the other district that was not obeyed, its removal, and what a lead looks at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from entities.models import Entity
from redline.choices import FollowUpKind, OrderStatus, RemovalCause, ServiceOutcome, ServiceWay
from redline.models import FollowUp, Order, Removal, Service
from redline.removals import remove
from staff.models import User
from tests.factories import make_bureau
from tests.redline.factories import make_item, make_order, make_violation


@dataclass(frozen=True)
class OrderRows:
    """What the other district works on; each row bears its mark."""

    order: Order
    service: Service
    removal: Removal
    follow_up: FollowUp


def ordered(entity: Entity, officer: User, mark: str, phone: str) -> OrderRows:
    """Let an order of the officer run out, with what followed."""
    today = timezone.localdate()
    before = make_bureau()  # who supervised then: the own bureau's list is being drafted
    facts = {"facts": f"{mark}事实", "provision": f"{mark}条款", "list_bureau": before}
    violation = make_violation(entity, by=officer, **facts)
    order = make_order(
        violation,
        status=OrderStatus.OVERDUE,
        item=make_item(before, behaviour=f"{mark}行为"),
        served_on=today - timedelta(days=30),
        demands=f"{mark}要求",
        contact_name=f"{mark}联系人",
        contact_phone=phone,
    )
    service = Service(
        order=order,
        way=ServiceWay.DIRECT,
        sent_on=today - timedelta(days=30),
        served_on=today - timedelta(days=30),
        outcome=ServiceOutcome.SERVED,
        receiver=f"{mark}签收人",
        address=f"{mark}路1号",
        recorded_by=officer,
    )
    service.save(force_insert=True)
    removal = remove(
        violation,
        RemovalCause.OVERDUE,
        since=today - timedelta(days=14),
        order=order,
        reason=f"{mark}理由",
        on=today,
    )
    follow_up = FollowUp(
        kind=FollowUpKind.REVOKED,
        bureau=entity.bureau,
        entity=entity,
        order=order,
        removal=removal,
        text=f"{mark}事项",
        raised_on=today,
    )
    follow_up.save(force_insert=True)
    return OrderRows(order, service, removal, follow_up)
