"""The review list: filters, what one proposes and another decides, several kept at once."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from redline.actions.reviews import decide_review, propose_review, raise_review
from redline.choices import Handling, ReviewCause, ReviewOutcome, ViolationStatus
from redline.models import Removal, Review
from tests.factories import make_entity
from tests.redline.factories import make_violation

pytestmark = pytest.mark.django_db

TODAY = timezone.localdate()
QUEUE, KEEP = reverse("desk:review-queue"), reverse("desk:review-keep")
SAID = {"outcome": "kept", "reason": "已改正，情节轻微", "revision": "0"}


def page(name, review):
    return reverse(f"desk:review-{name}", args=(review.pk,))


def said(answer, status=200):
    assert answer.status_code == status, answer.status_code
    return answer.content.decode()


def raised(entity, people, on=TODAY, **fields):
    violation = make_violation(
        entity,
        by=people["own"],
        status=ViolationStatus.ORDINARY,
        handling=Handling.ORDINARY,
        **fields,
    )
    return raise_review(violation, ReviewCause.PENALTY, on=on)


@pytest.fixture
def review(entity, people):
    return raised(entity, people)


@pytest.fixture
def late(bureau, people):
    """A review that was to be decided months ago."""
    entity = make_entity(name="重庆本区逾期有限公司", bureau=bureau)
    return raised(entity, people, TODAY - timedelta(days=90))


def propose(review, by, outcome="kept", **more):
    said = {"outcome": outcome, "reason": "已改正，情节轻微", "revision": review.revision}
    return propose_review(review, **said, **more, by=by, on=TODAY)


def fresh(review):
    return Review.objects.for_system("test").get(pk=review.pk)


@pytest.mark.parametrize(("person", "status"), [
    ("own", 200), ("lead", 200), ("station", 200), ("city", 200), ("city_lead", 200),
    ("other", 404), ("unit", 404), ("auditor", 403), ("nobody", 302),
])  # fmt: skip
def test_who_sees_a_review(as_, review, person, status):
    assert as_(person).get(page("detail", review)).status_code == status


@pytest.mark.parametrize(("person", "found"), [
    ("own", True), ("station", True), ("city", True), ("other", False), ("unit", False),
])  # fmt: skip
def test_the_list_is_of_one_s_scope(as_, review, person, found):
    assert (review.entity.name in said(as_(person).get(QUEUE))) is found


@pytest.mark.parametrize(("query", "found"), [
    ("", True), ("state=overdue", False), ("state=done", False), ("text=本区甲", True),
    ("text=别家公司", False), ("cause=penalty", True), ("cause=overdue", False),
    ("proposed=kept", False), ("mine=on", True), ("state=nonsense", False),
])  # fmt: skip
def test_the_list_is_filtered(as_, review, query, found):
    assert (review.entity.name in said(as_("own").get(f"{QUEUE}?{query}"))) is found


def test_a_filter_that_is_none_is_told(as_, review):
    assert "查询条件有误" in said(as_("own").get(f"{QUEUE}?cause=nonsense"))


def test_the_city_sees_what_is_overdue_in_red_with_days(as_, review, late):
    text = said(as_("city").get(f"{QUEUE}?state=overdue"))
    assert late.entity.name in text
    assert review.entity.name not in text
    days = (TODAY - late.due_on).days
    assert f"逾期 {days} 天" in text
    assert "逾期未复核 1" in text
    assert "批量保留" not in text


def test_the_city_chooses_a_bureau(as_, review, people):
    here = said(as_("city").get(f"{QUEUE}?bureau={review.bureau_id}"))
    assert review.entity.name not in said(as_("city").get(f"{QUEUE}?bureau=999999"))
    assert "监管机关" in here
    assert 'name="bureau"' not in said(as_("own").get(QUEUE))


def test_what_waits_for_an_officer_and_for_the_lead(as_, review, people):
    mine = f"{QUEUE}?mine=on"
    assert review.entity.name in said(as_("own").get(mine))
    assert review.entity.name not in said(as_("lead").get(mine))
    propose(review, people["own"])
    assert review.entity.name not in said(as_("own").get(mine))
    assert review.entity.name in said(as_("lead").get(mine))


def test_an_officer_proposes_and_comes_back_to_the_list_as_it_was(as_, review, people):
    sent = SAID | {"list": "text=本区甲&cause=penalty&evil=1"}
    answer = as_("own").post(page("propose", review), sent)
    assert answer["Location"].startswith(f"{QUEUE}?text=")
    assert "cause=penalty" in answer["Location"]
    assert "evil" not in answer["Location"]
    kept = fresh(review)
    assert (kept.proposed, kept.proposed_by) == (ReviewOutcome.KEPT, people["own"])


@pytest.mark.parametrize(("sent", "wrong"), [
    ({"outcome": ""}, "请选择建议。"),
    ({"reason": " "}, "请填写理由。"),
    ({"outcome": "referred"}, "请填写移送单位。"),
])  # fmt: skip
def test_a_bad_proposal_keeps_what_was_typed(as_, review, sent, wrong):
    text = said(as_("own").post(page("propose", review), SAID | {"referred_to": ""} | sent))
    assert wrong in text
    if "reason" not in sent:
        assert "已改正，情节轻微" in text
    assert not fresh(review).proposed


def test_the_lead_decides_and_moves_out(as_, review, people):
    propose(review, people["own"], "moved_out")
    text = said(as_("lead").get(page("detail", review)))
    assert "建议：移出" in text
    sent = {"outcome": "moved_out", "reason": "屡次违法", "revision": fresh(review).revision}
    assert as_("lead").post(page("decide", review), sent).status_code == 302
    assert fresh(review).outcome == ReviewOutcome.MOVED_OUT
    assert Removal.objects.for_system("test").get().entity_id == review.entity_id
    done = said(as_("lead").get(f"{QUEUE}?state=done"))
    assert review.entity.name in done
    assert "李负责" in done


def test_a_lead_does_not_decide_what_nobody_proposed(as_, review):
    assert 'id="decide"' not in said(as_("lead").get(page("detail", review)))
    text = said(as_("lead").post(page("decide", review), SAID), 409)
    assert "还没有建议" in text


def test_the_second_of_two_leads_is_told_who_decided(as_, review, people):
    propose(review, people["own"])
    seen = fresh(review)
    decide_review(
        seen, outcome="kept", reason="同意", revision=seen.revision, by=people["lead"], on=TODAY
    )
    sent = SAID | {"revision": seen.revision}
    text = said(as_("lead").post(page("decide", review), sent), 409)
    assert "李负责已于" in text
    assert "决定该复核" in text


def test_a_proposal_that_changed_meanwhile_is_not_decided(as_, review, people):
    propose(review, people["own"])
    seen = fresh(review).revision
    propose(fresh(review), people["own2"], "moved_out")
    text = said(as_("lead").post(page("decide", review), SAID | {"revision": seen}), 409)
    assert "赵经办" in text
    assert "提出新的建议" in text
    assert "已改正，情节轻微" in text


@pytest.mark.parametrize("name", ["propose", "decide"])
@pytest.mark.parametrize("person", ["station", "city", "unit", "auditor"])
def test_who_may_not_act(as_, review, name, person):
    assert as_(person).post(page(name, review), SAID).status_code == 403


@pytest.mark.parametrize("name", ["propose", "decide"])
def test_another_district_does_nothing(as_, review, name):
    assert as_("other_lead").post(page(name, review), SAID).status_code == 404


def test_kept_in_bulk_names_what_is_ready_and_what_is_not(as_, review, late, people):
    propose(review, people["own"])
    chosen = f"{KEEP}?ids={review.pk}&ids={late.pk}&list=state%3Dopen"
    text = said(as_("lead").get(chosen))
    assert "data-count>1<" in text
    assert review.entity.name in text
    assert f"{late.entity.name}</a>：还没有建议" in text
    assert f'value="{review.pk}:{fresh(review).revision}"' in text
    assert f"{QUEUE}?state=open" in text


def test_several_are_kept_at_once(as_, review, late, people):
    for one in (review, late):
        propose(one, people["own"])
    seen = [f"{one.pk}:{fresh(one).revision}" for one in (review, late)]
    sent = {"seen": seen, "reason": "均已改正", "list": "state=open"}
    answer = as_("lead").post(KEEP, sent, follow=True)
    assert "已保留2件" in said(answer)
    assert {fresh(one).outcome for one in (review, late)} == {ReviewOutcome.KEPT}
    assert fresh(late).reason == "均已改正"


def test_one_that_changed_meanwhile_stops_the_whole_batch(as_, review, late, people):
    for one in (review, late):
        propose(one, people["own"])
    seen = [f"{one.pk}:{fresh(one).revision}" for one in (review, late)]
    propose(fresh(late), people["own2"])
    text = said(as_("lead").post(KEEP, {"seen": seen, "reason": "均已改正"}), 409)
    assert "提出新的建议" in text
    assert {fresh(one).outcome for one in (review, late)} == {ReviewOutcome.OPEN}


@pytest.mark.parametrize("outcome", ["moved_out", "referred"])
def test_only_what_is_proposed_to_keep_is_kept_in_bulk(as_, review, people, outcome):
    propose(review, people["own"], outcome, referred_to="区公安分局")
    seen = [f"{review.pk}:{fresh(review).revision}"]
    text = said(as_("lead").post(KEEP, {"seen": seen, "reason": "均已改正"}), 409)
    assert "须逐件决定" in text
    assert fresh(review).outcome == ReviewOutcome.OPEN


def test_a_batch_of_nothing_and_of_others_is_refused(as_, review):
    assert "没有可以成批保留的" in said(as_("lead").get(KEEP))
    assert "没有选中" in said(as_("lead").post(KEEP, {"reason": "均已改正"}), 409)
    seen = [f"{review.pk}:0"]
    said(as_("other_lead").post(KEEP, {"seen": seen, "reason": "均已改正"}), 409)
    assert review.entity.name not in said(as_("other_lead").get(f"{KEEP}?ids={review.pk}"))
    assert as_("own").get(KEEP).status_code == 403


def test_the_list_asks_a_fixed_number_of_queries(
    as_, bureau, people, django_assert_max_num_queries
):
    for _ in range(12):
        raised(make_entity(bureau=bureau), people)
    client = as_("lead")
    client.get(QUEUE)
    with django_assert_max_num_queries(22):
        client.get(QUEUE)
