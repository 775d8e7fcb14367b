"""The overview of zones: one line for each bureau in office, with the state of a round."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from django.db.models import Count
from django.http import QueryDict
from django.urls import reverse

from core.scope import NOTHING
from desk.newest import key_of
from desk.tiles import POSITIONS
from desk.zones.lists import in_effect
from staff.models import Bureau, User
from zones.choices import DeclarationStatus as Status
from zones.figures import NOT_FILED, CityFigures, city_figures
from zones.models import RosterEntry, Round, Zone


@dataclass(frozen=True)
class State:
    """How far a bureau is with a round: a word, and the colour that goes with it."""

    word: str
    color: str


SILENT = State("未申报", "secondary")
OVERDUE = State("逾期未报", "danger")
FOUNDED_LATER = State("当时未设", "secondary")
NO_ROUND = State("无轮次", "secondary")
STATES: dict[str, State] = {
    Status.DRAFT: State("填报中", "warning"),
    Status.ENTERED: State("待确认", "warning"),
    Status.SUBMITTED: State("本局审核", "primary"),
    Status.REVIEWING: State("本局审核", "primary"),
    Status.REVIEWED: State("待市局", "primary"),
    Status.ACCEPTED: State("市局办理", "primary"),
    Status.RETURNED: State("退回补正", "danger"),
    Status.APPROVED: State("已批准", "success"),
    Status.REFUSED: State("不予批准", "danger"),
}
"""What is said on a tile of the stage of a round, shorter than the status itself."""


@dataclass(frozen=True)
class Line:
    """A bureau with its figures, its place on the map (None: no tile) and its addresses."""

    bureau: Bureau
    zones: int
    entities: int
    state: State
    place: tuple[int, int] | None = None
    in_office: bool = True

    @property
    def short(self) -> str:
        return self.bureau.short_name.removesuffix("局")

    @property
    def zones_url(self) -> str:
        return zones_url(self.bureau)

    @property
    def roster_url(self) -> str:
        return roster_url(self.bureau)


@dataclass(frozen=True)
class Overview:
    """Lines in the bureaus' order, and the totals; an entity in two zones counts once in each."""

    lines: list[Line]
    rounds: list[Round]
    round: Round | None
    zones: int
    entities: int
    zones_url: str
    roster_url: str

    @property
    def tiles(self) -> list[Line]:
        """The lines on the map, by row and column, as the tabulator walks them."""
        placed = [line for line in self.lines if line.place is not None]
        return sorted(placed, key=lambda line: line.place or (0, 0))

    @property
    def states(self) -> list[tuple[State, int]]:
        """How many bureaus stand where, for the legend."""
        order = dict.fromkeys((NO_ROUND, SILENT, OVERDUE, FOUNDED_LATER, *STATES.values()))
        here = [line.state for line in self.lines if line.in_office]
        return [(state, here.count(state)) for state in order if state in here]


def zones_url(bureau: Bureau | None = None) -> str:
    of_bureau = {"bureau": bureau.pk} if bureau else {}
    return f"{reverse('desk:zone-list')}?{urlencode({'state': 'active', **of_bureau})}"


def roster_url(bureau: Bureau | None = None) -> str:
    roster = reverse("desk:roster-list")
    return f"{roster}?{urlencode({'bureau': bureau.pk})}" if bureau else roster


def overview_of(query: QueryDict, viewer: User, on: date) -> Overview:
    """Return the overview of what this viewer may see; ``round`` chooses the round."""
    rounds = list(Round.objects.visible_to(viewer))
    wanted = key_of(query.get("round"))
    named = [one for one in rounds if one.pk == wanted]
    chosen = next(iter(named or rounds), None)
    city = city_figures(viewer, on, chosen)
    lines = _in_office(city, chosen, on) + _out_of_office(city, viewer, on)
    return Overview(
        lines if sees_zones(viewer) else [],
        rounds,
        chosen,
        sum(line.zones for line in lines),
        city.entities,
        zones_url(),
        roster_url(),
    )


def sees_zones(viewer: User) -> bool:
    """Whether zones are open to this viewer at all (readings 4)."""
    return viewer.of_bureau("") != NOTHING


def _in_office(city: CityFigures, chosen: Round | None, on: date) -> list[Line]:
    return [
        Line(
            row.bureau,
            len(row.zones),
            row.entities,
            _state(row.stage, row.bureau, chosen, on),
            POSITIONS.get(row.bureau.code),
        )
        for row in city.bureaus
    ]


def _out_of_office(city: CityFigures, viewer: User, on: date) -> list[Line]:
    """Return bureaus that are no more and still hold zones, which must be handed over."""
    shown = {row.bureau.pk for row in city.bureaus}
    left = in_effect(Zone.objects.visible_to(viewer), on).exclude(bureau__in=shown).order_by()
    zones = dict(left.values_list("bureau").annotate(n=Count("pk")))
    if not zones:
        return []
    entries = RosterEntry.objects.visible_to(viewer).in_force(on).order_by()
    entities = dict(
        entries.filter(occupant__zone__bureau__in=zones)
        .values_list("occupant__zone__bureau")
        .annotate(n=Count("entity", distinct=True))
    )
    return [
        Line(bureau, zones[bureau.pk], entities.get(bureau.pk, 0), FOUNDED_LATER, in_office=False)
        for bureau in Bureau.objects.filter(pk__in=zones)
    ]


def _state(stage: str, bureau: Bureau, chosen: Round | None, on: date) -> State:
    if chosen is None:
        return NO_ROUND
    if stage != NOT_FILED:
        return STATES[stage]
    if bureau.since is not None and bureau.since > chosen.deadline:
        return FOUNDED_LATER
    return OVERDUE if chosen.deadline < on else SILENT
