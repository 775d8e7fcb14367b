"""Marks by the city, proposals and objections by a district, and what the city decides."""

import pytest
from django.utils import timezone

from core.errors import Refused
from core.workdays import add_working_days
from entities.actions.four_new import (
    bulk_mark_four_new,
    bulk_unmark_four_new,
    decide_proposals,
    mark_four_new,
    object_four_new,
    propose_four_new,
    unmark_four_new,
    withdraw_proposal,
)
from entities.choices import MarkOrigin
from entities.models import FactChange, FourNewMark, FourNewProposal, FourNewTerm, FourNewVeto
from entities.rederive import derive_four_new
from staff.roles import Role
from tests.factories import SINCE, city_bureau, make_bureau, make_entity, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def on():
    return timezone.localdate()


@pytest.fixture
def bureau():
    return make_bureau()


@pytest.fixture
def officer(bureau):
    return make_user(bureau=bureau)


@pytest.fixture
def city():
    return make_user(Role.MUNICIPAL_OFFICER)


@pytest.fixture
def entity(bureau):
    return make_entity(bureau=bureau)


@pytest.fixture
def ruled(bureau):
    """An entity that the rule table marks."""
    FourNewTerm.plain.create(
        by="term", words="甲智能", marks=True, novelty="technology", since=SINCE
    )
    entity = make_entity(bureau=bureau, business_scope="甲智能设备研发")
    derive_four_new([entity.pk], SINCE)
    return entity


def mark_on(entity, on) -> str | None:
    row = FourNewMark.objects.for_system("test").in_force(on).filter(entity=entity).first()
    return row.origin if row else None


def propose(entity, by, on, reason="直播电商"):
    return propose_four_new([entity], novelties=["form"], reason=reason, by=by, on=on)[0]


def decide(proposal, by, on, accept=True, opinion="同意"):
    return decide_proposals([proposal.pk], accept=accept, opinion=opinion, by=by, on=on)


def test_the_city_marks_and_takes_the_mark_away(entity, city, on):
    mark_four_new(entity, novelties=["model"], reason="新模式", since=on, by=city, on=on)
    assert mark_on(entity, on) == MarkOrigin.DECISION
    unmark_four_new(entity, reason="已停止", since=on, by=city, on=on)
    assert mark_on(entity, on) is None
    assert FourNewVeto.plain.filter(entity=entity, superseded_at=None).exists()
    assert FactChange.plain.filter(entity=entity).count() == 2


def test_a_mark_of_the_city_ends_its_veto(ruled, city, on):
    unmark_four_new(ruled, reason="不是", since=on, by=city, on=on)
    assert mark_on(ruled, on) is None
    mark_four_new(ruled, novelties=["model"], reason="是", since=on, by=city, on=on)
    assert mark_on(ruled, on) == MarkOrigin.DECISION
    assert not FourNewVeto.plain.filter(entity=ruled, superseded_at=None).exists()


def test_a_district_does_not_mark(entity, officer, on):
    with pytest.raises(Refused, match="您的角色不能"):
        mark_four_new(entity, novelties=["model"], reason="是", since=on, by=officer, on=on)


@pytest.mark.parametrize(("novelties", "reason"), [([], "是"), (["新"], "是"), (["model"], " ")])
def test_a_mark_needs_a_kind_and_a_reason(entity, city, on, novelties, reason):
    with pytest.raises(Refused):
        mark_four_new(entity, novelties=novelties, reason=reason, since=on, by=city, on=on)


def test_marks_in_bulk_skip_what_is_marked(city, on):
    entities = [make_entity() for _ in range(3)]
    mark_four_new(entities[0], novelties=["model"], reason="是", since=on, by=city, on=on)
    ids = [entity.pk for entity in entities]
    result = bulk_mark_four_new(ids, novelties=["model"], reason="是", since=on, by=city, on=on)
    assert result.done == ids[1:]
    assert list(result.skipped) == ids[:1]
    plain = make_entity()
    result = bulk_unmark_four_new([*ids, plain.pk], reason="否", since=on, by=city, on=on)
    assert result.done == ids
    assert list(result.skipped) == [plain.pk]


def test_a_proposal_is_due_in_ten_working_days_and_shows_as_the_districts(entity, officer, on):
    proposal = propose(entity, officer, on)
    assert proposal.due_on == add_working_days(on, 10)
    assert mark_on(entity, on) == MarkOrigin.DISTRICT


def test_an_accepted_proposal_becomes_a_mark_of_the_city(entity, officer, city, on):
    proposal = propose(entity, officer, on)
    result = decide(proposal, city, on)
    proposal.refresh_from_db()
    assert (proposal.status, proposal.decided_by) == ("accepted", city)
    assert mark_on(entity, on) == MarkOrigin.DECISION
    assert result.done == [entity.pk]


