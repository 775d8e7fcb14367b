"""Figures of zones: of one over time, of the bureaus, and of the city; each set in few queries.

Who is in the sandbox is ``membership``'s and is counted by ``desk``.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Q, QuerySet

from core.dated import in_force
from core.sections import as_known
from entities.models import RISK_SCHEME, CreditClass
from staff.models import Bureau, User, in_office
from zones.choices import DeclarationStatus, LiaisonKind, NoteKind
from zones.models import (
    Declaration,
    LiaisonEntry,
    LiaisonTask,
    RosterEntry,
    Round,
    Zone,
    ZoneBureau,
    ZoneNote,
)

WHY = "figures of zones"
UNCLASSED = ""
"""The letter of an entity in no class file (readings 1)."""

NOT_FILED = "not_filed"
STAGES = (
    *(NOT_FILED, DeclarationStatus.REFUSED, DeclarationStatus.DRAFT, DeclarationStatus.ENTERED),
    *(DeclarationStatus.RETURNED, DeclarationStatus.SUBMITTED, DeclarationStatus.REVIEWING),
    *(DeclarationStatus.REVIEWED, DeclarationStatus.ACCEPTED, DeclarationStatus.APPROVED),
)
"""How far a bureau is in a round, in order; of several declarations the furthest counts."""


@dataclass(frozen=True)
class MonthFigures:
    """A month of a zone: entities that came and left, and how many stood there at its end."""

    month: date
    came: int
    left: int
    at_end: int


@dataclass(frozen=True)
class ZoneFigures:
    """A zone on a day: its entities, those by class letter, and what is told of it.

    ``letters`` maps A to D, and "" for no class, to a number; ``notes`` and ``liaison`` map a kind
    to all until the day, ``open_notes`` and ``open_tasks`` count what waits.
    """

    entities: int
    letters: Mapping[str, int]
    months: list[MonthFigures]
    notes: Mapping[str, int]
    open_notes: int
    liaison: Mapping[str, int]
    open_tasks: int


@dataclass
class BureauFigures:
    """A bureau's zones on a day. ``entities`` counts each once, however many zones it is in.

    ``declarations`` maps a status to a number; ``stage`` is one of STAGES for the round asked for.
    """

    bureau: Bureau
    zones: list[Zone] = field(default_factory=list)
    entities: int = 0
    declarations: Mapping[str, int] = field(default_factory=dict)
    stage: str = NOT_FILED


@dataclass(frozen=True)
class CityFigures:
    """The whole of what a viewer sees, and every bureau of the day, those without a zone too."""

    zones: int
    entities: int
    declarations: Mapping[str, int]
    stages: Mapping[str, int]
    bureaus: list[BureauFigures]


def stage_label(stage: str) -> str:
    """Name a stage of a round in the staff's words."""
    return "未申报" if stage == NOT_FILED else DeclarationStatus(stage).label


def zone_figures(
    zone: Zone, on: date, known: datetime | None = None, months: int = 12
) -> ZoneFigures:
    """Return the figures of a zone that the viewer may see, as of a day and an instant."""
    entries = list(
        RosterEntry.objects.for_system(WHY)
        .filter(as_known(known), occupant__zone=zone, since__lte=on)
        .values_list("since", "until")
    )
    notes = ZoneNote.objects.for_system(WHY).filter(zone=zone, raised_on__lte=on)
    tasks = LiaisonTask.objects.for_system(WHY).filter(entry__zone=zone, status="open")
    log = LiaisonEntry.objects.for_system(WHY).filter(zone=zone, day__lte=on)
    return ZoneFigures(
        entities=_standing(entries, on),
        letters=_letters(zone, on, known),
        months=[_month(entries, first, on) for first in _months(zone, on, months)],
        notes=_by(notes, "kind", NoteKind),
        open_notes=notes.filter(settled_at=None).count(),
        liaison=_by(log, "kind", LiaisonKind),
        open_tasks=tasks.count(),
    )


def _by(rows: QuerySet, column: str, choices: Iterable[str]) -> dict[str, int]:
    found = dict(rows.order_by().values_list(column).annotate(n=Count("pk")))
    return {str(choice): found.get(choice, 0) for choice in choices}


def _letters(zone: Zone, on: date, known: datetime | None) -> dict[str, int]:
    there = RosterEntry.objects.in_force(on, known).filter(occupant__zone=zone)
    classes = CreditClass.objects.for_system(WHY).filter(
        in_force(on, known), scheme=RISK_SCHEME, entity__in=there.values("entity_id")
    )
    found = dict(classes.order_by().values_list("letter").annotate(n=Count("pk")))
    total = there.for_system(WHY).count()
    letters = {letter: found.get(letter, 0) for letter in "ABCD"}
    return letters | {UNCLASSED: total - sum(letters.values())}


