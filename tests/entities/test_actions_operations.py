"""Undo: within its time, by the person, as new rows; what changed since is listed and stays."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from core.errors import Refused
from entities.actions.four_new import (
    bulk_mark_four_new,
    decide_proposals,
    mark_four_new,
    propose_four_new,
    unmark_four_new,
)
from entities.actions.listings import delist, list_entity
from entities.actions.operations import ASKED, undo, undoable_until
from entities.actions.register import change_status, correct_class
from entities.actions.safety import bulk_state_safety, state_safety
from entities.choices import ListName, MarkOrigin
from entities.models import (
    CreditClass,
    Entity,
    FactChange,
    FourNewMark,
    FourNewProposal,
    FourNewTerm,
    FourNewVeto,
    Listing,
    Operation,
    SafetyReading,
    SafetyStatement,
)
from entities.rederive import derive_four_new
from staff.permissions import PERMISSIONS
from staff.roles import Role
from tests.factories import SINCE, make_bureau, make_entity, make_user

pytestmark = pytest.mark.django_db
DAY = date(2025, 2, 10)


@pytest.fixture
def city():
    return make_user(Role.MUNICIPAL_OFFICER)


@pytest.fixture
def on():
    return timezone.localdate()


def current(model, entity) -> list:
    return list(model.plain.filter(entity=entity, superseded_at=None).order_by("since"))


def state(ids, by, on, verdict=1):
    return bulk_state_safety(
        ids, domain="food_drug", verdict=verdict, reason="核实", since=DAY, by=by, on=on
    )


def test_a_bulk_statement_is_taken_back_whole(city, on):
    entities = [make_entity() for _ in range(3)]
    state_safety(entities[0], domain="food_drug", verdict=0, reason="否", since=DAY, by=city, on=on)
    done = state([entity.pk for entity in entities], city, on)
    result = undo(done.operation, by=city, at=timezone.now())
    assert result.done == [entity.pk for entity in entities]
    assert [row.verdict for row in current(SafetyStatement, entities[0])] == [0]
    assert current(SafetyStatement, entities[1]) == []
    assert current(SafetyReading, entities[1]) == []
    assert Entity.plain.get(pk=entities[1].pk).fields == []
    assert FactChange.plain.filter(entity=entities[1]).count() == 2
    assert result.operation.undoes == done.operation


def test_what_changed_since_is_listed_and_stays(city, on):
    entities = [make_entity() for _ in range(2)]
    done = state([entity.pk for entity in entities], city, on)
    state([entities[0].pk], city, on, verdict=0)
    result = undo(done.operation, by=city, at=timezone.now())
    assert result.done == [entities[1].pk]
    assert "已有新的变动" in result.skipped[entities[0].pk]
    assert [row.verdict for row in current(SafetyStatement, entities[0])] == [0]


def test_an_operation_is_undone_once_by_its_person_in_its_time(city, on):
    done = state([make_entity().pk], city, on)
    with pytest.raises(Refused, match="本人的操作"):
        undo(done.operation, by=make_user(Role.MUNICIPAL_LEAD), at=timezone.now())
    late = timezone.now() + timedelta(minutes=31)
    assert undoable_until(done.operation, late) is None
    with pytest.raises(Refused, match="超过可撤销时限"):
        undo(done.operation, by=city, at=late)
    undone = undo(done.operation, by=city, at=timezone.now())
    for operation in (done.operation, undone.operation):
        with pytest.raises(Refused, match="已撤销"):
            undo(operation, by=city, at=timezone.now())


def test_a_class_and_a_status_come_back(city, on):
    entity = make_entity(letter="B")
    done = correct_class(entity, letter="A", since=DAY, source="函", reason="错", by=city, on=on)
    undo(done.operation, by=city, at=timezone.now())
    rows = current(CreditClass, entity)
    assert [(row.letter, row.since) for row in rows if row.until is None or row.until > DAY] == [
        ("B", SINCE)
    ]
    assert len(rows) == 1
    done = change_status(
        entity, status="revoked", since=DAY, source="函", reason="错", by=city, on=on
    )
    undo(done.operation, by=city, at=timezone.now())
    assert Entity.plain.get(pk=entity.pk).status == "active"


def test_a_listing_comes_back(city, on):
    entity = make_entity()
    list_entity(entity, list_name="abnormal", reason="未年报", since=DAY, by=city, on=on)
    done = delist(entity, list_name="abnormal", until=on, reason="补报", by=city, on=on)
    undo(done.operation, by=city, at=timezone.now())
    assert [row.until for row in current(Listing, entity)] == [None]


def test_a_taken_mark_comes_back(city, on):
    entity = make_entity(four_new="list")
    done = unmark_four_new(entity, reason="否", since=on, by=city, on=on)
    assert current(FourNewVeto, entity)
    undo(done.operation, by=city, at=timezone.now())
    assert current(FourNewVeto, entity) == []
    assert [(row.origin, row.until) for row in current(FourNewMark, entity)] == [
        (MarkOrigin.LIST, None)
    ]


def test_undoing_a_mark_lets_the_rule_table_speak_again(city, on):
    FourNewTerm.plain.create(
        by="term", words="甲智能", marks=True, novelty="technology", since=SINCE
    )
    entity = make_entity(business_scope="甲智能设备研发")
    derive_four_new([entity.pk], SINCE)
    done = bulk_mark_four_new(
        [entity.pk], novelties=["model"], reason="是", since=on, by=city, on=on
    )
    undo(done.operation, by=city, at=timezone.now())
    rows = current(FourNewMark, entity)
    assert {row.origin for row in rows} == {MarkOrigin.RULE}
    assert rows[-1].until is None


def test_a_decision_goes_back_to_the_city(city, on):
    bureau = make_bureau()
    entity = make_entity(bureau=bureau)
    proposal = propose_four_new(
        [entity], novelties=["form"], reason="直播", by=make_user(bureau=bureau), on=on
    )[0]
    done = decide_proposals([proposal.pk], accept=True, opinion="", by=city, on=on)
    undo(done.operation, by=city, at=timezone.now())
    assert FourNewProposal.plain.get(pk=proposal.pk).status == "filed"
    assert [row.origin for row in current(FourNewMark, entity)] == [MarkOrigin.DISTRICT]


def test_every_verb_says_what_taking_it_back_asks():
    assert set(ASKED) == set(Operation.Verb) - {Operation.Verb.UNDO}
    said = [verb.format(list_name=name) for verb in ASKED.values() for name in ListName.values]
    assert set(said) <= set(PERMISSIONS)


def test_whoever_lost_the_right_does_not_take_back_either(city, on):
    bureau = make_bureau()
    entity = make_entity(bureau=bureau)
    done = mark_four_new(entity, novelties=["form"], reason="认定", since=on, by=city, on=on)
    city.role, city.bureau = Role.DISTRICT_OFFICER, bureau
    city.save()
    with pytest.raises(Refused, match="您的角色不能“决定“四新”认定”"):
        undo(done.operation, by=city, at=timezone.now())
    assert len(current(FourNewMark, entity)) == 1
