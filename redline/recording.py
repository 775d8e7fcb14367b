"""What a record of a violation may say: its columns, who found it, how it was dealt with."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils import timezone

from core.errors import Refused
from redline.choices import Handling, ViolationSource
from redline.models import Violation
from staff.models import Bureau, Unit, User
from staff.roles import Role

CLAUSE = "readings 10"
TEXTS = {
    "source_number": "来源文号或编号",
    "facts": "违法事实",
    "provision": "违反条款",
    "kind_code": "行为编号",
}
DAYS = {"acted_from": "行为开始日", "acted_until": "行为终了日", "found_on": "发现日"}
COLUMNS = ("source", *TEXTS, *DAYS)
"""What whoever records a violation says of it."""

LONGEST_FACTS = 4000  # characters
WITHOUT_NUMBER = (Handling.NONE, Handling.NO_PENALTY)


def checked(columns: Mapping[str, Any], on: date) -> dict[str, Any]:
    """Return the columns of a record as they are kept; refuse what no record may say."""
    if unknown := set(columns) - set(COLUMNS):
        raise TypeError(f"A violation says nothing of {', '.join(sorted(unknown))}.")
    said: dict[str, Any] = {"source": columns.get("source", "")}
    if said["source"] not in ViolationSource.values:
        raise Refused(CLAUSE, "请选择违法行为的来源。")
    for name, label in TEXTS.items():
        said[name] = (columns.get(name) or "").strip()
        field: Any = Violation._meta.get_field(name)
        longest = field.max_length or LONGEST_FACTS
        if len(said[name]) > longest:
            raise Refused(CLAUSE, f"{label}最多{longest}字，请删减。")
    if not said["facts"]:
        raise Refused(CLAUSE, "请填写违法事实。")
    said |= {name: columns.get(name) for name in DAYS}
    said["acted_until"] = said["acted_until"] or said["acted_from"]
    for name, label in DAYS.items():
        if said[name] is None:
            raise Refused(CLAUSE, f"请填写{label}。")
        if said[name] > on:
            raise Refused(CLAUSE, f"{label}{said[name]}晚于今天{on}，请改正。")
    if said["acted_until"] < said["acted_from"]:
        raise Refused(CLAUSE, "行为终了日不能早于开始日，请改正。")
    if said["found_on"] < said["acted_from"]:
        raise Refused(CLAUSE, "发现日不能早于行为开始日，请改正。")
    return said


def say_finder(violation: Violation, found_by: Bureau | Unit | None, by: User) -> None:
    """Say who found it and, where that is another than who deals with it, that it was passed on."""
    here = by.bureau_id == violation.bureau_id and by.role != Role.UNIT_OFFICER
    if found_by is not None and not here and not by.sees_city():
        raise Refused(CLAUSE, "只有办理单位和市局可以代为登记其他单位的发现，请由发现单位登记。")
    finder = found_by or _own_place(by)
    if isinstance(finder, Unit):
        violation.found_by_unit = finder
    else:
        violation.found_by_bureau = finder
    if violation.found_by_bureau_id == violation.bureau_id:
        if here:
            return
        raise Refused(CLAUSE, "办理单位自己的发现，请由该单位登记。")
    violation.passed_on_at = timezone.now()
    if here:
        violation.received_by, violation.received_at = by, violation.passed_on_at


def _own_place(by: User) -> Bureau | Unit:
    """Return the bureau or unit for which somebody finds things; of municipal staff the city's."""
    if by.unit is not None and by.role == Role.UNIT_OFFICER:
        return by.unit
    return by.bureau or Bureau.objects.get(kind=Bureau.Kind.CITY)


def handled(
    handling: str, number: str, handled_on: date | None, acted_from: date, on: date
) -> dict[str, Any]:
    """Return the columns of a handling; refuse one that lacks its paper or its day."""
    clause, said = "readings 8", number.strip()
    if handling not in Handling.values:
        raise Refused(clause, "请选择处理方式。")
    if handling == Handling.NONE:
        return {"handling": handling, "handling_number": "", "handled_on": None}
    if not said and handling not in WITHOUT_NUMBER:
        raise Refused(clause, "请填写处理文书号。")
    if len(said) > 100:
        raise Refused(clause, "处理文书号最多100字，请删减。")
    if handled_on is None:
        raise Refused(clause, "请填写处理日。")
    if handled_on > on:
        raise Refused(clause, f"处理日{handled_on}晚于今天{on}，请改正。")
    if handled_on < acted_from:
        raise Refused(clause, f"处理日{handled_on}早于行为开始日{acted_from}，请改正。")
    return {"handling": handling, "handling_number": said, "handled_on": handled_on}
