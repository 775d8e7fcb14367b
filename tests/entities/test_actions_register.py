"""Corrections of class and status, and the two lists, on both time axes."""

from datetime import date

import pytest
from django.utils import timezone

from core.errors import Refused
from entities.actions.listings import delist, list_entity
from entities.actions.register import change_status, correct_class
from entities.models import CreditClass, Entity, EntityStatus, FactChange, Listing
from staff.roles import Role
from tests.factories import SINCE, make_bureau, make_entity, make_unit, make_user

pytestmark = pytest.mark.django_db
ON = date(2025, 3, 1)
DAY = date(2025, 2, 10)


@pytest.fixture
def city():
    return make_user(Role.MUNICIPAL_OFFICER)


def correct(entity, by, letter="A", since=DAY, source="信用中心复核函", reason="评分数据有误"):
    return correct_class(
        entity, letter=letter, since=since, source=source, reason=reason, by=by, on=ON
    )


def classes(entity) -> list[tuple]:
    rows = CreditClass.plain.filter(entity=entity, superseded_at=None).order_by("since")
    return [(row.letter, row.since, row.until) for row in rows]


def test_a_correction_holds_from_its_day(city):
    entity = make_entity(letter="B")
    correct(entity, city)
    assert classes(entity) == [("B", SINCE, DAY), ("A", DAY, None)]
    assert list(FactChange.plain.values_list("entity_id", "from_day")) == [(entity.pk, DAY)]


def test_a_correction_stops_where_the_next_file_speaks(city):
    entity = make_entity()
    march = date(2025, 3, 1)
    for letter, since, until in (("B", SINCE, march), ("C", march, None)):
        CreditClass(entity=entity, letter=letter, month=since, since=since, until=until).save()
    correct(entity, city)
    assert classes(entity) == [("B", SINCE, DAY), ("A", DAY, march), ("C", march, None)]


def test_a_correction_gives_a_class_to_whom_had_none(city):
    entity = make_entity()
    correct(entity, city)
    assert classes(entity) == [("A", DAY, None)]


def test_what_was_known_before_the_correction_stays_readable(city):
    entity = make_entity(letter="B")
    before = timezone.now()
    correct(entity, city)
    known = CreditClass.objects.for_system("test").in_force(ON, before).get(entity=entity)
    assert known.letter == "B"


def test_the_correction_says_its_source(city):
    entity = make_entity(letter="B")
    operation = correct(entity, city).operation
    row = CreditClass.plain.get(entity=entity, letter="A")
    assert row.source == "更正：信用中心复核函"
    assert row.recorded_by == city
    assert operation.reason == "评分数据有误"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"source": " "}, "更正依据"),
        ({"reason": ""}, "更正理由"),
        ({"since": date(2025, 3, 2)}, "晚于今天"),
        ({"letter": "B"}, "无需更正"),
    ],
)
def test_a_correction_is_refused_in_a_sentence(city, changes, sentence):
    with pytest.raises(Refused, match=sentence):
        correct(make_entity(letter="B"), city, **changes)


def test_a_district_corrects_no_class():
    bureau = make_bureau()
    with pytest.raises(Refused, match="请由市局人员"):
        correct(make_entity(letter="B", bureau=bureau), make_user(bureau=bureau))


def test_a_status_is_corrected_with_its_display_copy(city):
    entity = make_entity()
    change_status(
        entity, status="revoked", since=DAY, source="处罚决定", reason="漏报", by=city, on=ON
    )
    rows = EntityStatus.plain.filter(entity=entity, superseded_at=None).order_by("since")
    assert [(row.status, row.until) for row in rows] == [("active", DAY), ("revoked", None)]
    assert Entity.plain.get(pk=entity.pk).status == "revoked"
    with pytest.raises(Refused, match="无需更正"):
        change_status(
            entity, status="revoked", since=ON, source="处罚决定", reason="漏报", by=city, on=ON
        )


def enter(entity, by, list_name="abnormal", number=""):
    return list_entity(
        entity,
        list_name=list_name,
        reason="未按规定公示年报",
        since=DAY,
        by=by,
        on=ON,
        document_number=number,
    )


def test_an_entity_enters_and_leaves_a_list(city):
    entity = make_entity()
    enter(entity, city)
    with pytest.raises(Refused, match="已有经营异常名录记录"):
        enter(entity, city)
    delist(entity, list_name="abnormal", until=ON, reason="已补报", by=city, on=ON)
    row = Listing.plain.get(entity=entity, superseded_at=None)
    assert (row.since, row.until) == (DAY, ON)
    with pytest.raises(Refused, match="无需移出"):
        delist(entity, list_name="abnormal", until=ON, reason="已补报", by=city, on=ON)
    assert FactChange.plain.filter(entity=entity).count() == 2


def test_the_serious_list_needs_the_number_of_the_decision(city):
    with pytest.raises(Refused, match="文号"):
        enter(make_entity(), city, "serious")
    enter(make_entity(), city, "serious", "渝市监严〔2025〕1号")


@pytest.mark.parametrize(
    ("role", "list_name", "allowed"),
    [
        (Role.DISTRICT_OFFICER, "abnormal", True),
        (Role.DISTRICT_LEAD, "abnormal", True),
        (Role.STATION_OFFICER, "abnormal", False),
        (Role.DISTRICT_OFFICER, "serious", False),
        (Role.UNIT_OFFICER, "serious", True),
        (Role.MUNICIPAL_LEAD, "serious", True),
        (Role.AUDITOR, "serious", False),
    ],
)
def test_who_enters_whom_on_which_list(role, list_name, allowed):
    bureau = make_bureau()
    unit = make_unit(whole_city=True)
    by = make_user(role, bureau=None if role in {Role.AUDITOR, Role.UNIT_OFFICER} else bureau,
                   unit=unit if role == Role.UNIT_OFFICER else None)  # fmt: skip
    entity = make_entity(bureau=bureau, station=by.station)
    if allowed:
        assert enter(entity, by, list_name, "1号").done == [entity.pk]
    else:
        with pytest.raises(Refused, match="您的角色不能"):
            enter(entity, by, list_name, "1号")
