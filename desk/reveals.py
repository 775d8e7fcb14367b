"""Showing a contact in full: for a reason, so often an hour, and never without a record."""

from __future__ import annotations

from datetime import timedelta

from django.db import connection, transaction
from django.http import HttpRequest
from django.utils import timezone

from core.audit.access import Kind, record
from core.errors import Refused
from core.models import Access
from entities.models import Entity
from policy.limits import limits_in_force
from redline.models import Order
from staff.models import User
from staff.permissions import demand
from zones.models import ZoneContact

REVEALS = 7302
"""Names the lock under which one person's reveals are counted."""


def reveal(entity: Entity, *, by: User, reason: str, request: HttpRequest) -> None:
    """Record that this person sees an entity's whole contact; refuses beyond the limit."""
    subject = f"{entity.name}（{entity.code}）"
    _reveal(subject, by=by, reason=reason, request=request, entity_id=entity.pk)


def reveal_of_zone(contact: ZoneContact, *, by: User, reason: str, request: HttpRequest) -> None:
    """Record that this person sees whom a zone is worked with; refuses beyond the limit."""
    subject = f"{contact.zone.name}：{contact.get_role_display()}{contact.organisation}"[:200]
    _reveal(subject, by=by, reason=reason, request=request)


def reveal_of_order(order: Order, *, by: User, reason: str, request: HttpRequest) -> None:
    """Record that this person sees where an order is served; refuses beyond the limit."""
    subject = f"{order}：{order.entity.name}"[:200]
    _reveal(subject, by=by, reason=reason, request=request, entity_id=order.entity_id)


@transaction.atomic
def _reveal(
    subject: str, *, by: User, reason: str, request: HttpRequest, entity_id: int | None = None
) -> None:
    """Record a look at a whole contact; refuses beyond the limit of an hour."""
    demand(by, "contact.reveal")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [REVEALS, by.pk % 2**31])
    most = limits_in_force(timezone.localdate())["contact.reveals_per_hour"]
    seen = Access.objects.for_system("how often this person looked").filter(
        actor_id=by.pk,
        kind=Kind.REVEAL,
        ok=True,
        at__gt=timezone.now() - timedelta(hours=1),
    )
    if seen.count() >= most:
        raise Refused(
            "4.1",
            f"一小时内查看完整联系方式已达{most}次，请稍后再查看；"
            "确需成批使用的，请在主体查询中导出并经负责人批准。",
        )
    record(
        Kind.REVEAL,
        request=request,
        by=by,
        entity_id=entity_id,
        subject=subject,
        reason=reason,
    )
