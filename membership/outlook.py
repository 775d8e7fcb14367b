"""Who of some entities is inside already, and who on a zone's roster stays out, and by which rule.

The outcomes are the evaluator's; here they are only counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from membership.evaluation import MET, joined, says, zone_of_entity
from membership.models import Ground, GroundName
from membership.rules import rules_of
from membership.rules.base import Moment
from membership.rules.zone import OnRoster
from policy.limits import limits_in_force

WHY = "telling an approver what an action meets"
SAMPLES = 20


@dataclass(frozen=True)
class Outlook:
    """``already`` counts who has an open ground, ``inside`` the same by ground.

    ``out`` counts who is on a zone's roster and yet does not come in by it, ``because`` the same by
    the title of each rule that is not met or undecided; ``names`` holds up to twenty of them as
    (name, titles).
    """

    already: int = 0
    inside: Mapping[str, int] = field(default_factory=dict)
    out: int = 0
    because: Mapping[str, int] = field(default_factory=dict)
    names: tuple[tuple[str, str], ...] = ()


NOTHING = Outlook()


def outlook(entities: Sequence[int], on: date) -> Outlook:
    """Return the outlook of these entities on a day, as their facts and grounds now stand."""
    open_grounds = set(
        Ground.objects.for_system(WHY)
        .in_force(on)
        .filter(entity__in=list(entities))
        .values_list("entity_id", "ground")
    )
    kept_out = _kept_out(entities, on)
    return Outlook(
        already=len({entity for entity, _ in open_grounds}),
        inside=dict(Counter(ground for _, ground in open_grounds)),
        out=len(kept_out),
        because=dict(Counter(title for _, titles in kept_out for title in titles)),
        names=tuple((name, "、".join(titles)) for name, titles in kept_out[:SAMPLES]),
    )


def _kept_out(entities: Sequence[int], on: date) -> list[tuple[str, list[str]]]:
    """Return name and hindering rules of those on a roster whose zone ground is not met."""
    limits = limits_in_force(on)
    rules = [rule for rule in rules_of(GroundName.ZONE) if rule is not OnRoster]
    codes = {f"code_{number}": rule.code(limits) for number, rule in enumerate(rules)}
    rows = (
        joined(Moment(on))
        .filter(pk__in=list(entities), presence_fact__id__isnull=False)
        .annotate(**{says(GroundName.ZONE): zone_of_entity(limits)}, **codes)
        .filter(**{f"{says(GroundName.ZONE)}__lt": MET})
        .order_by("pk")
        .values_list("name", *codes)
        .for_system(WHY)
    )
    return [
        (name, [rule.title for rule, code in zip(rules, found, strict=True) if code < MET])
        for name, *found in rows
    ]