def test_a_rejected_proposal_takes_the_districts_mark_away(entity, officer, city, on):
    proposal = propose(entity, officer, on)
    with pytest.raises(Refused, match="不采纳的意见"):
        decide(proposal, city, on, accept=False, opinion="")
    decide(proposal, city, on, accept=False, opinion="依据不足")
    assert mark_on(entity, on) is None


def test_a_withdrawn_proposal_takes_the_districts_mark_away(entity, officer, city, on):
    proposal = propose(entity, officer, on)
    with pytest.raises(Refused, match="您的角色不能"):
        withdraw_proposal(proposal, by=city, on=on)
    withdraw_proposal(proposal, by=officer, on=on)
    assert mark_on(entity, on) is None
    with pytest.raises(Refused, match="不能撤回"):
        withdraw_proposal(proposal, by=officer, on=on)
    with pytest.raises(Refused, match="已被处理"):
        decide(proposal, city, on)


def test_an_accepted_objection_keeps_the_rule_table_away(ruled, officer, city, on):
    proposal = object_four_new([ruled], reason="只是零售", by=officer, on=on)[0]
    assert mark_on(ruled, on) == MarkOrigin.RULE
    decide(proposal, city, on)
    assert mark_on(ruled, on) is None
    derive_four_new([ruled.pk], SINCE)
    assert mark_on(ruled, on) is None
    assert FourNewVeto.plain.get(entity=ruled, superseded_at=None).reason == "只是零售"


def test_a_rejected_objection_leaves_the_mark(ruled, officer, city, on):
    proposal = object_four_new([ruled], reason="只是零售", by=officer, on=on)[0]
    decide(proposal, city, on, accept=False, opinion="确为研发")
    assert mark_on(ruled, on) == MarkOrigin.RULE


def test_what_cannot_be_proposed_is_refused(entity, ruled, officer, on):
    with pytest.raises(Refused, match="已由市局标为"):
        propose(ruled, officer, on)
    with pytest.raises(Refused, match="没有市局的"):
        object_four_new([entity], reason="不是", by=officer, on=on)
    with pytest.raises(Refused, match="不在您的管辖"):
        propose(make_entity(bureau=make_bureau()), officer, on)
    propose(entity, officer, on)
    with pytest.raises(Refused, match="请待其办结"):
        propose(entity, officer, on)


def test_the_city_decides_in_bulk_and_says_what_was_skipped(bureau, officer, city, on):
    entities = [make_entity(bureau=bureau) for _ in range(3)]
    filed = propose_four_new(entities, novelties=["form"], reason="直播", by=officer, on=on)
    assert len({proposal.batch for proposal in filed}) == 1
    withdraw_proposal(filed[0], by=officer, on=on)
    result = decide_proposals(
        [proposal.pk for proposal in filed], accept=True, opinion="", by=city, on=on
    )
    assert result.done == [entity.pk for entity in entities[1:]]
    assert list(result.skipped) == [entities[0].pk]
    assert FourNewProposal.plain.filter(status="accepted").count() == 2


@pytest.fixture
def moved(officer):
    """Let the officer who files move to the city afterwards, with the same account."""

    def to_the_city():
        officer.role, officer.bureau = Role.MUNICIPAL_OFFICER, city_bureau()
        officer.save()
        return officer

    return to_the_city


@pytest.mark.parametrize("accept", [True, False])
def test_nobody_decides_his_own_proposal_also_not_from_the_city(entity, officer, moved, on, accept):
    proposal = propose(entity, officer, on)
    with pytest.raises(Refused, match="须由市局其他人员决定"):
        decide(proposal, moved(), on, accept=accept)
    proposal.refresh_from_db()
    assert (proposal.status, proposal.decided_by) == ("filed", None)


def test_in_bulk_ones_own_are_left_to_others(bureau, entity, officer, moved, on):
    own = propose(entity, officer, on)
    other = propose(make_entity(bureau=bureau), make_user(bureau=bureau), on)
    result = decide_proposals([own.pk, other.pk], accept=True, opinion="", by=moved(), on=on)
    assert result.done == [other.entity_id]
    assert "您本人提出" in result.skipped[entity.pk]


@pytest.mark.parametrize("act", ["mark", "unmark"])
def test_nor_is_it_gone_around_by_marking_directly(entity, ruled, officer, moved, city, on, act):
    if act == "mark":
        propose(entity, officer, on)
    else:
        object_four_new([ruled], reason="并非四新", by=officer, on=on)

    def do(by):
        if act == "mark":
            return mark_four_new(entity, novelties=["form"], reason="认定", since=on, by=by, on=on)
        return unmark_four_new(ruled, reason="取消", since=on, by=by, on=on)

    by = moved()
    with pytest.raises(Refused, match="须由市局其他人员决定"):
        do(by)
    assert do(city).done
