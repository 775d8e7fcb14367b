"""Serving an order (送达, readings 14): each attempt is kept, what reached starts the clock.

民事诉讼法第87条至第95条, by 行政处罚法第61条.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from core.errors import Refused
from core.workdays import hold_calendar
from entities.actions.base import action, need
from entities.choices import Kind
from entities.models import Entity
from policy.limits import limits_in_force
from redline.actions.base import demand_open, lock, move, moved_on, not_between
from redline.choices import (
    AddressBasis,
    DeadlineForm,
    FollowUpKind,
    ServiceOutcome,
    ServiceWay,
)
from redline.deadlines import due_of
from redline.drafting import write_step
from redline.models import FollowUp, Order, Service
from redline.papers.checking import demand_plain_said
from staff.models import User
from staff.permissions import demand

CLAUSE = "readings 14"
VERB = "order.handle"
WHY = "serving an order that is locked"

TO_SEND: Mapping[str, Mapping[str, str]] = {
    ServiceWay.DIRECT: {},
    ServiceWay.LEFT: {},
    ServiceWay.ELECTRONIC: {"address": "电子送达地址", "basis": "电子送达依据"},
    ServiceWay.POST: {"address": "送达地址", "tracking": "邮件号"},
    ServiceWay.ENTRUSTED: {"entrusted_to": "受托单位"},
    ServiceWay.PUBLIC: {"tracking": "公告载体"},
}
"""What must be known when an order is sent, by way."""

TO_SERVE: Mapping[str, Mapping[str, str]] = {
    ServiceWay.DIRECT: {"receiver": "签收人"},
    ServiceWay.LEFT: {"witness": "见证人，或留置过程的影像"},
}
"""What must be known once it is served."""

AT_ONCE = (ServiceWay.DIRECT, ServiceWay.LEFT, ServiceWay.ELECTRONIC)
"""Ways by which it reaches on the day on which it is sent, unless another day is named."""

TEXTS = ("address", "basis", "receiver", "witness", "tracking", "entrusted_to")


@action
def send_order(
    order: Order,
    *,
    way: str,
    sent_on: date,
    address: str = "",
    basis: str = "",
    receiver: str = "",
    witness: str = "",
    tracking: str = "",
    entrusted_to: str = "",
    by: User,
    on: date,
) -> Service:
    """Record that an issued order was sent, posted, handed over, entrusted or published.

    ``tracking`` is the number of the mail or where the notice was published, ``basis`` what allows
    electronic service. One attempt at a time: the one before must have failed.
    """
    demand(by, VERB)
    found = demand_open("serve", lock(order, by), by)
    _demand_no_attempt(found)
    if way not in ServiceWay.values:
        raise Refused(CLAUSE, "请选择送达方式。")
    not_between(sent_on, _issued(found), on, "送出日", "签发日")
    service = Service(order=found, way=way, sent_on=sent_on, recorded_by=by)
    said = (address, basis, receiver, witness, tracking, entrusted_to)
    _put(service, dict(zip(TEXTS, said, strict=True)))
    _demand_texts(service, TO_SEND[way])
    if way == ServiceWay.ELECTRONIC:
        _demand_basis(service, found.entity)
    if way == ServiceWay.PUBLIC:
        _demand_failed(found)
    service.save(force_insert=True)
    write_step(found, "send", found.status, by=by, on=on, opinion=service.get_way_display())
    return service


def _issued(order: Order) -> date:
    assert order.issued_on is not None  # an issued order has its day
    return order.issued_on


def _demand_no_attempt(order: Order) -> None:
    rows = Service.objects.for_system(WHY).filter(order=order)
    for one in rows.select_related("recorded_by").exclude(outcome=ServiceOutcome.FAILED):
        if one.outcome == ServiceOutcome.SERVED:
            raise Refused(
                "readings 13", f"该责令改正{one.served_on}送达时固定日期已过，请重新制发。"
            )
        raise Refused(
            CLAUSE,
            f"{one.recorded_by.name}登记的{one.get_way_display()}（{one.sent_on}送出）尚在送达中，"
            "请先登记其结果。",
        )


def _put(service: Service, said: Mapping[str, str]) -> None:
    """Put texts into an attempt, stripped; an empty one leaves what is there.

    All of them stand on the receipt, so that its words are looked at here.
    """
    labels = {}
    for name, text in said.items():
        field: Any = Service._meta.get_field(name)
        if len(text.strip()) > field.max_length:
            raise Refused(CLAUSE, f"{field.verbose_name}最多{field.max_length}字，请删减。")
        setattr(service, name, text.strip() or getattr(service, name))
        labels[str(field.verbose_name)] = text
    demand_plain_said(service.order, labels)


def _demand_texts(service: Service, needed: Mapping[str, str]) -> None:
    lacking = [label for name, label in needed.items() if not getattr(service, name)]
    if lacking:
        raise Refused(CLAUSE, f"{service.get_way_display()}须填写{'、'.join(lacking)}。")


def _demand_basis(service: Service, entity: Entity) -> None:
    """Refuse electronic service without the entity's word or, for enterprises, its public one."""
    if service.basis not in AddressBasis.values:
        raise Refused(CLAUSE, "请选择电子送达的依据：送达地址确认书，或公示系统登记的送达地址。")
    if service.basis == AddressBasis.PUBLICITY and entity.kind == Kind.HOUSEHOLD:
        raise Refused(
            CLAUSE,
            "公示系统登记的地址只对企业适用，个体工商户须有送达地址确认书，请改用其他送达方式。",
        )
    confirmed_on = entity.service_confirmed_on
    if service.basis == AddressBasis.CONFIRMED and (
        confirmed_on is None or confirmed_on > service.sent_on
    ):
        raise Refused(
            CLAUSE,
            f"{entity.name}在{service.sent_on}没有送达地址确认书，"
            "请先登记确认书，或改用其他送达方式。",
        )


