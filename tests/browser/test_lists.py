"""A red-line list in a browser: drafted from the proposal, mended, approved, compared."""

from types import SimpleNamespace

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from policy.seeding import seed
from redline.models import ListItem, ListVersion
from staff.roles import Role
from tests.factories import make_bureau, make_user

pytestmark = pytest.mark.browser


@pytest.fixture
def office(site) -> SimpleNamespace:
    seed()
    bureau = make_bureau("试验江畔局")
    return SimpleNamespace(
        bureau=bureau,
        officer=make_user(Role.DISTRICT_OFFICER, bureau, name="起草员"),
        lead=make_user(Role.DISTRICT_LEAD, bureau, name="负责人"),
    )


def test_a_list_from_the_proposal_to_in_force(office, visit, shoot, complaints, tmp_path):
    page = visit(office.officer.username)
    page.click("text=红线清单")
    shoot(page, "lists-overview")
    page.click("text=起草本局清单")
    page.select_option("#id_source", index=1)
    page.click("text=开始起草")
    expect(page.locator("#check")).to_contain_text("50 项取自建议稿")
    shoot(page, "lists-edit")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("o")
    expect(page.locator("h1")).to_contain_text("RL-1-02")
    page.fill("#id_days", "很快")
    page.locator("#id_days").press("Enter")
    expect(page.locator(".f-days .wrong")).to_contain_text("应为1至180的整数")
    shoot(page, "lists-item")
    page.fill("#id_days", "7")
    page.select_option("#id_removal", "touch")
    page.fill("#id_removal_reason", "依四（一），扰乱登记秩序，情节严重")
    page.click("text=保存并看下一项")
    expect(page.locator("h1")).to_contain_text("RL-1-03")
    page.click("text=返回")
    path = tmp_path / "list.csv"
    path.write_text("编号,类别,行为\n,食品安全,甲\n", "utf-8-sig")
    page.set_input_files("[name=file]", path)
    page.click("#workbook button")
    expect(page.locator("#findings")).to_contain_text("第2行A列")
    shoot(page, "lists-findings")
    page.once("dialog", lambda asked: asked.accept())
    page.click("text=全部已核对")
    expect(page.locator("#check")).to_have_count(0)
    page.click("#submit >> text=提交审批")
    expect(page.locator(".headline, .box header").first).to_be_visible()

    lead = visit(office.lead.username)
    lead.click("text=待批清单")
    lead.click("#waiting a")
    shoot(lead, "lists-approve")
    lead.fill("[name=since]", timezone.localdate().isoformat())
    lead.fill("[name=document_number]", "渝试市监发〔2026〕1号")
    lead.once("dialog", lambda asked: asked.accept())
    lead.click("text=批准施行")
    expect(lead.locator("main")).to_contain_text("现行")
    shoot(lead, "lists-detail")
    lead.click("text=项不同")
    expect(lead.locator("tr.at-touch").first).to_contain_text("触碰即移出")
    shoot(lead, "lists-compare")
    lead.go_back()
    lead.click(".headline >> text=打印")
    shoot(lead, "lists-print")
    version = ListVersion.objects.for_system("test").get(bureau=office.bureau)
    changed = ListItem.objects.for_system("test").get(version=version, code="RL-1-02")
    assert (version.status, changed.days, changed.removal) == ("approved", 7, "touch")
    assert [text for text in complaints if "409" not in text] == []
