"""What approving would do to membership, told in the words of the page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from core.errors import Refused
from membership.models import GroundName
from membership.preview import preview

GROUNDS = {one.value: str(one.label) for one in GroundName}
MOVES = {"open": "移入", "close": "移出"}


@dataclass(frozen=True)
class Effect:
    """What an approval does: entities concerned, moves by ground, who is in already, who stays out.

    ``why_out`` pairs a rule's title with the number of entities that it keeps out, ``names_out`` a
    name with the titles. ``refused`` is the sentence where the action itself was refused.
    """

    judged: int = 0
    moved_in: Sequence[tuple[str, int]] = ()
    moved_out: Sequence[tuple[str, int]] = ()
    already: int = 0
    inside: Sequence[tuple[str, int]] = ()
    stays_out: int = 0
    why_out: Sequence[tuple[str, int]] = ()
    names_out: Sequence[tuple[str, str]] = ()
    samples: Sequence[tuple[str, str, str]] = ()
    begun: bool = True
    refused: str = ""


def effect_of(action: Callable[[], object], on: date) -> Effect:
    """Run the real action, judge those whose roster it changes, and roll everything back."""
    try:
        seen = preview(action, on)
    except Refused as refusal:
        return Effect(refused=str(refusal))
    return Effect(
        judged=seen.judged,
        moved_in=_named(seen.moved_in),
        moved_out=_named(seen.moved_out),
        already=seen.outlook.already,
        inside=_named(seen.outlook.inside),
        stays_out=seen.outlook.out,
        why_out=list(seen.outlook.because.items()),
        names_out=seen.outlook.names,
        samples=[
            (name, MOVES.get(move, move), GROUNDS.get(ground, ground))
            for name, move, ground in seen.samples
        ],
        begun=seen.begun,
    )


def _named(moves: Mapping[str, int]) -> list[tuple[str, int]]:
    return [(GROUNDS.get(ground, ground), number) for ground, number in moves.items()]
