"""What guards the site, as staff meet it in a browser."""

import time

import openpyxl
import pytest
from playwright.sync_api import Page, expect

from core.models import Access, Export
from policy.limits import seed_first_version
from staff.models import LiveSession
from staff.roles import Role
from tests.factories import make_bureau, make_entity, make_user

pytestmark = pytest.mark.browser

REASON = "公示系统查询，文件录入有误"


@pytest.fixture
def office(site):
    """An officer of a bureau with two entities, one of them with an ugly name."""
    seed_first_version()
    bureau = make_bureau("渝中局")
    for name in ("重庆山城软件有限公司", "=cmd()重庆公式有限公司"):
        make_entity(name=name, letter="A", bureau=bureau, contact_phone="13812345678")
    return make_user(Role.DISTRICT_OFFICER, bureau)


def lines(kind: str) -> list[Access]:
    return list(Access.objects.for_system("a test looks").filter(kind=kind).order_by("id"))


def awaited(kind: str) -> Access:
    """Return the line of a kind, which the browser sends without waiting for an answer."""
    until = time.monotonic() + 10
    while time.monotonic() < until:
        if found := lines(kind):
            return found[-1]
        time.sleep(0.1)
    raise AssertionError(f"No line of the kind {kind}.")


def log_in(page: Page, username: str) -> None:
    page.fill("[name=username]", username)
    page.fill("[name=password]", "test")
    page.click("main button[type=submit]")


def test_a_list_leaves_as_a_workbook_with_its_cover(
    visit, office, celery_worker_process, complaints, shoot, tmp_path
):
    page = visit(office.username)
    page.goto("/entities/?letter=A")
    expect(page.locator("svg.watermark")).to_be_attached()
    shoot(page, "list_watermark")
    page.locator("a[href*='/exports/new/entities/']").first.click()
    page.check("[name=columns][value=contact_phone]")
    page.fill("[name=reason]", "年报催报使用")
    shoot(page, "export_form")
    page.click("main form button[type=submit]")
    shoot(page, "export_confirm")
    page.click("main form button[type=submit]:not([name=change])")
    expect(page.get_by_text("下载工作簿")).to_be_visible(timeout=30_000)
    shoot(page, "export_done")
    with page.expect_download() as taken:
        page.get_by_text("下载工作簿").click()
    taken.value.save_as(tmp_path / "taken.xlsx")
    book = openpyxl.load_workbook(tmp_path / "taken.xlsx")
    assert book.sheetnames[0] == "封面"
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert not [cell.coordinate for cell in cells if cell.data_type == "f"]
    texts = [str(cell.value) for cell in cells if cell.value is not None]
    assert any("138****5678" in text for text in texts)
    assert not any("13812345678" in text for text in texts)
    assert Export.objects.for_system("a test looks").get().status == Export.Status.DONE
    assert [len(lines(kind)) for kind in ("export", "download")] == [1, 1]
    assert complaints == []


def test_a_print_is_written_down(visit, office, complaints):
    page = visit(office.username)
    page.goto("/entities/?letter=A")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    line = awaited("print")
    assert (line.actor_id, line.detail["path"]) == (office.pk, "/entities/")
    assert complaints == []


def test_a_second_login_ends_the_first_and_its_form_comes_back_filled(visit, office, shoot):
    officer = make_user(Role.MUNICIPAL_OFFICER)
    entity = make_entity(name="重庆云上信息有限公司", letter="A")
    first = visit(officer.username)
    first.goto(f"/entities/{entity.pk}/actions/correct-class/")
    first.select_option("[name=letter]", "B")
    first.fill("[name=source]", "公示系统查询")
    first.fill("[name=reason]", REASON)
    visit(officer.username)
    first.click("main form button[type=submit]")
    expect(first.get_by_text("本次会话已结束")).to_be_visible()
    expect(first.get_by_text("填写的内容已保留")).to_be_visible()
    shoot(first, "told_of_the_second_login")
    log_in(first, officer.username)
    expect(first.locator("[name=reason]")).to_have_value(REASON)
    expect(first.locator("[name=letter]")).to_have_value("B")
    shoot(first, "form_came_back")
    assert entity.credit_classes.model.plain.filter(entity=entity).count() == 1
    first.click("main form button[type=submit]")
    first.wait_for_url(f"**/entities/{entity.pk}/")
    assert entity.credit_classes.model.plain.filter(entity=entity).count() > 1
    assert LiveSession.plain.filter(user=officer, ended_at=None).count() == 1


def test_a_contact_is_shown_for_a_reason_and_the_auditor_sees_by_whom(visit, office, shoot):
    page = visit(office.username)
    page.goto("/entities/?letter=A")
    page.locator("a[data-open]").first.click()
    page.fill("[name=reason]", "核实住所")
    page.locator("form[action*='/contact/'] button[type=submit]").click()
    expect(page.get_by_text("13812345678")).to_be_visible()
    auditor = visit(make_user(Role.AUDITOR).username)
    auditor.goto(f"/audit/accesses/?person={office.username}&kind=reveal")
    expect(auditor.locator("table.logs").get_by_text("核实住所")).to_be_visible()
    shoot(auditor, "accesses")
