"""The one evaluator: rules compiled into one query, for one entity and for four million.

The database decides (docs/architecture.md 1). Everything that judges, explains, previews or counts
starts from :func:`judged`; nothing else reads a rule's predicate.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import connection
from django.db.models import (
    Case,
    Exists,
    F,
    FilteredRelation,
    Func,
    JSONField,
    OuterRef,
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
from membership.models import Ground, GroundName
from membership.rules import RULES, Rule, reviews, rules_of
from membership.rules.base import CODES, Moment, in_keys
from membership.rules.sources import SOURCES
from membership.rules.zone import OnRoster, OutsideZones
from zones.models import Occupant

NOT_MET, UNDECIDED, MET = (CODES[o] for o in (Outcome.NOT_MET, Outcome.UNDECIDED, Outcome.MET))


class Keys(Func):
    """The keys of the rules that a condition names, as an array without gaps."""

    template = "array_remove(ARRAY[%(expressions)s]::text[], NULL)"
    output_field = ArrayField(TextField())


class JSONArray(Func):
    function = "jsonb_build_array"
    output_field = JSONField()


@dataclass(frozen=True)
class Anchor:
    """Of what grounds are judged: of an entity, or of an entity in a zone (an occupant).

    The same rules are compiled for either. ``path`` leads to the entity, ``key`` is the column
    that holds its key.
    """

    model: type[Entity | Occupant]
    path: str
    key: str
    grounds: tuple[GroundName, ...]

    def columns(self, alias: str) -> tuple[str, str]:
        """Return the SQL of the entity and of the occupant of a judged row."""
        if self.path:
            return f"{alias}.entity_id", f"{alias}.id"
        return f"{alias}.id", "NULL::bigint"


ENTITIES = Anchor(Entity, "", "pk", tuple(g for g in GroundName if g != GroundName.ZONE))
OCCUPANTS = Anchor(Occupant, "entity__", "entity", (GroundName.ZONE,))
ANCHORS = (ENTITIES, OCCUPANTS)


def anchor_of(ground: GroundName) -> Anchor:
    return next(anchor for anchor in ANCHORS if ground in anchor.grounds)


def says(ground: GroundName | str) -> str:
    """Return the name of the column that says a ground's outcome."""
    return f"says_{ground}"


def joined(moment: Moment, anchor: Anchor = ENTITIES) -> QuerySet:
    """Return what is judged, with every source, every open ground and the watch joined to it."""
    rows: QuerySet = anchor.model.objects.all()
    if moment.keys is not None:
        rows = rows.filter(in_keys(anchor.key, moment.keys))
    joins = {
        source.alias: source.join(moment, anchor.path)
        for source in SOURCES
        if anchor is OCCUPANTS or not source.of_occupant
    }
    for ground in anchor.grounds:
        joins[f"open_{ground}"] = _own("grounds", moment, Q(grounds__ground=ground))
    if anchor is ENTITIES:
        joins["watch"] = _own("watches", moment)
    return rows.order_by().annotate(**joins)


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


def zone_of_entity(limits: Mapping[str, Any]) -> Case:
    """Return the best outcome of an entity's ``zone`` grounds, judged once for the entity.

    The exclusions are the entity's, so this is the greatest of what its occupants' rows say; only
    whoever is on a roster needs them.
    """
    excluding = [rule.code(limits) for rule in rules_of(GroundName.ZONE) if rule is not OnRoster]
    return Case(When(OutsideZones.met(limits), then=Value(NOT_MET)), default=Least(*excluding))


def judged(moment: Moment, limits: Mapping[str, Any], anchor: Anchor = ENTITIES) -> QuerySet:
    """Return rows of what the rules want and what the ledger says.

    Columns of either anchor: ``id``; per ground ``says_<name>``, its outcome (0 not met, 1
    undecided, 2 met), and ``ground_<name>``, the key of the open ground or null.
    Of occupants besides: ``entity_id``. Of entities besides: ``says_zone`` for all their zones
    together; ``calls`` (0 where any review rule calls); ``watch_row``, ``watch_undecided``,
    ``watch_review``; and ``undecided`` and ``review``, the keys of the rules for the watch.
    """
    columns: dict[str, Any] = {}
    for ground in anchor.grounds:
        columns[says(ground)] = outcome_of(ground, limits)
        columns[f"ground_{ground}"] = F(f"open_{ground}__id")
    rows = joined(moment, anchor)
    if anchor is OCCUPANTS:
        return rows.annotate(**columns).values("id", "entity_id", *columns)
    columns[says(GroundName.ZONE)] = zone_of_entity(limits)
    columns["calls"] = Least(Value(MET), *(rule.code(limits) for rule in reviews()))
    columns["undecided"] = _undecided_rules(limits)
    columns["review"] = _calling_rules(moment, limits)
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
        open_question = Q(*((says(g), UNDECIDED) for g in grounds), _connector=Q.OR)
        named.append(_name_if(doubt & open_question, rule))
    return Keys(*named)


def _calling_rules(moment: Moment, limits: Mapping[str, Any]) -> Keys:
    """Name the review rules that call, for entities that are inside by a ground they govern."""
    named = []
    for rule in reviews():
        inside = Q()
        for ground in rule.grounds:
            held = Q(**{says(ground): UNDECIDED}) & _is_open(ground, moment)
            inside |= Q(**{says(ground): MET}) | held
        named.append(
            Case(
                When(rule.met(limits), then=Value(None)),
                When(inside, then=Value(rule.key)),
                default=Value(None),
                output_field=TextField(),
            )
        )
    return Keys(*named)


def _is_open(ground: GroundName, moment: Moment) -> Q:
    """Return whether an entity has such an open ground.

    Its zones' grounds may be several, so they are looked up; only for the few whose zone is in
    doubt, because the condition stands behind that one in a CASE.
    """
    if ground in ENTITIES.grounds:
        return Q(**{f"ground_{ground}__isnull": False})
    rows = Ground.objects.filter(
        in_force(moment.on, moment.known), entity=OuterRef("pk"), ground=ground
    )
    return Q(Exists(rows))


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
