"""What a step on an order or a removal would do to membership, told in the words of the page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from core.errors import Refused
from desk.declarations.effects import GROUNDS
from membership.preview import preview

TRIED = "预演"
"""Stands for the reason that the person still has to write."""


@dataclass(frozen=True)
class Effect:
    """Grounds that would open and close; ``inside`` are those open afterwards.

    ``moves`` tells whether the step itself changes any fact that a rule reads; ``begun`` is False
    before the first tagging; ``refused`` is the sentence where the step itself was refused.
    """

    moves: bool = False
    moved_in: Sequence[str] = ()
    moved_out: Sequence[str] = ()
    inside: Sequence[str] = ()
    begun: bool = True
    refused: str = ""


def effect_of(doing: Callable[[], object], on: date) -> Effect:
    """Do the real step on one entity, judge what it changed, and roll everything back."""
    try:
        seen = preview(doing, on)
    except Refused as refusal:
        return Effect(refused=str(refusal))
    # The outlook tells of the grounds that are open before the moves.
    inside = set(seen.outlook.inside) - set(seen.moved_out) | set(seen.moved_in)
    return Effect(
        moves=bool(seen.judged),
        moved_in=_named(seen.moved_in),
        moved_out=_named(seen.moved_out),
        inside=_named(inside),
        begun=seen.begun,
    )


def _named(grounds: Iterable[str]) -> list[str]:
    return [GROUNDS.get(ground, ground) for ground in sorted(grounds)]
