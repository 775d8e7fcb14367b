"""The rounds with what has come of each: how many bureaus stand where."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count

from desk.declarations.lists import DECIDABLE
from staff.models import Bureau, User, in_office
from zones.choices import DeclarationStatus as Status
from zones.models import Declaration, Round

GROUPS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("drafted", "填报中", (Status.DRAFT, Status.ENTERED, Status.RETURNED)),
    ("reviewed", "区县局审核", (Status.SUBMITTED, Status.REVIEWING)),
    ("deciding", "市局办理", DECIDABLE),
    ("approved", "已批准", (Status.APPROVED,)),
    ("refused", "不予批准", (Status.REFUSED,)),
)


@dataclass(frozen=True)
class RoundLine:
    """A round. ``cells`` are its declarations by GROUPS; ``silent`` is how many bureaus have filed
    nothing, None where the viewer sees one bureau only.
    """

    round: Round
    cells: Sequence[int]
    silent: int | None
    days_left: int

    @property
    def is_open(self) -> bool:
        return self.days_left >= 0


def lines_of(viewer: User, today: date) -> list[RoundLine]:
    """Return every round with its declarations by state, in two statements and one of bureaus."""
    found: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    rows = Declaration.objects.visible_to(viewer).exclude(status=Status.VOID).order_by()
    pairs: Any = rows.values_list("round", "status").annotate(number=Count("pk"))
    for round_id, status, number in pairs:
        found[round_id][status] += number
    filed = dict(
        rows.exclude(status__in=(Status.DRAFT, Status.ENTERED))
        .values_list("round")
        .annotate(number=Count("bureau", distinct=True))
    )
    bureaus = _bureaus(today) if viewer.sees_city() else None
    return [
        RoundLine(
            round=one,
            cells=[sum(found[one.pk][status] for status in states) for _, _, states in GROUPS],
            silent=None if bureaus is None else max(bureaus - filed.get(one.pk, 0), 0),
            days_left=(one.deadline - today).days,
        )
        for one in Round.objects.visible_to(viewer)
    ]


def _bureaus(today: date) -> int:
    return Bureau.objects.exclude(kind=Bureau.Kind.CITY).filter(in_office(today)).count()
