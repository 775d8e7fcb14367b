"""Clients of every role, for pages."""

from collections.abc import Callable

import pytest
from django.test import Client

from policy.limits import seed_first_version
from staff.models import Bureau, User
from staff.roles import Role
from tests import factories


@pytest.fixture
def place(db) -> Bureau:
    seed_first_version()
    return factories.make_bureau("甲区局")


@pytest.fixture
def people(place) -> dict[str, User]:
    """One account for each way of standing to an entity of the bureau ``place``."""
    return {
        "own": factories.make_user(Role.DISTRICT_OFFICER, bureau=place),
        "lead": factories.make_user(Role.DISTRICT_LEAD, bureau=place),
        "station": factories.make_user(Role.STATION_OFFICER, station=factories.make_station(place)),
        "stranger": factories.make_user(Role.DISTRICT_OFFICER),
        "municipal": factories.make_user(Role.MUNICIPAL_OFFICER),
        "unit": factories.make_user(Role.UNIT_OFFICER, unit=factories.make_unit(["food_drug"])),
        "city_unit": factories.make_user(Role.UNIT_OFFICER),
        "auditor": factories.make_user(Role.AUDITOR),
        "security": factories.make_user(Role.SECURITY_ADMINISTRATOR),
        "system": factories.make_user(Role.SYSTEM_ADMINISTRATOR),
    }


@pytest.fixture
def browse(people) -> Callable[[str], Client]:
    """Give a client that is logged in as one of ``people``."""

    def as_person(name: str) -> Client:
        client = Client()
        client.force_login(people[name])
        return client

    return as_person
