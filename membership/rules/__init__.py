"""The rule book: every rule, in the order in which it is explained.

A rule of a new room is one class in one module here and one line in RULES; a new ground is one
member of ``membership.models.GroundName``.
"""

from membership.findings import Effect
from membership.models import GroundName
from membership.rules.base import Rule
from membership.rules.entry import CreditLetter, FourNew, SafetyField
from membership.rules.exclusion import (
    EndedStatus,
    GravestClass,
    RedLineRemoval,
    SeriousList,
    TakenOutByHand,
)
from membership.rules.review import AbnormalList, Liquidating, WorseClass
from membership.rules.zone import OnRoster, OutsideZones

RULES: tuple[type[Rule], ...] = (
    OnRoster,
    FourNew,
    OutsideZones,
    CreditLetter,
    SafetyField,
    EndedStatus,
    GravestClass,
    SeriousList,
    TakenOutByHand,
    RedLineRemoval,
    WorseClass,
    Liquidating,
    AbnormalList,
)

BY_KEY: dict[str, type[Rule]] = {rule.key: rule for rule in RULES}


def rules_of(ground: GroundName) -> tuple[type[Rule], ...]:
    """Return the rules that open or close a ground: its own, and the exclusions that govern it."""
    return tuple(rule for rule in RULES if ground in rule.grounds and rule.effect != Effect.REVIEW)


def reviews() -> tuple[type[Rule], ...]:
    return tuple(rule for rule in RULES if rule.effect == Effect.REVIEW)
