"""In which district a street lay and lies, from its district of one day and the table of changes.

Street tables are published for one day only. A row says a street's district before or after a
reorganisation; the changes tell the rest, forwards and backwards.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils import timezone

from staff.models import District, DistrictChange, Street, StreetPlacement

FIRST_DAY = date(1997, 6, 18)
"""The first day of 重庆直辖市: facts without a first day of their own hold from here."""


@dataclass(frozen=True)
class Span:
    """A street lies in a district (by key) from ``since`` until the day before ``until``."""

    district: int
    since: date
    until: date | None = None


class Changes:
    """The table of changes by day, newest first, and since when each district exists."""

    def __init__(self) -> None:
        self.named: dict[date, dict[tuple[int, str], int]] = defaultdict(dict)
        self.whole: dict[date, dict[int, int]] = defaultdict(dict)
        for row in DistrictChange.objects.all():
            if row.street_name:
                key = (row.from_district_id, row.street_name)
                self.named[row.effective_on][key] = row.to_district_id
            else:
                self.whole[row.effective_on][row.from_district_id] = row.to_district_id
        self.days = sorted({*self.named, *self.whole})
        self.since = dict(District.objects.values_list("pk", "since"))

    def after(self, day: date, district: int, name: str) -> int:
        """Return where a street lies from ``day`` on, that lay in ``district`` until then."""
        named = self.named.get(day, {}).get((district, name))
        return named or self.whole.get(day, {}).get(district) or district

    def before(self, day: date, district: int, name: str, known: int | None) -> int | None:
        """Return where a street lay until ``day``, that lies in ``district`` from then on.

        ``known`` is what is on record, believed where it fits. ``None`` where several districts
        went into this one as a whole and nothing says from which the street came.
        """
        named = [
            origin
            for (origin, street), to in self.named.get(day, {}).items()
            if street == name and to == district
        ]
        if len(named) == 1:
            return named[0]
        begun = self.since.get(district)
        possible = {origin for origin, to in self.whole.get(day, {}).items() if to == district}
        if begun is None or begun < day:
            possible.add(district)
        possible = {origin for origin in possible if self.after(day, origin, name) == district}
        if known in possible:
            return known
        return possible.pop() if len(possible) == 1 else None

    def leaves(self, district: int, name: str) -> date | None:
        """Return the first day on which a street of this name goes from the district elsewhere."""
        return next((day for day in self.days if self.after(day, district, name) != district), None)

    def history(self, name: str, district: int, on_record: Iterable[Span] = ()) -> list[Span]:
        """Return all spans of a street, oldest first, from the district that a table says.

        A district that the street has left says that the table is of the time before.
        """
        record = list(on_record)
        turn = self.leaves(district, name)
        spans = self._past(name, district, turn, record)
        if turn is None:
            return spans
        here, begun = self.after(turn, district, name), turn
        for day in self.days:
            moved = self.after(day, here, name)
            if day > turn and moved != here:
                spans.append(Span(here, begun, day))
                here, begun = moved, day
        return [*spans, Span(here, begun)]

    def _past(self, name: str, district: int, until: date | None, record: list[Span]) -> list[Span]:
        spans: list[Span] = []
        here = district
        for day in [day for day in reversed(self.days) if until is None or day < until]:
            origin = self.before(day, here, name, _lay_in(record, day))
            if origin == here:
                continue
            spans.insert(0, Span(here, day, until))
            if origin is None:
                return spans
            here, until = origin, day
        return [Span(here, FIRST_DAY, until), *spans]


def _lay_in(record: list[Span], day: date) -> int | None:
    """Return the district on record for the day before ``day``."""
    return next(
        (
            span.district
            for span in record
            if span.since < day and (span.until is None or span.until >= day)
        ),
        None,
    )


def spans_on_record() -> dict[int, list[StreetPlacement]]:
    """Return the current rows of every street, oldest first."""
    found: dict[int, list[StreetPlacement]] = defaultdict(list)
    rows = StreetPlacement.objects.for_system("placing streets").current()
    for row in rows.order_by("since"):
        found[row.street_id].append(row)
    return found


def place_streets(wanted: dict[int, list[Span]], *, by: Any, source: str) -> int:
    """Write the spans of streets (by key); return of how many streets anything changed.

    Rows that stay the same are left alone; others are superseded, so that history is kept.
    """
    present = spans_on_record()
    now = timezone.now()
    closed: list[int] = []
    fresh: list[StreetPlacement] = []
    changed = 0
    for street, spans in wanted.items():
        rows = {Span(r.district_id, r.since, r.until): r.pk for r in present.get(street, [])}
        if set(rows) == set(spans):
            continue
        changed += 1
        closed += [pk for span, pk in rows.items() if span not in spans]
        fresh += [
            StreetPlacement(
                street_id=street,
                district_id=span.district,
                since=span.since,
                until=span.until,
                recorded_at=now,
                recorded_by=by,
                source=source,
            )
            for span in spans
            if span not in rows
        ]
    placements = StreetPlacement.objects.for_system("placing streets")
    placements.filter(pk__in=closed, superseded_at=None).update(superseded_at=now)
    placements.bulk_create(fresh)
    return changed


def replace_all(*, by: Any, source: str) -> int:
    """Place every street anew by the table of changes; return how many changed."""
    changes = Changes()
    names = dict(Street.objects.values_list("pk", "name"))
    wanted = {}
    for street, rows in spans_on_record().items():
        record = [Span(row.district_id, row.since, row.until) for row in rows]
        wanted[street] = changes.history(names[street], record[-1].district, record)
    return place_streets(wanted, by=by, source=source)
