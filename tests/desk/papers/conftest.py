"""An order of the district 本区局 with its papers, and the people around it."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from django.test import Client

from policy.limits import seed_first_version
from redline.choices import PaperKind
from staff.models import User
from staff.roles import Role
from tests.factories import make_bureau, make_station, make_unit, make_user
from tests.redline.papers.papering import bureau_of_papers, company, make_case


@pytest.fixture
def people(db) -> dict[str, User]:
    """One account for each way of standing to an order of 本区局."""
    seed_first_version()
    own = bureau_of_papers(name="本区局")
    return {
        "own": make_user(Role.DISTRICT_OFFICER, own, name="张经办"),
        "lead": make_user(Role.DISTRICT_LEAD, own, name="李负责"),
        "station": make_user(Role.STATION_OFFICER, own, make_station(own)),
        "other": make_user(Role.DISTRICT_OFFICER, make_bureau("外区局")),
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
def case(people) -> SimpleNamespace:
    """An order that was served, with the record of its service."""
    return make_case(PaperKind.RECEIPT, company(people["own"].bureau, name="重庆大山有限公司"))
