"""Exports of orders to correct, of violations and of removals, as their lists show them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models import QuerySet

from core import masking
from desk.exports.entities import CODE, NAME, STATION
from desk.exports.kinds import Column, ExportKind, Query, Said
from desk.orders.conditions import TABS, Conditions, conditions_of, orders_asked
from desk.orders.lists import first_tab
from redline.choices import DeadlineForm, ItemGroup, OrderOrigin, OrderStatus, ServiceOutcome
from redline.deadlines import lights
from redline.models import Order, Service
from redline.queries import LIGHTS
from staff.models import Bureau, User

FACTS = Column("违法事实", "登记的违法事实", 60)
BUREAU = Column("办理单位", "办理该事项的市场监管局", 16)
ITEM = Column("触碰事项", "触碰的红线清单事项，空为一般违法", 40)
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
    asked = orders_asked(user, _conditions(query, user), query.on)
    # Conditions reach over several rows of an order; each order leaves once.
    return (
        Order.objects.visible_to(user).filter(pk__in=asked.order_by().values("pk")).order_by("pk")
    )


def _read_orders(keys: Sequence[int], query: Query, user: User) -> Iterator[dict[str, Any]]:
    rows = Order.objects.visible_to(user).filter(pk__in=list(keys)).order_by("pk")
    along = ("entity__station", "bureau", "number", "officer", "touch__item")
    found = list(rows.select_related(*along))
    shown = lights(found, query.on)
    services = Service.objects.visible_to(user).filter(
        order__in=found, outcome=ServiceOutcome.SERVED
    )
    served = {service.order_id: service for service in services}
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
    labels: dict[str, tuple[str, dict[str, Any]]] = {
        "tab": ("范围", dict(TABS)),
        "status": ("状态", {**dict(OrderStatus.choices), "open": "办理中", "closed": "已办结"}),
        "origin": ("来源", dict(OrderOrigin.choices)),
        "light": ("期限", LIGHTS),
        "group": ("触碰类别", dict(ItemGroup.choices)),
        "due": ("届满", {asked.due: f"{asked.due}天以内"}),
        "day": ("届满日", {}),
        "mended_since": ("改正确认日自", {}),
        "mended_until": ("改正确认日至", {}),
        "text": ("主体或文号", {}),
    }
    found = []
    for name, (label, words) in labels.items():
        value = getattr(asked, name)
        if value not in ("", None):
            found.append((label, str(words.get(value, value))))
    if asked.bureau:
        found.append(("监管机关", str(Bureau.objects.filter(pk=asked.bureau).first() or "不存在")))
    if asked.entity:
        rows = Order.objects.visible_to(user).filter(entity=asked.entity)
        found.append(("主体", rows.values_list("entity__name", flat=True).first() or "不存在"))
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
