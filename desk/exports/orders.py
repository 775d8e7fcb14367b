"""Exports of orders to correct and of removals, as their lists show them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models import QuerySet

from core import masking
from desk.exports.entities import CODE, NAME, STATION
from desk.exports.kinds import Column, ExportKind, Query, Said
from desk.exports.violations import BUREAU, FACTS, ITEM
from desk.orders import removals as of_removals
from desk.orders.conditions import TABS, Conditions, conditions_of, orders_asked
from desk.orders.lists import first_tab
from entities.models import Entity
from redline.choices import (
    DeadlineForm,
    ItemGroup,
    OrderOrigin,
    OrderStatus,
    RemovalCause,
    ServiceOutcome,
)
from redline.deadlines import lights
from redline.models import Order, Removal, Service
from redline.queries import LIGHTS
from staff.models import Bureau, User

NUMBER = Column("责令改正文号", "已签发的文号，空为尚未签发", 26, code=True)

ORDER_COLUMNS = {
    "number": NUMBER,
    "origin": Column("来源", "触碰红线或一般违法", 10),
    "status": Column("状态", "导出时办到哪一步", 14),
    "light": Column("期限", "导出当日距期限还有几天，或已逾期几天", 18),
    "code": CODE,
    "name": NAME,
    "item": ITEM,
    "facts": FACTS,
    "violated": Column("违反条款", "通知书写明的违反条款", 40),
    "basis": Column("责令改正依据", "通知书写明的依据", 40),
    "demands": Column("改正内容及要求", "通知书写明的要求", 50),
    "term": Column("改正期限", "通知书写明的期限", 14),
    "issued_on": Column("签发日", "取得文号的日子", 12),
    "way": Column("送达方式", "送达成功的方式", 12),
    "served_on": Column("送达日", "起算改正期限的送达日", 12),
    "due_on": Column("届满日", "改正期限的最后一天，含延期和暂缓", 12),
    "reported_on": Column("报告日", "交寄或送交改正情况报告的日子", 12),
    "recheck_due_on": Column("复查期限", "应当复查的最后一天", 12),
    "mended_on": Column("改正确认日", "复查认定已改正的日子", 12),
    "closed_on": Column("办结日", "办结的日子", 12),
    "officer": Column("承办人", "起草该责令改正的人员", 12),
    "bureau": BUREAU,
    "station": STATION,
    "contact_name": Column(
        "联系人", "通知书上的联系人", 12, sensitive=True, mask=masking.name, chosen=False
    ),
    "contact_phone": Column(
        "联系电话", "通知书上的联系电话", 18, sensitive=True, mask=masking.phone, chosen=False
    ),
    "address": Column("送达地址", "送达所用的地址", 36, sensitive=True, chosen=False),
}


def _conditions(query: Query, user: User) -> Conditions:
    return conditions_of(query.data, first_tab(user))


def _orders(query: Query, user: User) -> QuerySet:
    return orders_asked(user, _conditions(query, user), query.on).order_by("pk")


def _read_orders(keys: Sequence[int], query: Query, user: User) -> Iterator[dict[str, Any]]:
    rows = Order.objects.visible_to(user).filter(pk__in=list(keys)).order_by("pk")
    along = ("entity__station", "bureau", "number", "officer", "touch__item")
    found = list(rows.select_related(*along))
    shown = lights(found, query.on)
    services = Service.objects.visible_to(user).filter(outcome=ServiceOutcome.SERVED)
    served = {service.order_id: service for service in services.filter(order__in=found)}
    for order in found:
        service = served.get(order.pk)
        yield {
            **{name: getattr(order, name) for name in _PLAIN},
            "number": order.number,
            "origin": order.get_origin_display(),
            "status": order.get_status_display(),
            "light": shown[order.pk].text,
            "code": order.entity.code,
            "name": order.entity.name,
            "item": order.touch.item if order.touch else None,
            "term": _term(order),
            "way": service.get_way_display() if service else None,
            "officer": order.officer.name,
            "bureau": order.bureau.short_name,
            "station": order.entity.station,
            "address": service.address if service else None,
        }


_PLAIN = (
    *("facts", "violated", "basis", "demands", "issued_on", "served_on", "due_on"),
    *("reported_on", "recheck_due_on", "mended_on", "closed_on", "contact_name", "contact_phone"),
)


def _term(order: Order) -> str:
    if order.form == DeadlineForm.FIXED:
        return f"{order.fixed_on}前"
    return f"{order.days}个{order.get_day_kind_display()}"


def _said_of_orders(query: Query, user: User) -> Said:
    """Say the conditions in words; those that are choices by their labels."""
    asked = _conditions(query, user)
    labels: dict[str, tuple[str, dict[Any, Any]]] = {
        "tab": ("范围", dict(TABS)),
        "status": ("状态", {**dict(OrderStatus.choices), "open": "办理中", "closed": "已办结"}),
        "origin": ("来源", dict(OrderOrigin.choices)),
        "light": ("期限", LIGHTS),
        "group": ("触碰类别", dict(ItemGroup.choices)),
        "due": ("届满（天以内）", {}),
        "day": ("届满日", {}),
        "mended_since": ("改正确认日自", {}),
        "mended_until": ("改正确认日至", {}),
        "text": ("主体或文号", {}),
    }
    return _said(asked, labels) + _places(asked.bureau, asked.entity, user)


def _said(asked: Any, labels: dict[str, tuple[str, dict[Any, Any]]]) -> Said:
    """Return the conditions that are set, each under its label and in the words of its choices."""
    values = ((label, words, getattr(asked, name)) for name, (label, words) in labels.items())
    return [
        (label, str(words.get(value, value)))
        for label, words, value in values
        if value not in ("", None)
    ]


def _places(bureau: int | None, entity: int | None, user: User) -> Said:
    """Say which bureau and which entity was asked for; one that is not seen has no name."""
    found: Said = []
    if bureau:
        found.append(("办理单位", str(Bureau.objects.filter(pk=bureau).first() or "不存在")))
    if entity:
        rows = Entity.objects.visible_to(user).filter(pk=entity)
        found.append(("主体", rows.values_list("name", flat=True).first() or "不可查看"))
    return found


ORDERS = ExportKind(
    label="责令改正",
    verb="redline.export",
    unit="件",
    columns=ORDER_COLUMNS,
    rows=_orders,
    read=_read_orders,
    said=_said_of_orders,
    names=tuple(Conditions.__dataclass_fields__),
    named="entity__name",
    back="desk:order-list",
    of_today=True,
    example="汇总本局责令改正办理情况，供执法稽查科使用",
)


REMOVAL_COLUMNS = {
    "code": CODE,
    "name": NAME,
    "cause": Column("事由", "移出的事由", 20),
    "since": Column("移出日", "在沙盒外的第一天", 12),
    "item": Column("触碰事项", "移出时的触碰事项", 40),
    "list_version": Column("清单版本", "移出时适用的清单版本", 36),
    "order_number": NUMBER,
    "served_on": Column("送达日", "责令改正的送达日", 12),
    "due_on": Column("届满日", "改正期限的届满日", 12),
    "recheck": Column("复查", "移出所依据的复查", 30),
    "reason": Column("理由", "移出时写明的理由", 40),
    "made_on": Column("登记日", "作出移出的日子", 12),
    "state": Column("现状", "移出中、已重新移入或已撤销", 12),
    "returned_on": Column("重新移入日", "批准重新移入的日子", 12),
    "return_reason": Column("重新移入理由", "批准时写明的理由", 40),
    "revoked_on": Column("撤销日", "撤销移出的日子", 12),
    "revoke_reason": Column("撤销理由", "撤销时写明的理由", 40),
    "bureau": BUREAU,
}


def _removals(query: Query, user: User) -> QuerySet:
    asked = of_removals.conditions_of(query.data)
    return of_removals.removals_asked(user, asked).order_by("pk")


def _read_removals(keys: Sequence[int], query: Query, user: User) -> Iterator[dict[str, Any]]:
    rows = Removal.objects.visible_to(user).filter(pk__in=list(keys)).order_by("pk")
    for row in rows.select_related("entity", "bureau"):
        yield {
            **{name: getattr(row, name) for name in _OF_REMOVAL},
            "code": row.entity.code,
            "name": row.entity.name,
            "cause": row.get_cause_display(),
            "state": of_removals.STATES[of_removals.state_of(row)],
            "bureau": row.bureau.short_name,
        }


_OF_REMOVAL = (
    *("since", "item", "list_version", "order_number", "served_on", "due_on", "recheck"),
    *("reason", "made_on", "returned_on", "return_reason", "revoked_on", "revoke_reason"),
)


def _said_of_removals(query: Query, user: User) -> Said:
    asked = of_removals.conditions_of(query.data)
    labels: dict[str, tuple[str, dict[Any, Any]]] = {
        "state": ("状态", dict(of_removals.STATES)),
        "cause": ("事由", dict(RemovalCause.choices)),
        "since": ("移出日自", {}),
        "until": ("移出日至", {}),
        "returned_since": ("重新移入日自", {}),
        "returned_until": ("重新移入日至", {}),
        "text": ("主体或文号", {}),
    }
    return _said(asked, labels) + _places(asked.bureau, asked.entity, user)


REMOVALS = ExportKind(
    label="触线移出",
    verb="redline.export",
    unit="件",
    columns=REMOVAL_COLUMNS,
    rows=_removals,
    read=_read_removals,
    said=_said_of_removals,
    names=tuple(of_removals.Conditions.__dataclass_fields__),
    named="entity__name",
    back="desk:removal-list",
    of_today=True,
    example="报送本局触线移出和重新移入情况",
)
