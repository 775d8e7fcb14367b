"""Recording a violation: of an entity of one's own, of one elsewhere, bad input, edited after."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from redline.models import Violation
from tests.factories import make_entity

pytestmark = pytest.mark.django_db

TODAY = timezone.localdate()
ELSEWHERE = reverse("desk:violation-add-elsewhere")
SAID = {
    "source": "inspection",
    "source_number": "检查记录12",
    "acted_from": "2026-11-02",
    "acted_until": "",
    "found_on": "2026-11-03",
    "facts": "未取得食品经营许可从事餐饮服务，货值三千元",
    "provision": "食品安全法第三十五条第一款",
    "kind_code": "RL-2-1",
}


def add(entity):
    return reverse("desk:violation-add", args=(entity.pk,))


def detail(violation):
    return reverse("desk:violation-detail", args=(violation.pk,))


def said(answer, status=200):
    assert answer.status_code == status, answer.status_code
    return answer.content.decode()


def recorded():
    return Violation.objects.for_system("test").latest("pk")


def count():
    return Violation.objects.for_system("test").count()


@pytest.mark.parametrize("person", ["own", "lead", "city", "unit"])
def test_whoever_sees_the_entity_records(as_, entity, people, person):
    answer = as_(person).post(add(entity), SAID)
    made = recorded()
    assert answer["Location"] == detail(made)
    assert (made.entity, made.recorded_by) == (entity, people[person])
    assert made.acted_until == made.acted_from
    assert made.bureau == entity.bureau
    assert (made.passed_on_at is not None) is (person in ("city", "unit"))
    assert SAID["facts"] in said(as_(person).get(detail(made)))


def test_a_station_records_in_its_own_place(as_, entity, people):
    said(as_("station").get(add(entity)), 404)
    here = make_entity(bureau=entity.bureau, station=people["station"].station)
    as_("station").post(add(here), SAID)
    assert recorded().recorded_by == people["station"]


@pytest.mark.parametrize(("person", "status"), [
    ("other", 404), ("auditor", 403), ("nobody", 302),
])  # fmt: skip
def test_who_may_not_record(as_, entity, person, status):
    for method in ("get", "post"):
        said(getattr(as_(person), method)(add(entity), SAID), status)
    assert not count()


def test_a_unit_records_nothing_outside_its_field(as_, bureau):
    plain = make_entity(bureau=bureau)
    said(as_("unit").post(add(plain), SAID), 404)
    assert not count()


@pytest.mark.parametrize(("sent", "wrong"), [
    ({"source": ""}, "请选择来源。"),
    ({"facts": "  "}, "请填写违法事实。"),
    ({"acted_from": "昨天"}, "行为开始日应为 2025-03-31 这样的日期"),
    ({"acted_until": "2026-11-01"}, "行为终了日不能早于开始日。"),
    ({"found_on": "2026-11-01"}, "发现日不能早于行为开始日。"),
    ({"found_on": (TODAY + timedelta(days=1)).isoformat()}, "发现日晚于今天"),
    ({"acted_until": (TODAY + timedelta(days=1)).isoformat()}, "行为终了日晚于今天"),
    ({"provision": "长" * 301}, "违反条款最多300个字"),
    ({"kind_code": "长" * 21}, "行为编号最多20个字"),
])  # fmt: skip
def test_bad_input_keeps_the_form(as_, entity, sent, wrong):
    text = said(as_("own").post(add(entity), SAID | sent))
    assert wrong in text
    assert "检查记录12" in text
    if "facts" not in sent:
        assert SAID["facts"] in text
    assert not count()


def test_a_double_press_records_once(as_, entity):
    client = as_("own")
    for _ in range(2):
        client.post(add(entity), SAID | {"once": "abc"})
    assert count() == 1


def test_an_entity_elsewhere_is_named_by_code_and_name_and_passed_on(as_, entity, people):
    sent = SAID | {"code": f" {entity.code.lower()} ", "name": entity.name}
    answer = as_("other").post(ELSEWHERE, sent, follow=True)
    made = recorded()
    assert made.entity == entity
    assert (made.bureau, made.found_by_bureau) == (entity.bureau, people["other"].bureau)
    assert made.passed_on_at is not None
    text = said(answer)
    assert "抄告本区局" in text
    assert reverse("desk:entity-detail", args=(entity.pk,)) not in text


@pytest.mark.parametrize("sent", [
    {"name": "重庆乱猜有限公司"}, {"code": "91500000MA5U4PQ2X1"}, {"name": ""}, {"code": ""},
])  # fmt: skip
def test_a_guess_tells_nothing_of_who_is_registered_elsewhere(as_, entity, sent):
    tried = SAID | {"code": entity.code, "name": entity.name} | sent
    text = said(as_("other").post(ELSEWHERE, tried))
    if tried["name"] and tried["code"]:
        assert "代码与名称对不上" in text
    if "name" in sent:
        assert entity.name not in text
    assert SAID["facts"] in text
    assert not count()


def test_a_former_name_names_it_too(as_, entity):
    type(entity).plain.filter(pk=entity.pk).update(former_names=["重庆旧名餐饮有限公司"])
    as_("other").post(ELSEWHERE, SAID | {"code": entity.code, "name": "重庆旧名餐饮有限公司"})
    assert recorded().entity == entity


@pytest.mark.parametrize("person", ["unit", "city", "auditor"])
def test_the_page_for_elsewhere_is_the_districts(as_, entity, person):
    status = 403 if person == "auditor" else 404
    said(as_(person).get(ELSEWHERE), status)
    sent = SAID | {"code": entity.code, "name": entity.name}
    said(as_(person).post(ELSEWHERE, sent), status)
    assert not count()


def edit(violation):
    return reverse("desk:violation-edit", args=(violation.pk,))


def test_what_was_recorded_is_corrected_until_it_is_judged(as_, violation):
    text = said(as_("own").get(edit(violation)))
    assert violation.facts in text
    sent = SAID | {"facts": "改过的事实", "revision": violation.revision}
    as_("own").post(edit(violation), sent)
    violation.refresh_from_db()
    assert violation.facts == "改过的事实"


def test_the_second_of_two_who_edit_is_told_and_keeps_the_text(as_, violation):
    seen = violation.revision
    as_("own").post(edit(violation), SAID | {"facts": "第一人", "revision": seen})
    text = said(
        as_("own2").post(edit(violation), SAID | {"facts": "第二人", "revision": seen}), 409
    )
    assert "张经办已于" in text
    assert "第二人" in text
    violation.refresh_from_db()
    assert violation.facts == "第一人"


def test_what_is_judged_is_edited_no_more(as_, violation):
    Violation.objects.for_system("test").filter(pk=violation.pk).update(status="touched")
    assert as_("own").get(edit(violation))["Location"] == detail(violation)
    said(as_("own").post(edit(violation), SAID | {"revision": 0}), 409)


@pytest.mark.parametrize(("person", "status"), [
    ("other", 404), ("unit", 404), ("auditor", 403), ("nobody", 302),
])  # fmt: skip
def test_who_may_not_edit(as_, violation, person, status):
    said(as_(person).get(edit(violation)), status)
    said(as_(person).post(edit(violation), SAID | {"revision": 0}), status)
