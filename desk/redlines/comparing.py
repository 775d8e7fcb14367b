"""Two lists side by side: what the address asks for, and the lines of the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from django.http import QueryDict

from desk.newest import key_of
from desk.redlines.shown import owner_said, state_of, title_of
from redline.choices import ItemGroup, ListKind, ListStatus
from redline.lists import Difference, ItemDifference, baseline, compare, in_force
from redline.models import ListVersion
from staff.models import User

SORTS = {
    Difference.SAME: ("相同", "secondary"),
    Difference.CHANGED: ("不同", "warning"),
    Difference.ONLY_ONE: ("只有左列", "primary"),
    Difference.ONLY_OTHER: ("只有右列", "danger"),
}


@dataclass(frozen=True)
class Asked:
    """What the address asks for; what it names that does not exist counts as not asked."""

    kind: str
    one: ListVersion | None
    other: ListVersion | None
    only: bool = True
    group: str = ""
    at_touch: bool = False
    own: ListVersion | None = None


@dataclass(frozen=True)
class Line:
    """A pair of items with the word and colour of how they stand to each other."""

    pair: ItemDifference
    word: str
    color: str


@dataclass(frozen=True)
class Comparison:
    """The lines that are asked for, and how many there are of each sort before the filters."""

    lines: Sequence[Line]
    counts: Sequence[tuple[str, str, int]]
    at_touch: int
    total: int
    groups: Sequence[tuple[str, str]] = field(default_factory=list)


def kind_of(query: QueryDict) -> str:
    """Return the kind of list that an address names; red lines where it names none."""
    asked = query.get("kind", "")
    return asked if asked in ListKind.values else str(ListKind.RED_LINE.value)


def asked_of(query: QueryDict, viewer: User, on: date) -> Asked:
    """Read the address; without versions it is one's own list against the baseline."""
    kind = kind_of(query)
    rows = ListVersion.objects.visible_to(viewer).select_related("bureau")
    keys = {name: key_of(query.get(name)) for name in ("one", "other")}
    found = {name: rows.filter(pk=key, kind=kind).first() for name, key in keys.items() if key}
    own = in_force(kind, viewer.bureau, on) if viewer.bureau_id and not viewer.sees_city() else None
    group = query.get("group", "")
    return Asked(
        kind=kind,
        one=found.get("one") or own,
        other=found.get("other") or baseline(kind, on),
        only=query.get("all") != "1",
        group=group if group in ItemGroup.values else "",
        at_touch=query.get("touch") == "1",
        own=own,
    )


def comparison_of(asked: Asked) -> Comparison:
    pairs = compare(asked.one, asked.other)
    counts = [
        (word, color, sum(pair.sort == sort for pair in pairs))
        for sort, (word, color) in SORTS.items()
    ]
    present = {pair.item.group for pair in pairs}
    return Comparison(
        lines=[Line(pair, *SORTS[pair.sort]) for pair in pairs if _is_asked(pair, asked)],
        counts=counts,
        at_touch=sum(pair.at_touch for pair in pairs),
        total=len(pairs),
        groups=[(value, label) for value, label in ItemGroup.choices if value in present],
    )


def _is_asked(pair: ItemDifference, asked: Asked) -> bool:
    if asked.only and pair.sort == Difference.SAME:
        return False
    if asked.at_touch and not pair.at_touch:
        return False
    return not asked.group or pair.item.group == asked.group


Choices = list[tuple[str, list[tuple[int, str]]]]


def choices_of(kind: str, viewer: User, on: date) -> Choices:
    """Return the versions that a viewer can choose from, by whose they are."""
    rows = ListVersion.objects.visible_to(viewer).filter(kind=kind).select_related("bureau")
    found: dict[str, list[tuple[int, str]]] = {"市局": []}
    for version in rows.exclude(status=ListStatus.VOID).order_by("bureau", "-number"):
        word, _ = state_of(version, on)
        owner = owner_said(version)
        label = title_of(version) if word in title_of(version) else f"{title_of(version)}（{word}）"
        found.setdefault(owner, []).append((version.pk, label))
    return [(owner, versions) for owner, versions in found.items() if versions]
