"""The lists of what waits for people, and deciding from them."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from core.workdays import add_working_days
from desk.templatetags.business import due_light
from entities.models import FourNewProposal, SafetyReading, SafetyStatement
from membership.models import ExclusionRequest
from tests.desk.making import watch
from tests.factories import make_entity

TODAY = timezone.localdate()
UNDECIDED = reverse("desk:undecided-list")


def rows(model):
    return model.objects.for_system("a test looks")


@pytest.fixture
def doubtful(people):
    """Two entities of the own district whose scope may touch food."""
    made = []
    for _ in range(2):
        entity = make_entity(
            letter="A", business_scope="", pending=["food_drug"], bureau=people["own"].bureau
        )
        watch(entity, undecided=["credit.safety"])
        made.append(entity)
    return made


def test_the_list_says_which_rule_and_why(as_, doubtful):
    said = as_("own").get(UNDECIDED).content.decode()
    assert doubtful[0].name in said
    assert "是否涉及食品药品安全领域待核实" in said
    assert "data-count>2<" in said


@pytest.mark.parametrize(
    ("person", "seen"), [("own", True), ("city", True), ("other", False), ("unit", True)]
)
def test_the_list_is_scoped(as_, doubtful, person, seen):
    assert (doubtful[0].name in as_(person).get(UNDECIDED).content.decode()) is seen


def test_the_list_asks_a_fixed_number_of_queries(
    as_, people, doubtful, django_assert_max_num_queries
):
    client = as_("own")
    client.get(UNDECIDED)
    for _ in range(5):
        more = make_entity(pending=["food_drug"], bureau=people["own"].bureau)
        watch(more, undecided=["credit.safety"])
    with django_assert_max_num_queries(17):
        client.get(UNDECIDED)


VERDICT = {"domain": "food_drug", "verdict": "0", "reason": "只做软件开发"}


def decide(entity):
    return reverse("desk:undecided-decide", args=(entity.pk,))


def test_saving_leads_to_the_next(as_, doubtful):
    client = as_("own")
    answer = client.post(decide(doubtful[0]), VERDICT)
    assert answer["Location"] == decide(doubtful[1])
    statement = rows(SafetyStatement).in_force(TODAY).get(entity=doubtful[0])
    assert statement.reason == "只做软件开发"
    held = rows(SafetyReading).in_force(TODAY).filter(entity=doubtful[0]).first()
    assert held is None or held.food_drug == 0


def test_a_verdict_without_reason_is_a_sentence(as_, doubtful):
    said = as_("own").post(decide(doubtful[0]), VERDICT | {"reason": ""}).content.decode()
    assert "请填写理由。" in said


@pytest.mark.parametrize(("person", "status"), [("other", 404), ("auditor", 403), ("nobody", 302)])
def test_strangers_do_not_decide(as_, doubtful, person, status):
    assert as_(person).post(decide(doubtful[0]), VERDICT).status_code == status
    assert not rows(SafetyStatement).exists()


def test_the_first_is_opened(as_, doubtful):
    begin = reverse("desk:undecided-begin")
    assert as_("own").get(begin)["Location"] == decide(doubtful[0])
    assert as_("other").get(begin)["Location"] == UNDECIDED


def test_review_says_what_calls_for_attention(as_, people):
    entity = make_entity(letter="C", four_new="list", bureau=people["own"].bureau)
    watch(entity, review=["review.class"])
    said = as_("own").get(reverse("desk:review-list")).content.decode()
    assert entity.name in said
    assert entity.name not in as_("other").get(reverse("desk:review-list")).content.decode()


# Proposals.


@pytest.fixture
def proposal(people):
    return FourNewProposal.objects.create(
        entity=make_entity(bureau=people["own"].bureau),
        kind="propose",
        novelties=["form"],
        reason="本区新业态",
        filed_by=people["own"],
        filed_at=timezone.now(),
        due_on=add_working_days(TODAY, 10),
    )


PROPOSALS = reverse("desk:proposal-list")


def test_the_light_tells_three_working_days(db):
    assert due_light(add_working_days(TODAY, 4), TODAY)["color"] == "success"
    assert due_light(add_working_days(TODAY, 3), TODAY)["color"] == "warning"
    assert due_light(TODAY, TODAY)["color"] == "warning"
    late = due_light(TODAY - timedelta(days=2), TODAY)
    assert (late["color"], late["label"]) == ("danger", "逾期 2 天")


def test_the_city_accepts_and_the_district_reads_it(as_, proposal):
    decide = reverse("desk:proposal-decide")
    answer = as_("city").post(decide, {"ids": [proposal.pk], "accept": "1", "opinion": "同意"})
    assert reverse("desk:operation-list") in answer["Location"]
    proposal.refresh_from_db()
    assert proposal.status == "accepted"
    assert "同意" in as_("own").get(f"{PROPOSALS}?state=done").content.decode()


def test_rejecting_needs_an_opinion(as_, proposal):
    decide = reverse("desk:proposal-decide")
    answer = as_("city").post(decide, {"ids": [proposal.pk], "accept": "0"}, follow=True)
    assert "请填写不采纳的意见。" in answer.content.decode()
    proposal.refresh_from_db()
    assert proposal.status == "filed"


@pytest.mark.parametrize("person", ["own", "other", "unit", "auditor", "nobody"])
def test_the_city_alone_decides(as_, proposal, person):
    answer = as_(person).post(
        reverse("desk:proposal-decide"), {"ids": [proposal.pk], "accept": "1"}
    )
    assert answer.status_code in (302, 403)
    proposal.refresh_from_db()
    assert proposal.status == "filed"


def test_another_district_neither_sees_nor_withdraws(as_, proposal):
    client = as_("other")
    assert proposal.entity.name not in client.get(PROPOSALS).content.decode()
    client.post(reverse("desk:proposal-withdraw"), {"ids": [proposal.pk]})
    proposal.refresh_from_db()
    assert proposal.status == "filed"


def test_the_own_district_withdraws(as_, proposal):
    as_("own").post(reverse("desk:proposal-withdraw"), {"ids": [proposal.pk]})
    proposal.refresh_from_db()
    assert proposal.status == "withdrawn"


# Manual exclusions.


@pytest.fixture
def asked(people):
    return ExclusionRequest.objects.create(
        entity=make_entity(bureau=people["own"].bureau),
        kind="exclude",
        reason="实际情况",
        since=TODAY,
        review_on=TODAY + timedelta(days=60),
        filed_by=people["own"],
    )


EXCLUSIONS = reverse("desk:exclusion-list")


@pytest.mark.parametrize(
    ("person", "step", "status"),
    [
        ("own", "approve", "filed"),
        ("other", "approve", "filed"),
        ("city", "approve", "filed"),
        ("auditor", "approve", "filed"),
        ("nobody", "approve", "filed"),
        ("own_lead", "approve", "approved"),
        ("city_lead", "refuse", "refused"),
        ("own", "withdraw", "withdrawn"),
        ("own_lead", "withdraw", "filed"),
    ],
)
def test_who_decides_a_request(as_, asked, person, step, status):
    decide = reverse("desk:exclusion-decide", args=(asked.pk,))
    as_(person).post(decide, {"step": step, "opinion": "已核"})
    asked.refresh_from_db()
    assert asked.status == status


def test_the_buttons_are_those_of_the_table(as_, asked):
    assert "不予批准</button>" in as_("own_lead").get(EXCLUSIONS).content.decode()
    own = as_("own").get(EXCLUSIONS).content.decode()
    assert "撤回</button>" in own
    assert "不予批准</button>" not in own
    assert asked.entity.name not in as_("other").get(EXCLUSIONS).content.decode()
