"""Every page asks the verb it was meant to ask: each role at each address, by GET and by POST."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import transaction
from django.test import Client

from staff.permissions import PERMISSIONS
from staff.roles import DISTRICT_ROLES, Role
from tests.factories import make_user
from tests.walk.filled import Place, places, sent
from tests.walk.rights import VERBS
from tests.walk.world import World

pytestmark = pytest.mark.django_db

PUBLIC = {"staff:login", "staff:code", "staff:logout"}


def pages(world: World) -> list[Place]:
    """Return the addresses of our own pages; the admin asks in its own classes."""
    return [
        place
        for place in places(world)
        if place.name not in PUBLIC and not place.name.startswith("admin:")
    ]


def test_the_verb_of_every_address_is_written_down(world):
    assert {place.title for place in pages(world)} == VERBS.keys()
    assert {verb for verbs in VERBS.values() for verb in verbs} <= PERMISSIONS.keys()


@pytest.mark.parametrize("role", [*Role, ""])
def test_every_page_asks_the_verb_it_was_meant_to(client, world, role, record_property):
    here = (world.bureau, world.entity.station) if role == Role.STATION_OFFICER else (world.bureau,)
    client.force_login(make_user(role, *(here if role in DISTRICT_ROLES else ())))
    cells = 0
    for place in pages(world):
        verbs = VERBS[place.title]
        may = not verbs or any(role in PERMISSIONS[verb].roles for verb in verbs)
        statuses = [status for status in answers(client, place, world) if status != 405]
        assert statuses, place.title
        cells += len(statuses)
        for status in statuses:
            assert status < 500, f"{place.title}: {status}"
            assert (status == 403) != may, f"{place.title}: {status}, {verbs}"
    record_property("walked", f"页面权限（角色×地址）\t{cells}")


def answers(client: Client, place: Place, world: World) -> Iterator[int]:
    """Give the status of a page by GET and by POST; what the POST did is taken back."""
    yield status_of(client.get(place.url))
    with transaction.atomic():
        yield status_of(client.post(place.url, sent(world)))
        transaction.set_rollback(True)


def status_of(answer) -> int:
    if answer.streaming:
        b"".join(answer.streaming_content)  # a file is closed at its end
    return answer.status_code
