"""Steps of an order on its page: each form, bad input, two tabs, and on to the next one."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from desk.orders.steps import DOINGS
from redline.choices import (
    DayKind,
    DeadlineForm,
    ExtensionStatus,
    OrderStatus,
    ServiceOutcome,
    ServiceWay,
)
from redline.models import Extension, Hold, MendingReport, Order, Recheck, Service
from staff.roles import Role
from tests.desk.redline.ordering import due_in, fresh, order_of, removals_of, sent, steps_of, today
from tests.factories import make_user

pytestmark = pytest.mark.django_db
Status = OrderStatus


def page(order: Order, query: str = "") -> str:
    return reverse("desk:order-detail", args=(order.pk,)) + query


def step(client, order: Order, name: str, query: str = "", **sent_: str):
    """Send the form of a step as the page shows it now."""
    data = {"revision": order.revision, "once": f"{name}{order.pk}"} | sent_
    return client.post(reverse("desk:order-step", args=(order.pk, name)) + query, data)


def said(answer, status: int = 200) -> str:
    assert answer.status_code == status, answer.content.decode()[:300]
    return answer.content.decode()


def open_steps(client, order: Order) -> set[str]:
    return set(re.findall(r'id="step-([a-z_]+)"', said(client.get(page(order)))))


OPEN = {
    Status.DRAFT: {"own": {"submit", "discard"}, "lead": {"submit", "discard"}},
    Status.SUBMITTED: {"own": {"withdraw"}, "lead": {"approve", "send_back", "refuse"}},
    Status.APPROVED: {"own": {"issue", "end"}, "lead": {"issue", "end", "annul"}},
    Status.ISSUED: {"own": {"send", "end"}, "lead": {"send", "end", "annul"}},
    Status.SERVED: dict.fromkeys(
        ("own", "lead"), {"report", "recheck", "ask_extension", "hold", "end"}
    ),
    Status.REPORTED: dict.fromkeys(("own", "lead"), {"recheck", "end"}),
    Status.OVERDUE: dict.fromkeys(
        ("own", "lead"), {"report", "recheck", "ask_extension", "refer", "end"}
    ),
    Status.NOT_MENDED: dict.fromkeys(("own", "lead"), {"recheck", "refer", "end"}),
    Status.REFERRED: dict.fromkeys(("own", "lead"), {"recheck"}),
}


@pytest.mark.parametrize("status", Status.values)
def test_only_the_open_steps_are_shown_and_to_whom_they_are_open(people, as_, status):
    order = order_of(people["own"], status)
    expected = OPEN.get(Status(status), {"own": set(), "lead": set()})
    for name, steps in expected.items():
        assert open_steps(as_(name), order) == steps, name
    drafting = {"submit", "discard", "withdraw", "issue", "annul"}
    station = expected["own"] - drafting
    assert open_steps(as_("station"), order) == station
    assert open_steps(as_("city"), order) == set()


@pytest.mark.parametrize("name", ["own2", "lead", "station", "city", "other", "auditor", "nobody"])
def test_a_step_of_somebody_else_s_is_refused(people, as_, name):
    order = order_of(people["own"], Status.SUBMITTED)
    answer = step(as_(name), order, "withdraw")
    expected = {"nobody": 302, "other": 404, "own2": 409, "lead": 409}
    assert answer.status_code == expected.get(name, 403)
    assert fresh(order).status == Status.SUBMITTED


def test_an_order_goes_from_draft_to_closing_on_its_page(people, as_):
    own, lead = as_("own"), as_("lead")
    order = order_of(people["own"])
    assert step(own, order, "submit").status_code == 302
    assert step(lead, fresh(order), "approve", opinion="同意").status_code == 302
    assert step(own, fresh(order), "issue").status_code == 302
    way = {"way": "direct", "sent_on": today().isoformat(), "receiver": "李四"}
    assert step(own, fresh(order), "send", **way).status_code == 302
    assert fresh(order).status == Status.SERVED
    told = {"received_on": today().isoformat(), "text": "已整改"}
    assert step(own, fresh(order), "report", **told).status_code == 302
    seen = {
        "way": "on_site",
        "done_on": today().isoformat(),
        "officers": "张经办、孙所员",
        "finding": "mended",
        "found": "已停止违法经营",
    }
    assert step(own, fresh(order), "recheck", **seen).status_code == 302
    assert fresh(order).status == Status.MENDED
    kept = ["submit", "approve", "issue", "send", "serve", "report", "recheck"]
    assert steps_of(order) == kept
    assert Recheck.objects.for_system("test").get(order=order).officers == ["张经办", "孙所员"]
    text = said(own.get(page(order)))
    assert "张经办、孙所员" in text
    assert "李四" in text


BAD = [
    (Status.SUBMITTED, "lead", "send_back", {"opinion": " "}, "请填写退回意见"),
    (Status.SUBMITTED, "lead", "refuse", {}, "请填写不予批准的理由"),
    (Status.ISSUED, "own", "send", {"way": "direct"}, "请填写送达日"),
    (Status.ISSUED, "own", "send", {"way": "direct", "sent_on": "昨天"}, "应为 2025-03-31"),
    (Status.ISSUED, "own", "send", {"way": "post", "sent_on": "2026-01-01"}, "请填写邮件号"),
    (Status.ISSUED, "own", "send", {"way": "left", "sent_on": "2026-01-01"}, "请填写见证人"),
    (Status.SERVED, "own", "report", {"received_on": ""}, "请填写收到日"),
    (Status.SERVED, "own", "recheck", {"finding": "x"}, "复查结果不在可选范围内"),
    (Status.SERVED, "own", "recheck", {"new_days": "三"}, "再限期应为整数"),
    (Status.SERVED, "own", "ask_extension", {"days": "0"}, "申请延长至少为1"),
    (Status.SERVED, "own", "hold", {"days": "x", "opinion": "理由"}, "暂缓应为整数"),
    (Status.OVERDUE, "own", "refer", {"opinion": ""}, "请填写转立案查处的理由"),
    (Status.ISSUED, "lead", "annul", {}, "请填写作废理由"),
]


@pytest.mark.parametrize(("status", "name", "action", "data", "sentence"), BAD)
def test_bad_input_gets_a_sentence_and_changes_nothing(
    people, as_, status, name, action, data, sentence
):
    order = order_of(people["own"], status)
    text = said(step(as_(name), order, action, **data))
    assert sentence in text
    assert fresh(order).status == status
    assert steps_of(order) == []


def test_what_was_typed_comes_back_with_a_refusal(people, as_):
    order = order_of(people["own"], Status.SERVED)
    tomorrow = (today() + timedelta(days=1)).isoformat()
    data = {"received_on": tomorrow, "text": "我们已经整改完毕"}
    text = said(step(as_("own"), order, "report", **data), 409)
    assert "我们已经整改完毕" in text
    assert tomorrow in text
    assert re.search(r'id="step-report"[^>]* open', text)


def test_two_tabs_the_second_is_told_who_did_what(people, as_):
    order = order_of(people["own"], Status.SUBMITTED)
    second = make_user(Role.DISTRICT_LEAD, people["own"].bureau, name="周负责")
    assert step(as_("lead"), order, "approve").status_code == 302
    client = type(as_("own"))()
    client.force_login(second)
    text = said(step(client, order, "refuse", opinion="情节轻微，另作处理"), 409)
    assert "李负责已于" in text
    assert "批准" in text
    assert "情节轻微，另作处理" in text


def test_a_decision_on_an_older_text_is_refused(people, as_):
    order = order_of(people["own"], Status.SUBMITTED)
    Order.plain.filter(pk=order.pk).update(revision=order.revision + 1, edited_by=people["own2"])
    text = said(step(as_("lead"), order, "approve"), 409)
    assert "赵经办已于" in text


def test_a_form_sent_twice_is_done_once(people, as_):
    order = order_of(people["own"], Status.SERVED)
    data = {"received_on": today().isoformat(), "text": "已整改"}
    client = as_("own")
    assert step(client, order, "report", **data).status_code == 302
    assert step(client, order, "report", **data).status_code == 302
    assert MendingReport.objects.for_system("test").filter(order=order).count() == 1


@pytest.mark.parametrize(
    ("way", "data"),
    [
        ("direct", {"receiver": "李四"}),
        ("left", {"witness": "社区工作人员王五"}),
    ],
)
def test_handed_over_is_served_at_once(people, as_, way, data):
    order = order_of(people["own"], Status.ISSUED)
    step(as_("own"), order, "send", way=way, sent_on=today().isoformat(), **data)
    assert fresh(order).status == Status.SERVED
    assert fresh(order).served_on == today()


def test_posted_is_served_when_it_came_or_fails(people, as_):
    client = as_("own")
    order = order_of(people["own"], Status.ISSUED)
    data = {"address": "重庆市试验区1号", "tracking": "EMS1", "sent_on": today().isoformat()}
    step(client, order, "send", way="post", **data)
    assert fresh(order).status == Status.ISSUED
    assert open_steps(client, order) == {"serve", "fail", "end"}
    service = Service.objects.for_system("test").get(order=order)
    assert step(client, order, "fail", service=service.pk, why="拒收退回").status_code == 302
    assert open_steps(client, order) == {"send", "end"}
    step(client, order, "send", way="public", sent_on=today().isoformat(), tracking="本局网站")
    notice = Service.objects.for_system("test").get(order=order, way=ServiceWay.PUBLIC)
    assert "公告期至" in said(step(client, order, "serve", service=notice.pk), 409)


def test_an_attempt_settled_in_another_tab_is_told(people, as_):
    order = order_of(people["own"], Status.ISSUED)
    service = sent(order, outcome=ServiceOutcome.FAILED, why_failed="退回")
    data = {"service": service.pk, "served_on": today().isoformat()}
    said(step(as_("own"), order, "serve", **data), 409)
    said(step(as_("own"), order, "fail", service="0", why="退回"), 409)
    assert fresh(order).status == Status.ISSUED


def test_each_way_asks_for_its_own_fields(people, as_):
    order = order_of(people["own"], Status.ISSUED)
    client = as_("own")
    fields = {
        way: set(
            re.findall(
                r'<\w+[^>]* name="(\w+)"', _form(said(client.get(page(order, f"?way={way}"))))
            )
        )
        for way in ServiceWay.values
    }
    shared = {"csrfmiddlewaretoken", "once", "revision", "way", "sent_on"}
    assert fields["direct"] == shared | {"receiver"}
    assert fields["left"] == shared | {"witness"}
    assert fields["electronic"] == shared | {"address", "basis", "reached"}
    assert fields["post"] == shared | {"address", "receiver", "tracking"}
    assert fields["entrusted"] == shared | {"entrusted_to"}
    assert fields["public"] == shared | {"tracking"}


def _form(text: str) -> str:
    return text.split('id="step-send"')[1].split("<form")[1].split("</form>")[0]


def test_an_extension_is_asked_by_one_and_decided_by_a_lead(people, as_):
    order = due_in(people["own"], 9)
    asked = {"asked_on": today().isoformat(), "days": "5", "reason": "设备到货延迟"}
    assert step(as_("own"), order, "ask_extension", **asked).status_code == 302
    assert "ask_extension" not in open_steps(as_("own"), order)
    assert "请选择决定" in said(step(as_("lead"), order, "decide_extension", opinion="同意"))
    data = {"granted": "yes", "opinion": "情况属实"}
    assert step(as_("lead"), order, "decide_extension", **data).status_code == 302
    found = Extension.objects.for_system("test").get(order=order)
    assert found.status == ExtensionStatus.GRANTED
    text = said(as_("own").get(page(order)))
    assert "<strong>延期</strong>" in text
    assert str(found.due_after) in text


def test_a_hold_moves_the_day_and_is_explained(people, as_):
    order = due_in(people["own"], 9)
    assert step(as_("own"), order, "hold", days="3", opinion="不可抗力").status_code == 302
    assert Hold.objects.for_system("test").get(order=order).days == 3
    text = said(as_("own").get(page(order)))
    assert "顺延3个工作日" in text
    assert "hold" not in open_steps(as_("own"), order)


def test_a_fixed_day_that_has_come_is_made_anew(people, as_):
    order = order_of(
        people["own"],
        Status.APPROVED,
        form=DeadlineForm.FIXED,
        days=None,
        fixed_on=today() - timedelta(days=1),
    )
    client = as_("own")
    assert "reissue" in open_steps(client, order)
    answer = step(client, order, "reissue")
    new = Order.objects.for_system("test").get(replaces=order)
    assert answer["Location"] == reverse("desk:order-edit", args=(new.pk,))
    assert fresh(order).status == Status.VOID


def test_overdue_by_the_days_is_out_without_a_scan(people, as_):
    order = due_in(people["own"], -2, served_on=today() - timedelta(days=20))
    data = {"way": "papers", "done_on": today().isoformat(), "officers": "张经办"}
    data |= {"finding": "not_mended", "found": "仍在经营"}
    assert step(as_("own"), order, "recheck", **data).status_code == 302
    assert fresh(order).status == Status.OVERDUE
    (removal,) = removals_of(order)
    text = said(as_("own").get(page(order)))
    assert reverse("desk:removal-detail", args=(removal.pk,)) in text


# The queue.


def test_after_a_step_the_next_of_the_same_filter_comes(people, as_):
    client = as_("lead")
    made = [order_of(people["own"], Status.SUBMITTED) for _ in range(3)]
    query = "?tab=mine&status=submitted"
    text = said(client.get(reverse("desk:order-list") + query))
    shown = [
        int(key) for key in re.findall(r'data-open href="/orders/(\d+)/\?tab=mine&amp;status', text)
    ]
    assert sorted(shown) == sorted(order.pk for order in made)
    by_key = {order.pk: order for order in made}
    for key, following in zip(shown, [*shown[1:], None], strict=True):
        answer = step(client, by_key[key], "approve", query, go="next")
        if following is not None:
            assert answer["Location"] == page(by_key[following], query)
    assert answer["Location"] == reverse("desk:order-list") + query
    assert "处理完毕" in said(client.get(answer["Location"]))


def test_at_the_end_what_was_passed_over_is_counted(people, as_):
    client = as_("lead")
    made = [order_of(people["own"], Status.SUBMITTED) for _ in range(2)]
    last = made[0]  # newer ones come first
    answer = step(client, last, "approve", "?tab=mine", go="next")
    assert "前面还有1件未办理" in said(client.get(answer["Location"]))


def test_without_a_queue_or_by_wish_one_stays(people, as_):
    order = order_of(people["own"], Status.SUBMITTED)
    order_of(people["own"], Status.SUBMITTED)
    assert step(as_("lead"), order, "approve")["Location"] == page(order)
    answer = step(as_("own"), fresh(order), "issue", "?tab=all&light=none", go="stay")
    assert answer["Location"] == page(order, "?tab=all&light=none")


def test_filters_survive_a_refusal(people, as_):
    order = order_of(people["own"], Status.SUBMITTED)
    text = said(step(as_("lead"), order, "send_back", "?tab=mine&origin=redline"))
    assert "steps/send_back/?tab=mine&amp;origin=redline" in text


def test_reading_changes_nothing_and_steps_are_no_reading(people, as_):
    order = due_in(people["own"], -2)
    client = as_("own")
    said(client.get(page(order)))
    assert fresh(order).status == Status.SERVED
    for name in DOINGS:
        address = reverse("desk:order-step", args=(order.pk, name))
        assert client.get(address).status_code == 405
    assert client.post(reverse("desk:order-step", args=(order.pk, "nothing"))).status_code == 404


def test_the_effect_of_an_approval_is_shown_and_not_kept(people, as_):
    order = order_of(people["own"], Status.SUBMITTED)
    client = as_("lead")
    address = reverse("desk:order-effect", args=(order.pk,))
    fragment = client.post(address, HTTP_HX_REQUEST="true").content.decode()
    assert fragment.strip().startswith('<div id="effect">')
    whole = said(client.post(address, {"opinion": "同意的意见"}))
    assert "data-effect" in whole
    assert "同意的意见" in whole
    assert fresh(order).status == Status.SUBMITTED
    assert as_("own").post(address).status_code == 403


def test_days_that_were_skipped_are_named(people, as_):
    order = order_of(
        people["own"],
        Status.SERVED,
        served_on=today() - timedelta(days=1),
        days=5,
        day_kind=DayKind.WORKING,
        due_on=today() + timedelta(days=6),
    )
    text = said(as_("own").get(page(order)))
    assert re.search(r"跳过 \d{4}-\d\d-\d\d（周六）周末", text)
