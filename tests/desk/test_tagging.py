"""Actions on one entity and on many: who may, what they say, what they bring."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from desk.entity_actions import ENTITY_ACTIONS
from desk.once import FIELD
from entities.models import (
    CreditClass,
    Entity,
    FactChange,
    FourNewMark,
    FourNewProposal,
    Operation,
    SafetyStatement,
)
from membership.models import ExclusionRequest
from staff.permissions import PERMISSIONS
from tests.factories import make_entity

TODAY = timezone.localdate()
PERSONS = ("own", "own_lead", "other", "city", "city_lead", "unit", "auditor", "nobody")


@pytest.fixture
def entity(people) -> Entity:
    return make_entity(letter="B", bureau=people["own"].bureau)


def page(entity: Entity, action: str) -> str:
    return reverse("desk:entity-action", args=(entity.pk, action))


def rows(model: type) -> object:
    return model.objects.for_system("a test looks")


def test_the_table_names_permissions_that_exist():
    assert {verb for action in ENTITY_ACTIONS.values() for verb in action.verbs} <= set(PERMISSIONS)


@pytest.mark.parametrize("action", ENTITY_ACTIONS)
@pytest.mark.parametrize("person", PERSONS)
def test_each_person_opens_what_the_permission_table_says(as_, people, entity, person, action):
    answer = as_(person).get(page(entity, action))
    if person == "nobody":
        assert answer.status_code == 302
    elif not ENTITY_ACTIONS[action].open_to(people[person]):
        assert answer.status_code == 403
    elif person == "other":
        assert answer.status_code == 404
    else:
        assert answer.status_code == 200
        assert "<summary>说明</summary>" in answer.content.decode()


@pytest.mark.parametrize("action", ENTITY_ACTIONS)
@pytest.mark.parametrize("person", ["other", "auditor", "nobody"])
def test_strangers_change_nothing(as_, entity, person, action):
    before = rows(FactChange).count()
    answer = as_(person).post(page(entity, action), {"reason": "试"})
    assert answer.status_code in (302, 403, 404)
    assert rows(FactChange).count() == before
    assert not rows(Operation).exists()


CORRECTION = {"letter": "A", "since": TODAY.isoformat(), "source": "公示系统", "reason": "录入有误"}


def test_the_city_corrects_a_class(as_, entity):
    answer = as_("city").post(page(entity, "correct-class"), CORRECTION)
    assert answer["Location"] == reverse("desk:entity-detail", args=(entity.pk,))
    held = rows(CreditClass).in_force(TODAY).get(entity=entity)
    assert held.letter == "A"
    assert rows(FactChange).filter(entity=entity, taken_by=None).exists()


def test_the_page_says_what_is_recorded_now(as_, entity):
    said = as_("city").get(page(entity, "correct-class")).content.decode()
    assert "目前：B类，2024-09-01起" in said


def test_what_changed_since_the_form_was_opened_is_said_first(as_, entity):
    client = as_("city")
    seen = client.get(page(entity, "correct-class")).context["form"].current
    assert client.post(page(entity, "correct-class"), CORRECTION | {"seen": seen})["Location"]
    late = CORRECTION | {"letter": "D", "seen": seen}
    answer = client.post(page(entity, "correct-class"), late)
    assert answer.status_code == 409
    assert "您打开本页后记录已有变动，目前：A类" in answer.content.decode()
    late["seen"] = answer.context["form"].current
    assert client.post(page(entity, "correct-class"), late).status_code == 302


def test_the_page_waits_until_the_change_is_settled(as_, entity):
    client = as_("city")
    said = client.post(page(entity, "correct-class"), CORRECTION, follow=True).content.decode()
    assert "信用风险分类已更正为A类，正在重新判定。" in said
    assert 'hx-trigger="every 2s"' in said


def test_an_error_is_a_sentence_and_keeps_what_was_typed(as_, entity):
    answer = as_("city").post(
        page(entity, "correct-class"), CORRECTION | {"letter": "", "since": "x"}
    )
    said = answer.content.decode()
    assert "请选择更正后的分类。" in said
    assert "起始日应为 2025-03-31 这样的日期，请改正。" in said
    assert "公示系统" in said
    assert "录入有误" in said


def test_a_refusal_is_shown_with_its_clause_and_keeps_what_was_typed(as_, entity):
    answer = as_("city").post(page(entity, "correct-class"), CORRECTION | {"letter": "B"})
    said = answer.content.decode()
    assert answer.status_code == 409
    assert "该日信用风险分类已是B类，无需更正。" in said
    assert "录入有误" in said


def test_a_form_sent_twice_is_done_once(as_, entity):
    client = as_("own")
    form = {FIELD: "abc", "domain": "food_drug", "verdict": "1", "since": TODAY.isoformat()}
    form["reason"] = "现场核查"
    first = client.post(page(entity, "state-safety"), form)
    second = client.post(page(entity, "state-safety"), form)
    assert first["Location"] == second["Location"]
    assert rows(Operation).count() == 1


def test_a_form_needs_the_token_of_the_session(people, entity):
    client = Client(enforce_csrf_checks=True)
    client.force_login(people["city"])
    assert client.post(page(entity, "correct-class"), CORRECTION).status_code == 403


def test_a_statement_is_made_and_withdrawn(as_, entity):
    client = as_("own")
    form = {"domain": "food_drug", "verdict": "1", "since": TODAY.isoformat(), "reason": "核查"}
    client.post(page(entity, "state-safety"), form)
    statement = rows(SafetyStatement).in_force(TODAY).get(entity=entity)
    said = client.get(reverse("desk:entity-detail", args=(entity.pk,))).content.decode()
    assert "撤销安全领域认定" in said
    client.post(
        page(entity, "withdraw-safety"),
        {"statement": statement.pk, "since": TODAY.isoformat(), "reason": "有误"},
    )
    assert not rows(SafetyStatement).in_force(TODAY).filter(entity=entity).exists()


def test_a_licence_runs_through_its_last_day(as_, entity):
    as_("own").post(
        page(entity, "record-licence"),
        {"domain": "food_drug", "title": "食品经营许可证", "number": "JY1", "since": "2025-01-01",
         "last": "2030-12-31"},
    )  # fmt: skip
    licence = entity.licences.model.objects.for_system("a test").current().get(entity=entity)
    assert licence.until.isoformat() == "2031-01-01"


def test_the_serious_list_is_offered_to_the_city_only(as_, entity):
    assert "严重违法失信名单</option>" not in as_("own").get(page(entity, "list")).content.decode()
    assert "严重违法失信名单</option>" in as_("city").get(page(entity, "list")).content.decode()


def test_listing_and_delisting(as_, entity):
    client = as_("city")
    form = {"list_name": "serious", "since": TODAY.isoformat(), "reason": "处罚"}
    refused = client.post(page(entity, "list"), form)
    assert "请填写列入决定的文号。" in refused.content.decode()
    assert client.post(page(entity, "list"), form | {"document_number": "1号"}).status_code == 302
    form = {"list_name": "serious", "until": TODAY.isoformat(), "reason": "修复"}
    assert client.post(page(entity, "delist"), form).status_code == 302


def test_a_status_is_corrected(as_, entity):
    form = {"status": "revoked", "since": TODAY.isoformat(), "source": "文书", "reason": "吊销"}
    assert as_("city").post(page(entity, "change-status"), form).status_code == 302
    entity.refresh_from_db()
    assert entity.status == "revoked"


def test_an_exclusion_is_asked_for_and_decided_by_a_second_person(as_, entity):
    client = as_("own_lead")
    form = {"since": TODAY.isoformat(), "review_on": "", "reason": "实际情况"}
    said = client.post(page(entity, "request-exclusion"), form).content.decode()
    assert "请填写复核日。" in said
    form["review_on"] = (TODAY + timedelta(days=90)).isoformat()
    client.post(page(entity, "request-exclusion"), form)
    asked = rows(ExclusionRequest).get(entity=entity)
    decide = reverse("desk:exclusion-decide", args=(asked.pk,))
    client.post(decide, {"step": "approve"})
    asked.refresh_from_db()
    assert asked.status == "filed"
    as_("city_lead").post(decide, {"step": "approve", "opinion": "同意"})
    asked.refresh_from_db()
    assert asked.status == "approved"


def test_evaluating_anew_writes_a_change(as_, entity):
    as_("own").post(page(entity, "evaluate"))
    assert rows(FactChange).get(entity=entity, taken_by=None).cause == "人工重新评估"


def test_no_button_stands_on_a_page_of_another_day(as_, entity):
    address = reverse("desk:entity-detail", args=(entity.pk,))
    assert "重新评估此主体" in as_("own").get(address).content.decode()
    assert "重新评估此主体" not in as_("own").get(f"{address}?on=2025-01-01").content.decode()


def test_marks_are_set_and_taken(as_, entity):
    client = as_("city")
    form = {"novelties": ["form"], "since": TODAY.isoformat(), "reason": "新业态"}
    client.post(page(entity, "mark-four-new"), form)
    assert rows(FourNewMark).in_force(TODAY).get(entity=entity).origin == "decision"
    client.post(page(entity, "unmark-four-new"), {"since": TODAY.isoformat(), "reason": "有误"})
    assert not rows(FourNewMark).in_force(TODAY).filter(entity=entity).exists()


def test_a_district_proposes_one(as_, entity):
    form = {"novelties": ["form", "model"], "reason": "直播电商"}
    assert as_("own").post(page(entity, "propose-four-new"), form).status_code == 302
    filed = rows(FourNewProposal).get(entity=entity)
    assert sorted(filed.novelties) == ["form", "model"]
