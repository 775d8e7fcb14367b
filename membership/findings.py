"""The shape of an explanation: what each rule found, in the staff's words."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from django.db.models import TextChoices


class Outcome(TextChoices):
    """The three outcomes of a rule or of a ground; no default turns one into another."""

    MET = "met", "符合"
    NOT_MET = "not_met", "不符合"
    UNDECIDED = "undecided", "待核实"

    @property
    def color(self) -> str:
        return {"met": "success", "not_met": "secondary", "undecided": "warning"}[self.value]


class Effect(TextChoices):
    """What a rule does to the grounds it governs."""

    REQUIRES = "requires", "纳入条件"
    EXCLUDES = "excludes", "移出情形"
    REVIEW = "review", "重点关注"


@dataclass(frozen=True)
class Fact:
    """One fact a rule read: its name and value in Chinese, where it came from, since when."""

    label: str
    value: str
    source: str = ""
    since: date | None = None
    recorded_at: datetime | None = None
    row: int | None = None


@dataclass(frozen=True)
class Finding:
    """One rule's outcome for one entity on one day.

    For an ``EXCLUDES`` rule ``MET`` means that nothing excludes; for a ``REVIEW`` rule that
    nothing calls for review. ``change`` says what would change the outcome.
    """

    rule: str
    title: str
    clause: str
    clause_label: str
    summary: str
    effect: Effect
    outcome: Outcome
    sentence: str
    change: str = ""
    facts: tuple[Fact, ...] = ()


@dataclass(frozen=True)
class GroundFinding:
    """One ground: what its rules say today, and since when it is open in the ledger, if it is.

    A zone's ground says in ``occupant`` of which occupant it is, and in ``label`` of which zone.
    """

    ground: str
    label: str
    clause: str
    clause_label: str
    outcome: Outcome
    open_since: date | None
    findings: tuple[Finding, ...]
    occupant: int | None = None

    @property
    def is_open(self) -> bool:
        return self.open_since is not None


@dataclass(frozen=True)
class Explanation:
    """Why an entity is inside or outside on a day, as known at an instant (default: now).

    ``inside`` is read from open grounds. ``pending`` says that fact changes wait to be settled.
    ``next_turning`` is the next day on which a recorded fact begins or ends by itself.
    """

    entity_id: int
    code: str
    name: str
    on: date
    known: datetime | None
    inside: bool
    verdict: str
    grounds: tuple[GroundFinding, ...]
    review: tuple[Finding, ...]
    policy_version: int
    pending: bool = False
    next_turning: date | None = None


@dataclass(frozen=True)
class LedgerLine:
    """One move of the ledger (移入移出台账), with the sentences as they were shown then."""

    day: date
    recorded_at: datetime
    move: str
    move_label: str
    ground: str
    ground_label: str
    cause: str
    run_id: int
    policy_version: int
    findings: tuple[Finding, ...] = field(default_factory=tuple)
