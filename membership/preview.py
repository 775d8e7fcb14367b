"""What an action would do to membership, shown before it is done (docs/architecture.md)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.db.models import Max

from entities.models import FactChange
from membership.locks import hold_alone
from membership.models import Run, StagedMove
from membership.outlook import NOTHING, Outlook, outlook
from membership.runs import tagging_began
from membership.staging import stage, take_changes
from policy.limits import limits_in_force


@dataclass(frozen=True)
class Preview:
    """How many entities would be judged and moved, by ground, with names to look at.

    ``moved_in`` and ``moved_out`` map a ground to a number of entities; ``samples`` holds up to
    five (name, "open" or "close", ground). ``begun`` is False while tagging has not begun.
    ``outlook`` says who of them is inside already, and who on a zone's roster stays out and why.
    """

    judged: int
    moved_in: dict[str, int]
    moved_out: dict[str, int]
    samples: tuple[tuple[str, str, str], ...]
    begun: bool = True
    outlook: Outlook = NOTHING


SAMPLES = 5


def preview(action: Callable[[], object], on: date) -> Preview:
    """Run the action in a transaction, judge what it changed, count, and roll everything back.

    The action is the real one and so are its refusals; only what itself announces as FactChange
    is judged, as of ``on``: for what takes effect later, the day on which it does.
    """
    with transaction.atomic():
        changes = FactChange.objects.for_system("what the action itself changes")
        before = changes.aggregate(last=Max("id"))["last"] or 0
        action()
        entities = list(
            changes.filter(id__gt=before, taken_by=None, from_day__lte=on)
            .values_list("entity_id", flat=True)
            .distinct()
        )
        result = _judge(entities, on)
        transaction.set_rollback(True)
    return result


def _judge(entities: list[int], on: date) -> Preview:
    began = tagging_began()
    if began is None or not entities:
        seen = outlook(entities, on)
        return Preview(len(entities), {}, {}, (), begun=began is not None, outlook=seen)
    hold_alone()
    version = limits_in_force(on).version
    run = Run.objects.create(kind=Run.Kind.SETTLE, on=on, policy_version=version)
    take_changes(run, began, None, entities)
    stage(run, None, entities)
    # What counts is where each ground ends up, not the days between.
    last = (
        StagedMove.objects.for_system("counting what an action would move")
        .filter(run=run)
        .order_by("entity_id", "ground", "occupant_id", "-day")
        .distinct("entity_id", "ground", "occupant_id")
    )
    # Of several zones' grounds of an entity that move alike, one counts.
    moves = list(dict.fromkeys(last.values_list("entity_id", "entity__name", "move", "ground")))
    return Preview(
        judged=len(entities),
        moved_in=dict(Counter(ground for *_, move, ground in moves if move == "open")),
        moved_out=dict(Counter(ground for *_, move, ground in moves if move == "close")),
        samples=tuple((name, move, ground) for _, name, move, ground in moves[:SAMPLES]),
        outlook=outlook(entities, on),
    )
