"""Exports of zones: the list, rosters, and a round in the annex's columns for filing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models import Count, QuerySet

from core import masking
from core.errors import Refused
from desk.exports.entities import CODE
from desk.exports.kinds import Column, ExportKind, Query
from desk.forms.zones import RosterFilter, ZoneFilter
from desk.newest import key_of
from desk.zones import lists, roster
from staff.models import User
from zones.choices import DeclarationKind, DeclarationStatus, Outcome
from zones.models import DeclaredEntity, DeclaredZone, RosterEntry, Round, Zone

FILED = (
    *(DeclarationStatus.SUBMITTED, DeclarationStatus.REVIEWING, DeclarationStatus.REVIEWED),
    *(DeclarationStatus.ACCEPTED, DeclarationStatus.RETURNED),
)
WRONG = "查询条件有误，请回到列表按红字提示改正后再导出。"
BUREAU = Column("监管机关", "今天监管该区域的市场监管局", 16, chosen=False)

ROUND_COLUMNS = {
    "bureau": Column("填报区县", "申报单位", 14),
    "position": Column("序号", "申报表中的序号", 6),
    "name": Column("申报名称", "申报区域的名称", 32),
    "zone_type": Column("所属类型", "园区、孵化园等；其他类型为原文", 16),
    "address": Column("注册登记地址", "区域的注册登记地址", 40),
    "count": Column("区域内经营主体数量（户）", "附表中的户数；不予批准的不计", 14),
    "contact_name": Column("联系人", "申报单位的联系人", 12, sensitive=True, mask=masking.name),
    "contact_phone": Column("联系电话", "联系电话", 18, sensitive=True, mask=masking.phone),
    "status": Column("状态", "申报的状态", 14, chosen=False),
}


def _round(query: Query, user: User) -> Round:
    key = key_of(query.data.get("round")) or 0
    found = Round.objects.visible_to(user).filter(pk=key).first()
    if found is None:
        raise Refused("5.2", "请先在区域总览中选择申报轮次，再导出本轮申报表。")
    return found


def _declared(query: Query, user: User) -> QuerySet:
    """What is approved, and what is filed and not decided yet; drafts are nobody's word."""
    rows = DeclaredZone.objects.visible_to(user).filter(
        declaration__round=_round(query, user),
        declaration__kind=DeclarationKind.NEW,
        declaration__status__in=(*FILED, DeclarationStatus.APPROVED),
    )
    rows = rows.exclude(outcome=Outcome.REFUSED)
    return rows.order_by("declaration__bureau_id", "declaration_id", "position", "pk")


def _read_declared(keys: Sequence[int], query: Query, user: User) -> Iterator[dict[str, Any]]:
    rows = _declared(query, user).filter(pk__in=list(keys)).select_related("declaration__bureau")
    lines = DeclaredEntity.objects.visible_to(user).filter(declared_zone__in=list(keys))
    kept = lines.exclude(outcome=Outcome.REFUSED).order_by().values_list("declared_zone")
    counts = dict(kept.annotate(n=Count("pk")))
    for row in rows:
        declaration = row.declaration
        yield {
            "bureau": declaration.bureau.short_name.removesuffix("局"),
            "position": row.position,
            "name": row.name,
            "zone_type": row.type_text or row.get_zone_type_display(),
            "address": row.address,
            "count": counts.get(row.pk, 0),
            "contact_name": declaration.contact_name,
            "contact_phone": declaration.contact_phone,
            "status": declaration.get_status_display(),
        }


ROUND = ExportKind(
    label="区域申报表",
    verb="zone.export",
    unit="个",
    columns=ROUND_COLUMNS,
    rows=_declared,
    read=_read_declared,
    said=lambda query, user: [("申报轮次", _round(query, user).name)],
    names=("round",),
    back="desk:zone-overview",
    of_today=True,
    example="汇总本轮申报情况备案，供企业处使用",
)

