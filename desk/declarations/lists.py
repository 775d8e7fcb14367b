"""The list of declarations: what its address asks for, and what stands on each line."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Max, QuerySet
from django.http import QueryDict
from django.utils import timezone

from desk.newest import key_of
from staff.models import Bureau, User
from zones.choices import DeclarationKind, DeclarationStatus
from zones.models import (
    Declaration,
    DeclarationStep,
    DeclaredEntity,
    DeclaredZone,
    Round,
)
from zones.queries import waiting_for

Status = DeclarationStatus
DECIDABLE = (Status.REVIEWED, Status.ACCEPTED)
ENDED = (Status.APPROVED, Status.REFUSED, Status.VOID)

WAITS_AT: dict[str, str] = {
    Status.ENTERED: "区县局确认",
    Status.SUBMITTED: "区县局负责人",
    Status.REVIEWED: "市局",
}
"""Where a declaration waits that nobody has taken yet."""


@dataclass(frozen=True)
class Conditions:
    """What the address asks for; anything it names that does not exist counts as not asked."""

    status: str = ""
    kind: str = ""
    bureau: int | None = None
    round: int | None = None
    mine: bool = False

    @property
    def any(self) -> bool:
        return bool(self.status or self.kind or self.bureau or self.round or self.mine)


@dataclass(frozen=True)
class Line:
    """A declaration on the list. ``days`` is how long it has stood where it stands."""

    declaration: Declaration
    zones: Sequence[str]
    entities: int
    handled_by: str
    days: int | None
    is_mine: bool


def conditions_of(query: QueryDict) -> Conditions:
    status, kind = query.get("status", ""), query.get("kind", "")
    return Conditions(
        status=status if status in Status.values else "",
        kind=kind if kind in DeclarationKind.values else "",
        bureau=key_of(query.get("bureau")),
        round=key_of(query.get("round")),
        mine=query.get("mine") == "1",
    )


def declarations(viewer: User, asked: Conditions) -> QuerySet[Declaration]:
    """Return the declarations that the viewer may see and the address asks for."""
    rows = _but_for_status(viewer, asked)
    return rows.filter(status=asked.status) if asked.status else rows


def _but_for_status(viewer: User, asked: Conditions) -> QuerySet[Declaration]:
    rows = Declaration.objects.visible_to(viewer)
    if asked.kind:
        rows = rows.filter(kind=asked.kind)
    if asked.bureau:
        rows = rows.filter(bureau=asked.bureau)
    if asked.round:
        rows = rows.filter(round=asked.round)
    return rows.filter(pk__in=waiting_for(viewer).values("pk")) if asked.mine else rows


def counts_by_status(viewer: User, asked: Conditions) -> list[tuple[str, str, int]]:
    """Return (status, label, number) of what the other conditions leave, empty states left out."""
    rows = _but_for_status(viewer, asked).order_by().values_list("status")
    found = dict(rows.annotate(number=Count("pk")))
    return [
        (one.value, str(one.label), found.get(one.value, 0))
        for one in Status
        if found.get(one.value) or one.value == asked.status
    ]


def count_mine(viewer: User) -> int:
    """Return how many declarations wait for this account."""
    return waiting_for(viewer).count()


def lines_of(found: Sequence[Declaration], viewer: User, today: date) -> list[Line]:
    """Return the lines of a page, in three statements for any number of declarations."""
    keys = [one.pk for one in found]
    zones = DeclaredZone.objects.visible_to(viewer).filter(declaration__in=keys)
    names: dict[int, list[str]] = defaultdict(list)
    for declaration, name in zones.values_list("declaration", "name"):
        names[declaration].append(name or "（未填名称）")
    entities = DeclaredEntity.objects.visible_to(viewer).order_by()
    rosters: Counter[int] = Counter(
        dict(
            entities.filter(declared_zone__declaration__in=keys)
            .values_list("declared_zone__declaration")
            .annotate(number=Count("pk"))
        )
    )
    moved = dict(
        DeclarationStep.objects.visible_to(viewer)
        .filter(declaration__in=keys)
        .order_by()
        .values_list("declaration")
        .annotate(last=Max("recorded_at"))
    )
    mine = set(waiting_for(viewer).filter(pk__in=keys).values_list("pk", flat=True))
    return [
        Line(
            declaration=one,
            zones=names[one.pk],
            entities=rosters[one.pk],
            handled_by=handled_by(one),
            days=None if one.status in ENDED else days_since(moved.get(one.pk), one, today),
            is_mine=one.pk in mine,
        )
        for one in found
    ]


def handled_by(declaration: Declaration) -> str:
    """Say with whom a declaration lies: whoever took it, else where it waits; empty when ended."""
    if declaration.status in ENDED:
        return ""
    if declaration.handler is not None:
        return declaration.handler.name
    if declaration.status in WAITS_AT:
        return WAITS_AT[declaration.status]
    return (declaration.submitted_by or declaration.filed_by).name


def days_since(moved: Any, declaration: Declaration, today: date) -> int:
    """Return how many days a declaration has stood where it stands."""
    return (today - timezone.localdate(moved or declaration.filed_at)).days


def bureaus_of(viewer: User) -> Iterable[Bureau]:
    """Return the bureaus that have declared, for the city's filter."""
    declared = Declaration.objects.visible_to(viewer).order_by().values("bureau")
    return Bureau.objects.filter(pk__in=declared)


def rounds_of(viewer: User) -> Iterable[Round]:
    return Round.objects.visible_to(viewer)
