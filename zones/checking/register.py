"""What the register, the rosters in force and the safety readings say about filed lines.

Each function asks once for all lines.
"""

from __future__ import annotations

import functools
import operator
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from entities.choices import Domain, Verdict
from entities.models import Entity, SafetyReading
from entities.names import bigrams, folded
from zones.models import DeclaredZone, RosterEntry, Zone

WHY = "checking a declaration against the register"
MOST_HINTS = 200
"""So many lines get a hint looked up by their name; a file with more faults is another register."""

SHORTEST_HINTED = 4


@dataclass(frozen=True)
class Known:
    """An entity of the register, as far as a roster is compared with it."""

    id: int
    code: str
    name: str
    former_names: tuple[str, ...]
    status: str
    bureau_id: int | None


_COLUMNS = ("id", "code", "name", "former_names", "status", "bureau_id")


def known_by_code(codes: Collection[str]) -> dict[str, Known]:
    rows = Entity.objects.for_system(WHY).filter(code__in=list(codes))
    return {one.code: one for one in _known(rows.values_list(*_COLUMNS))}


def known_by_name(names: Iterable[str]) -> dict[str, list[Known]]:
    """Return the entities of exactly these names, by the folded name."""
    wanted = sorted({folded(name): name for name in names if _can_be_asked(name)}.items())
    found: dict[str, list[Known]] = defaultdict(list)
    for start in range(0, min(len(wanted), MOST_HINTS), 50):
        some = wanted[start : min(start + 50, MOST_HINTS)]
        either = functools.reduce(
            operator.or_,
            (
                Q(name_bigrams__contains=bigrams(name), name__in=_spellings(name))
                for _, name in some
            ),
        )
        rows = Entity.objects.for_system(WHY).filter(either).order_by("pk")
        for one in _known(rows.values_list(*_COLUMNS)):
            found[folded(one.name)].append(one)
    return found


def _can_be_asked(name: str) -> bool:
    return SHORTEST_HINTED <= len(folded(name)) <= 200


def _spellings(name: str) -> list[str]:
    """Return a name with brackets of either width, as registers write both."""
    half = str.maketrans("（）", "()")
    full = str.maketrans("()", "（）")
    plain = "".join(name.split())
    return sorted({name, plain, plain.translate(half), plain.translate(full)})


def _known(rows: Iterable[tuple[int, str, str, list[str], str, int | None]]) -> list[Known]:
    return [
        Known(id_, code, name, tuple(former), status, bureau)
        for id_, code, name, former, status, bureau in rows
    ]


def zones_of(
    entity_ids: Collection[int], on: date, declaration_id: int | None
) -> dict[int, list[tuple[str, int]]]:
    """Return for each entity the zones on whose rosters it stands: (name, bureau's key).

    The zones that the declaration itself changes or made are left out.
    """
    own = own_zones(declaration_id)
    found: dict[int, list[tuple[str, int]]] = defaultdict(list)
    rows = RosterEntry.objects.for_system(WHY).in_force(on).filter(entity_id__in=list(entity_ids))
    for entity_id, zone_id, name, bureau_id in rows.order_by("occupant__zone_id").values_list(
        "entity_id", "occupant__zone_id", "occupant__zone__name", "occupant__zone__bureau_id"
    ):
        if zone_id not in own:
            found[entity_id].append((name, bureau_id))
    return found


def own_zones(declaration_id: int | None) -> set[int]:
    """Return the zones that a declaration changes, merges into or made."""
    if declaration_id is None:
        return set()
    rows = DeclaredZone.objects.for_system(WHY).filter(declaration_id=declaration_id)
    lines = rows.values_list("target_id", "into_id", "zone_id")
    return {key for line in lines for key in line if key is not None}


def names_taken(bureau_id: int, on: date, declaration_id: int | None) -> set[str]:
    """Return the folded names of a bureau's other zones that have not ended."""
    rows = Zone.objects.for_system(WHY).filter(bureau_id=bureau_id)
    rows = rows.filter(Q(until=None) | Q(until__gt=on)).exclude(pk__in=own_zones(declaration_id))
    return {folded(name) for name in rows.values_list("name", flat=True)}


def touched_fields(entity_ids: Collection[int], on: date) -> dict[int, str]:
    """Return for each entity in a safety field the names of its fields."""
    rows = SafetyReading.objects.for_system(WHY).in_force(on).filter(entity_id__in=list(entity_ids))
    found = {}
    for entity_id, *verdicts in rows.values_list("entity_id", *Domain.values):
        labels = [
            label
            for label, verdict in zip(Domain.labels, verdicts, strict=True)
            if verdict == Verdict.IN
        ]
        if labels:
            found[entity_id] = "、".join(map(str, labels))
    return found
