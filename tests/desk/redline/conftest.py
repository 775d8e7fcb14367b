"""The people around a violation of an entity of the district 本区局."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from policy.limits import seed_first_version
from redline.models import Violation
from staff.models import Bureau, User
from staff.roles import Role
from tests.factories import make_bureau, make_entity, make_station, make_unit, make_user
from tests.redline.factories import make_violation


@pytest.fixture
def people(db) -> dict[str, User]:
    """One account for each way of standing to the bureau 本区局."""
    seed_first_version()
    own, other = make_bureau("本区局"), make_bureau("外区局")
    return {
        "own": make_user(Role.DISTRICT_OFFICER, own, name="张经办"),
        "own2": make_user(Role.DISTRICT_OFFICER, own, name="赵经办"),
        "lead": make_user(Role.DISTRICT_LEAD, own, name="李负责"),
        "station": make_user(Role.STATION_OFFICER, own, make_station(own), name="孙所员"),
        "other": make_user(Role.DISTRICT_OFFICER, other, name="钱外区"),
        "other_lead": make_user(Role.DISTRICT_LEAD, other),
        "city": make_user(Role.MUNICIPAL_OFFICER, name="王市局"),
        "city_lead": make_user(Role.MUNICIPAL_LEAD),
        "unit": make_user(Role.UNIT_OFFICER, unit=make_unit(["food_drug"]), name="周药监"),
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
def bureau(people) -> Bureau:
    return people["own"].bureau


@pytest.fixture
def entity(bureau) -> Any:
    return make_entity(name="重庆本区甲餐饮有限公司", bureau=bureau, safety=["food_drug"])


@pytest.fixture
def violation(entity, people) -> Violation:
    """A violation of the own bureau's entity, recorded by its officer, still to be judged."""
    return make_violation(entity, by=people["own"])
