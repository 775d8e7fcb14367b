"""Loads tables of districts, streets, changes of districts, stations and jurisdictions.

Everything may be loaded again without harm; rows that say something new are written, dated ones by
superseding what they replace. Bad rows are named and left out, good ones kept.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from django.db import transaction

from core.jobs import enqueue
from staff.models import Bureau, District, DistrictChange, Jurisdiction, Street
from staff.placements import Changes, Span, place_streets, replace_all, spans_on_record
from staff.stations import load_jurisdictions, load_stations
from staff.tables import Bad, Outcome, Rows, day_of

WHOLE = "*"
SOURCE = "基础表载入"


@transaction.atomic
def load(kind: str, rows: Rows, *, on: date, by: Any = None) -> Outcome:
    """Load the rows of a table known by its kind; ``on`` is today.

    Entities follow by a job where places moved.
    """
    outcome = LOADERS[kind](rows, on, by)
    if outcome.moved:
        enqueue("place_entities", "按新的区划和管辖重新归属经营主体", by=by)
    return outcome


def load_districts(rows: Rows, on: date, by: Any = None) -> Outcome:
    """Load districts; ``valid_to`` is the last day. Former names are added, never taken away."""
    outcome = Outcome()
    present = {row.code: row for row in District.objects.all()}
    old = {code: _facts(row) for code, row in present.items()}
    good: list[tuple[int, dict[str, str]]] = []
    for line, row in rows:
        bad = _read_district(line, row, present)
        if bad:
            outcome.bad.append(bad)
        else:
            good.append((line, row))
    for line, row in good:
        successor = row.get("successor")
        if successor and successor not in present:
            outcome.bad.append(
                Bad(line, "successor", successor, "没有这个区县，", "请先补充该区县。")
            )
        elif successor:
            present[row["code"]].successor = present[successor]
    changed = [found for code, found in present.items() if _facts(found) != old.get(code)]
    for district in changed:
        district.save()
    known = sum(district.code in old for district in changed)
    new = len(present) - len(old)
    outcome.count("区县", new, known, len(good) - new - known)
    return outcome


def _facts(row: District) -> tuple:
    names = tuple(row.former_names)
    return (row.name, row.short_name, names, row.since, row.until, row.successor_id)


def _read_district(line: int, row: dict[str, str], present: dict[str, District]) -> Bad | None:
    """Put a row into its district, saving a new one; return what is wrong with it."""
    code = row["code"]
    if not re.fullmatch(r"\d{6}", code):
        return Bad(line, "code", code, "不是6位区划代码，", "请核对后重新载入。")
    if not row["name"] or not row["short_name"]:
        return Bad(line, "name／short_name", row["name"], "名称或简称是空的，", "请补充。")
    try:
        since, last = day_of(row.get("valid_from", "")), day_of(row.get("valid_to", ""))
    except ValueError:
        value = f"{row.get('valid_from')}／{row.get('valid_to')}"
        return Bad(
            line, "valid_from／valid_to", value, "日期无法识别，", "请写成2025-11-06的样子。"
        )
    district = present.get(code) or District(code=code)
    district.name, district.short_name = row["name"], row["short_name"]
    names = [name for name in row.get("former_names", "").split("|") if name]
    district.former_names = list(dict.fromkeys([*district.former_names, *names]))
    district.since = since or district.since
    district.until = last + timedelta(days=1) if last else district.until
    if district.pk is None:
        district.save()
        present[code] = district
    return None


def load_changes(rows: Rows, on: date, by: Any = None) -> Outcome:
    """Load changes of districts and move streets and jurisdictions accordingly.

    A change of a whole district ends it: the district, and what its bureau supervised.
    """
    outcome = Outcome()
    districts = {row.code: row for row in District.objects.all()}
    present = {
        (row.effective_on, row.from_district_id, row.street_name): row
        for row in DistrictChange.objects.all()
    }
    new = changed = same = 0
    for line, row in rows:
        fields = _read_change(line, row, districts)
        if isinstance(fields, Bad):
            outcome.bad.append(fields)
            continue
        effective_on, origin, name, to = fields
        stored = present.get((effective_on, origin.pk, name))
        if stored is None:
            present[effective_on, origin.pk, name] = DistrictChange.objects.create(
                effective_on=effective_on, from_district=origin, street_name=name, to_district=to
            )
            new += 1
        elif stored.to_district_id != to.pk:
            stored.to_district = to
            stored.save()
            changed += 1
        else:
            same += 1
        if not name:
            outcome.moved |= _abolish(origin, to, effective_on, by)
    outcome.count("区划调整", new, changed, same)
    moved = replace_all(by=by, source=SOURCE) if new or changed else 0
    if moved:
        outcome.sentences.append(f"{moved:,}个街道（镇、乡）的所属区县按调整改写，原记录保留。")
        outcome.moved = True
    outcome.sentences += _without_bureau({key[0] for key in present})
    return outcome


def _read_change(
    line: int, row: dict[str, str], districts: dict[str, District]
) -> tuple[date, District, str, District] | Bad:
    try:
        effective_on = day_of(row["effective_on"])
    except ValueError:
        effective_on = None
    if effective_on is None:
        value = row["effective_on"]
        return Bad(line, "effective_on", value, "日期无法识别，", "请写成2025-11-06的样子。")
    for column in ("from_district", "to_district"):
        if row[column] not in districts:
            return Bad(line, column, row[column], "没有这个区县，", "请先载入区县表或核对代码。")
    if row["from_district"] == row["to_district"]:
        return Bad(line, "to_district", row["to_district"], "与原区县相同，", "请核对。")
    if not row["street"]:
        return Bad(line, "street", "", "是空的，", "整个区县请写*，否则写街道（镇、乡）名称。")
    name = "" if row["street"] == WHOLE else row["street"]
    return effective_on, districts[row["from_district"]], name, districts[row["to_district"]]


def _abolish(district: District, successor: District, on: date, by: Any) -> bool:
    """End a district that went elsewhere as a whole; return whether a jurisdiction ended by it."""
    if (district.until, district.successor_id) != (on, successor.pk):
        district.until, district.successor = on, successor
        district.save()
    open_rows = Jurisdiction.objects.for_system("ending what an abolished district had").current()
    ended = [row for row in open_rows.filter(district=district) if not row.until or row.until > on]
    for row in ended:
        row.close(on, by=by, source=SOURCE)
    return bool(ended)


def _without_bureau(days: set[date]) -> list[str]:
    """Name the districts that receive streets on a day and have no bureau then."""
    supervised = Jurisdiction.objects.for_system("looking for gaps in jurisdictions")
    sentences = []
    for day in sorted(days):
        has_bureau = supervised.in_force(day).filter(district__isnull=False)
        receiving = District.objects.filter(changes_to__effective_on=day).distinct()
        sentences += [
            f"{row.name}自{day}起没有管辖的市场监管局，请载入管辖表。"
            for row in receiving.exclude(pk__in=has_bureau.values("district"))
            if Bureau.objects.exists()
        ]
    return sentences


def load_streets(rows: Rows, on: date, by: Any = None) -> Outcome:
    """Load streets with their district, and place them on both sides of every change.

    A street that a table still lists under the district it left is the same street as the one
    listed where it went; its old code is kept as a former code.
    """
    outcome, changes = Outcome(), Changes()
    districts = dict(District.objects.values_list("code", "pk"))
    good = []
    for line, row in rows:
        bad = _check_street(line, row, districts)
        if bad:
            outcome.bad.append(bad)
        else:
            good.append((row["code"], row["name"], districts[row["district_code"]]))
    # Those listed where they lie today come first, so that their code becomes the street's code.
    good.sort(key=lambda item: changes.leaves(item[2], item[1]) is not None)
    record = {
        street: [Span(r.district_id, r.since, r.until) for r in found]
        for street, found in spans_on_record().items()
    }
    known, new, changed, same = _Streets(record), 0, 0, 0
    wanted: dict[int, list[Span]] = {}
    for code, name, district in good:
        spans = changes.history(name, district)
        is_todays = spans[-1].district == district
        street, what = known.take(code, name, spans[-1].district, is_todays)
        new, changed, same = new + (what == "new"), changed + (what == "old"), same + (not what)
        if street.pk not in wanted:
            wanted[street.pk] = changes.history(name, district, record.get(street.pk, ()))
    outcome.count("街道（镇、乡）", new, changed, same)
    moved = place_streets(wanted, by=by, source=SOURCE)
    outcome.moved = bool(moved)
    outcome.sentences.append(f"{moved:,}个街道（镇、乡）的所属区县有变动，原记录保留。")
    outcome.sentences += _doubtful(wanted, known.names())
    return outcome


def _check_street(line: int, row: dict[str, str], districts: dict[str, int]) -> Bad | None:
    if not re.fullmatch(r"\d{9}(\d{3})?", row["code"]):
        return Bad(line, "code", row["code"], "不是9位或12位街道代码，", "请核对后重新载入。")
    if not row["name"]:
        return Bad(line, "name", "", "名称是空的，", "请补充街道（镇、乡）名称。")
    if row["district_code"] not in districts:
        value = row["district_code"]
        return Bad(line, "district_code", value, "没有这个区县，", "请先载入区县表或核对代码。")
    return None


class _Streets:
    """The streets of the system by code, former code, and name within today's district."""

    def __init__(self, record: dict[int, list[Span]]) -> None:
        self.by_code: dict[str, Street] = {}
        self.by_place: dict[tuple[str, int], Street] = {}
        for street in Street.objects.all():
            for code in (street.code, *street.former_codes):
                self.by_code[code] = street
            if street.pk in record:
                self.by_place[street.name, record[street.pk][-1].district] = street

    def take(self, code: str, name: str, district: int, is_todays: bool) -> tuple[Street, str]:
        """Return the street of a row, and "new", "old" (its row changed) or "" (as it was).

        ``is_todays``: the row lists the street where it lies today, so its code is today's.
        """
        street = self.by_code.get(code) or self.by_place.get((name, district))
        if street is None:
            street = Street.objects.create(code=code, name=name)
            self.by_code[code] = self.by_place[name, district] = street
            return street, "new"
        if self.by_code.get(code) is street and street.name == name:
            return street, ""
        if self.by_code.get(code) is not street:
            former = street.code if is_todays else code
            street.former_codes = [*street.former_codes, former]
            street.code = code if is_todays else street.code
            self.by_code[code] = street
        street.name = name
        street.save()
        return street, "old"

    def names(self) -> dict[int, str]:
        return {street.pk: street.name for street in self.by_code.values()}


def _doubtful(wanted: dict[int, list[Span]], names: dict[int, str]) -> list[str]:
    """Say which streets came from nobody knows where, so that the city can say it."""
    unknown = [names[street] for street, spans in wanted.items() if spans[0].since.year > 2000]
    if not unknown:
        return []
    shown = "、".join(unknown[:10]) + ("等" if len(unknown) > 10 else "")
    return [
        f"{len(unknown)}个街道（镇、乡）在区划调整前属于哪个区县，调整表没有写明：{shown}。"
        "请在区划调整表中逐个列出后重新载入。"
    ]


LOADERS: dict[str, Callable[[Rows, date, Any], Outcome]] = {
    "districts": load_districts,
    "changes": load_changes,
    "streets": load_streets,
    "stations": load_stations,
    "jurisdictions": load_jurisdictions,
}
"""What loads each kind of table."""
