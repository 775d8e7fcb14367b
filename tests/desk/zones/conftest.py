"""A zone of the district 本区局, who is on its roster, and the people around it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from policy.limits import seed_first_version
from staff.models import User
from staff.roles import Role
from tests.factories import make_bureau, make_station, make_unit, make_user
from tests.zones.living import make_zone, on_roster
from zones.models import Zone


@pytest.fixture
def people(db) -> dict[str, User]:
    """One account for each way of standing to the zone ``zone``, whose bureau is 本区局."""
    seed_first_version()
    own, other = make_bureau("本区局"), make_bureau("外区局")
    return {
        "own": make_user(Role.DISTRICT_OFFICER, own, name="张经办"),
        "lead": make_user(Role.DISTRICT_LEAD, own, name="李负责"),
        "station": make_user(Role.STATION_OFFICER, own, make_station(own)),
        "other": make_user(Role.DISTRICT_OFFICER, other),
        "other_lead": make_user(Role.DISTRICT_LEAD, other),
        "city": make_user(Role.MUNICIPAL_OFFICER, name="王市局"),
        "city_lead": make_user(Role.MUNICIPAL_LEAD),
        "unit": make_user(Role.UNIT_OFFICER, unit=make_unit(["food_drug"])),
        "auditor": make_user(Role.AUDITOR),
    }


@pytest.fixture
def as_(people) -> Callable[[str], Client]:
    """Give a logged-in client by the name of the person; ``nobody`` is not logged in."""

    def client(name: str) -> Client:
        made = Client()
        if name != "nobody":
            made.force_login(people[name])
        return made

    return client


@pytest.fixture
def zone(people) -> Zone:
    """A zone of the own bureau, with an area and nobody on its roster."""
    return make_zone(people["own"].bureau, words="光电园", name="西永光电园")


@pytest.fixture
def members(zone) -> list[Any]:
    return on_roster(zone, 3)


@pytest.fixture
def foreign(zone, people) -> Any:
    """An entity of the other bureau on the zone's roster."""
    return on_roster(
        zone, 1, bureau=people["other"].bureau, name="重庆外区名册有限公司", letter="B"
    )[0]
