"""Zones and stays on their rosters, written as the room itself writes them."""

from dataclasses import dataclass
from datetime import date

from entities.models import Entity
from staff.models import Bureau
from zones.models import Zone
from zones.rosters import enter, remove


@dataclass
class RosterStay:
    """An entity on the roster of the zone of that name."""

    entity: Entity
    zone: str
    since: date
    until: date | None = None

    def save(self) -> None:
        zone = make_zone(self.zone, self.entity.bureau)
        enter(zone, {self.entity.pk: self.entity.name}, since=self.since, by=None, cause="名册")
        if self.until is not None:
            remove(zone, [self.entity.pk], on=self.until, by=None, cause="名册")


def make_zone(name: str, bureau: Bureau) -> Zone:
    zone, _ = Zone.objects.for_system("test").get_or_create(
        name=name,
        defaults={
            "zone_type": "park",
            "address": "重庆市某路1号",
            "bureau": bureau,
            "since": date(2025, 1, 1),
        },
    )
    return zone
