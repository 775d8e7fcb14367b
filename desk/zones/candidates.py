"""Who may come on a roster: found by pasted codes and names, or by address and street."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Exists, OuterRef, QuerySet

from core.dated import in_force
from entities.choices import Status
from entities.models import Entity
from staff.models import Street, User
from zones.models import RosterEntry, Zone

CODE = re.compile(r"(?<![0-9A-Z])(?:[0-9A-Z]{18}|[0-9]{15})(?![0-9A-Z])")
MOST_NAMES = 500
SHORTEST_WORDS = 2


@dataclass
class Pasted:
    """What pasted lines name: entities by key, and the lines that name none, or more than one."""

    ids: list[int] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)


def pasted(text: str, viewer: User) -> Pasted:
    """Read one entity from each line: by its code anywhere in the line, else by its whole name.

    A code also finds an entity of another bureau, whose premises may lie inside (readings 9); a
    name only one of the viewer's own.
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    codes: dict[str, str] = {}
    names: list[str] = []
    for line in lines:
        code = CODE.search(_plain(line))
        if code:
            codes.setdefault(code[0], line)
        elif line not in names:
            names.append(line)
    by_code = Entity.objects.for_system("who is on a roster is found by code in the whole city")
    known = dict(by_code.filter(code__in=list(codes)).values_list("code", "pk"))
    lost = [line for code, line in codes.items() if code not in known]
    named = _by_name(names[:MOST_NAMES], viewer)
    found = [*known.values(), *(keys[0] for keys in named.values() if len(keys) == 1)]
    lost += [name for name in names if len(named.get(name, ())) != 1]
    return Pasted(sorted(set(found)), lost)


def _plain(text: str) -> str:
    """Return the text with full-width letters and digits made plain, in capitals."""
    plain = (chr(ord(c) - 0xFEE0) if "\uff01" <= c <= "\uff5e" else c for c in text)
    return "".join(plain).upper()


def _by_name(names: list[str], viewer: User) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    if names:
        rows = Entity.objects.visible_to(viewer).filter(name__in=names)
        for name, pk in rows.values_list("name", "pk"):
            found.setdefault(name, []).append(pk)
    return found


def at_address(
    words: str, street: Street | None, zone: Zone, viewer: User, on: date
) -> QuerySet[Entity]:
    """Return the viewer's trading entities at an address that are not on the zone's roster."""
    there = RosterEntry.objects.filter(in_force(on), occupant__zone=zone, entity=OuterRef("pk"))
    rows = Entity.objects.visible_to(viewer).filter(
        ~Exists(there), status__in=(Status.ACTIVE, Status.DORMANT)
    )
    if street is not None:
        rows = rows.filter(street=street)
    return rows.filter(address__contains=words) if words else rows


def streets_of(zone: Zone) -> QuerySet[Street]:
    """Return the streets that the zone's bureau supervises, whole districts and single streets."""
    districts = Street.objects.filter(
        placements__superseded_at=None,
        placements__until=None,
        placements__district__jurisdictions__bureau=zone.bureau_id,
        placements__district__jurisdictions__superseded_at=None,
    )
    return districts.distinct().order_by("code")
