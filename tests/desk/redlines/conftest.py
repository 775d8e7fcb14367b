"""A bureau with its people, and a way to be one of them."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from django.test import Client

from policy.limits import seed_first_version
from tests.redline.listing import make_people


@pytest.fixture
def people(db) -> SimpleNamespace:
    seed_first_version()
    return make_people()


@pytest.fixture
def as_(people) -> Callable[[str], Client]:
    """Give a logged-in client by the name of the person."""

    def client(name: str) -> Client:
        made = Client()
        made.force_login(getattr(people, name))
        return made

    return client
