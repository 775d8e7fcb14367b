"""What rules find for the entities of one page, in one query, by the evaluator's expressions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import F

from entities.models import Entity
from membership.evaluation import joined
from membership.findings import Finding
from membership.queries import phrased
from membership.rules import BY_KEY, Rule
from membership.rules.base import OUTCOMES, Moment
from policy.limits import limits_in_force
from staff.models import User


@dataclass(frozen=True)
class Watched:
    """An entity that waits for people, and what each rule that put it there says."""

    entity: Entity
    findings: list[Finding]


def watched_rows(keys: Sequence[int], column: str, viewer: User, on: date) -> list[Watched]:
    """Return the entities of these keys with the findings of the rules in their watch's column.

    ``column`` is "undecided" or "review". The rules are asked anew, so that the sentence says what
    is recorded now.
    """
    rules = [rule for rule in BY_KEY.values() if not rule.source.of_occupant]
    limits = limits_in_force(on)
    columns: dict[str, Any] = {"named": F(f"watch__{column}")}
    for number, rule in enumerate(rules):
        columns[f"outcome_{number}"] = rule.code(limits)
        for name, path in rule.columns().items():
            columns[f"fact_{number}_{name}"] = F(path)
    facts = {
        row["id"]: row
        for row in joined(Moment(on))
        .filter(pk__in=list(keys))
        .annotate(**columns)
        .values("id", *columns)
        .visible_to(viewer)
    }
    entities = Entity.objects.visible_to(viewer).filter(pk__in=facts).order_by("pk")
    return [
        Watched(entity, _findings(facts[entity.pk], rules, limits))
        for entity in entities.select_related("bureau", "station", "district")
    ]


def _findings(row: dict[str, Any], rules: list[type[Rule]], limits: Any) -> list[Finding]:
    found = []
    for number, rule in enumerate(rules):
        if rule.key in (row["named"] or ()):
            raw = {name: row[f"fact_{number}_{name}"] for name in rule.facts}
            outcome = OUTCOMES[row[f"outcome_{number}"]]
            found.append(phrased(rule, outcome, raw, rule.figures(limits), rule.wording))
    return found
