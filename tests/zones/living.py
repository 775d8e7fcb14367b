"""Zones with rosters to test their life with, and the people around them."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction

from staff.models import Bureau, User
from staff.roles import CITY_ROLES, DISTRICT_ROLES, Role
from tests.factories import make_bureau, make_entity, make_user
from zones.models import RosterEntry, Zone, ZoneArea, ZoneBureau
from zones.rosters import enter, roster

SINCE = date(2024, 9, 1)
ON = date(2026, 3, 2)


def make_zone(bureau: Bureau | None = None, *, words: str = "", **fields: Any) -> Zone:
    """Make a zone in force from SINCE; ``words`` is its one area."""
    bureau = bureau or make_bureau()
    values = {"name": "试验园区", "zone_type": "park", "address": "试验路1号", "since": SINCE}
    zone = Zone.plain.create(bureau=bureau, **values | fields)
    ZoneBureau(zone=zone, bureau=bureau, since=zone.since).save()
    if words:
        ZoneArea(zone=zone, words=words, since=zone.since).save()
    return zone


def on_roster(zone: Zone, count: int = 1, *, since: date = SINCE, **fields: Any) -> list[Any]:
    """Put so many new entities of the zone's bureau on its roster."""
    made = [make_entity(**{"bureau": zone.bureau} | fields) for _ in range(count)]
    with transaction.atomic():
        enter(zone, {row.pk: row.name for row in made}, since=since, by=None, cause="test")
    return made


def standing_on(zone: Zone, on: date) -> set[int]:
    rows = roster(zone, on).for_system("test")
    return set(rows.values_list("entity_id", flat=True))


def days_of(zone: Zone, entity: Any) -> list[tuple[date, date | None]]:
    rows = RosterEntry.objects.for_system("test").current().filter(occupant__zone=zone)
    return list(rows.filter(entity=entity).order_by("since").values_list("since", "until"))


def person(role: str, bureau: Bureau) -> User:
    """Make an account of a role, of this bureau where the role has one."""
    return make_user(role, bureau if role in DISTRICT_ROLES else None)


EVERY_ROLE = sorted(Role)
HERE = DISTRICT_ROLES
CITY = CITY_ROLES
