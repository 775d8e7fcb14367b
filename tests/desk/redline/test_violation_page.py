"""The page of a violation and what is done from it, as everybody who may and may not."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from redline.actions.touches import confirm_touch
from redline.models import Case, Measure, Order, Review, Violation
from tests.redline.factories import (
    ACTED,
    make_case,
    make_item,
    make_order,
    make_touch,
    make_violation,
)

pytestmark = pytest.mark.django_db

TODAY = timezone.localdate()


def page(name, violation, *more):
    return reverse(f"desk:violation-{name}", args=(violation.pk, *more))


def said(answer, status=200):
    assert answer.status_code == status, answer.status_code
    return answer.content.decode()


def fresh(violation):
    return Violation.objects.for_system("test").select_related("entity").get(pk=violation.pk)


@pytest.fixture
def item(bureau):
    """A red line in force on the day of the act."""
    return make_item(bureau, code="RL-2-01", behaviour="未取得许可从事食品经营")


@pytest.mark.parametrize(("person", "status"), [
    ("own", 200), ("own2", 200), ("lead", 200), ("station", 200), ("city", 200),
    ("city_lead", 200), ("other", 404), ("unit", 404), ("auditor", 403), ("nobody", 302),
])  # fmt: skip
def test_who_sees_the_page(as_, violation, item, person, status):
    said(as_(person).get(page("detail", violation)), status)


def test_the_page_names_the_list_with_its_version_and_day(as_, violation, item):
    text = said(as_("own").get(page("detail", violation)))
    assert f"{ACTED}" in text
    assert "暂按现在的属地监管机关本区局，请核对" in text
    assert reverse("desk:redline-detail", args=(item.version_id,)) in text
    assert item.version.document_number in text
    assert item.behaviour in text
    assert f"{page('touch', violation)}?item={item.pk}" in text


def test_without_a_list_the_page_says_why(as_, violation):
    text = said(as_("own").get(page("detail", violation)))
    assert "没有施行的监管红线清单" in text
    assert "选这一项" not in text


@pytest.mark.parametrize("person", ["station", "city"])
def test_who_only_looks_is_offered_no_step(as_, violation, item, person):
    text = said(as_(person).get(page("detail", violation)))
    for name in ("touch", "why-not", "handling", "void", "measure"):
        assert page(name, violation) not in text, name
    assert "您可以查看" in text


def test_the_step_offered_to_its_officer(as_, violation, item):
    text = said(as_("own").get(page("detail", violation)))
    for name in ("touch", "why-not", "handling", "void", "measure", "evidence-add", "edit"):
        assert page(name, violation) in text, name


@pytest.fixture
def passed(entity, people):
    """A violation that another bureau found and passed on."""
    return make_violation(
        entity,
        by=people["other"],
        found_by_bureau=people["other"].bureau,
        passed_on_at=timezone.now(),
    )


def test_what_was_passed_on_is_received_first(as_, passed, people):
    text = said(as_("own").get(page("detail", passed)))
    assert page("receive", passed) in text
    assert page("why-not", passed) not in text
    text = said(as_("own").post(page("receive", passed), follow=True))
    assert "已接收抄告" in text
    assert fresh(passed).received_by == people["own"]
    assert page("why-not", passed) in text


def test_the_second_who_receives_is_told(as_, passed):
    as_("own").post(page("receive", passed))
    text = said(as_("own2").post(page("receive", passed)), 409)
    assert "张经办" in text


def test_who_found_it_sees_and_does_not_judge(as_, passed):
    text = said(as_("other").get(page("detail", passed)))
    assert "由本区局研判办理" in text or page("void", passed) in text
    said(as_("other").post(page("receive", passed)), 409)
    sent = {"reason": "试验", "revision": 0}
    assert "请联系该局" in said(as_("other").post(page("why-not", passed), sent), 409)


def test_why_it_is_no_touch(as_, violation, item):
    sent = {"reason": "行为与事项不符", "revision": violation.revision}
    as_("own").post(page("why-not", violation), sent)
    now = fresh(violation)
    assert (now.status, now.why_no_touch) == ("ordinary", "行为与事项不符")
    text = said(as_("own").get(page("detail", violation)))
    assert "行为与事项不符" in text
    assert page("order", violation) in text


def test_a_form_without_reason_comes_back_open(as_, violation, item):
    text = said(as_("own").post(page("why-not", violation), {"reason": " ", "revision": 0}))
    assert "请填写不属触碰的理由。" in text
    assert '<details class="fold" id="why_not" open>' in text
    assert fresh(violation).status == "open"


def test_the_second_of_two_tabs_is_told_who_was_first(as_, violation, item):
    seen = violation.revision
    as_("own").post(page("why-not", violation), {"reason": "第一人", "revision": seen})
    answer = as_("own2").post(page("why-not", violation), {"reason": "第二人", "revision": seen})
    text = said(answer, 409)
    assert "张经办已于" in text
    assert "一般违法" in text
    assert fresh(violation).why_no_touch == "第一人"


@pytest.mark.parametrize(("handling", "raised"), [
    ("no_penalty", 0), ("on_the_spot", 0), ("ordinary", 1),
])  # fmt: skip
def test_how_it_was_dealt_with_decides_what_follows(as_, violation, handling, raised):
    sent = {
        "handling": handling,
        "number": "渝试处罚〔2026〕1号",
        "handled_on": TODAY.isoformat(),
        "revision": violation.revision,
    }
    text = said(as_("own").post(page("handling", violation), sent, follow=True))
    assert "渝试处罚〔2026〕1号" in text
    reviews = Review.objects.for_system("test")
    assert reviews.filter(violation=violation).count() == raised
    assert ("复核：" in text) is bool(raised)


def test_a_bad_handling_keeps_what_was_typed(as_, violation):
    sent = {"handling": "", "number": "一号", "handled_on": "x", "revision": 0}
    text = said(as_("own").post(page("handling", violation), sent))
    assert "请选择处理。" in text
    assert "处理日应为" in text
    assert 'value="一号"' in text


def test_a_record_made_void_stays_readable(as_, violation):
    sent = {"reason": "重复登记", "revision": violation.revision}
    text = said(as_("own").post(page("void", violation), sent, follow=True))
    assert "该登记已作废" in text
    assert "重复登记" in text
    assert fresh(violation).status == "void"


@pytest.fixture
def touched(violation, item):
    """A violation whose touch a lead approved, with the second clock running."""
    make_touch(violation, item)
    make_case(fresh(violation), on=TODAY)
    return fresh(violation)


def test_the_second_clock_shows_its_light_and_is_decided(as_, touched):
    text = said(as_("own").get(page("detail", touched)))
    assert "立案决定" in text
    assert f"至 {TODAY + timedelta(days=21)}" in text
    sent = {
        "decision": "filed",
        "decided_on": TODAY.isoformat(),
        "case_number": "渝试立〔2026〕1号",
    }
    text = said(as_("own").post(page("case", touched, "decide"), sent, follow=True))
    assert "渝试立〔2026〕1号" in text
    assert page("case", touched, "close") in text
    sent = {"outcome": "罚款三千元", "closed_on": TODAY.isoformat()}
    text = said(as_("own").post(page("case", touched, "close"), sent, follow=True))
    assert "罚款三千元" in text
    assert Case.objects.for_system("test").get().closed_on == TODAY


def test_a_case_filed_without_number_is_refused_and_keeps_the_form(as_, touched):
    sent = {"decision": "filed", "decided_on": TODAY.isoformat(), "reason": "涉案金额较大"}
    answer = as_("own").post(page("case", touched, "decide"), sent)
    text = answer.content.decode()
    assert answer.status_code in (200, 409)
    assert "案号" in text
    assert "涉案金额较大" in text
    assert Case.objects.for_system("test").get().decision == "open"


def test_only_the_lead_extends(as_, touched):
    sent = {"reason": "需要鉴定"}
    said(as_("own").post(page("case", touched, "extend"), sent), 403)
    as_("lead").post(page("case", touched, "extend"), sent)
    case = Case.objects.for_system("test").get()
    assert case.extension_days
    assert "需要鉴定" in said(as_("own").get(page("detail", touched)))
    assert page("case", touched, "extend") not in said(as_("lead").get(page("detail", touched)))


def test_a_step_of_no_case_is_none(as_, violation):
    said(as_("own").post(page("case", violation, "decide"), {}), 200)
    sent = {"decision": "not_filed", "decided_on": TODAY.isoformat(), "reason": "轻微"}
    assert "没有起算立案期限" in said(as_("own").post(page("case", violation, "decide"), sent), 409)
    said(as_("own").post(page("case", violation, "nothing"), sent), 404)


def test_measures_are_recorded_on_any_day(as_, touched):
    sent = {"kind": "police", "taken_on": TODAY.isoformat(), "document_number": "渝试移〔2026〕1号"}
    text = said(as_("own").post(page("measure", touched), sent, follow=True))
    assert "渝试移〔2026〕1号" in text
    assert Measure.objects.for_system("test").count() == 1


ACTS = ("receive", "why-not", "handling", "supervisor", "pass-on", "measure", "touch", "order")


@pytest.mark.parametrize("name", ACTS)
@pytest.mark.parametrize(("person", "status"), [
    ("station", 403), ("city", 403), ("unit", 403), ("auditor", 403), ("other", 404),
    ("nobody", 302),
])  # fmt: skip
def test_who_may_not_act(as_, violation, name, person, status):
    said(as_(person).post(page(name, violation), {"reason": "试验", "revision": 0}), status)
    assert fresh(violation).status == "open"


@pytest.mark.parametrize("name", ["receive", "why-not", "handling", "void", "evidence-add"])
def test_an_act_is_no_reading_page(as_, violation, name):
    said(as_("own").get(page(name, violation)), 405)


TOUCH = {
    "nature": "违反许可管理秩序",
    "circumstances": "持续一日，货值较小",
    "harm": "危及人身健康",
    "facts": "未取得食品经营许可从事餐饮服务",
    "violated": "食品安全法第三十五条第一款",
    "basis": "行政处罚法第二十八条第一款",
    "demands": "立即停止经营，依法取得许可",
    "form": "relative",
    "days": "10",
    "day_kind": "working",
    "contact_name": "张经办",
    "contact_phone": "023-60000000",
}


def test_the_form_begins_with_what_the_item_says(as_, violation, item):
    bare = said(as_("own").get(page("touch", violation)))
    assert "请先选择触碰的事项" in bare
    text = said(as_("own").get(f"{page('touch', violation)}?item={item.pk}"))
    for words in (item.legal_basis, item.order_basis, item.behaviour, 'value="15"'):
        assert words in text, words
    assert "张经办" in text


def test_a_touch_is_confirmed_with_its_order(as_, violation, item):
    sent = TOUCH | {"item": item.pk, "revision": violation.revision}
    answer = as_("own").post(page("touch", violation), sent)
    order = Order.objects.for_system("test").get()
    assert answer["Location"] == reverse("desk:order-detail", args=(order.pk,))
    assert (order.days, order.day_kind, order.demands) == (10, "working", TOUCH["demands"])
    assert fresh(violation).status == "judged"
    text = said(as_("own").get(page("detail", violation)))
    assert "触碰待批准" in text
    assert TOUCH["harm"] in text


@pytest.mark.parametrize(("sent", "wrong"), [
    ({"nature": ""}, "请填写性质。"), ({"harm": " "}, "请填写危害程度。"),
    ({"days": ""}, "请填写期限天数。"), ({"days": "半月"}, "期限应为整数天数"),
    ({"form": "fixed"}, "请填写固定日期。"),
    ({"form": "fixed", "fixed_on": "2026-01-01"}, "固定日期须晚于今天"),
    ({"demands": ""}, "请填写改正内容及要求。"),
])  # fmt: skip
def test_a_bad_touch_keeps_the_form(as_, violation, item, sent, wrong):
    text = said(as_("own").post(page("touch", violation), TOUCH | {"item": item.pk} | sent))
    assert wrong in text
    assert TOUCH["circumstances"] in text
    assert 'value="10"' in text or "days" in sent
    assert fresh(violation).status == "open"


def test_a_touch_of_no_item_is_refused_and_keeps_the_form(as_, violation, item, people):
    elsewhere = make_item(people["other"].bureau)
    for wrong in ("", elsewhere.pk):
        text = said(as_("own").post(page("touch", violation), TOUCH | {"item": wrong}), 409)
        assert "请先在左边的表中选择触碰的事项" in text
        assert TOUCH["circumstances"] in text
    assert fresh(violation).status == "open"


def test_a_touch_that_somebody_confirmed_meanwhile_is_told(as_, violation, item, people):
    seen = violation.revision
    sent = TOUCH | {"item": item.pk, "revision": seen}
    as_("own").post(page("touch", violation), sent)
    text = said(as_("own2").post(page("touch", violation), sent), 409)
    assert "张经办" in text
    assert TOUCH["circumstances"] in text
    assert TOUCH["demands"] in text


def test_an_ordinary_order_is_drafted(as_, entity, people):
    ordinary = make_violation(entity, by=people["own"], status="ordinary", why_no_touch="不符")
    text = said(as_("own").get(page("order", ordinary)))
    assert ordinary.facts in text
    assert "行政处罚法" in text
    answer = as_("own").post(page("order", ordinary), TOUCH)
    order = Order.objects.for_system("test").get()
    assert order.origin == "ordinary"
    assert answer["Location"] == reverse("desk:order-detail", args=(order.pk,))
    assert page("order", ordinary) not in said(as_("own").get(page("detail", ordinary)))
    said(as_("own").post(page("order", ordinary), TOUCH), 409)


def test_the_order_page_leads_back_where_nothing_is_to_be_drafted(as_, violation):
    assert as_("own").get(page("order", violation))["Location"] == page("detail", violation)


def test_what_was_done_is_told_with_who_and_when(as_, violation, item, people):
    as_("own").post(
        page("handling", violation),
        {
            "handling": "on_the_spot",
            "number": "当场1号",
            "handled_on": TODAY.isoformat(),
            "revision": fresh(violation).revision,
        },
    )
    confirm_touch(
        fresh(violation),
        item,
        nature="甲",
        circumstances="乙",
        harm="丙",
        revision=fresh(violation).revision,
        by=people["own2"],
        on=TODAY,
    )
    story = said(as_("own").get(page("detail", violation))).split('id="story"')[1]
    for words in ("登记处理", "当场处罚 当场1号", "确认触碰，待批准", "责令改正：起草"):
        assert words in story, words
    assert story.count("赵经办") >= 2
    assert story.index("确认触碰") < story.index("登记处理")


def test_the_page_asks_a_fixed_number_of_queries(
    as_, touched, people, bureau, django_assert_max_num_queries
):
    client = as_("own")
    client.get(page("detail", touched))
    make_order(touched, status="served")
    with django_assert_max_num_queries(60):
        client.get(page("detail", touched))


def test_a_touch_is_changed_while_its_order_is_a_draft(as_, violation, item):
    sent = TOUCH | {"item": item.pk, "revision": violation.revision}
    as_("own").post(page("touch", violation), sent)
    text = said(as_("own2").get(page("touch", violation)))
    assert TOUCH["harm"] in text
    assert "保存触碰认定" in text
    assert "改正内容及要求" not in text
    changed = {
        "changes": "1",
        "nature": "改过的性质",
        "circumstances": "乙",
        "harm": "丙",
        "item": item.pk,
    }
    stale = changed | {"revision": 0}
    assert "张经办" in said(as_("own2").post(page("touch", violation), stale), 409)
    seen = fresh(violation).revision
    text = said(
        as_("own2").post(page("touch", violation), changed | {"revision": seen}, follow=True)
    )
    assert "改过的性质" in text
    assert Order.objects.for_system("test").count() == 1
