"""What the policy page shows: clauses beside their wording, limits of a day, versions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from django.db.models import QuerySet

from policy.clauses import CLAUSES, Clause
from policy.limits import LIMITS, LimitInfo, Limits, limits_in_force
from policy.models import OfficialText, PolicyVersion
from policy.values import show_value
from policy.workflow import TRANSITIONS
from staff.permissions import may


class ClauseRow(NamedTuple):
    """A clause with our summary, and its official wording where the bureau loaded it."""

    clause: Clause
    wording: OfficialText | None


class LimitRow(NamedTuple):
    """A limit on a day: what it is, its value stored and in words, and where the value is from."""

    info: LimitInfo
    clause: Clause
    value: Any
    shown: str
    source: str
    is_default: bool


class Difference(NamedTuple):
    """A limit that a version changes, in words."""

    info: LimitInfo
    before: str
    after: str


def clause_rows() -> list[ClauseRow]:
    """Return every clause in the policy's order."""
    wordings = {row.clause: row for row in OfficialText.objects.filter(superseded_at=None)}
    return [ClauseRow(clause, wordings.get(number)) for number, clause in CLAUSES.items()]


def limit_rows(on: date) -> tuple[PolicyVersion, list[LimitRow]]:
    """Return the version in force on a day and its limits, in the order of limits.toml."""
    limits = limits_in_force(on)
    return limits.version, rows_of(limits)


def rows_of(limits: Limits) -> list[LimitRow]:
    sources = dict(limits.version.values.values_list("key", "source"))
    return [
        LimitRow(
            info=info,
            clause=CLAUSES[info.clause],
            value=limits[key],
            shown=show_value(info, limits[key]),
            source=sources.get(key, info.source),
            is_default=limits[key] == info.default,
        )
        for key, info in LIMITS.items()
    ]


def versions() -> QuerySet[PolicyVersion]:
    """Return all versions, newest first, with who drafted and approved them."""
    return PolicyVersion.objects.select_related("drafted_by", "approved_by")


def differences(version: PolicyVersion) -> list[Difference]:
    """Return what a version changes against the one before it; the first version changes none."""
    published = PolicyVersion.objects.filter(status=PolicyVersion.Status.PUBLISHED)
    earlier = published.filter(since__lt=version.since).order_by("-since").first()
    if earlier is None:
        return []
    old, new = _stored(earlier), _stored(version)
    return [
        Difference(info, show_value(info, old[key]), show_value(info, new[key]))
        for key, info in LIMITS.items()
        if old[key] != new[key]
    ]


def _stored(version: PolicyVersion) -> Mapping[str, Any]:
    stored = dict(version.values.values_list("key", "value"))
    return {key: stored.get(key, info.default) for key, info in LIMITS.items()}


def available(version: PolicyVersion, viewer: Any, today: date) -> list[str]:
    """Return the actions ("approve", "withdraw", "recall") that a person may take on a version."""
    found = []
    for action, move in TRANSITIONS.items():
        if version.status != move.before or not may(viewer, move.verb):
            continue
        if action == "approve" and version.drafted_by_id == viewer.pk:
            continue
        if action == "recall" and version.since <= today:
            continue
        found.append(action)
    return found
