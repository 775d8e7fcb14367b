"""The draft of an order, approving and issuing several at once, contacts in full."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse

from core.models import Access
from redline.choices import OrderStatus
from redline.drafting import COLUMNS
from redline.models import Order
from tests.desk.redline.ordering import fresh, order_of, sent, steps_of

pytestmark = pytest.mark.django_db
Status = OrderStatus
PHONE = "13987651234"


def edit(order: Order, query: str = "") -> str:
    return reverse("desk:order-edit", args=(order.pk,)) + query


def form_of(order: Order, **changed: str) -> dict[str, str]:
    """Return what the form holds as it stands, with changes."""
    stored = {name: getattr(order, name) for name in COLUMNS}
    said = {name: str(value) for name, value in stored.items() if value not in (None, False)}
    return {"revision": str(order.revision), "once": "x"} | said | changed


def said(answer, status: int = 200) -> str:
    assert answer.status_code == status, answer.content.decode()[:300]
    return answer.content.decode()


def test_a_draft_is_changed_and_submitted(people, as_):
    order = order_of(people["own"])
    client = as_("own2")  # any officer of the bureau may
    assert order.demands in said(client.get(edit(order)))
    answer = client.post(edit(order, "?tab=started"), form_of(order, demands="拆除违法设施"))
    assert answer["Location"] == reverse("desk:order-detail", args=(order.pk,)) + "?tab=started"
    assert fresh(order).demands == "拆除违法设施"
    client.post(edit(order), form_of(fresh(order), go="submit", once="y"))
    assert fresh(order).status == Status.SUBMITTED
    assert fresh(order).submitted_by == people["own2"]


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"days": "0"}, "期限至少1日"),
        ({"days": ""}, "请填写期限天数"),
        ({"days": "十五"}, "期限应为整数天数"),
        ({"form": "fixed", "fixed_on": ""}, "请填写固定日期"),
        ({"form": "fixed", "fixed_on": "2020-01-01"}, "固定日期须晚于今天"),
        ({"facts": ""}, "请填写违法事实"),
        ({"violated": "条" * 301}, "违反条款最多300个字"),
    ],
)
def test_bad_input_says_what_is_wrong_and_loses_nothing(people, as_, changed, sentence):
    order = order_of(people["own"])
    text = said(as_("own").post(edit(order), form_of(order, demands="拆除违法设施", **changed)))
    assert sentence in text
    assert "拆除违法设施" in text
    assert fresh(order).demands == order.demands


def test_the_second_of_two_tabs_sees_what_the_first_wrote(people, as_):
    order = order_of(people["own"])
    as_("own2").post(edit(order), form_of(order, demands="第一人写的要求"))
    text = said(as_("own").post(edit(order), form_of(order, demands="第二人写的要求")), 409)
    assert "赵经办已于" in text
    assert "第一人写的要求" in text
    assert "第二人写的要求" in text
    assert fresh(order).demands == "第一人写的要求"
    revision = re.search(r'name="revision" value="(\d+)"', text)[1]
    again = form_of(order, demands="第二人写的要求", revision=revision, once="z")
    assert as_("own").post(edit(order), again).status_code == 302
    assert fresh(order).demands == "第二人写的要求"


def test_a_draft_submitted_meanwhile_is_told_and_what_was_typed_stays(people, as_):
    order = order_of(people["own"], Status.SUBMITTED)
    text = said(as_("own").post(edit(order), form_of(order, demands="迟到的要求")), 409)
    assert "迟到的要求" in text
    assert as_("own").get(edit(order)).status_code == 302


@pytest.mark.parametrize(
    ("name", "status"),
    [("station", 403), ("city", 403), ("other", 404), ("unit", 403), ("auditor", 403)],
)
def test_others_do_not_edit(people, as_, name, status):
    order = order_of(people["own"])
    assert as_(name).get(edit(order)).status_code == status
    assert as_(name).post(edit(order), form_of(order, demands="别人的")).status_code == status
    assert fresh(order).demands == order.demands


# Several at once.


def bulk(step: str, query: str = "") -> str:
    return reverse("desk:order-bulk", args=(step,)) + query


def test_several_are_approved_with_names_and_a_result_for_each(people, as_):
    client = as_("lead")
    made = [order_of(people["own"], Status.SUBMITTED) for _ in range(2)]
    gone = order_of(people["own"], Status.SUBMITTED)
    strange = order_of(people["other"], Status.SUBMITTED)
    ids = "".join(f"&ids={one.pk}" for one in (*made, gone, strange))
    text = said(client.get(bulk("approve", f"?tab=mine{ids}")))
    assert re.search(r"data-count>3<", text)
    assert strange.entity.name not in text
    seen = re.findall(r'name="seen" value="(\d+:\d+)"', text)
    Order.plain.filter(pk=gone.pk).update(status=Status.DRAFT)
    data = {"seen": [*seen, f"{strange.pk}:0"], "once": "a", "opinion": "同意"}
    answer = client.post(bulk("approve", "?tab=mine"), data)
    assert "tab=mine" in answer["Location"]
    result = said(client.get(answer["Location"]))
    assert result.count("已办理") == 2
    assert "未办理" in result
    assert {fresh(one).status for one in made} == {Status.APPROVED}
    assert fresh(strange).status == Status.SUBMITTED
    assert steps_of(gone) == []


def test_several_are_issued_and_numbered(people, as_):
    client = as_("own")
    made = [order_of(people["own"], Status.APPROVED) for _ in range(3)]
    ids = "&".join(f"ids={one.pk}" for one in made)
    text = said(client.get(bulk("issue", f"?{ids}")))
    seen = re.findall(r'name="seen" value="(\d+:\d+)"', text)
    answer = client.post(bulk("issue"), {"seen": seen, "once": "a"})
    numbers = [fresh(one).number.serial for one in made]
    assert sorted(numbers) == [1, 2, 3]
    assert fresh(made[0]).number.text in said(client.get(answer["Location"]))
    again = client.post(bulk("issue"), {"seen": seen, "once": "a"})
    assert again["Location"] == answer["Location"]


def test_what_cannot_take_the_step_is_named_beforehand(people, as_):
    own = order_of(people["own"], Status.APPROVED)
    draft = order_of(people["own"])
    text = said(as_("own").get(bulk("issue", f"?ids={own.pk}&ids={draft.pk}")))
    assert re.search(r"data-count>1<", text)
    assert "不能签发的" in text
    assert "没有可以办理" in said(as_("own").get(bulk("issue")))


@pytest.mark.parametrize(
    ("name", "step"), [("own", "approve"), ("station", "issue"), ("city", "approve")]
)
def test_who_may_not_take_the_step_gets_no_bulk(as_, name, step):
    assert as_(name).get(bulk(step)).status_code == 403
    assert as_(name).post(bulk(step)).status_code == 403


def test_only_safe_steps_go_in_bulk(as_):
    assert as_("lead").get(bulk("annul")).status_code == 404
    token = "0" * 32
    address = reverse("desk:order-bulk-result", args=("approve", token))
    assert as_("lead").get(address).status_code == 404


# Contacts.


def contact(order: Order) -> str:
    return reverse("desk:order-contact", args=(order.pk,))


def test_a_contact_is_masked_and_shown_for_a_reason_that_is_recorded(people, as_):
    order = order_of(people["own"], Status.ISSUED, contact_phone=PHONE)
    sent(order, address="重庆市江北区观音桥88号")
    client = as_("own")
    text = said(client.get(reverse("desk:order-detail", args=(order.pk,))))
    assert PHONE not in text
    assert "观音桥88号" not in text
    assert "请写明查看理由" in said(client.post(contact(order), {"reason": "看"}))
    shown = said(client.post(contact(order), {"reason": "联系送达事宜"}))
    assert PHONE in shown
    assert "观音桥88号" in shown
    seen = Access.objects.for_system("test").get(kind=Access.Kind.REVEAL, ok=True)
    assert seen.reason == "联系送达事宜"
    assert seen.entity_id == order.entity_id
    assert client.get(contact(order)).status_code == 405


@pytest.mark.parametrize(("name", "status"), [("other", 404), ("unit", 403), ("auditor", 403)])
def test_others_see_no_contact(people, as_, name, status):
    order = order_of(people["own"], Status.ISSUED, contact_phone=PHONE)
    answer = as_(name).post(contact(order), {"reason": "联系送达事宜"})
    assert answer.status_code == status
    assert PHONE not in answer.content.decode()