def _demand_failed(order: Order) -> None:
    """Refuse public notice unless another way has failed."""
    rows = Service.objects.for_system(WHY).filter(order=order, outcome=ServiceOutcome.FAILED)
    if not rows.exclude(way=ServiceWay.PUBLIC).exists():
        raise Refused(
            CLAUSE, "公告送达只能在其他方式无法送达之后采用，请先登记一次未能送达的其他方式。"
        )


@action
def serve_order(
    service: Service,
    *,
    served_on: date | None = None,
    receiver: str = "",
    witness: str = "",
    by: User,
    on: date,
) -> Order:
    """Record that an attempt reached: the order's clock starts on that day (readings 13).

    ``served_on`` may be left out where it is the day of sending, and is computed for a public
    notice. On or after a fixed date no clock starts: the order must be made anew, which the lead is
    told of; it stays issued.
    """
    demand(by, VERB)
    hold_calendar()
    order, found = _lock_open(service, by)
    _put(found, {"receiver": receiver, "witness": witness})
    _demand_texts(found, TO_SERVE.get(found.way, {}))
    day = _day_of_service(found, served_on, on)
    not_between(day, found.sent_on, on, "送达日", "送出日")
    found.outcome, found.served_on = ServiceOutcome.SERVED, day
    found.save(update_fields=["outcome", "served_on", "receiver", "witness"])
    if order.form == DeadlineForm.FIXED and order.fixed_on is not None and day >= order.fixed_on:
        return _served_late(order, day, by, on)
    due = due_of(order, day)
    return move(
        *(order, "serve"),
        by=by,
        on=on,
        opinion=f"{found.get_way_display()}，{day}送达",
        served_on=day,
        start_on=day,
        due_on=due.due_on,
        due_provisional=due.provisional,
    )


def _lock_open(service: Service, by: User) -> tuple[Order, Service]:
    """Lock an attempt that is still open, its order first."""
    seen = Service.objects.visible_to(by).filter(pk=service.pk).select_related("order").first()
    if seen is None:
        raise Refused("readings 4", "该送达记录不在您的管辖范围内，请联系制发单位办理。")
    order = demand_open("serve", lock(seen.order, by), by)
    rows = Service.objects.for_system(WHY).select_for_update(no_key=True)
    found = rows.get(pk=service.pk)
    if found.outcome != ServiceOutcome.OPEN:
        raise Refused(CLAUSE, moved_on(order))
    return order, found


def _day_of_service(service: Service, named: date | None, on: date) -> date:
    if service.way == ServiceWay.PUBLIC:
        days = limits_in_force(service.sent_on)["orders.public_notice_days"]
        ends = service.sent_on + timedelta(days=days)
        if ends > on:
            raise Refused(CLAUSE, f"公告期至{ends}届满，届满后才视为送达，请届时登记。")
        if named not in (None, ends):
            raise Refused(CLAUSE, f"公告送达的送达日由公告日推算，为{ends}，请不要另填。")
        return ends
    if named is None and service.way not in AT_ONCE:
        raise Refused(CLAUSE, f"{service.get_way_display()}须填写送达日（收到之日）。")
    return named or service.sent_on


def _served_late(order: Order, day: date, by: User, on: date) -> Order:
    """Leave an order issued whose fixed date came before it was served; the lead is told."""
    said = f"{order}的固定日期为{order.fixed_on}，{day}才送达，期限无从起算，须重新制发。"
    write_step(order, "serve_late", order.status, by=by, on=on, opinion=said)
    FollowUp(
        kind=FollowUpKind.REISSUE,
        bureau_id=order.bureau_id,
        entity_id=order.entity_id,
        order=order,
        text=said,
        raised_on=on,
    ).save(force_insert=True)
    return order


@action
def fail_service(service: Service, *, why: str, by: User, on: date) -> Service:
    """Record that an attempt did not reach, and why; it is kept."""
    demand(by, VERB)
    order, found = _lock_open(service, by)
    _put(found, {"why_failed": need(why, "未能送达的原因", CLAUSE)})
    found.outcome = ServiceOutcome.FAILED
    found.save(update_fields=["outcome", "why_failed"])
    said = f"{found.get_way_display()}：{found.why_failed}"
    write_step(order, "fail_service", order.status, by=by, on=on, opinion=said)
    return found
