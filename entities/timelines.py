"""Writing dated facts of many entities at once, append-only, on both time axes.

Nothing is rewritten: rows that no longer hold are superseded, what remains of them and what is new
is inserted with the same instant, so that no moment of knowledge lies between. The caller holds
the entities' rows (``entities.locks``) and a transaction.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db.models import Q
from django.utils import timezone

from core.dated import Superseded

BATCH = 5000

# Tables and rows are Any here: they are models that inherit core.dated.Dated and have an entity,
# which the stubs cannot say together.


@dataclass(frozen=True)
class Segment:
    """The columns of a fact from ``since`` until ``until`` (not included; None is open)."""

    since: date
    until: date | None
    values: Mapping[str, Any]


@dataclass
class Written:
    """Keys of the rows of one table, by entity: what was inserted and what was superseded."""

    inserted: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    superseded: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))

    def of(self, entity_id: int) -> dict[str, list[int]]:
        return {
            "inserted": self.inserted.get(entity_id, []),
            "superseded": self.superseded.get(entity_id, []),
        }


def reaching(model: type[Any], entity_ids: Collection[int], since: date, **narrow: Any) -> Any:
    """Return the current rows of these entities that hold on ``since`` or any later day."""
    return (
        model.objects.for_system("writing dated facts")
        .current()
        .filter(Q(until=None) | Q(until__gt=since), entity_id__in=list(entity_ids), **narrow)
        .order_by("entity_id", "since")
    )


def lay_over(
    model: type[Any],
    entity_ids: Collection[int],
    since: date,
    until: date | None,
    make: Callable[[int], Any],
    **narrow: Any,
) -> Written:
    """Let ``make(entity_id)`` hold in [since, until), or nothing where it returns None.

    Rows narrowed by ``narrow`` that overlap those days are cut; their parts outside stay.
    """
    rows = reaching(model, entity_ids, since, **narrow)
    if until is not None:
        rows = rows.filter(since__lt=until)
    old = list(rows)
    fresh = [part for row in old for part in _outside(row, since, until)]
    fresh += [row for row in map(make, entity_ids) if row is not None]
    return replace_rows(model, old, fresh)


def _outside(row: Any, since: date, until: date | None) -> Iterable[Any]:
    """Return what remains of a row when [since, until) is cut out of it."""
    if row.since < since:
        yield row.copy(until=since)
    if until is not None and (row.until is None or row.until > until):
        yield row.copy(since=until)


def replace_rows(model: type[Any], old: Sequence[Any], fresh: Sequence[Any]) -> Written:
    """Supersede the old rows and insert the fresh ones, at one instant."""
    at = timezone.now()
    supersede(model, [row.pk for row in old], at)
    for row in fresh:
        row.recorded_at = at
    model.objects.for_system("writing dated facts").bulk_create(fresh, batch_size=BATCH)
    written = Written()
    for row in old:
        written.superseded[row.entity_id].append(row.pk)
    for row in fresh:
        written.inserted[row.entity_id].append(row.pk)
    return written


def supersede(model: type[Any], keys: Sequence[int], at: datetime) -> None:
    """Mark rows as no longer what we know; of two who try, one fails."""
    if not keys:
        return
    changed = (
        model.objects.for_system("superseding rows by key")
        .filter(pk__in=keys, superseded_at=None)
        .update(superseded_at=at)
    )
    if changed != len(keys):
        raise Superseded(f"{model._meta.verbose_name}已被他人更新，请刷新后重试。")


def rewrite(
    model: type[Any],
    wanted: Mapping[int, Sequence[Segment]],
    from_day: date,
    alike: Callable[[Mapping[str, Any]], Any],
    *,
    by: Any = None,
    source: str = "",
    **narrow: Any,
) -> dict[int, date]:
    """Let the entities' rows say ``wanted`` from a day on; write differences only.

    ``alike`` maps a row's columns to what decides whether two rows say the same. Returns, for each
    entity that changed, the first day on which it differs from before.
    """
    columns = [f.attname for f in model._meta.concrete_fields if f.attname not in _FRAME]
    current: dict[int, list[Any]] = defaultdict(list)
    for row in reaching(model, wanted, from_day, **narrow):
        current[row.entity_id].append(row)
    old: list[Any] = []
    fresh: list[Any] = []
    changed: dict[int, date] = {}
    for entity_id, segments in wanted.items():
        rows = current[entity_id]
        held = [Segment(r.since, r.until, {c: getattr(r, c) for c in columns}) for r in rows]
        day = first_difference(held, segments, from_day, alike)
        if day is None:
            continue
        changed[entity_id] = day
        replaced = [row for row in rows if row.until is None or row.until > day]
        old += replaced
        fresh += [row.copy(until=day) for row in replaced if row.since < day]
        told = {"entity_id": entity_id, "recorded_by": by, "source": source}
        fresh += [model(**told, **columns_of) for columns_of in _from_day(segments, day)]
    replace_rows(model, old, fresh)
    return changed


def _from_day(segments: Sequence[Segment], day: date) -> Iterable[dict[str, Any]]:
    """Give the columns of the segments that reach beyond a day, cut to begin there."""
    for segment in segments:
        if segment.until is None or segment.until > day:
            since = max(segment.since, day)
            yield {"since": since, "until": segment.until, **segment.values}


_FRAME = {
    *("id", "entity_id", "since", "until"),
    *("recorded_at", "superseded_at", "recorded_by_id", "source"),
}


def first_difference(
    held: Sequence[Segment],
    wanted: Sequence[Segment],
    from_day: date,
    alike: Callable[[Mapping[str, Any]], Any],
) -> date | None:
    """Return the first day from ``from_day`` on which two timelines say different things."""
    for day in turning_days((*held, *wanted), from_day):
        one, other = _on(held, day), _on(wanted, day)
        if (one is None) != (other is None):
            return day
        if one is not None and other is not None and alike(one) != alike(other):
            return day
    return None


def turning_days(spans: Iterable[Any], from_day: date) -> list[date]:
    """Return ``from_day`` and every later day on which one of the spans begins or ends."""
    days = {from_day}
    for span in spans:
        days |= {day for day in (span.since, span.until) if day is not None and day > from_day}
    return sorted(days)


def _on(segments: Sequence[Segment], day: date) -> Mapping[str, Any] | None:
    for segment in segments:
        if segment.since <= day and (segment.until is None or segment.until > day):
            return segment.values
    return None


def merged(
    days: Sequence[date],
    values: Sequence[Mapping[str, Any] | None],
    alike: Callable[[Mapping[str, Any]], Any],
) -> list[Segment]:
    """Return segments of values that each hold from their day until the next, equals joined."""
    segments: list[Segment] = []
    ends = [*days[1:], None]
    for since, until, value in zip(days, ends, values, strict=True):
        if value is None:
            continue
        last = segments[-1] if segments else None
        if last and last.until == since and alike(last.values) == alike(value):
            segments[-1] = Segment(last.since, until, last.values)
        else:
            segments.append(Segment(since, until, value))
    return segments