ROSTER_COLUMNS = {
    "zone": Column("区域", "沙盒区域的名称", 28),
    "number": Column("序号", "在该区域所导出名册中的序号", 6),
    "name": Column("名称", "名册上的名称", 36),
    "code": CODE,
    "since": Column("自", "列入名册的首日", 12),
    "until": Column("至", "不再在名册的首日，空为仍在册", 12),
    "bureau": BUREAU,
}


def _roster_form(query: Query, user: User) -> RosterFilter:
    form = RosterFilter(query.data, user, query.on)
    if not form.is_valid():
        raise Refused("", WRONG)
    return form


def _roster(query: Query, user: User) -> QuerySet:
    rows = roster.asked_for(_roster_form(query, user), user, query.moment)
    return rows.order_by("occupant__zone_id", "pk")


def _read_roster(keys: Sequence[int], query: Query, user: User) -> Iterator[dict[str, Any]]:
    """Yield rows numbered within their zone; of these zones only the first was begun before."""
    rows = RosterEntry.objects.visible_to(user).filter(pk__in=list(keys))
    places = ("occupant__zone__bureau", "entity")
    entries = list(rows.select_related(*places).order_by("occupant__zone_id", "pk"))
    zone, number = 0, 0
    for entry in entries:
        if entry.occupant.zone_id != zone:
            before = _roster(query, user).filter(
                occupant__zone=entry.occupant.zone_id, pk__lt=entry.pk
            )
            number = 0 if zone else before.count()
            zone = entry.occupant.zone_id
        number += 1
        yield {
            "zone": entry.occupant.zone.name,
            "number": number,
            "name": entry.occupant.name,
            "code": entry.entity.code,
            "since": entry.since,
            "until": entry.until,
            "bureau": entry.occupant.zone.bureau,
        }


ZONE_ROSTER = ExportKind(
    label="区域名册",
    verb="zone.export",
    unit="户",
    columns=ROSTER_COLUMNS,
    rows=_roster,
    read=_read_roster,
    said=lambda query, user: lists.said(_roster_form(query, user)),
    names=tuple(RosterFilter.base_fields),
    named="occupant__name",
    back="desk:roster-list",
    example="与园区管委会核对名册，供本局企业科使用",
)

ZONE_COLUMNS = {
    "name": Column("区域名称", "沙盒区域的名称", 32),
    "zone_type": Column("所属类型", "园区、孵化园等；其他类型为原文", 16),
    "bureau": Column("监管机关", "今天监管该区域的市场监管局", 16),
    "address": Column("注册登记地址", "区域的注册登记地址", 40),
    "since": Column("自", "成为沙盒区域的首日", 12),
    "until": Column("至", "终止日，空为仍有效", 12),
    "state": Column("状态", "今天是否有效", 12),
    "entities": Column("名册（户）", "今天在名册上的户数", 10),
    "notes": Column("待处理提示", "还没有处理的名册提示", 10),
    "proposals": Column("待确认建议", "还没有确认的名册建议", 10),
}


def _zone_form(query: Query, user: User) -> ZoneFilter:
    form = ZoneFilter(query.data, user, query.on)
    if not form.is_valid():
        raise Refused("", WRONG)
    return form


def _zones(query: Query, user: User) -> QuerySet[Zone]:
    return lists.asked_for(_zone_form(query, user), user, query.on).order_by("pk")


def _read_zones(keys: Sequence[int], query: Query, user: User) -> Iterator[dict[str, Any]]:
    for line in lists.lines_of(keys, user, query.on):
        zone = line.zone
        yield {
            "name": zone.name,
            "zone_type": zone.type_text or zone.get_zone_type_display(),
            "bureau": zone.bureau,
            "address": zone.address,
            "since": zone.since,
            "until": zone.until,
            "state": line.state,
            "entities": line.entities,
            "notes": line.notes,
            "proposals": line.proposals,
        }


ZONES = ExportKind(
    label="沙盒区域",
    verb="zone.export",
    unit="个",
    columns=ZONE_COLUMNS,
    rows=_zones,
    read=_read_zones,
    said=lambda query, user: lists.said(_zone_form(query, user)),
    names=tuple(ZoneFilter.base_fields),
    back="desk:zone-list",
    of_today=True,
    example="汇总全市沙盒区域情况，供企业处使用",
)
