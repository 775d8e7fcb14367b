"""Lists as they are read: which version applies on a day, what differs between two, who has one.

Approved versions and proposals are everybody's to read, so that these functions ask for no
viewer; where a draft shows they take one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from django.db.models import QuerySet

from redline.choices import ListKind, ListStatus, RemovalRule
from redline.items import FIELDS, ItemField, text_of
from redline.models import ListItem, ListVersion
from redline.workflow import LIST_STEPS, list_step_open, may_own, verb_for
from staff.models import Bureau, User, in_office
from staff.permissions import may

WHY = "approved lists and proposals are everybody's to read"
OPEN = (ListStatus.DRAFT, ListStatus.SUBMITTED)


def _approved(kind: str, bureau: Bureau | None) -> QuerySet[ListVersion]:
    rows = ListVersion.objects.for_system(WHY).select_related("bureau")
    return rows.filter(kind=kind, bureau=bureau, status=ListStatus.APPROVED)


def in_force(kind: str, bureau: Bureau | None, on: date) -> ListVersion | None:
    """Return the version of a list in force on a day; None before the first one.

    ``bureau`` None is the list of the city.
    """
    return _approved(kind, bureau).filter(since__lte=on).order_by("-since").first()


def coming(kind: str, bureau: Bureau | None, on: date) -> ListVersion | None:
    """Return the next version that is approved and begins after a day."""
    return _approved(kind, bureau).filter(since__gt=on).order_by("since").first()


def until_of(version: ListVersion) -> date | None:
    """Return the first day on which an approved version is no more in force; None where it lasts.

    It is the day on which the next version of the same list begins: no day is stored twice.
    """
    later = _approved(version.kind, version.bureau).filter(since__gt=version.since)
    return later.order_by("since").values_list("since", flat=True).first()


def proposal(kind: str) -> ListVersion | None:
    """Return the newest proposal that came with the product, from which a list can be drafted."""
    rows = ListVersion.objects.for_system(WHY).filter(kind=kind, status=ListStatus.PROPOSAL)
    return rows.order_by("-pk").first()


def baseline(kind: str, on: date) -> ListVersion | None:
    """Return what a bureau's list is held against: the city's in force, else the proposal."""
    return in_force(kind, None, on) or proposal(kind)


def items_of(*versions: ListVersion) -> dict[int, list[ListItem]]:
    """Return the items of versions that the caller may see, by version, each in its order."""
    rows = ListItem.objects.for_system("items of versions that the caller may see")
    found: dict[int, list[ListItem]] = defaultdict(list)
    for item in rows.filter(version__in=[one.pk for one in versions]):
        found[item.version_id].append(item)
    return found


def items_for(kind: str, bureau: Bureau | None, on: date) -> list[ListItem]:
    """Return the items that apply in a bureau on a day, in the order of their list.

    Of red lines the bureau's own alone (readings 10); of no-penalty and no-coercion also the
    city's, behind the bureau's. Each carries its version.
    """
    of_city = kind != ListKind.RED_LINE and bureau is not None
    places = [bureau, None] if of_city else [bureau]
    versions = [found for place in places if (found := in_force(kind, place, on))]
    items = items_of(*versions)
    for version in versions:
        for item in items[version.pk]:
            item.version = version
    return [item for version in versions for item in items[version.pk]]


class Difference(StrEnum):
    """How an item of one list stands to the other list."""

    SAME = "same"
    CHANGED = "changed"
    ONLY_ONE = "only_one"
    ONLY_OTHER = "only_other"


@dataclass(frozen=True)
class FieldDifference:
    """A field that differs, with what each side says."""

    field: ItemField
    one: str
    other: str


@dataclass(frozen=True)
class ItemDifference:
    """An item of one list beside the item of the other that is meant by it."""

    one: ListItem | None
    other: ListItem | None
    fields: Sequence[FieldDifference] = ()

    @property
    def sort(self) -> Difference:
        if self.other is None:
            return Difference.ONLY_ONE
        if self.one is None:
            return Difference.ONLY_OTHER
        return Difference.CHANGED if self.fields else Difference.SAME

    @property
    def item(self) -> ListItem:
        found = self.one or self.other
        assert found is not None
        return found

    @property
    def at_touch(self) -> bool:
        """Whether either side removes at touch, which 四(四) does not by itself (readings 12)."""
        sides = (self.one, self.other)
        return any(side is not None and side.removal == RemovalRule.AT_TOUCH for side in sides)


def compare(one: ListVersion | None, other: ListVersion | None) -> list[ItemDifference]:
    """Hold one version against another of the same kind, item by item and field by field.

    Items are matched by code, what is left by the same behaviour. The order is that of ``one``;
    what only ``other`` has follows. A side that is None has no items.
    """
    versions = [version for version in (one, other) if version is not None]
    items = items_of(*versions)
    return _compared(
        versions[0].kind if versions else "",
        items.get(one.pk, []) if one else [],
        items.get(other.pk, []) if other else [],
    )


def _compared(
    kind: str, ones: Sequence[ListItem], others: Sequence[ListItem]
) -> list[ItemDifference]:
    pairs = _pairs(ones, others)
    found = [
        ItemDifference(item, pairs.get(item.pk), _differing(kind, item, pairs.get(item.pk)))
        for item in ones
    ]
    taken = {item.pk for item in pairs.values()}
    return found + [ItemDifference(None, item) for item in others if item.pk not in taken]


def _pairs(ones: Sequence[ListItem], others: Sequence[ListItem]) -> dict[int, ListItem]:
    """Return for the items of one side the matching item of the other."""
    by_code = {item.code: item for item in others}
    pairs = {item.pk: by_code[item.code] for item in ones if item.code in by_code}
    left = {item.pk for item in others} - {item.pk for item in pairs.values()}
    by_words = {_words(item): item for item in reversed(others) if item.pk in left}
    for item in ones:
        if item.pk not in pairs and _words(item) in by_words:
            pairs[item.pk] = by_words.pop(_words(item))
    return pairs


def _words(item: ListItem) -> str:
    return "".join(str(item.behaviour).split()).rstrip("。；;.")


def _differing(kind: str, one: ListItem, other: ListItem | None) -> list[FieldDifference]:
    if other is None:
        return []
    sides = [(field, text_of(field, one), text_of(field, other)) for field in FIELDS[kind]]
    return [FieldDifference(field, ours, theirs) for field, ours, theirs in sides if ours != theirs]


@dataclass(frozen=True)
class OverviewLine:
    """The list of one bureau, or of the city (``bureau`` None), on a day; zeros where it has none.

    ``differences`` counts the items that differ from the baseline, ``at_touch`` those that remove
    at touch. ``draft`` is what is being drafted or waits for approval, where the viewer sees it.
    """

    bureau: Bureau | None
    in_force: ListVersion | None
    coming: ListVersion | None
    draft: ListVersion | None
    items: int = 0
    at_touch: int = 0
    differences: int = 0


def overview(kind: str, on: date, viewer: User | None = None) -> list[OverviewLine]:
    """Return a line for the city, then for every bureau in office, also without a list."""
    bureaus = Bureau.objects.exclude(kind=Bureau.Kind.CITY).filter(in_office(on))
    return _lines(kind, [None, *bureaus], on, viewer)


def former(kind: str, on: date) -> list[OverviewLine]:
    """Return the lines of bureaus that ended and had a list: it applies to acts of their time."""
    versions = ListVersion.objects.for_system(WHY).filter(kind=kind, status=ListStatus.APPROVED)
    had = Bureau.objects.filter(until__lte=on, pk__in=versions.values("bureau"))
    return _lines(kind, list(had), on, None)


def _lines(
    kind: str, bureaus: Sequence[Bureau | None], on: date, viewer: User | None
) -> list[OverviewLine]:
    """Return the lines in four statements for any number of bureaus."""
    now, later = _by_bureau(kind, on)
    drafts: Mapping[int | None, ListVersion] = {}
    if viewer is not None:
        rows = ListVersion.objects.visible_to(viewer).filter(kind=kind, status__in=OPEN)
        drafts = {row.bureau_id: row for row in rows}
    held = baseline(kind, on)
    items = items_of(*now.values(), *([held] if held else []))
    lines = []
    for bureau in bureaus:
        key = bureau.pk if bureau else None
        version = now.get(key)
        mine = items.get(version.pk, []) if version else []
        differs = 0
        if version and held and version.pk != held.pk:
            pairs = _compared(kind, mine, items.get(held.pk, []))
            differs = sum(pair.sort != Difference.SAME for pair in pairs)
        at_touch = sum(item.removal == RemovalRule.AT_TOUCH for item in mine)
        lines.append(
            OverviewLine(
                *(bureau, version, later.get(key), drafts.get(key)), len(mine), at_touch, differs
            )
        )
    return lines


def _by_bureau(
    kind: str, on: date
) -> tuple[dict[int | None, ListVersion], dict[int | None, ListVersion]]:
    """Return by bureau the version in force on a day, and the next one behind it."""
    rows = ListVersion.objects.for_system(WHY).filter(kind=kind, status=ListStatus.APPROVED)
    now: dict[int | None, ListVersion] = {}
    later: dict[int | None, ListVersion] = {}
    for row in rows.select_related("bureau").order_by("since"):
        if _since(row) <= on:
            now[row.bureau_id] = row
        else:
            later.setdefault(row.bureau_id, row)
    return now, later


def waiting_for(user: User) -> list[ListVersion]:
    """Return the versions that this account can decide on now, the oldest first."""
    approve = LIST_STEPS["approve"]
    if not (may(user, approve.verb) or may(user, f"{approve.verb}_city")):
        return []
    rows = ListVersion.objects.visible_to(user).filter(status=ListStatus.SUBMITTED)
    rows = rows.select_related("bureau").order_by("submitted_at")
    return [row for row in rows if list_step_open(row, approve, user)]


def may_edit(version: ListVersion, user: User) -> bool:
    """Return whether this account may change a version as it stands."""
    drafting = may(user, verb_for(version, LIST_STEPS["submit"]))
    return version.status == ListStatus.DRAFT and drafting and may_own(version, user)


@dataclass(frozen=True)
class Span:
    """A version of a list with the days on which it is in force, if it is approved."""

    version: ListVersion
    until: date | None


def history(kind: str, bureau: Bureau | None, viewer: User) -> list[Span]:
    """Return the versions of a list that a viewer may see, the newest first."""
    rows = ListVersion.objects.visible_to(viewer).filter(kind=kind, bureau=bureau)
    people = ("bureau", "drafted_by", "submitted_by", "approved_by", "based_on__bureau")
    versions = list(rows.select_related(*people).order_by("-number"))
    return [Span(one, _end(one, versions)) for one in versions]


def _end(version: ListVersion, versions: Iterable[ListVersion]) -> date | None:
    if version.status != ListStatus.APPROVED:
        return None
    approved = [_since(one) for one in versions if one.status == ListStatus.APPROVED]
    return min((day for day in approved if day > _since(version)), default=None)


def _since(version: ListVersion) -> date:
    """Return the first day of an approved version, which a constraint asks for."""
    assert version.since is not None
    return version.since
