"""The lists of the demonstration: the city's, each district's, one that waits and one draft."""

from __future__ import annotations

from datetime import date, timedelta

from redline.actions.list_items import check_items, remove_item, set_item
from redline.actions.lists import approve_list, begin_list, set_list_fields, submit_list
from redline.choices import ListKind, RemovalRule
from redline.demo.people import WHY, City, District
from redline.lists import in_force, proposal
from redline.models import ListItem, ListVersion
from staff.models import Bureau, User

IN_FORCE = 240
"""So many days before the day of the demonstration its lists came into force."""

AT_TOUCH = "RL-2-02"
WHY_AT_TOUCH = "依四（一）：使用非食品原料直接危害人身健康，已不具备留在沙盒内的前提。"
STRICTER, SHORTER, LEFT_OUT = "RL-6-01", 5, "RL-6-09"


def make_lists(city: City, districts: list[District], on: date) -> int:
    """Let the lists be drafted and approved by their people; return how many are in force."""
    first = on - timedelta(days=IN_FORCE)
    for kind in ListKind:
        _adopt(kind, None, city.officer, city.lead, first)
    for number, district in enumerate(districts):
        _adopt(
            *(ListKind.RED_LINE, district.bureau, district.officer, district.lead, first),
            edits=number,
        )
    _waiting(districts, city, on)
    return len(ListKind) + len(districts)


def _adopt(
    kind: str, bureau: Bureau | None, officer: User, lead: User, on: date, *, edits: int = 2
) -> None:
    """Draft a list from the city's or the proposal, and let the lead approve it from a day on."""
    source = in_force(kind, None, on) or proposal(kind)
    version = begin_list(kind, bureau, source=source, by=officer, on=on)
    if bureau is None:
        version = check_items(version, revision=version.revision, by=officer, on=on)
    elif edits < len(EDITS):
        version = EDITS[edits](version, officer, on)
    version = submit_list(version, revision=version.revision, by=officer, on=on)
    approve_list(
        version,
        revision=version.revision,
        since=on,
        document_number=_number(bureau, on, kind),
        opinion="同意。",
        by=lead,
        on=on,
    )


def _number(bureau: Bureau | None, on: date, kind: str) -> str:
    where = bureau.short_name.removesuffix("局") if bureau else "渝"
    return f"{where}市监发〔{on.year}〕{30 + list(ListKind).index(ListKind(kind))}号"


def _item(version: ListVersion, code: str) -> ListItem:
    rows = ListItem.objects.for_system(WHY).select_related("version")
    found: ListItem = rows.get(version=version, code=code)
    return found


def _removing_at_touch(version: ListVersion, by: User, on: date) -> ListVersion:
    """One item takes its entity out at the touch, which 四(四) does not by itself (readings 12)."""
    set_item(
        _item(version, AT_TOUCH),
        revision=version.revision,
        removal=RemovalRule.AT_TOUCH,
        removal_reason=WHY_AT_TOUCH,
        by=by,
        on=on,
    )
    version.refresh_from_db()
    return version


def _stricter(version: ListVersion, by: User, on: date) -> ListVersion:
    """A shorter deadline for one item, and one item less."""
    item = _item(version, STRICTER)
    set_item(item, revision=version.revision, days=SHORTER, by=by, on=on)
    version.refresh_from_db()
    return remove_item(_item(version, LEFT_OUT), revision=version.revision, by=by, on=on)


EDITS = (_removing_at_touch, _stricter)
"""What the first districts change in the city's list; the others take it as it is."""


def _waiting(districts: list[District], city: City, on: date) -> None:
    """A new version that waits for each lead, and one that is being drafted."""
    second, third = districts[1], districts[2]
    for bureau, officer in ((second.bureau, second.officer), (None, city.officer)):
        version = _renewed(bureau, officer, on)
        submit_list(version, revision=version.revision, by=officer, on=on)
    _renewed(third.bureau, third.officer, on)


def _renewed(bureau: Bureau | None, officer: User, on: date) -> ListVersion:
    source = in_force(ListKind.RED_LINE, bureau, on)
    version = begin_list(ListKind.RED_LINE, bureau, source=source, by=officer, on=on)
    return set_list_fields(
        version,
        revision=version.revision,
        since=on + timedelta(days=30),
        document_number=f"{_number(bureau, on, ListKind.RED_LINE)}（拟）",
        note="按半年执行情况修订。",
        by=officer,
        on=on,
    )
