"""The list of violations and finding the entity to record one of, as everybody who may."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from redline.choices import ViolationStatus
from redline.models import Violation
from tests.factories import make_entity
from tests.redline.factories import ACTED, make_case, make_item, make_order, make_violation

pytestmark = pytest.mark.django_db

LIST, NEW = reverse("desk:violation-list"), reverse("desk:violation-new")
TODAY = timezone.localdate()


def said(answer, status=200):
    assert answer.status_code == status, answer.status_code
    return answer.content.decode()


def link(violation):
    return reverse("desk:violation-detail", args=(violation.pk,))


@pytest.mark.parametrize(("person", "found"), [
    ("own", True), ("own2", True), ("lead", True), ("station", True), ("city", True),
    ("other", False), ("unit", False),
])  # fmt: skip
def test_the_list_is_of_one_s_scope(as_, violation, person, found):
    assert (link(violation) in said(as_(person).get(LIST))) is found


def test_who_does_no_business_gets_no_list(as_, violation):
    said(as_("auditor").get(LIST), 403)
    said(as_("nobody").get(LIST), 302)


def test_whoever_recorded_it_elsewhere_sees_it_without_a_link_to_the_entity(as_, entity, people):
    made = make_violation(
        entity, by=people["unit"], found_by_unit=people["unit"].unit, found_by_bureau=None
    )
    text = said(as_("unit").get(LIST))
    assert link(made) in text
    foreign = make_violation(
        entity, by=people["other"], found_by_bureau=people["other"].bureau,
        passed_on_at=timezone.now(),
    )  # fmt: skip
    text = said(as_("other").get(LIST))
    assert link(foreign) in text
    assert link(made) not in text
    assert reverse("desk:entity-detail", args=(entity.pk,)) not in text


@pytest.mark.parametrize(("query", "found"), [
    ("", True), ("status=open", True), ("status=touched", False), ("source=inspection", True),
    ("source=penalty", False), ("text=本区甲", True), ("text=别家", False),
    (f"since={ACTED}", True), (f"since={ACTED + timedelta(days=1)}", False),
    (f"until={ACTED}", True), (f"until={ACTED - timedelta(days=1)}", False),
    ("whose=waiting", True), ("whose=passed_on", False), ("whose=mine", True),
])  # fmt: skip
def test_the_list_is_filtered(as_, violation, query, found):
    assert (link(violation) in said(as_("own").get(f"{LIST}?{query}"))) is found


def test_mine_are_those_that_i_recorded(as_, violation):
    assert link(violation) not in said(as_("own2").get(f"{LIST}?whose=mine"))
    assert link(violation) in said(as_("own2").get(f"{LIST}?whose=waiting"))


@pytest.mark.parametrize("query", ["status=nonsense", "whose=x", "since=gestern", "source=1"])
def test_a_condition_that_is_none_is_told(as_, violation, query):
    text = said(as_("own").get(f"{LIST}?{query}"))
    assert "查询条件有误" in text
    assert link(violation) not in text


def test_what_was_passed_on_waits_for_its_bureau(as_, entity, people):
    passed = make_violation(
        entity, by=people["other"], found_by_bureau=people["other"].bureau,
        passed_on_at=timezone.now(),
    )  # fmt: skip
    for person in ("own", "city"):
        text = said(as_(person).get(f"{LIST}?whose=passed_on"))
        assert link(passed) in text
        assert "抄告待接收 1" in text
        assert "外区局" in text
    assert link(passed) not in said(as_("other").get(f"{LIST}?whose=passed_on"))
    Violation.objects.for_system("test").filter(pk=passed.pk).update(
        received_at=timezone.now(), received_by=people["own"]
    )
    assert link(passed) not in said(as_("own").get(f"{LIST}?whose=passed_on"))


def test_the_chips_count_what_they_show(as_, bureau, people, violation):
    for _ in range(2):
        make_violation(make_entity(bureau=bureau), by=people["own2"])
    make_violation(make_entity(bureau=bureau), by=people["own2"], status=ViolationStatus.ORDINARY)
    text = said(as_("own").get(LIST))
    for chip in ("待我办理 3", "我登记的 1", "全部 4", "待研判 3", "一般违法 1"):
        assert chip in text, chip
    narrowed = said(as_("own").get(f"{LIST}?whose=mine"))
    assert "全部 1" in narrowed
    assert "whose=mine&amp;status=open" in narrowed


def test_the_city_chooses_a_bureau(as_, violation, people):
    city = as_("city")
    assert link(violation) in said(city.get(f"{LIST}?bureau={violation.bureau_id}"))
    other = people["other"].bureau_id
    assert link(violation) not in said(city.get(f"{LIST}?bureau={other}"))
    assert 'name="bureau"' not in said(as_("own").get(LIST))


def test_a_line_tells_of_the_order_and_the_second_clock(as_, people, entity):
    made = make_violation(entity, by=people["own"])
    order = make_order(made, status="issued")
    make_case(made, on=TODAY - timedelta(days=60))
    text = said(as_("own").get(LIST))
    assert order.number.text in text
    assert "待送达" in text
    assert "逾期 39 天" in text


def test_conditions_go_along_with_the_pages(as_, bureau, people):
    entity = make_entity(name="重庆翻页有限公司", bureau=bureau)
    for _ in range(52):
        make_violation(entity, by=people["own"])
    text = said(as_("own").get(f"{LIST}?text=翻页&status=open"))
    assert "&amp;before=" in text
    assert "status=open" in text.split("before=")[0][-120:]


def test_the_list_asks_a_fixed_number_of_queries(
    as_, bureau, people, django_assert_max_num_queries
):
    item = make_item(bureau)
    for _ in range(12):
        made = make_violation(make_entity(bureau=bureau), by=people["own"])
        make_order(made, status="served", item=item)
    client = as_("city")
    client.get(LIST)
    with django_assert_max_num_queries(24):
        client.get(LIST)


@pytest.mark.parametrize(("person", "status"), [
    ("own", 200), ("lead", 200), ("station", 200), ("city", 200), ("unit", 200),
    ("auditor", 403), ("nobody", 302),
])  # fmt: skip
def test_who_may_look_for_an_entity_to_record(as_, entity, person, status):
    assert as_(person).get(NEW).status_code == status


def test_entities_are_found_by_words_and_code_within_the_scope(as_, entity, people):
    add = reverse("desk:violation-add", args=(entity.pk,))
    for text in ("本区甲", entity.code):
        assert add in said(as_("own").get(f"{NEW}?text={text}"))
        assert add in said(as_("unit").get(f"{NEW}?text={text}"))
        nothing = said(as_("other").get(f"{NEW}?text={text}"))
        assert add not in nothing
        assert "没有找到" in nothing
    assert "请至少输入名称中的两个字" in said(as_("own").get(f"{NEW}?text=甲"))
    assert "登记其他局监管的主体" not in said(as_("unit").get(NEW))


def test_too_many_found_are_told(as_, bureau):
    for number in range(22):
        make_entity(name=f"重庆同名{number}有限公司", bureau=bureau)
    text = said(as_("own").get(f"{NEW}?text=重庆同名"))
    assert "只列出前 20 户" in text
    assert text.count("data-row>") == 20
