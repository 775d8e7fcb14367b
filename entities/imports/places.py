"""The names of places of a day as an index for addresses."""

from __future__ import annotations

from collections import defaultdict

from entities.addresses import AddressIndex, DistrictNames, StreetNames
from staff.models import StreetPlacement
from staff.places import Places


def address_index(places: Places) -> AddressIndex:
    """Compile the districts and streets of a snapshot; streets also know where they once lay."""
    once: dict[int, set[int]] = defaultdict(set)
    placements = StreetPlacement.objects.for_system("placing addresses").current()
    for street_id, district_id in placements.values_list("street_id", "district_id"):
        once[street_id].add(district_id)
    return AddressIndex(
        [
            DistrictNames(district.id, district.names, district.living_id)
            for district in places.districts.values()
        ],
        [
            StreetNames(s.id, s.name, s.district_id, tuple(once[s.id] - {s.district_id}))
            for s in places.streets.values()
        ],
    )
