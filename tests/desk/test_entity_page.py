"""The entity page: scope, explanation, sections, another day, contact for a reason."""

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from core.models import Access
from entities.changes import record_changes
from entities.models import CreditClass
from policy.limits import limits_in_force
from policy.models import OfficialText
from tests import factories
from tests.desk.making import hold, move


@pytest.fixture
def firm(place, viewers):
    """A firm with everything a page can show."""
    entity = factories.make_entity(
        name="重庆甲餐饮有限公司",
        bureau=place,
        letter="A",
        safety=["food_drug"],
        four_new="list",
        listed=["abnormal"],
        business_scope="许可项目：餐饮服务。一般项目：软件开发。",
        contact_name="王小明",
        contact_phone="13812345678",
        former_names=["重庆旧名有限公司"],
    )
    hold(entity, "four_new")
    move(entity, "four_new", "open", "“四新”名单导入")
    return entity


def url(entity, **query) -> str:
    return reverse("desk:entity-detail", args=[entity.pk], query=query or None)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("own", 200),
        ("lead", 200),
        ("station", 404),
        ("stranger", 404),
        ("municipal", 200),
        ("unit", 200),
        ("city_unit", 200),
        ("auditor", 403),
        ("security", 403),
        ("system", 403),
    ],
)
def test_the_page_opens_within_the_scope_only(browse, firm, name, code):
    assert browse(name).get(url(firm)).status_code == code


def test_nobody_is_sent_to_the_login(firm):
    assert Client().get(url(firm)).status_code == 302


def test_the_page_shows_identity_explanation_and_history(browse, firm):
    page = browse("own").get(url(firm)).content.decode()
    for said in (
        firm.code,
        "重庆旧名有限公司",
        "在沙盒内：区域外“四新”。",
        "涉及食品药品安全领域",
        "三（二）",
        "经营异常名录",
        "移入移出台账",
        "“四新”名单导入",
        "仅供市场监管部门内部使用，不作为执法依据，不对外公开",
    ):
        assert said in page, said


def test_every_section_stands_on_the_page(browse, firm):
    sections = browse("own").get(url(firm)).context["sections"]
    counts = {section.key: section.count for section in sections}
    assert counts["ledger"] == 1
    assert counts["classes"] == 1
    assert counts["safety"] == 1
    assert counts["listings"] == 1
    assert counts["licences"] == 0
    filled = [bool(section.count) for section in sections]
    assert filled == sorted(filled, reverse=True)


def test_an_entity_without_facts_has_a_page(browse, place):
    bare = factories.make_entity(bureau=place, status=None, business_scope="")
    page = browse("own").get(url(bare))
    assert page.status_code == 200
    assert "未参加企业信用风险分类" in page.content.decode()


def class_outcome(page) -> str:
    """Return what the page says of the class that the credit ground requires."""
    credit = page.context["explanation"].grounds[-1]
    return next(f.outcome.value for f in credit.findings if f.rule == "credit.class")


def test_another_day_is_shown_under_a_bar_without_business(browse, firm):
    row = CreditClass.objects.for_system("test").get(entity=firm)
    row.close(date(2025, 6, 1))
    client = browse("own")
    assert class_outcome(client.get(url(firm))) == "not_met"
    page = client.get(url(firm, on="2025-03-31"))
    assert "正在查看 2025-03-31 的状态（按现在所知）" in page.content.decode()
    assert class_outcome(page) == "met"
    assert "理由（将被记录）" not in page.content.decode()
    then = client.get(url(firm, on="2025-03-31", known="then"))
    assert "按当时登记" in then.content.decode()
    assert class_outcome(then) == "not_met"


def test_a_day_that_is_none_is_said(browse, firm):
    page = browse("own").get(url(firm, on="昨天"))
    assert page.context["moment"].is_now
    assert "查看日期应为" in page.content.decode()


def test_waiting_changes_are_shown_and_the_page_renews_itself(browse, firm):
    record_changes([firm.pk], timezone.localdate(), "信用风险分类更正")
    page = browse("own").get(url(firm)).content.decode()
    assert "待评估的事实变动" in page
    assert 'hx-trigger="every 2s"' in page


def test_the_official_wording_stands_beside_the_summary(browse, firm):
    OfficialText.objects.create(clause="3.2", text="原文在此", document="文件")
    assert "原文：原文在此" in browse("own").get(url(firm)).content.decode()


def test_reading_a_page_asks_few_statements(browse, firm, django_assert_max_num_queries):
    client = browse("own")
    with django_assert_max_num_queries(50):
        client.get(url(firm))


def contact(client: Client, entity, reason: str, **headers: str):
    address = reverse("desk:entity-contact", args=[entity.pk])
    return client.post(address, {"reason": reason}, headers=headers)


def reveals(**found):
    return Access.objects.for_system("a test looks").filter(kind="reveal", **found)


def test_the_contact_is_masked_until_a_reason_is_given(browse, viewers, firm):
    client = browse("own")
    page = client.get(url(firm)).content.decode()
    assert "138****5678" in page
    assert "13812345678" not in page
    assert "王小明" not in page
    shown = contact(client, firm, "核实\n住所")
    assert "13812345678" in shown.content.decode()
    line = reveals().get()
    assert (line.actor_id, line.entity_id) == (viewers["own"].pk, firm.pk)
    assert line.reason == "核实 住所"
    assert line.origin == f"POST {reverse('desk:entity-contact', args=[firm.pk])}"


def test_a_person_looks_so_often_an_hour_and_no_more(browse, firm, monkeypatch):
    limits = dict(limits_in_force(timezone.localdate())) | {"contact.reveals_per_hour": 2}
    monkeypatch.setattr("desk.reveals.limits_in_force", lambda on: limits)
    client = browse("own")
    for _ in range(2):
        assert "13812345678" in contact(client, firm, "核实住所").content.decode()
    refused = contact(client, firm, "核实住所", **{"hx-request": "true"}).content.decode()
    assert "一小时内查看完整联系方式已达2次" in refused
    assert "13812345678" not in refused
    assert contact(client, firm, "核实住所").status_code == 302
    assert reveals(ok=True).count() == 2
    assert reveals(ok=False).count() == 2
    assert "13812345678" in contact(browse("lead"), firm, "核实住所").content.decode()


def test_a_contact_without_a_reason_stays_masked(browse, firm):
    reply = contact(browse("own"), firm, " ", **{"hx-request": "true"})
    assert "请写明查看理由" in reply.content.decode()
    assert "13812345678" not in reply.content.decode()


@pytest.mark.parametrize(
    ("name", "code"),
    [("own", 200), ("municipal", 200), ("stranger", 404), ("unit", 403), ("auditor", 403)],
)
def test_a_contact_is_shown_to_who_may(browse, firm, name, code):
    assert contact(browse(name), firm, "核实住所").status_code == code
