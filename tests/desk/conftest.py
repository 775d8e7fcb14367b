"""People and entities for the tests of the pages: own and other district, city, unit, auditor."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from membership.models import Run
from policy.limits import limits_in_force, seed_first_version
from staff.models import Bureau, User
from staff.roles import Role
from tests.factories import SINCE, make_bureau, make_station, make_unit, make_user


@pytest.fixture
def people(db) -> dict[str, User]:
    """One account for each way of standing to an entity of the district ``own``."""
    own, other = make_bureau("本区局"), make_bureau("外区局")
    return {
        "own": make_user(Role.DISTRICT_OFFICER, own),
        "own_lead": make_user(Role.DISTRICT_LEAD, own),
        "other": make_user(Role.DISTRICT_OFFICER, other),
        "city": make_user(Role.MUNICIPAL_OFFICER),
        "city_lead": make_user(Role.MUNICIPAL_LEAD),
        "unit": make_user(Role.UNIT_OFFICER),
        "auditor": make_user(Role.AUDITOR),
    }


@pytest.fixture
def as_(people):
    """Give a logged-in client by the name of the person; ``nobody`` is not logged in."""

    def client(name: str) -> Client:
        made = Client()
        if name != "nobody":
            made.force_login(people[name])
        return made

    return client


@pytest.fixture
def tagging_began(db) -> Run:
    """Let tagging have begun long ago, so that settle works."""
    return Run.objects.create(
        kind=Run.Kind.NIGHTLY,
        status=Run.Status.DONE,
        on=SINCE,
        policy_version=limits_in_force(SINCE).version,
    )


@pytest.fixture
def place(db) -> Bureau:
    """The bureau whose entities the reading pages show."""
    seed_first_version()
    return make_bureau("甲区局")


@pytest.fixture
def viewers(place) -> dict[str, User]:
    """One account for each way of reading an entity of the bureau ``place``, or of not reading."""
    return {
        "own": make_user(Role.DISTRICT_OFFICER, place),
        "lead": make_user(Role.DISTRICT_LEAD, place),
        "station": make_user(Role.STATION_OFFICER, station=make_station(place)),
        "stranger": make_user(Role.DISTRICT_OFFICER),
        "municipal": make_user(Role.MUNICIPAL_OFFICER),
        "unit": make_user(Role.UNIT_OFFICER, unit=make_unit(["food_drug"])),
        "city_unit": make_user(Role.UNIT_OFFICER),
        "auditor": make_user(Role.AUDITOR),
        "security": make_user(Role.SECURITY_ADMINISTRATOR),
        "system": make_user(Role.SYSTEM_ADMINISTRATOR),
    }


@pytest.fixture
def browse(viewers) -> Callable[[str], Client]:
    """Give a client that is logged in as one of ``viewers``."""

    def as_viewer(name: str) -> Client:
        client = Client()
        client.force_login(viewers[name])
        return client

    return as_viewer
