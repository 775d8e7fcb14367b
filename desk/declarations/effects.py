"""What approving would do to membership, counted by doing it and taking it back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from core.errors import Refused
from entities.models import Entity
from membership.evaluation import joined, zone_of_entity
from membership.findings import Outcome as Judged
from membership.models import GroundName
from membership.preview import preview
from membership.queries import inside
from membership.rules import rules_of
from membership.rules.base import CODES, Moment
from membership.rules.zone import OnRoster
from policy.limits import limits_in_force
from zones.choices import Outcome
from zones.models import DeclaredEntity

GROUNDS = {one.value: str(one.label) for one in GroundName}
MOVES = {"open": "移入", "close": "移出"}
OUTSIDE = (CODES[Judged.NOT_MET], CODES[Judged.UNDECIDED])
WHY = "counting what an approval would do"


@dataclass(frozen=True)
class Effect:
    """What an approval does: rows listed, moves by ground, who is in already, who stays out.

    ``why_out`` pairs a rule's title with the number of entities that it keeps out. ``refused`` is
    the sentence where the action itself was refused.
    """

    listed: int = 0
    moved_in: Sequence[tuple[str, int]] = ()
    moved_out: Sequence[tuple[str, int]] = ()
    already: int = 0
    stays_out: int = 0
    why_out: Sequence[tuple[str, int]] = ()
    samples: Sequence[tuple[str, str, str]] = ()
    begun: bool = True
    refused: str = ""


def effect_of(action: Callable[[], object], declarations: Sequence[int], on: date) -> Effect:
    """Run the real action, judge those it puts on rosters, and roll everything back."""
    found: dict[str, int | Sequence[tuple[str, int]]] = {}

    def doing() -> None:
        action()
        found.update(_standing(_listed(declarations), on))

    try:
        seen = preview(doing, on)
    except Refused as refusal:
        return Effect(refused=str(refusal))
    return Effect(
        **found,  # type: ignore[arg-type]
        moved_in=_named(seen.moved_in),
        moved_out=_named(seen.moved_out),
        samples=[
            (name, MOVES.get(move, move), GROUNDS.get(ground, ground))
            for name, move, ground in seen.samples
        ],
        begun=seen.begun,
    )


def _listed(declarations: Sequence[int]) -> list[int]:
    rows = DeclaredEntity.objects.for_system(WHY).filter(
        declared_zone__declaration__in=declarations,
        outcome=Outcome.APPROVED,
        entity__isnull=False,
    )
    return list(rows.order_by().values_list("entity_id", flat=True).distinct())


def _standing(listed: Sequence[int], on: date) -> dict[str, int | Sequence[tuple[str, int]]]:
    """Count, while the action stands, who is in already and whom which rule keeps out."""
    limits, rules = (
        limits_in_force(on),
        [one for one in rules_of(GroundName.ZONE) if one is not OnRoster],
    )
    columns = {f"code_{at}": rule.code(limits) for at, rule in enumerate(rules)}
    rows = joined(Moment(on, None)).filter(pk__in=listed)
    judged = list(
        rows.annotate(**columns, says_zone=zone_of_entity(limits))
        .values_list("says_zone", *columns)
        .for_system(WHY)
    )
    outside = [codes for says, *codes in judged if says in OUTSIDE]
    why = [
        (rule.title, sum(codes[at] in OUTSIDE for codes in outside))
        for at, rule in enumerate(rules)
    ]
    entities = Entity.objects.for_system(WHY).filter(pk__in=listed)
    return {
        "listed": len(listed),
        "already": entities.filter(inside(on)).count(),
        "stays_out": len(outside),
        "why_out": [pair for pair in why if pair[1]],
    }


def _named(moves: dict[str, int]) -> list[tuple[str, int]]:
    return [(GROUNDS.get(ground, ground), number) for ground, number in moves.items()]
