"""Exports of entities: the list as on the screen, and the lists of what waits for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from django.db.models import QuerySet

from core import masking
from core.errors import Refused
from desk.conditions import asked_for
from desk.exports.kinds import Column, ExportKind, Query, Said
from desk.filters import EntityFilter, chips_of
from desk.findings import watched_rows
from desk.rows import Row, rows_of
from entities.choices import Status, Verdict
from entities.models import Entity
from entities.search import Way
from membership.models import GroundName
from membership.queries import ground_label, watched
from staff.models import User

CODE = Column("统一社会信用代码", "统一社会信用代码或注册号，文本格式", 22, code=True)
NAME = Column("名称", "登记名称", 36)
DISTRICT = Column("区县", "住所所在区县，为现状", 12)
STATION = Column("监管所", "属地市场监管所，为现状", 20)

COLUMNS = {
    "code": CODE,
    "name": NAME,
    "kind": Column("类型", "经营主体类型", 14),
    "status": Column("登记状态", "查看日期当日的登记状态", 10),
    "letter": Column("信用风险分类", "查看日期当日有效的分类（A至D），空为未分类", 12),
    "month": Column("分类月份", "该分类所属文件的月份", 10),
    "grounds": Column(
        "纳入情形", "查看日期当日的沙盒纳入情形，区域类附区域名称，空为不在沙盒内", 24
    ),
    "since": Column("纳入自", "各纳入情形的起始日，几个区域取最早一个", 24),
    "watch": Column("待核实与关注", "列入待核实或重点关注", 16),
    "novelties": Column("“四新”", "“四新”标识的类别", 18),
    "domains": Column("安全领域", "涉及或待核实的安全领域", 22),
    "industry": Column("行业代码", "国民经济行业分类代码", 10, code=True),
    "established_on": Column("成立日期", "登记的成立日期", 12),
    "district": DISTRICT,
    "street": Column("街道（镇、乡）", "住所所在街道，为现状", 16),
    "bureau": Column("监管机关", "属地市场监管局，为现状", 16),
    "station": STATION,
    "address": Column("住所", "登记的住所（经营场所）", 40),
    "representative": Column("负责人", "法定代表人、负责人或经营者", 12, chosen=False),
    "contact_name": Column(
        "联系人", "联系人姓名", 12, sensitive=True, mask=masking.name, chosen=False
    ),
    "contact_phone": Column(
        "联系电话", "联系电话", 18, sensitive=True, mask=masking.phone, chosen=False
    ),
    "service_address": Column("送达地址", "送达地址", 36, sensitive=True, chosen=False),
}


def _form(query: Query, user: User) -> EntityFilter:
    form = EntityFilter(query.data, user, query.on)
    if not form.is_valid():
        raise Refused("", "查询条件有误，请回到列表按红字提示改正后再导出。")
    return form


def _rows(query: Query, user: User) -> QuerySet:
    entities, asked = asked_for(_form(query, user), user, query.moment)
    if asked.way == Way.MORE:
        raise Refused("", asked.message)
    return entities.order_by("pk")


def _said(query: Query, user: User) -> Said:
    return [(chip.label, chip.value) for chip in chips_of(_form(query, user), query.data, "")]


def _read(keys: Sequence[int], query: Query, user: User) -> Iterator[dict[str, Any]]:
    for row in rows_of(list(keys), user, query.moment):
        yield _facts(row) | _register(row.entity)


def _facts(row: Row) -> dict[str, Any]:
    waits = (("待核实", row.is_undecided), ("重点关注", row.is_review))
    then: Any = row.entity  # as annotated by desk.rows
    return {
        "status": Status(row.status).label if row.status else "无记录",
        "letter": row.letter,
        "month": f"{then.month_then:%Y-%m}" if then.month_then else "",
        "grounds": "、".join(
            ground_label(ground, then.zones_then if ground == GroundName.ZONE else None)
            for ground in row.grounds
        ),
        "since": "、".join(str(getattr(then, f"{ground}_since")) for ground in row.grounds),
        "watch": "、".join(label for label, does in waits if does),
        "novelties": "、".join(row.novelties) + ("（区县建议）" if row.only_proposed else ""),
        "domains": "、".join(
            f"{label}（待核实）" if verdict == Verdict.PENDING else label
            for label, verdict in row.domains
        ),
    }


def _register(entity: Entity) -> dict[str, Any]:
    return {
        "code": entity.code,
        "name": entity.name,
        "kind": entity.get_kind_display(),
        "industry": entity.industry,
        "established_on": entity.established_on,
        "district": entity.district,
        "street": entity.street,
        "bureau": entity.bureau,
        "station": entity.station,
        "address": entity.address,
        "representative": entity.representative,
        "contact_name": entity.contact_name,
        "contact_phone": entity.contact_phone,
        "service_address": entity.service_address,
    }


ENTITIES = ExportKind(
    label="主体列表",
    verb="entity.export",
    unit="户",
    columns=COLUMNS,
    rows=_rows,
    read=_read,
    said=_said,
    names=tuple(EntityFilter.base_fields),
)


WATCHED_COLUMNS = {
    "code": CODE,
    "name": NAME,
    "findings": Column("说明", "列入的规则按现有事实给出的说明", 70),
    "district": DISTRICT,
    "bureau": COLUMNS["bureau"],
    "station": STATION,
}


def _watched(query: Query, user: User, column: str) -> QuerySet:
    entities = Entity.objects.visible_to(user)
    return entities.filter(watched(query.on, column)).order_by("pk")


def _read_watched(
    keys: Sequence[int], query: Query, user: User, column: str
) -> Iterator[dict[str, Any]]:
    for row in watched_rows(keys, column, user, query.on):
        entity = row.entity
        yield {
            "code": entity.code,
            "name": entity.name,
            "findings": "；".join(finding.sentence for finding in row.findings),
            "district": entity.district,
            "bureau": entity.bureau,
            "station": entity.station,
        }


def watched_kind(label: str, column: str, back: str) -> ExportKind:
    """Return the kind of a list of what waits for people; ``column`` is that of the watch."""
    return ExportKind(
        label=label,
        verb="entity.export",
        unit="户",
        columns=WATCHED_COLUMNS,
        rows=partial(_watched, column=column),
        read=partial(_read_watched, column=column),
        said=lambda query, user: [("清单", label)],
        back=back,
        of_today=True,
    )
