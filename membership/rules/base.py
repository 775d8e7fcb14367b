"""What a rule is: one clause, one database predicate, and the sentences that explain it.

A rule reads only :class:`Source` columns: dated tables joined at most one row each. The database
decides its outcome for one entity and for four million by the same expression; Python formats.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar

from django.db.models import Case, CharField, FilteredRelation, IntegerField, Q, Value, When

from core.dated import Dated, in_force
from membership.findings import Effect, Outcome
from membership.models import GroundName

CODES = {Outcome.NOT_MET: 0, Outcome.UNDECIDED: 1, Outcome.MET: 2}
"""Outcomes as numbers in the order in which they win within a ground: the least wins."""

OUTCOMES = {code: outcome for outcome, code in CODES.items()}


@dataclass(frozen=True)
class Moment:
    """When a judgement looks: the day, the instant of knowledge, and the range of keys.

    The range is repeated in every join, because PostgreSQL does not carry it through one.
    """

    on: date
    known: datetime | None = None
    keys: tuple[int, int] | None = None


def in_keys(path: str, keys: tuple[int, int]) -> Q:
    """Return the condition that a key lies in a range; foreign keys know no ``range`` lookup."""
    first, last = keys
    return Q(**{f"{path}__gte": first, f"{path}__lte": last})


@dataclass(frozen=True)
class Source:
    """A dated table that rules read: the name of its join, the way from the entity, a filter.

    ``of_occupant``: the way begins at the occupant, and only rules of the ``zone`` ground read it.
    """

    alias: str
    relation: str
    model: type[Dated]
    only: tuple[tuple[str, str], ...] = ()
    of_occupant: bool = False

    def join(self, moment: Moment, path: str = "") -> FilteredRelation:
        """Return the join of the rows in force, at most one an entity or occupant by constraint.

        ``path`` leads from what is judged to the entity (``"entity__"`` from an occupant).
        """
        relation = self.relation if self.of_occupant else f"{path}{self.relation}"
        condition = in_force(moment.on, moment.known, prefix=f"{relation}__")
        for field, value in self.only:
            condition &= Q(**{f"{relation}__{field}": value})
        if moment.keys is not None:
            condition &= in_keys(f"{relation}__entity", moment.keys)
        return FilteredRelation(relation, condition=condition)

    def column(self, name: str) -> str:
        return f"{self.alias}__{name}"


class Rule:
    """One rule of the policy.

    ``facts`` maps a fact's name to a column of ``source``. ``met`` says when the rule is satisfied
    (an EXCLUDES rule is satisfied when nothing excludes, a REVIEW rule when nothing calls for
    review); ``undecided`` says when it cannot be known, and goes before ``met``.
    ``wording`` maps an outcome, or "outcome.variant", to a template over facts and limits;
    ``change`` says what would change the outcome.
    """

    key: ClassVar[str]
    title: ClassVar[str]
    clause: ClassVar[str]
    effect: ClassVar[Effect]
    grounds: ClassVar[tuple[GroundName, ...]]
    source: ClassVar[Source]
    facts: ClassVar[dict[str, str]]
    labels: ClassVar[dict[str, str]]
    wording: ClassVar[dict[str, str]]
    change: ClassVar[dict[str, str]] = {}

    def __init_subclass__(cls) -> None:
        strange = [value for value in cls.facts.values() if not isinstance(value, str)]
        if strange:
            raise TypeError(
                f"{cls.__name__}: a fact is a column of a joined dated table; "
                f"{strange[0]!r} would be repeated at each mention."
            )
        said = {key.split(".")[0] for key in cls.wording}
        wanted = {Outcome.MET, Outcome.NOT_MET}
        if any("undecided" in vars(base) for base in cls.__mro__ if base not in (Rule, object)):
            wanted.add(Outcome.UNDECIDED)
        if unsaid := wanted - said:
            raise TypeError(f"{cls.__name__} has no sentence for {sorted(str(o) for o in unsaid)}.")
        if unnamed := set(cls.facts) - set(cls.labels):
            raise TypeError(f"{cls.__name__} has no label for {sorted(unnamed)}.")

    @classmethod
    def met(cls, limits: Mapping[str, Any]) -> Q:
        raise NotImplementedError

    @classmethod
    def undecided(cls, limits: Mapping[str, Any]) -> Q | None:
        """Return when the rule cannot be known, or None if it always can."""
        return None

    @classmethod
    def figures(cls, limits: Mapping[str, Any]) -> dict[str, Any]:
        """Return the limits named in the sentences."""
        return {}

    @classmethod
    def variant(cls, outcome: Outcome, facts: Mapping[str, Any]) -> str:
        """Return the key of the wording for these facts. Formatting is not deciding."""
        return str(outcome)

    @classmethod
    def present(cls, facts: Mapping[str, Any]) -> dict[str, str]:
        """Return the facts as the staff read them."""
        return {name: "无" if value is None else str(value) for name, value in facts.items()}

    @classmethod
    def listed(cls, facts: Mapping[str, Any]) -> dict[str, str]:
        """Return the facts as they stand behind their labels, without a sentence's joints."""
        return cls.present(facts)

    @classmethod
    def code(cls, limits: Mapping[str, Any]) -> Case:
        """Return the outcome as a number (see CODES), decided by the database."""
        return cls._case(limits, {o: Value(number) for o, number in CODES.items()}, IntegerField())

    @classmethod
    def outcome(cls, limits: Mapping[str, Any]) -> Case:
        """Return the outcome by its name, from the same conditions."""
        return cls._case(limits, {o: Value(str(o)) for o in Outcome}, CharField())

    @classmethod
    def _case(cls, limits: Mapping[str, Any], said: Mapping[Outcome, Value], kind: Any) -> Case:
        doubt = cls.undecided(limits)
        branches = [] if doubt is None else [When(doubt, then=said[Outcome.UNDECIDED])]
        branches.append(When(cls.met(limits), then=said[Outcome.MET]))
        return Case(*branches, default=said[Outcome.NOT_MET], output_field=kind)

    @classmethod
    def columns(cls) -> dict[str, str]:
        """Return the columns that an explanation needs: the facts and where they came from."""
        return {
            **{name: cls.source.column(column) for name, column in cls.facts.items()},
            **{f"_{name}": cls.source.column(name) for name in PROVENANCE},
        }


def month_name(month: date | str | None) -> str:
    """Return a month as staff write it; a decision's JSON holds its first day as text."""
    return f"{str(month)[:4]}年{int(str(month)[5:7])}月" if month else "无"


PROVENANCE = ("id", "since", "recorded_at", "source")
