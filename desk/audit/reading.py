"""Reading logs of tens of millions of lines: newest first, by key, and never for long.

The order of the logs is that of their keys. A time is first turned into keys, by halving, so that
every condition is read through the indexes on keys. What no index knows (a word in a reason) is
looked for in slices of keys, newest first, that grow while they are quick; when patience ends, the
page shows what was found and goes on from there.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict

from core.models import Access, Change
from desk.newest import SIZE, Newest, key_of

Log = type[Change] | type[Access]

MARGIN = timedelta(hours=1)
"""How much later a line may bear a smaller key: the longest statement that writes into a log."""

SLICE = 50_000
QUICK = 0.3
PATIENCE = 3.0


@dataclass(frozen=True)
class Span:
    """Keys from ``first`` up to, without it, ``end``."""

    first: int
    end: int


@dataclass(frozen=True)
class Sought(Newest):
    """One page; ``reached`` is how far back was looked, where patience ended before the page."""

    reached: datetime | None = None


def _all(log: Log) -> QuerySet[Any]:
    return log.objects.for_system("where a time lies in the log")


def span_of(log: Log, since: datetime | None, until: datetime | None) -> Span:
    """Return keys between which every line of a time lies, and not many others."""
    keys = _all(log).order_by("pk").values_list("pk", flat=True)
    first, newest = keys.first() or 0, keys.last() or 0
    whole = Span(first, newest + 1)
    return Span(
        _key_at(log, since - MARGIN, whole) if since else whole.first,
        _key_at(log, until + MARGIN, whole) if until else whole.end,
    )


def _key_at(log: Log, instant: datetime, span: Span) -> int:
    """Return the key at which the log passes an instant."""
    low, high = span.first, span.end
    while low < high:
        middle = (low + high) // 2
        found = _all(log).filter(pk__gte=middle).order_by("pk").values_list("pk", "at").first()
        if found is None or found[1] >= instant:
            high = middle
        else:
            low = found[0] + 1
    return low


def seek(rows: QuerySet[Any], query: QueryDict, span: Span, *, size: int = SIZE) -> Sought:
    """Read the newest rows of a span below the key ``before`` of the address."""
    before = key_of(query.get("before"))
    high = span.end if before is None else min(before, span.end)
    until = time.monotonic() + PATIENCE
    found: list[Any] = []
    width = SLICE
    while high > span.first and len(found) <= size:
        begun = time.monotonic()
        low = max(span.first, high - width)
        slice_ = rows.filter(pk__gte=low, pk__lt=high).order_by("-pk")
        found += slice_[: size + 1 - len(found)]
        high = low
        width *= 4 if time.monotonic() - begun < QUICK else 1
        if time.monotonic() > until and high > span.first and len(found) <= size:
            return Sought(found, high, before is None, _when(rows.model, high))
    older = found[size - 1].pk if len(found) > size else None
    return Sought(found[:size], older, before is None)


def _when(log: Log, key: int) -> datetime | None:
    at = _all(log).filter(pk__gte=key).order_by("pk").values_list("at", flat=True)
    return at.first()
