"""The liaison log: who writes it, what is answered, tasks, and contacts."""

from datetime import date, timedelta

import pytest
from django.db import connection

from core.errors import Refused
from staff.roles import Role
from tests.factories import make_bureau, make_entity, make_user
from tests.zones.living import ON, make_zone, on_roster, person
from zones.actions.liaison import (
    add_contact,
    answer,
    change_contact,
    end_contact,
    finish_task,
    make_task,
    record,
)
from zones.choices import LiaisonKind

pytestmark = pytest.mark.django_db

MINE = (Role.STATION_OFFICER, Role.DISTRICT_OFFICER, Role.DISTRICT_LEAD)
DUE = ON + timedelta(days=7)


@pytest.fixture
def zone():
    return make_zone()


@pytest.fixture
def officer(zone):
    return make_user(bureau=zone.bureau)


def entry(zone, by, kind="clue", **more):
    return record(zone, kind, ON, "反映两户无照经营", by=by, on=ON, **more)


def every_verb(zone, officer):
    """Give each verb of the log as a call by somebody."""
    clue = entry(zone, officer)
    task = make_task(clue, "核查", assignee=officer, due_on=DUE, by=officer, on=ON)
    contact = add_contact(zone, role="manager", organisation="物业", by=officer, on=ON)
    words = {"role": "street", "organisation": "街道办"}
    return [
        lambda by: entry(zone, by),
        lambda by: answer(clue, "已核查", by=by, on=ON),
        lambda by: make_task(clue, "再核查", assignee=officer, due_on=DUE, by=by, on=ON),
        lambda by: finish_task(task, "已办", by=by, on=ON),
        lambda by: add_contact(zone, **words, by=by, on=ON),
        lambda by: change_contact(contact, **words, by=by, on=ON),
        lambda by: end_contact(contact, by=by, on=ON),
    ]


@pytest.mark.parametrize("role", sorted(Role))
@pytest.mark.parametrize("verb", range(7))
def test_every_role(zone, officer, role, verb):
    act = every_verb(zone, officer)[verb]
    by = person(role, zone.bureau)
    if role in MINE and (verb != 3 or role == Role.DISTRICT_LEAD):
        assert act(by)
    else:
        with pytest.raises(Refused):
            act(by)


@pytest.mark.parametrize("verb", range(7))
def test_another_district(zone, officer, verb):
    with pytest.raises(Refused, match="不属于您所在的局"):
        every_verb(zone, officer)[verb](make_user(Role.DISTRICT_LEAD, make_bureau()))


def test_an_entry_is_of_the_zone_or_of_one_s_own_scope(zone, officer):
    (there,) = on_roster(zone, bureau=make_bureau())
    assert entry(zone, officer, entity=there).entity == there
    with pytest.raises(Refused, match="不在本区域名册上"):
        entry(zone, officer, entity=make_entity(bureau=make_bureau()))
    with pytest.raises(Refused, match="晚于今天"):
        record(zone, "meeting", date(2026, 3, 3), "会议", by=officer, on=ON)


@pytest.mark.parametrize("kind", LiaisonKind)
def test_requests_and_clues_are_answered_once(zone, officer, kind):
    found = entry(zone, officer, kind)
    if kind in ("meeting", "help"):
        with pytest.raises(Refused, match="不需要答复"):
            answer(found, "答复", by=officer, on=ON)
        return
    assert answer(found, "已协调", by=officer, on=ON).answered_on == ON
    with pytest.raises(Refused, match="已由他人答复"):
        answer(found, "再答", by=officer, on=ON)


def test_a_task_goes_to_somebody_of_the_bureau_and_ends_once(zone, officer):
    clue = entry(zone, officer)
    for wrong in (make_user(), make_user(Role.MUNICIPAL_OFFICER)):
        with pytest.raises(Refused, match="请另选承办人"):
            make_task(clue, "核查", assignee=wrong, due_on=DUE, by=officer, on=ON)
    with pytest.raises(Refused, match="早于今天"):
        make_task(clue, "核查", assignee=officer, due_on=date(2026, 3, 1), by=officer, on=ON)
    station = make_user(Role.STATION_OFFICER, zone.bureau)
    task = make_task(clue, "核查", assignee=station, due_on=DUE, by=officer, on=ON)
    with pytest.raises(Refused, match="由.*承办"):
        finish_task(task, "已办", by=make_user(bureau=zone.bureau), on=ON)
    assert finish_task(task, "重复", by=station, on=ON, dropped=True).status == "dropped"
    with pytest.raises(Refused, match="已经办结"):
        finish_task(task, "已办", by=station, on=ON)


def test_the_telephone_is_encrypted_and_stays_unless_a_new_one_is_given(zone, officer):
    contact = add_contact(
        zone, role="manager", organisation="物业", phone="13912345678", by=officer, on=ON
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT phone FROM zones_zonecontact")
        assert "1391234" not in cursor.fetchone()[0]
    changed = change_contact(contact, role="manager", organisation="新物业", by=officer, on=ON)
    changed.refresh_from_db()
    assert (changed.organisation, changed.phone) == ("新物业", "13912345678")
    end_contact(contact, by=officer, on=ON)
    with pytest.raises(Refused, match="已停用"):
        change_contact(contact, role="manager", organisation="物业", by=officer, on=ON)
