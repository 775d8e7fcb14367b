"""The limits in force on a day: every figure comes from the version published for that day."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.db.models import Q

from policy.clauses import IN_FORCE
from policy.models import LimitValue, PolicyVersion

NO_LIMIT = "none"
"""How limits.toml writes an optional limit that is not set (TOML has no null)."""


@dataclass(frozen=True)
class LimitInfo:
    """What a limit is: title, clause, unit, type, default of the first version and its source.

    ``low`` and ``high`` bound a number; ``choices`` gives what a list may hold, with the words
    shown for each.
    """

    key: str
    title: str
    clause: str
    unit: str
    type: str
    default: Any
    source: str
    checked_on: date
    low: int = 0
    high: int = 100
    choices: Mapping[str, str] = field(default_factory=dict)


def _read() -> dict[str, LimitInfo]:
    text = (Path(__file__).parent / "limits.toml").read_text(encoding="utf-8")
    found = {}
    for key, entry in tomllib.loads(text).items():
        default = None if entry["default"] == NO_LIMIT else entry["default"]
        found[key] = LimitInfo(key=key, **{**entry, "default": default})
    return found


LIMITS: dict[str, LimitInfo] = _read()


@dataclass(frozen=True)
class Limits(Mapping[str, Any]):
    """The values of one version by key."""

    version: PolicyVersion
    figures: Mapping[str, Any] = field(hash=False)

    def __getitem__(self, key: str) -> Any:
        return self.figures[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.figures)

    def __len__(self) -> int:
        return len(self.figures)


def limits_in_force(on: date, known: datetime | None = None) -> Limits:
    """Return the limits of the latest version published for ``on`` or before.

    ``known`` asks for those that had been published by that instant.

    Days before the policy are judged by its first version. Raises LookupError if none is
    published, which means that seed_reference was not run.
    """
    published = PolicyVersion.objects.filter(status=PolicyVersion.Status.PUBLISHED)
    if known is not None:
        published = published.filter(Q(approved_at__lte=known) | Q(approved_at=None))
    version = published.filter(since__lte=on).order_by("-since").first()
    version = version or published.order_by("since").first()
    if version is None:
        raise LookupError("没有已发布的参数版本，请先运行 seed_reference。")
    return Limits(version=version, figures=_values(version.pk, version.drafted_at))


@lru_cache(maxsize=64)
def _values(version_id: int, drafted_at: datetime) -> dict[str, Any]:
    """Return a version's values; they never change, so every process may keep them.

    ``drafted_at`` tells apart versions of the same key after a database was restored.
    """
    stored = dict(LimitValue.objects.filter(version_id=version_id).values_list("key", "value"))
    return {key: stored.get(key, info.default) for key, info in LIMITS.items()}


def turning_between(after: date, upto: date) -> list[date]:
    """Return the days in (after, upto] on which a published version begins."""
    return list(
        PolicyVersion.objects.filter(
            status=PolicyVersion.Status.PUBLISHED, since__gt=after, since__lte=upto
        )
        .order_by("since")
        .values_list("since", flat=True)
    )


def seed_first_version() -> PolicyVersion:
    """Publish the defaults of limits.toml as the first version, if none is there."""
    first = PolicyVersion.objects.filter(number=1).first()
    if first is not None:
        return first
    first = PolicyVersion.objects.create(
        number=1,
        title="系统默认参数（我们的理解）",
        status=PolicyVersion.Status.PUBLISHED,
        since=IN_FORCE,
    )
    LimitValue.objects.bulk_create(
        LimitValue(version=first, key=key, value=info.default, source=info.source)
        for key, info in LIMITS.items()
    )
    return first
