"""Which bureau supervised an entity on a day (readings 10): whose red lines an act is held against.

The register says today's place only, and a district that ended stands there as its successor. So
the place of the day is taken from what the change log kept of the register since then; where that
names a district that did not exist yet, the address is read as it would have been on that day.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils import timezone

from core.errors import Refused
from core.models import Change
from entities.imports.places import address_index
from entities.models import Entity
from staff.models import Bureau, District
from staff.places import Places, places_on

CLAUSE = "readings 10"


@dataclass(frozen=True)
class Supervision:
    """Who supervised an entity on a day, and by what that was found.

    ``certain`` is False where nothing tells and today's bureau stands in: an officer looks.
    """

    bureau: Bureau
    sentence: str
    certain: bool = True


@dataclass(frozen=True)
class _Place:
    """Keys of a district and a street, as the register had them."""

    district: int | None
    street: int | None


def supervisor_on(entity: Entity, day: date) -> Bureau:
    """Return the bureau that supervised the entity on a day.

    Refuses where neither that day nor today says one.
    """
    return supervision_on(entity, day).bureau


def supervision_on(entity: Entity, day: date) -> Supervision:
    """Return who supervised the entity on a day and by what that was found, in a sentence."""
    places, place = places_on(day), _place_on(entity, day)
    for way in (_by_street, _by_district, _by_address, _by_what_went_into_it):
        bureau_id, what = way(entity, place, places)
        if bureau_id is not None:
            bureau = Bureau.objects.get(pk=bureau_id)
            return Supervision(bureau, f"{day}，{what}由{bureau}监管。")
    if entity.bureau is None:
        raise Refused(
            CLAUSE, "该主体没有属地监管机关（住所没有定位到区县），请由市局核对住所后再登记。"
        )
    sentence = f"登记信息看不出该主体{day}的属地，暂按现在的属地监管机关{entity.bureau}，请核对。"
    return Supervision(entity.bureau, sentence, certain=False)


def _place_on(entity: Entity, day: date) -> _Place:
    """Return the place that the register had at the end of a day, by what changed since.

    The oldest later change of a column says what it was; without one it is what it is now.
    """
    ended = timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))
    later = Change.objects.for_system("where the register placed an entity on a day").filter(
        entity_id=entity.pk,
        table_name=Entity._meta.db_table,
        verb=Change.Verb.UPDATE,
        at__gte=ended,
    )
    then: dict[str, int | None] = {}
    for before in later.order_by("id").values_list("before", flat=True):
        then = (before or {}) | then
    return _Place(
        then.get("district_id", entity.district_id), then.get("street_id", entity.street_id)
    )


Found = tuple[int | None, str]


def _by_street(entity: Entity, place: _Place, places: Places) -> Found:
    street = places.streets.get(place.street) if place.street else None
    if street is None:
        return None, ""
    return places.bureau_of(None, street.id), street.name


def _by_district(entity: Entity, place: _Place, places: Places) -> Found:
    district = places.districts.get(place.district) if place.district else None
    if district is None or not district.exists_on(places.on):
        return None, ""
    return places.bureau_of(district.id), district.name


def _by_address(entity: Entity, place: _Place, places: Places) -> Found:
    """Read the address as on the day: a district that ended since is named in it still."""
    if not entity.address:
        return None, ""
    found = address_index(places).locate(entity.address)
    return places.bureau_of(found.district_id, found.street_id), "住所所在地"


def _by_what_went_into_it(entity: Entity, place: _Place, places: Places) -> Found:
    """Take the districts that have gone into this one since, where they had one bureau."""
    successors = dict(District.objects.values_list("pk", "successor_id"))
    before = [
        district
        for district in places.districts.values()
        if district.exists_on(places.on) and _leads_to(district.id, place.district, successors)
    ]
    told = {places.bureau_of(district.id) for district in before} - {None}
    return (told.pop(), before[0].name) if len(told) == 1 else (None, "")


def _leads_to(district: int, wanted: int | None, successors: Mapping[int, int | None]) -> bool:
    """Return whether a district goes into the one that is wanted, in one step or several."""
    seen: set[int] = set()
    following = successors.get(district)
    while following is not None and following not in seen:
        if following == wanted:
            return True
        seen.add(following)
        following = successors.get(following)
    return False