def _standing(entries: list[tuple[date, date | None]], on: date) -> int:
    return sum(since <= on and (until is None or until > on) for since, until in entries)


def _months(zone: Zone, on: date, months: int) -> list[date]:
    """Return the first days of so many months up to ``on``, none before the zone began."""
    found: list[date] = []
    month = on.replace(day=1)
    while len(found) < months and month >= zone.since.replace(day=1):
        found.append(month)
        month = date(month.year - (month.month == 1), (month.month - 2) % 12 + 1, 1)
    return found[::-1]


def _month(entries: list[tuple[date, date | None]], first: date, on: date) -> MonthFigures:
    after = date(first.year + (first.month == 12), first.month % 12 + 1, 1)
    last = min(on, date.fromordinal(after.toordinal() - 1))
    return MonthFigures(
        month=first,
        came=sum(first <= since <= last for since, _ in entries),
        left=sum(until is not None and first <= until <= last for _, until in entries),
        at_end=_standing(entries, last),
    )


def city_figures(viewer: User, on: date, round: Round | None = None) -> CityFigures:
    """Return the figures of every bureau in office that this person sees, and their sums.

    ``stage`` and ``stages`` are of ``round``; without one every bureau counts as not filed.
    """
    lines = {row.pk: BureauFigures(row) for row in _bureaus(viewer, on)}
    for held in _held(viewer, on):
        if held.bureau_id in lines:
            lines[held.bureau_id].zones.append(held.zone)
    entities, of_bureau = _entities(viewer, on)
    by_status = _declarations(viewer)
    stages = _stages(viewer, round)
    for key, line in lines.items():
        line.entities = of_bureau.get(key, 0)
        line.declarations = by_status.get(key, {})
        line.stage = stages.get(key, NOT_FILED)
    return CityFigures(
        zones=sum(len(line.zones) for line in lines.values()),
        entities=entities,
        declarations=_sum(by_status.values()),
        stages={s: sum(line.stage == s for line in lines.values()) for s in STAGES},
        bureaus=list(lines.values()),
    )


def _bureaus(viewer: User, on: date) -> list[Bureau]:
    rows = Bureau.objects.filter(in_office(on)).exclude(kind=Bureau.Kind.CITY).order_by("pk")
    if viewer.role and not viewer.sees_city() and viewer.bureau_id:
        rows = rows.filter(pk=viewer.bureau_id)
    return list(rows)


def _held(viewer: User, on: date) -> QuerySet[ZoneBureau]:
    lasting = Q(zone__until=None) | Q(zone__until__gt=on)
    rows = ZoneBureau.objects.visible_to(viewer).filter(in_force(on), lasting)
    return rows.select_related("zone").order_by("zone_id")


def _entities(viewer: User, on: date) -> tuple[int, dict[int, int]]:
    """Return how many entities stand on rosters, each once: in all, and by bureau of the zone."""
    rows = RosterEntry.objects.visible_to(viewer).filter(in_force(on))
    total = rows.aggregate(n=Count("entity", distinct=True))["n"]
    held = rows.filter(in_force(on, prefix="occupant__zone__bureaus__"))
    by_bureau = held.order_by().values_list("occupant__zone__bureaus__bureau")
    return total, dict(by_bureau.annotate(n=Count("entity", distinct=True)))


def _declarations(viewer: User) -> dict[int, dict[str, int]]:
    rows = Declaration.objects.visible_to(viewer).order_by().values_list("bureau", "status")
    found: dict[int, dict[str, int]] = defaultdict(dict)
    for bureau, status, number in rows.annotate(n=Count("pk")):
        found[bureau][status] = number
    return found


def _sum(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for one in counts:
        total.update(one)
    return {str(status): total.get(status, 0) for status in DeclarationStatus}


def _stages(viewer: User, round: Round | None) -> dict[int, str]:
    if round is None:
        return {}
    rows: Any = Declaration.objects.visible_to(viewer).filter(round=round)
    rank = {str(stage): number for number, stage in enumerate(STAGES)}
    found: dict[int, str] = {}
    pairs = rows.exclude(status=DeclarationStatus.VOID).values_list("bureau", "status").distinct()
    for bureau, status in pairs:
        if rank[status] > rank[found.get(bureau, NOT_FILED)]:
            found[bureau] = status
    return found
