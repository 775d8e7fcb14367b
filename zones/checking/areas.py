"""The checks of the annex's lines: name, type, address, count and roster of each zone."""

from __future__ import annotations

import re

from entities.addresses import DISTRICT, HINT, NOWHERE
from entities.imports.places import address_index
from entities.names import folded
from staff.models import Bureau, Jurisdiction, StreetPlacement
from staff.places import Places
from zones.checking.register import names_taken
from zones.checking.reports import PILOT, ZONES, Report, at
from zones.checking.shapes import FiledZone
from zones.checking.slips import nearest_type
from zones.choices import ZoneType

LIST = "园区、孵化园、创业创新园、自贸片区、其他"
WHY = "checking a zone's address"


def check_areas(
    report: Report, *, bureau: Bureau | None, places: Places, declaration_id: int | None
) -> None:
    """Check every line of the annex."""
    _names(report, bureau, places, declaration_id)
    for number, zone in enumerate(report.filed.zones):
        _type(report, number, zone)
        _count(report, number, zone)
    _addresses(report, bureau, places)


def other_text(text: str) -> str:
    """Return what a type's text says beyond 其他."""
    return re.sub(r"^其[他它]|[\s()（）:：、,，]", "", text.strip())


def _names(
    report: Report, bureau: Bureau | None, places: Places, declaration_id: int | None
) -> None:
    taken = names_taken(bureau.pk, places.on, declaration_id) if bureau else set()
    seen: dict[str, FiledZone] = {}
    for number, zone in enumerate(report.filed.zones):
        place, name = at(zone, "name"), folded(zone.name)
        if not name:
            if not report.is_told(place):
                report.error(place, "zone.name_missing", "缺少申报名称，请填写。", zone=number)
            continue
        if name in seen:
            message = f"申报名称与第{seen[name].place.row}行相同，请改名或合并为一个区域。"
            report.error(place, "zone.name_twice", message, zone=number)
        elif name in taken:
            message = (
                f"本局已有名为“{zone.name}”的区域；扩大范围请用变更申报，另一区域请写明不同名称。"
            )
            report.error(place, "zone.name_taken", message, zone=number)
        seen.setdefault(name, zone)


def _type(report: Report, number: int, zone: FiledZone) -> None:
    place = at(zone, "zone_type")
    if zone.zone_type == ZoneType.OTHER:
        if not other_text(zone.type_text):
            message = "所属类型为“其他”的，请写明是什么，如：其他（商务楼宇）。"
            report.error(place, "zone.type_other", message, zone=number)
    elif not zone.zone_type and not zone.type_text:
        if not report.is_told(place):
            message = f"缺少所属类型，请在{LIST}中选填。"
            report.error(place, "zone.type_missing", message, zone=number)
    elif not zone.zone_type:
        near = nearest_type(zone.type_text)
        hint = f"是否为“{near}”？" if near else "都不是的请填“其他”并写明。"
        message = f"所属类型“{zone.type_text[:50]}”不在列表（{LIST}）内，{hint}"
        report.error(place, "zone.type_unknown", message, zone=number)


def _count(report: Report, number: int, zone: FiledZone) -> None:
    place, rows = at(zone, "declared_count"), len(zone.roster)
    if zone.declared_count is None:
        if not report.is_told(place):
            message = f"缺少经营主体数量，请填写（明细共{rows}行）。"
            report.error(place, "count.missing", message, zone=number)
    elif rows and zone.declared_count != rows:
        message = f"填报{zone.declared_count}户，明细共{rows}行，请核对后改为一致。"
        report.error(place, "count.differs", message, zone=number)
    if not rows:
        message = "没有经营主体明细，请附上名称和统一社会信用代码的附表，并注明“见附表n”。"
        report.error(place, "roster.missing", message, zone=number)
    if zone.total is not None and zone.total_place is not None and rows != zone.total:
        message = f"合计写的是{zone.total}户，明细共{rows}行，请核对后改为一致。"
        report.error(zone.total_place, "count.total_differs", message, zone=number)


def _addresses(report: Report, bureau: Bureau | None, places: Places) -> None:
    index = None
    for number, zone in enumerate(report.filed.zones):
        place = at(zone, "address")
        if not zone.address:
            if not report.is_told(place):
                message = "缺少注册登记地址，请填写到路名门牌。"
                report.error(place, "zone.address_missing", message, zone=number)
            continue
        if bureau is None:
            continue
        index = index or address_index(places)
        found = index.locate(zone.address)
        if found.how in (HINT, NOWHERE):
            continue
        lies_in = places.bureau_of(found.district_id, found.street_id)
        if lies_in in (None, bureau.pk):
            continue
        if found.how == DISTRICT and _has_street_in(bureau, found.district_id, places):
            continue  # a functional area's bureau: the address does not say which street
        other = Bureau.objects.get(pk=lies_in).short_name
        message = f"该地址由{other}管辖，不在{bureau.short_name}辖区内，请核对地址或说明情况。"
        report.warn(place, "zone.address_elsewhere", message, ZONES, asks=True, zone=number)


def _has_street_in(bureau: Bureau, district_id: int | None, places: Places) -> bool:
    streets = (
        Jurisdiction.objects.for_system(WHY)
        .in_force(places.on)
        .filter(bureau=bureau, street__isnull=False)
        .values_list("street_id", flat=True)
    )
    placed = StreetPlacement.objects.for_system(WHY).in_force(places.on)
    return placed.filter(street_id__in=list(streets), district_id=district_id).exists()


def check_number(report: Report, most: int, *, is_first: bool) -> None:
    """Ask for at least one zone, and in a bureau's first filing for no more than the limit."""
    zones = report.filed.zones
    if not zones:
        place = report.filed.places.get("bureau")
        if place is not None and not any(one.code == "form.missing" for one in report.findings):
            message = "申报表中没有区域，请至少填写一个。"
            report.error(place, "zone.none", message, PILOT)
    elif is_first and len(zones) > most:
        message = (
            f"首次申报以{most}个区域为限，本表填了{len(zones)}个；"
            f"请保留最先试点的{most}个，其余下次再报。"
        )
        report.error(at(zones[most], "name"), "zone.too_many", message, PILOT, zone=most)
