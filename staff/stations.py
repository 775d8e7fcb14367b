"""Loads which station looks after a street, and which bureau supervises a district or a street."""

from __future__ import annotations

from datetime import date
from typing import Any

from core.dated import Dated
from staff.models import Bureau, District, Jurisdiction, Station, StationStreet, Street
from staff.placements import FIRST_DAY
from staff.places import Places, places_on
from staff.tables import Bad, Outcome, Rows, day_of, parts

SOURCE = "基础表载入"
NO_BUREAU = ("没有这个市场监管局，", "请写局的代码、全称或简称。")
NO_DATE = ("日期无法识别，", "请写成2025-11-06的样子。")
NO_STREET = ("没有这个街道（镇、乡），", "请先载入街道表或核对代码。")
NO_PLACE = ("没有这个区县或街道，", "请先载入区县表、街道表或核对代码。")


def bureaus_by_name() -> dict[str, Bureau]:
    """Return the bureaus by code, full name and short name."""
    found = {}
    for row in Bureau.objects.all():
        found.update({row.code: row, row.name: row, row.short_name: row})
    return found


def streets_by_code() -> dict[str, Street]:
    """Return the streets by code and by former codes."""
    streets = list(Street.objects.all())
    former = {code: street for street in streets for code in street.former_codes}
    return former | {street.code: street for street in streets}


def load_stations(rows: Rows, on: date, by: Any = None) -> Outcome:
    """Load stations with the codes of their streets.

    A street that had no station has had this one always; one that changes its station does so on
    ``since``, or on ``on`` where the column is empty.
    """
    outcome = Outcome()
    bureaus, streets, places = bureaus_by_name(), streets_by_code(), places_on(on)
    present = {row.code: row for row in Station.objects.all()}
    counts = {"new": 0, "changed": 0, "same": 0}
    for line, row in rows:
        bureau = bureaus.get(row["bureau"])
        try:
            since = day_of(row.get("since", ""))
        except ValueError:
            outcome.bad.append(Bad(line, "since", row["since"], *NO_DATE))
            continue
        if bureau is None or not row["code"].isascii() or not row["name"]:
            outcome.bad.append(_bad_station(line, row, bureau))
            continue
        station, what = _station(present, row, bureau)
        counts[what] += 1
        for code in parts(row["streets"]):
            street = streets.get(code)
            if street is None or places.bureau_of(None, street.pk) != bureau.pk:
                outcome.bad.append(_bad_street(line, code, street, bureau, places))
                continue
            fresh = StationStreet(street=street, station=station)
            same = StationStreet.objects.for_system("loading stations").filter(street=street)
            outcome.moved |= hand_over(same, fresh, "station_id", since, on, by)
    outcome.count("市场监管所", counts["new"], counts["changed"], counts["same"])
    return outcome


def _station(
    present: dict[str, Station], row: dict[str, str], bureau: Bureau
) -> tuple[Station, str]:
    station = present.get(row["code"])
    if station is None:
        station = Station.objects.create(code=row["code"], name=row["name"], bureau=bureau)
        present[station.code] = station
        return station, "new"
    if (station.name, station.bureau_id) == (row["name"], bureau.pk):
        return station, "same"
    station.name, station.bureau = row["name"], bureau
    station.save()
    return station, "changed"


def _bad_station(line: int, row: dict[str, str], bureau: Bureau | None) -> Bad:
    if bureau is None:
        return Bad(line, "bureau", row["bureau"], *NO_BUREAU)
    if not row["name"]:
        return Bad(line, "name", "", "名称是空的，", "请补充监管所名称。")
    return Bad(line, "code", row["code"], "只能用字母、数字和短横，", "请改正代码。")


def _bad_street(line: int, code: str, street: Street | None, bureau: Bureau, places: Places) -> Bad:
    if street is None:
        return Bad(line, "street_codes", code, *NO_STREET)
    owner = Bureau.objects.filter(pk=places.bureau_of(None, street.pk) or 0).first()
    found = owner.short_name if owner else "没有登记管辖机关"
    problem = f"{street.name}今天的管辖机关是{found}，不是{bureau.short_name}，"
    return Bad(line, "street_codes", code, problem, "请核对所属局或先载入管辖表。")


def load_jurisdictions(rows: Rows, on: date, by: Any = None) -> Outcome:
    """Load which bureau supervises a district (6 digits) or a street (9 or 12), from a day.

    A street given to a bureau by itself is a functional area and goes before its district.
    """
    outcome, bureaus, streets = Outcome(), bureaus_by_name(), streets_by_code()
    districts = {row.code: row for row in District.objects.all()}
    changed = same = 0
    for line, row in rows:
        bureau, code = bureaus.get(row["bureau"]), row["place"]
        try:
            since = day_of(row["since"])
        except ValueError:
            outcome.bad.append(Bad(line, "since", row["since"], *NO_DATE))
            continue
        if bureau is None:
            outcome.bad.append(Bad(line, "bureau", row["bureau"], *NO_BUREAU))
            continue
        fresh = Jurisdiction(bureau=bureau, district=districts.get(code), street=streets.get(code))
        if fresh.district is None and fresh.street is None:
            outcome.bad.append(Bad(line, "place_code", code, *NO_PLACE))
            continue
        rows_of_place = Jurisdiction.objects.for_system("loading jurisdictions").filter(
            district=fresh.district, street=fresh.street
        )
        if hand_over(rows_of_place, fresh, "bureau_id", since, on, by):
            changed += 1
        else:
            same += 1
    outcome.moved = bool(changed)
    outcome.count("管辖区域", 0, changed, same)
    return outcome


def hand_over(rows: Any, fresh: Dated, holder: str, since: date | None, on: date, by: Any) -> bool:
    """Give a place to a new holder from a day on; return whether anything changed.

    ``rows`` are all rows of the place. Where nobody held it, the new holder has had it always.
    """
    last = rows.current().order_by("-since").first()
    if last is not None and last.until is None and getattr(last, holder) == getattr(fresh, holder):
        return False
    day = since or (on if last else FIRST_DAY)
    if last is not None:
        day = max(day, last.until or day, last.since)
        if last.until is None:
            last.close(day, by=by, source=SOURCE)
    fresh.since, fresh.recorded_by, fresh.source = day, by, SOURCE
    fresh.save()
    return True
