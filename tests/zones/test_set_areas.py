"""The lead sets the words by which addresses lie in a zone; rows are dated, the city is told."""

from datetime import date, timedelta

import pytest

from core.errors import Refused
from policy.limits import seed_first_version
from staff.roles import Role
from tests.factories import make_entity, make_street, make_user
from tests.zones.living import ON, SINCE, make_zone, person
from zones.actions.areas import changed_areas, set_areas
from zones.actions.proposals import propose
from zones.models import RosterProposal, Zone, ZoneArea

pytestmark = pytest.mark.django_db
DAY = date(2026, 2, 1)


@pytest.fixture
def zone(db):
    seed_first_version()
    return make_zone(words="试验大道")


@pytest.fixture
def lead(zone):
    return make_user(Role.DISTRICT_LEAD, zone.bureau)


def setting(zone, by, *words, street=None, since=DAY, reason="路名变更"):
    parts = [(one, street) for one in words]
    return set_areas(zone, parts, since=since, reason=reason, by=by, on=ON)


def areas(zone):
    rows = ZoneArea.objects.for_system("test").current().filter(zone=zone)
    return sorted(rows.values_list("words", "since", "until"), key=str)


def test_the_old_words_end_on_the_day_on_which_the_new_begin(zone, lead):
    setting(zone, lead, "新试验路")
    assert areas(zone) == [("新试验路", DAY, None), ("试验大道", SINCE, DAY)]
    entity = make_entity(bureau=zone.bureau, address="新试验路5号")
    make_entity(bureau=zone.bureau, address="试验大道5号")
    propose(ON.replace(day=1), ON)
    (proposal,) = RosterProposal.objects.for_system("test")
    assert proposal.entity == entity


def test_what_holds_already_stays_in_whatever_spelling_and_number(zone, lead):
    street = make_street()
    held = setting(zone, lead, "试验 大道", "试验大道", "新试验路")
    assert sorted(row.words for row in held) == ["新试验路", "试验大道"]
    assert areas(zone) == [("新试验路", DAY, None), ("试验大道", SINCE, None)]
    setting(zone, lead, "试验大道", street=street)
    rows = ZoneArea.objects.for_system("test").in_force(DAY).filter(zone=zone)
    assert [(row.words, row.street) for row in rows] == [("试验大道", street)]


def test_the_city_sees_by_whom_and_why_and_other_districts_do_not(zone, lead):
    setting(zone, lead, "新试验路")
    rows = list(changed_areas(make_user(Role.MUNICIPAL_OFFICER)))
    assert {(row.recorded_by, row.source) for row in rows} == {(lead, "区域范围调整：路名变更")}
    assert not changed_areas(make_user(Role.DISTRICT_LEAD)).exists()


def test_in_a_zone_that_ends_later_words_end_with_it(zone, lead):
    end = ON + timedelta(days=9)
    Zone.plain.filter(pk=zone.pk).update(until=end)
    setting(zone, lead, "新试验路")
    assert ("新试验路", DAY, end) in areas(zone)


@pytest.mark.parametrize(
    ("words", "changed", "said"),
    [
        ((), {}, "至少填写一个"),
        (("路",), {}, "2至200个字"),
        (("路" * 201,), {}, "2至200个字"),
        (("试验大道",), {}, "与现有范围相同"),
        (("新路",), {"reason": " "}, "调整理由"),
        (("新路",), {"since": ON + timedelta(days=1)}, "晚于今天"),
        (("新路",), {"since": SINCE - timedelta(days=1)}, "不能早于"),
    ],
)
def test_refusals(zone, lead, words, changed, said):
    with pytest.raises(Refused, match=said):
        setting(zone, lead, *words, **changed)
    assert areas(zone) == [("试验大道", SINCE, None)]


@pytest.mark.parametrize("role", sorted(Role))
def test_every_role(zone, role):
    by = person(role, zone.bureau)
    if role == Role.DISTRICT_LEAD:
        assert setting(zone, by, "新试验路")
    else:
        with pytest.raises(Refused, match="您的角色不能"):
            setting(zone, by, "新试验路")


def test_a_lead_of_another_district(zone):
    with pytest.raises(Refused, match="不属于您所在的局"):
        setting(zone, make_user(Role.DISTRICT_LEAD), "新试验路")
