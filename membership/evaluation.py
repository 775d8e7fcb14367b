"""The one evaluator: rules compiled into one query, for one entity and for four million.

The database decides (docs/architecture.md 1). Everything that judges, explains, previews or counts
starts from :func:`judged`; nothing else reads a rule's predicate.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import connection
from django.db.models import (
    Case,
    F,
    FilteredRelation,
    Func,
    JSONField,
    Q,
    QuerySet,
    TextField,
    Value,
    When,
)
from django.db.models.functions import JSONObject, Least

from core.dated import in_force
from entities.models import Entity
from membership.findings import Outcome
from membership.models import GroundName
from membership.rules import RULES, Rule, reviews, rules_of
from membership.rules.base import CODES, Moment, in_keys
from membership.rules.sources import SOURCES

NOT_MET, UNDECIDED, MET = (CODES[o] for o in (Outcome.NOT_MET, Outcome.UNDECIDED, Outcome.MET))


class Keys(Func):
    """The keys of the rules that a condition names, as an array without gaps."""

    template = "array_remove(ARRAY[%(expressions)s]::text[], NULL)"
    output_field = ArrayField(TextField())


class JSONArray(Func):
    function = "jsonb_build_array"
    output_field = JSONField()


def joined(moment: Moment) -> QuerySet:
    """Return the entities with every source, every open ground and the watch joined to them."""
    entities = Entity.objects.all()
    if moment.keys is not None:
        entities = entities.filter(pk__range=moment.keys)
    joins = {source.alias: source.join(moment) for source in SOURCES}
    for ground in GroundName:
        joins[f"open_{ground}"] = _own("grounds", moment, Q(grounds__ground=ground))
    joins["watch"] = _own("watches", moment)
    return entities.order_by().annotate(**joins)


def _own(relation: str, moment: Moment, condition: Q | None = None) -> FilteredRelation:
    """Return the join of what membership itself recorded earlier."""
    wanted = in_force(moment.on, moment.known, prefix=f"{relation}__")
    if moment.keys is not None:
        wanted &= in_keys(f"{relation}__entity", moment.keys)
    return FilteredRelation(relation, condition=wanted & condition if condition else wanted)


def outcome_of(ground: GroundName, limits: Mapping[str, Any]) -> Least | Case:
    """Return a ground's outcome as a number: any not-met wins, else any undecided, else met."""
    codes = [rule.code(limits) for rule in rules_of(ground)]
    return Least(*codes) if len(codes) > 1 else codes[0]


def judged(moment: Moment, limits: Mapping[str, Any]) -> QuerySet:
    """Return rows of what the rules want and what the ledger says.

    Columns: ``id``; per ground its outcome under the ground's name (0 not met, 1 undecided, 2 met)
    and ``ground_<name>``, the key of the open ground or null; ``calls`` (0 where any review rule
    calls); ``watch_row``, ``watch_undecided``, ``watch_review``; and ``undecided`` and ``review``,
    the keys of the rules for the watch.
    """
    rows = joined(moment)
    columns: dict[str, Any] = {}
    for ground in GroundName:
        columns[str(ground)] = outcome_of(ground, limits)
        columns[f"ground_{ground}"] = F(f"open_{ground}__id")
    columns["calls"] = Least(Value(MET), *(rule.code(limits) for rule in reviews()))
    columns["undecided"] = _undecided_rules(limits)
    columns["review"] = _calling_rules(limits)
    columns["watch_row"] = F("watch__id")
    columns["watch_undecided"] = F("watch__undecided")
    columns["watch_review"] = F("watch__review")
    return rows.annotate(**columns).values("id", *columns)


def _undecided_rules(limits: Mapping[str, Any]) -> Keys:
    """Name the undecided rules of every ground that is itself undecided."""
    named = []
    for rule in RULES:
        doubt = rule.undecided(limits)
        if doubt is None:
            continue
        grounds = [ground for ground in rule.grounds if rule in rules_of(ground)]
        open_question = Q(*((str(g), UNDECIDED) for g in grounds), _connector=Q.OR)
        named.append(_name_if(doubt & open_question, rule))
    return Keys(*named)


def _calling_rules(limits: Mapping[str, Any]) -> Keys:
    """Name the review rules that call, for entities that are inside by a ground they govern."""
    named = []
    for rule in reviews():
        inside = Q()
        for ground in rule.grounds:
            held = Q(**{str(ground): UNDECIDED, f"ground_{ground}__isnull": False})
            inside |= Q(**{str(ground): MET}) | held
        named.append(
            Case(
                When(rule.met(limits), then=Value(None)),
                When(inside, then=Value(rule.key)),
                default=Value(None),
                output_field=TextField(),
            )
        )
    return Keys(*named)


def _name_if(condition: Q, rule: type[Rule]) -> Case:
    return Case(
        When(condition, then=Value(rule.key)), default=Value(None), output_field=TextField()
    )


def findings_of(ground: GroundName, limits: Mapping[str, Any]) -> JSONArray:
    """Return the findings of a ground's rules as JSON, for a decision.

    Each: ``{"rule", "outcome", "facts": {name: raw value}, "figures": {...}, "row": id | null}``.
    """
    return JSONArray(*(_finding(rule, limits) for rule in rules_of(ground)))


def _finding(rule: type[Rule], limits: Mapping[str, Any]) -> JSONObject:
    return JSONObject(
        rule=Value(rule.key),
        outcome=rule.outcome(limits),
        facts=JSONObject(**{name: rule.source.column(c) for name, c in rule.facts.items()}),
        figures=Value(rule.figures(limits), output_field=JSONField()),
        row=rule.source.column("id"),
    )


def compiled(queryset: QuerySet) -> tuple[str, tuple]:
    """Return the SQL and parameters of a queryset, for the one place that wraps it."""
    sql, params = queryset.query.get_compiler(connection=connection).as_sql()
    return sql, tuple(params)
