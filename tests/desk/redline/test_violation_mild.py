"""The no-penalty and no-coercion lists held against a violation, condition by condition."""

from datetime import timedelta

import pytest
from django.urls import reverse

from redline.choices import ListKind
from redline.models import ListMatch
from tests.redline.factories import ACTED, make_item, make_violation

pytestmark = pytest.mark.django_db

CONDITIONS = ["货值不满一千元", "及时改正"]


def page(violation, kind="no_penalty"):
    return reverse("desk:violation-mild", args=(violation.pk, kind))


def said(answer, status=200):
    assert answer.status_code == status, answer.status_code
    return answer.content.decode()


def mild(bureau, **fields):
    kind = fields.pop("kind", ListKind.NO_PENALTY)
    columns = {"code": "NP-1", "behaviour": "未按规定公示", "conditions": CONDITIONS}
    return make_item(bureau, kind=kind, **columns | fields)


@pytest.fixture
def item(bureau):
    return mild(bureau, first_time=True, lookback_years=2)


def matches():
    return list(ListMatch.objects.for_system("test"))


@pytest.mark.parametrize(("person", "status"), [
    ("own", 200), ("lead", 200), ("station", 403), ("city", 403), ("other", 404), ("unit", 403),
    ("auditor", 403), ("nobody", 302),
])  # fmt: skip
def test_who_holds_lists_against_a_violation(as_, violation, item, person, status):
    said(as_(person).get(page(violation)), status)
    said(as_(person).post(page(violation), {"item": item.pk}), 302 if status == 200 else status)


def test_a_list_that_is_none_is_none(as_, violation):
    said(as_("own").get(page(violation, "red_line")), 404)


def test_the_bureau_s_items_and_the_city_s_are_offered(as_, violation, item):
    mild(None, code="市-7", behaviour="未亮照经营")
    text = said(as_("own").get(page(violation)))
    assert text.index("NP-1") < text.index("市-7")
    assert "市局第" in text
    assert "市-7" not in said(as_("own").get(f"{page(violation)}?text=公示"))
    assert "没有符合的事项" in said(as_("own").get(f"{page(violation)}?text=无此"))


def test_only_lists_in_force_on_the_day_of_the_act_apply(as_, violation, bureau):
    mild(bureau, since=ACTED + timedelta(days=1))
    assert "行为当日没有施行的清单" in said(as_("own").get(page(violation)))


def test_every_condition_ticked_and_no_earlier_one_applies(as_, violation, item):
    form = said(as_("own").get(f"{page(violation)}?item={item.pk}"))
    assert form.count('type="checkbox" name="ticked"') == 2
    assert "没有找到同类违法，符合首次要求" in form
    sent = {"item": item.pk, "ticked": ["0", "1"], "note": "见现场照片"}
    text = said(as_("own").post(page(violation), sent, follow=True))
    assert "符合NP-1的全部2项条件和首次要求（2年内没有同类违法），适用“不予行政处罚”。" in text
    assert "见现场照片" in text
    (kept,) = matches()
    assert (kept.applies, kept.ticked) == (True, [0, 1])


def test_what_is_not_ticked_is_said(as_, violation, item):
    text = said(as_("own").post(page(violation), {"item": item.pk, "ticked": ["1"]}, follow=True))
    assert "不符合NP-1：第1项条件不符，不适用“不予行政处罚”。" in text
    again = said(as_("own").get(f"{page(violation)}?item={item.pk}"))
    assert 'value="1" id="id_ticked_1" checked' in again
    assert "不适用" in again


def test_an_earlier_violation_of_the_same_kind_is_found(as_, entity, people, item):
    first = make_violation(
        entity, by=people["own"], acted=ACTED - timedelta(days=100), kind_code="NP-1"
    )
    later = make_violation(entity, by=people["own"], kind_code="NP-1")
    form = said(as_("own").get(f"{page(later)}?item={item.pk}"))
    assert "找到 1 件，不符合首次要求" in form
    assert reverse("desk:violation-detail", args=(first.pk,)) in form
    sent = {"item": item.pk, "ticked": ["0", "1"]}
    text = said(as_("own").post(page(later), sent, follow=True))
    assert "2年内有同类违法1件" in text
    assert not matches()[0].applies


def test_a_condition_that_is_none_is_refused_and_the_form_kept(as_, violation, item):
    sent = {"item": item.pk, "ticked": ["0", "7"], "note": "见现场照片"}
    text = said(as_("own").post(page(violation), sent))
    assert "见现场照片" in text
    assert 'class="wrong"' in text
    assert not matches()


def test_the_coercion_list_is_its_own(as_, violation, bureau, item):
    other = mild(bureau, kind=ListKind.NO_COERCION, code="NC-1", behaviour="可不予查封")
    text = said(as_("own").get(page(violation, "no_coercion")))
    assert "NC-1" in text
    assert "NP-1" not in text
    sent = {"item": other.pk, "ticked": ["0", "1"]}
    text = said(as_("own").post(page(violation, "no_coercion"), sent, follow=True))
    assert "适用“不予实施行政强制措施”" in text
