"""The overview of zones: one line for each bureau in office, with the state of a round."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from django.db.models import Count
from django.http import QueryDict
from django.urls import reverse

from desk.newest import key_of
from desk.tiles import POSITIONS
from desk.zones.lists import in_effect
from staff.models import Bureau, User, in_office
from staff.roles import DISTRICT_ROLES
from zones.choices import DeclarationKind
from zones.choices import DeclarationStatus as Status
from zones.models import Declaration, RosterEntry, Round, Zone


@dataclass(frozen=True)
class State:
    """How far a bureau is with a round: a word, and the colour that goes with it."""

    word: str
    color: str


NOT_FILED = State("未申报", "secondary")
OVERDUE = State("逾期未报", "danger")
NO_ROUND = State("无轮次", "secondary")
FOUNDED_LATER = State("当时未设", "secondary")
DRAFTING = State("填报中", "warning")
REVIEWING = State("本局审核", "primary")
AT_CITY = State("待市局", "primary")
RETURNED = State("退回补正", "danger")
APPROVED = State("已批准", "success")
REFUSED = State("不予批准", "danger")

STATES: tuple[tuple[frozenset[str], State], ...] = (
    (frozenset({Status.REVIEWED, Status.ACCEPTED}), AT_CITY),
    (frozenset({Status.RETURNED}), RETURNED),
    (frozenset({Status.SUBMITTED, Status.REVIEWING}), REVIEWING),
    (frozenset({Status.DRAFT, Status.ENTERED}), DRAFTING),
    (frozenset({Status.APPROVED}), APPROVED),
    (frozenset({Status.REFUSED}), REFUSED),
)
"""What a bureau's declarations say together: whatever is still open goes before what is decided."""


@dataclass(frozen=True)
class Line:
    """A bureau with its figures, its place on the map (None: no tile) and its addresses."""

    bureau: Bureau
    zones: int
    entities: int
    state: State
    place: tuple[int, int] | None
    zones_url: str
    roster_url: str
    in_office: bool = True

    @property
    def short(self) -> str:
        return self.bureau.short_name.removesuffix("局")


@dataclass(frozen=True)
class Overview:
    """Lines in the bureaus' order, those on the map by row and column, and the totals."""

    lines: list[Line]
    rounds: list[Round]
    round: Round | None
    zones: int
    entities: int
    zones_url: str
    roster_url: str

    @property
    def tiles(self) -> list[Line]:
        placed = [line for line in self.lines if line.place is not None]
        return sorted(placed, key=lambda line: line.place or (0, 0))

    @property
    def states(self) -> list[tuple[State, int]]:
        """How many bureaus stand where, for the legend."""
        order = (
            *(NOT_FILED, OVERDUE, FOUNDED_LATER, DRAFTING, REVIEWING),
            *(AT_CITY, RETURNED, APPROVED, REFUSED),
        )
        counted = [(state, sum(line.state == state for line in self.lines)) for state in order]
        return [(state, number) for state, number in counted if number]


def overview_of(query: QueryDict, viewer: User, on: date) -> Overview:
    """Return the overview of what this viewer may see; ``round`` chooses the round."""
    rounds = list(Round.objects.visible_to(viewer))
    chosen = _chosen(rounds, query)
    zones = dict(
        in_effect(Zone.objects.visible_to(viewer), on)
        .order_by()
        .values_list("bureau")
        .annotate(n=Count("pk"))
    )
    entries = RosterEntry.objects.visible_to(viewer).in_force(on).order_by()
    entities = dict(entries.values_list("occupant__zone__bureau").annotate(n=Count("pk")))
    states = _states(viewer, chosen, on)
    lines = []
    for bureau in _bureaus(viewer, on, {*zones, *entities}):
        known = bureau.until is None or bureau.until > on
        lines.append(
            Line(
                bureau,
                zones.get(bureau.pk, 0),
                entities.get(bureau.pk, 0),
                states.get(bureau.pk) or _silent(bureau, chosen, on),
                POSITIONS.get(bureau.code) if known else None,
                *_addresses(bureau.pk),
                in_office=known,
            )
        )
    total = (sum(line.zones for line in lines), sum(line.entities for line in lines))
    return Overview(lines, rounds, chosen, *total, *_addresses())


def _addresses(bureau_id: int | None = None) -> tuple[str, str]:
    of_bureau = {"bureau": bureau_id} if bureau_id else {}
    zones = f"{reverse('desk:zone-list')}?{urlencode({'state': 'active', **of_bureau})}"
    roster = reverse("desk:roster-list")
    return zones, f"{roster}?{urlencode(of_bureau)}" if of_bureau else roster


def _chosen(rounds: list[Round], query: QueryDict) -> Round | None:
    wanted = key_of(query.get("round"))
    named = [one for one in rounds if one.pk == wanted]
    return next(iter(named or rounds), None)


def _bureaus(viewer: User, on: date, holding: Iterable[int]) -> list[Bureau]:
    """Return the bureaus in office, the viewer's own only for a district, and those out of office
    that still hold a zone."""
    bureaus = Bureau.objects.exclude(kind=Bureau.Kind.CITY)
    if viewer.role in DISTRICT_ROLES:
        return list(bureaus.filter(pk__in=[viewer.bureau_id]))
    present = list(bureaus.filter(in_office(on)))
    left = {*holding} - {bureau.pk for bureau in present}
    return present + list(bureaus.filter(pk__in=left))


def _states(viewer: User, chosen: Round | None, on: date) -> dict[int, State]:
    if chosen is None:
        return {}
    filed: dict[int, set[str]] = {}
    rows = Declaration.objects.visible_to(viewer).filter(round=chosen, kind=DeclarationKind.NEW)
    for bureau_id, status in rows.order_by().values_list("bureau", "status").distinct():
        filed.setdefault(bureau_id, set()).add(status)
    said = {pk: _said(statuses) for pk, statuses in filed.items()}
    return {pk: state for pk, state in said.items() if state is not None}


def _said(statuses: set[str]) -> State | None:
    """Return what declarations say together; void ones say nothing."""
    return next((state for members, state in STATES if members & statuses), None)


def _silent(bureau: Bureau, chosen: Round | None, on: date) -> State:
    """Return what a bureau says that filed nothing in the round."""
    if chosen is None:
        return NO_ROUND
    if bureau.since is not None and bureau.since > chosen.deadline:
        return FOUNDED_LATER
    return OVERDUE if chosen.deadline < on else NOT_FILED
