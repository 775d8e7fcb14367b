"""What approving would do to membership, told in the words of the page."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from core.errors import Refused
from membership.models import GroundName
from membership.preview import preview
from zones.choices import Outcome
from zones.models import Declaration, DeclaredEntity

GROUNDS = {one.value: str(one.label) for one in GroundName}
MOVES = {"open": "移入", "close": "移出"}


@dataclass(frozen=True)
class Effect:
    """What an approval does: entities concerned, moves by ground, who is in already, who stays out.

    ``why_out`` pairs a rule's title with the number of entities that it keeps out, ``names_out`` a
    name with the titles. ``left_out`` counts the roster rows that the approval itself does not
    enter: with an error of the day, or not in the register. ``refused`` is the sentence where the
    action itself was refused.
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
    left_out: int = 0
    begun: bool = True
    refused: str = ""


def effect_of(
    approval: Callable[[], Sequence[Declaration]], on: date, named: Collection[int] = ()
) -> Effect:
    """Run the real approval, judge those whose roster it changes, and roll everything back.

    ``approval`` returns what it approved; ``named`` are the rows that the person leaves out.
    """
    left_out = 0

    def doing() -> None:
        nonlocal left_out
        left_out = _left_out(approval(), named)

    try:
        seen = preview(doing, on)
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
        left_out=left_out,
        begun=seen.begun,
    )


def _left_out(approved: Sequence[Declaration], named: Collection[int]) -> int:
    """Count the rows of approved zones that the approval kept out, besides those named."""
    rows = DeclaredEntity.objects.for_system("what an approval leaves out").filter(
        declared_zone__declaration__in=[one.pk for one in approved],
        declared_zone__outcome=Outcome.APPROVED,
        outcome=Outcome.REFUSED,
    )
    return rows.exclude(pk__in=named).count()


def _named(moves: Mapping[str, int]) -> list[tuple[str, int]]:
    return [(GROUNDS.get(ground, ground), number) for ground, number in moves.items()]
