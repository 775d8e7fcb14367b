"""People and entities for the tests of the pages: own and other district, city, unit, auditor."""

from __future__ import annotations

import pytest
from django.test import Client

from membership.models import Run
from policy.limits import limits_in_force
from staff.models import User
from staff.roles import Role
from tests.factories import SINCE, make_bureau, make_user


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
