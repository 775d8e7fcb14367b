"""A roster change before it is filed: the entities fixed, what fits, and what approval would do."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.contrib.sessions.backends.base import SessionBase

from core.errors import Refused
from desk.bulk import freeze, frozen
from entities.models import Entity
from membership.models import GroundName
from membership.preview import Preview, preview
from staff.models import User
from zones.actions.changes import decide_change
from zones.actions.life import lock_zone, standing
from zones.actions.proposals import MOVES
from zones.choices import ProposalKind, RosterMove
from zones.models import RosterChange, RosterProposal, Zone
from zones.rosters import enter, hold, remove

NAMED = 5
CAUSE = "名册变动预演"


@dataclass(frozen=True)
class Chosen:
    """Entities fixed for a change of one zone; ``lost`` are pasted lines that named none."""

    move: RosterMove
    ids: list[int]
    lost: list[str]
    names: list[str] = field(default_factory=list)
    foreign: list[Entity] = field(default_factory=list)

    @property
    def moves(self) -> dict[int, str]:
        return dict.fromkeys(self.ids, self.move.value)


def keep(
    session: SessionBase, zone: Zone, move: RosterMove, ids: Collection[int], lost: list[str]
) -> str:
    """Fix the entities under a new token; refuses none and too many."""
    return freeze(session, _verb(zone, move), sorted(ids), "\n".join(lost)[:4000])


def kept(session: SessionBase, zone: Zone, move: RosterMove, token: str) -> Chosen | None:
    """Return what was fixed, with five names and whoever is another bureau's."""
    found = frozen(session, _verb(zone, move), token)
    if found is None:
        return None
    rows = Entity.objects.for_system("naming who was chosen for a roster").filter(pk__in=found.ids)
    names = list(rows.order_by("pk").values_list("name", flat=True)[:NAMED])
    foreign: list[Entity] = []
    if move == RosterMove.ADD:
        others = rows.exclude(bureau=zone.bureau_id).select_related("bureau")
        foreign = list(others.only("name", "code", "bureau").order_by("pk"))
    return Chosen(move, found.ids, found.query.splitlines(), names, foreign)


def _verb(zone: Zone, move: RosterMove) -> str:
    return f"roster-{zone.pk}-{move.value}"


@dataclass(frozen=True)
class Effect:
    """What approval would do to membership, by the ground's label; ``problem`` why it cannot."""

    seen: Preview | None = None
    problem: str = ""

    @property
    def moves_in(self) -> list[tuple[str, int]]:
        return _labelled(self.seen.moved_in) if self.seen else []

    @property
    def moves_out(self) -> list[tuple[str, int]]:
        return _labelled(self.seen.moved_out) if self.seen else []

    @property
    def samples(self) -> list[tuple[str, str, str]]:
        """Up to five of a name, 移入 or 移出, and the ground."""
        if self.seen is None:
            return []
        words = {"open": "移入", "close": "移出"}
        return [(n, words[move], GroundName(g).label) for n, move, g in self.seen.samples]


def _labelled(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    return [(str(GroundName(name).label), number) for name, number in sorted(counts.items())]


def effect_of_moves(
    zone: Zone, moves: Mapping[int, str], *, since: date, by: User, on: date
) -> Effect:
    """Write the roster as approval would, judge, and take it back."""
    return _effect(lambda: _write(zone, moves, since, by), on)


def effect_of_proposals(
    chosen: Sequence[RosterProposal], *, since: date, by: User, on: date
) -> Effect:
    """Write the rosters as approval of all these proposals would, judge, and take it back."""
    by_zone: dict[Zone, dict[int, str]] = defaultdict(dict)
    for row in chosen:
        by_zone[row.zone][row.entity_id] = MOVES[ProposalKind(row.kind)]

    def write() -> None:
        for zone, moves in by_zone.items():
            _write(zone, moves, since, by)

    return _effect(write, on)


def _write(zone: Zone, moves: Mapping[int, str], since: date, by: User) -> None:
    locked = lock_zone(zone, by)
    standing(locked, since)
    hold(locked, list(moves))
    coming = [pk for pk, move in moves.items() if move == RosterMove.ADD]
    rows = Entity.objects.for_system("names of who would come on a roster")
    names = dict(rows.filter(pk__in=coming).values_list("pk", "name"))
    leaving = [pk for pk, move in moves.items() if move == RosterMove.REMOVE]
    if names:
        enter(locked, names, since=since, by=by, cause=CAUSE)
    if leaving:
        remove(locked, leaving, on=since, by=by, cause=CAUSE)


def effect_of_approval(change: RosterChange, *, by: User, on: date) -> Effect:
    """Approve the change, judge, and take it back."""
    return _effect(lambda: decide_change(change, approve=True, opinion="", by=by, on=on), on)


def _effect(action: Callable[[], object], on: date) -> Effect:
    try:
        return Effect(preview(action, on))
    except Refused as refusal:
        return Effect(problem=str(refusal))
