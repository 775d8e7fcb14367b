"""The items of a draft: added, changed, moved, removed, checked, or taken from a workbook.

Each verb names the revision of the version that was seen, and counts one edit of it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from django.db.models import Max

from core.errors import Refused
from entities.actions.base import action
from redline.actions.list_base import CLAUSE, lock_to_edit, touch
from redline.items import Problem, names_of, read
from redline.models import ListItem, ListVersion
from redline.workbooks import FiledItem, Finding, read_workbook
from staff.models import User

MOST_ITEMS = 1000
WHY = "editing the items of a list that is locked"


class WrongItem(Refused):
    """An item cannot be kept as it was filled in; ``problems`` says for each field why."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(CLAUSE, "".join(problem.sentence for problem in problems))
        self.problems = list(problems)


class WrongWorkbook(Refused):
    """A workbook was not taken in, and the draft stands as it was; ``findings`` says all of why."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        blocking = sum(one.blocks for one in findings)
        super().__init__(CLAUSE, f"工作簿有{blocking}处须改正，没有读入，清单保持原样。")
        self.findings = list(findings)


@dataclass(frozen=True)
class Taken:
    """What a workbook brought; ``findings`` are what it says besides."""

    version: ListVersion
    new: int
    changed: int
    same: int
    removed: int
    findings: Sequence[Finding]


def _items(version: ListVersion) -> Any:
    return ListItem.objects.for_system(WHY).filter(version=version)


def _values(version: ListVersion, columns: Mapping[str, Any], own: ListItem | None) -> dict:
    """Return the columns of an item as they are kept. Raises WrongItem, TypeError."""
    unknown = columns.keys() - set(names_of(version.kind))
    if unknown:
        raise TypeError(f"An item of this list has no {sorted(unknown)}.")
    held = {name: getattr(own, name, "") for name in names_of(version.kind) if own}
    found = read(version.kind, {"code": "", "behaviour": ""} | held | dict(columns))
    problems = found.problems
    others = _items(version).exclude(pk=own.pk if own else None)
    if found.values.get("code") and others.filter(code=found.values["code"]).exists():
        said = f"编号{found.values['code']}在本清单中已有，请改用其他编号。"
        problems = [*problems, Problem("code", said)]
    if problems:
        raise WrongItem(problems)
    return found.values


@action
def add_item(
    version: ListVersion, *, revision: int, by: User, on: date, **columns: Any
) -> ListItem:
    """Add an item at the end of a draft. Raises WrongItem, with all that is wrong."""
    found = lock_to_edit(version, by, revision)
    values = _values(found, columns, None)
    last = _items(found).aggregate(last=Max("position"))["last"] or 0
    if last >= MOST_ITEMS:
        raise Refused(CLAUSE, f"一份清单最多{MOST_ITEMS}项，请合并或删减。")
    item = ListItem(version=found, position=last + 1, **values)
    item.save(force_insert=True)
    touch(found, by)
    return item


@action
def set_item(item: ListItem, *, revision: int, by: User, on: date, **columns: Any) -> ListItem:
    """Change columns of an item of a draft; whoever saves it has checked it."""
    found = lock_to_edit(item.version, by, revision)
    own = _own(found, item)
    values = _values(found, columns, own) | {"is_proposal": False}
    for name, value in values.items():
        setattr(own, name, value)
    own.save(update_fields=list(values))
    touch(found, by)
    return own


@action
def remove_item(item: ListItem, *, revision: int, by: User, on: date) -> ListVersion:
    """Take an item out of a draft."""
    found = lock_to_edit(item.version, by, revision)
    _own(found, item).delete()
    _renumber(found)
    return touch(found, by)


@action
def move_item(item: ListItem, to: int, *, revision: int, by: User, on: date) -> ListVersion:
    """Put an item of a draft at a place, from 1; a place behind the last is the last."""
    found = lock_to_edit(item.version, by, revision)
    own = _own(found, item)
    others = list(_items(found).exclude(pk=own.pk))
    others.insert(max(to, 1) - 1, own)
    _renumber(found, others)
    return touch(found, by)


@action
def check_items(
    version: ListVersion,
    *,
    revision: int,
    by: User,
    on: date,
    items: Collection[int] | None = None,
) -> ListVersion:
    """Say of items that came from a proposal that one has checked them; of all without ``items``.

    They are given by key. A list is submitted only when none is left unchecked.
    """
    found = lock_to_edit(version, by, revision)
    rows = _items(found).filter(is_proposal=True)
    if items is not None:
        rows = rows.filter(pk__in=list(items))
    if not rows.update(is_proposal=False):
        raise Refused(CLAUSE, "没有未核对的建议项，无须再标。")
    return touch(found, by)


def _own(version: ListVersion, item: ListItem) -> ListItem:
    found: ListItem | None = _items(version).filter(pk=item.pk).first()
    if found is None:
        raise Refused(CLAUSE, "该项已被删去，请刷新后查看。")
    return found


def _renumber(version: ListVersion, items: Sequence[ListItem] | None = None) -> None:
    ordered = list(_items(version)) if items is None else items
    changed = []
    for position, item in enumerate(ordered, 1):
        if item.position != position:
            item.position = position
            changed.append(item)
    _items(version).bulk_update(changed, ["position"])


@action
def take_list_workbook(
    version: ListVersion, path: Path, *, revision: int, by: User, on: date
) -> Taken:
    """Let the items of a workbook be the draft's; items are the same by their code.

    All or nothing: raises WrongWorkbook with every finding, and BadFile for what is no table.
    """
    found = lock_to_edit(version, by, revision)
    filed = read_workbook(path, found.kind)
    if any(one.blocks for one in filed.findings):
        raise WrongWorkbook(filed.findings)
    counted = _replace(found, filed.items)
    return Taken(touch(found, by), *counted, findings=filed.findings)


def _replace(version: ListVersion, filed: Sequence[FiledItem]) -> tuple[int, int, int, int]:
    """Write the items; return how many are new, changed, the same, removed."""
    held = {item.code: item for item in _items(version)}
    codes = {one.values["code"] for one in filed}
    gone = [item.pk for code, item in held.items() if code not in codes]
    _items(version).filter(pk__in=gone).delete()
    fresh: list[ListItem] = []
    changed: list[ListItem] = []
    same: list[ListItem] = []
    for position, one in enumerate(filed, 1):
        item = held.get(one.values["code"])
        if item is None:
            fresh.append(ListItem(version=version, position=position, **one.values))
            continue
        differs = any(getattr(item, name) != value for name, value in one.values.items())
        for name, value in one.values.items():
            setattr(item, name, value)
        item.position = position
        item.is_proposal = item.is_proposal and not differs
        (changed if differs else same).append(item)
    _items(version).bulk_create(fresh)
    names = [*names_of(version.kind), "position", "is_proposal"]
    _items(version).bulk_update([*changed, *same], names)
    return len(fresh), len(changed), len(same), len(gone)
