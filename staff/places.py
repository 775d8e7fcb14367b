"""Where things lie on a day: districts, streets, bureaus and stations as one snapshot in memory."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Q

from staff.models import (
    District,
    Jurisdiction,
    StationStreet,
    StreetPlacement,
)

REASON = "a snapshot of places"


@dataclass(frozen=True)
class DistrictAt:
    """A district, also an abolished one, with its names as registers write them.

    ``living_id`` is the district that stands for it on the day: itself, or what succeeded it.
    """

    id: int
    code: str
    name: str
    short_name: str
    former_names: tuple[str, ...]
    since: date | None
    until: date | None
    living_id: int

    def exists_on(self, on: date) -> bool:
        return (self.since is None or self.since <= on) and (self.until is None or on < self.until)

    @property
    def names(self) -> tuple[str, ...]:
        """Return every name under which a register may write the district."""
        return (self.name, self.short_name, *self.former_names)


@dataclass(frozen=True)
class StreetAt:
    """A street, and the district in which it lies on the day of the snapshot."""

    id: int
    code: str
    name: str
    district_id: int


@dataclass(frozen=True)
class Places:
    """Who supervises what on a day; asks nothing of the database once made.

    ``districts`` holds all districts by key, abolished ones included, for old addresses name them;
    ``streets`` holds those that lie somewhere on the day.
    """

    on: date
    districts: dict[int, DistrictAt]
    streets: dict[int, StreetAt]
    _bureau_of_district: dict[int, int] = field(repr=False)
    _bureau_of_street: dict[int, int] = field(repr=False)
    _station_of_street: dict[int, int] = field(repr=False)

    def district_of(self, district_id: int | None, street_id: int | None) -> int | None:
        """Return the district of a place on this day: the street's own, else the district written.

        An abolished district stands for its successor.
        """
        street = self.streets.get(street_id) if street_id else None
        if street:
            return street.district_id
        return self.living(district_id)

    def living(self, district_id: int | None) -> int | None:
        """Return the district that stands for a district on this day, itself or its successor."""
        district = self.districts.get(district_id) if district_id else None
        return district.living_id if district else None

    def bureau_of(self, district_id: int | None, street_id: int | None = None) -> int | None:
        """Return the bureau that supervises a place; a functional area goes before its district.

        ``None`` where no bureau is responsible, which is a gap in the table of jurisdictions.
        """
        if street_id and street_id in self._bureau_of_street:
            return self._bureau_of_street[street_id]
        lies_in = self.district_of(district_id, street_id)
        return self._bureau_of_district.get(lies_in) if lies_in else None

    def station_of(self, street_id: int | None) -> int | None:
        """Return the station that looks after a street, or None where none is known."""
        return self._station_of_street.get(street_id) if street_id else None


def places_on(on: date) -> Places:
    """Return the snapshot of a day, as known now, in four queries."""
    jurisdictions = list(
        Jurisdiction.objects.for_system(REASON)
        .in_force(on)
        .values_list("district_id", "street_id", "bureau_id")
    )
    return Places(
        on=on,
        districts=_districts(on),
        streets=_streets(on),
        _bureau_of_district={district: to for district, _, to in jurisdictions if district},
        _bureau_of_street={street: to for _, street, to in jurisdictions if street},
        _station_of_street=dict(
            StationStreet.objects.for_system(REASON)
            .in_force(on)
            .values_list("street_id", "station_id")
        ),
    )


def turns_between(last_on: date, on: date) -> bool:
    """Return whether a place changes hands by itself on a day in (last_on, on].

    Tables of a reorganisation are loaded before its day; on that day somebody has to look again.
    """
    days = Q(since__gt=last_on, since__lte=on) | Q(until__gt=last_on, until__lte=on)
    dated: tuple[Any, ...] = (StreetPlacement, Jurisdiction, StationStreet)
    return District.objects.filter(days).exists() or any(
        table.objects.for_system(REASON).current().filter(days).exists() for table in dated
    )


def _districts(on: date) -> dict[int, DistrictAt]:
    rows = {row.pk: row for row in District.objects.all()}
    return {
        row.pk: DistrictAt(
            id=row.pk,
            code=row.code,
            name=row.name,
            short_name=row.short_name,
            former_names=tuple(row.former_names),
            since=row.since,
            until=row.until,
            living_id=_living(row, rows, on),
        )
        for row in rows.values()
    }


def _living(district: District, rows: dict[int, District], on: date) -> int:
    """Follow the successors of a district that ended by ``on``, each at most once."""
    seen = set()
    while district.until and district.until <= on and district.successor_id:
        if district.pk in seen:
            break
        seen.add(district.pk)
        district = rows[district.successor_id]
    return district.pk


def _streets(on: date) -> dict[int, StreetAt]:
    rows = (
        StreetPlacement.objects.for_system(REASON)
        .in_force(on)
        .order_by("street__code")
        .values_list("street_id", "street__code", "street__name", "district_id")
    )
    return {key: StreetAt(key, code, name, district) for key, code, name, district in rows}
