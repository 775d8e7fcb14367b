"""How the papers put days, deadlines and the party into words."""

from __future__ import annotations

from datetime import date

from entities.choices import Kind
from entities.models import Entity
from redline.choices import DayKind, DeadlineForm
from redline.models import Order
from staff.models import Bureau, Jurisdiction

NO_DAY = "　　　　年　　月　　日"
NONE = "无"
COURT = "有管辖权的人民法院"
CITY_GOVERNMENT = "重庆市人民政府"

_HEADS = {
    Kind.HOUSEHOLD: "经营者",
    Kind.BRANCH: "负责人",
    Kind.COOPERATIVE_BRANCH: "负责人",
    Kind.SOLE_PROPRIETORSHIP: "投资人",
    Kind.PARTNERSHIP: "执行事务合伙人",
    Kind.FOREIGN_OFFICE: "首席代表",
    Kind.OTHER: "负责人",
}
_WORKING = "{days}个工作日内（期间开始之日、节假日不计算在内）"
_CALENDAR = (
    "{days}日内（按日历日计算，期间开始之日不计算在内，期间最后一日为节假日的，"
    "以节假日后的第一个工作日为期间届满之日）"
)


def day_said(day: date | None, none: str = NONE) -> str:
    """Write a day as official papers do, without leading zeros."""
    return f"{day.year}年{day.month}月{day.day}日" if day else none


def deadline_said(order: Order) -> str:
    """Write the deadline of an order in its form, with the kind of its days (readings 13)."""
    if order.form == DeadlineForm.FIXED:
        return f"{day_said(order.fixed_on)}前（含当日）"
    return f"自收到本通知书之日起{days_said(order.days or 0, order.day_kind)}"


def days_said(days: int, kind: str) -> str:
    """Write a number of days with how they are counted (民事诉讼法第85条, 行政处罚法第85条)."""
    return (_WORKING if kind == DayKind.WORKING else _CALENDAR).format(days=days)


def party_said(entity: Entity) -> dict[str, str]:
    """Return what the register says of the party (readings 20)."""
    household = entity.kind == Kind.HOUSEHOLD
    trade_name = entity.trade_name if entity.trade_name != entity.name else ""
    return {
        "当事人": entity.name,
        "统一社会信用代码": entity.code,
        "字号": trade_name if household else "",
        "负责人称谓": _HEADS.get(Kind(entity.kind), "法定代表人"),
        "负责人姓名": entity.representative or NONE,
        "住所称谓": "经营场所" if household else "住所",
        "住所": entity.address or NONE,
    }


def review_organ_of(bureau: Bureau, on: date) -> str:
    """Return where an order of the bureau is contested (行政复议法第24条).

    What the table of bureaus says; else the government of its one district, and of a bureau that
    is no district's the city's.
    """
    if bureau.review_organ:
        return bureau.review_organ
    if bureau.kind != Bureau.Kind.DISTRICT:
        return CITY_GOVERNMENT
    rows = Jurisdiction.objects.for_system("naming the government of a bureau's district")
    mine = rows.in_force(on).filter(bureau=bureau).exclude(district=None)
    names = list(mine.values_list("district__name", flat=True)[:2])
    return f"重庆市{names[0]}人民政府" if len(names) == 1 else "本级人民政府"


def court_of(bureau: Bureau) -> str:
    """Return the court that the table of bureaus names, or that there is one in charge."""
    return bureau.court or COURT
