"""The whole way of a declaration in a browser, from a faulty workbook to the tags."""

from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from entities.models import Entity
from membership.models import Run
from policy.limits import limits_in_force
from policy.seeding import seed
from staff.roles import Role
from tests.desk.declaring import rows_of, workbook, zones_of
from tests.factories import make_bureau, make_entity, make_user
from tests.zones.declaring import do, draft
from zones.models import Declaration, Round

pytestmark = pytest.mark.browser

BUREAU = "试验江畔局"


@pytest.fixture
def office(site) -> SimpleNamespace:
    """A bureau with officer and lead, two of the city, an open round, tagging begun."""
    seed()
    today = timezone.localdate()
    bureau = make_bureau(BUREAU)
    Round.objects.create(
        name="第二批", opens_on=today - timedelta(days=9), deadline=today + timedelta(days=30)
    )
    Run.objects.create(
        kind=Run.Kind.NIGHTLY,
        status=Run.Status.DONE,
        on=today - timedelta(days=1),
        policy_version=limits_in_force(today).version,
        finished_at=timezone.now(),
    )
    return SimpleNamespace(
        bureau=bureau,
        officer=make_user(Role.DISTRICT_OFFICER, bureau, name="填报员"),
        lead=make_user(Role.DISTRICT_LEAD, bureau, name="负责人"),
        city=make_user(Role.MUNICIPAL_OFFICER, name="企业处甲"),
        other=make_user(Role.MUNICIPAL_OFFICER, name="企业处乙"),
        entities=[make_entity(bureau=bureau) for _ in range(4)],
    )


def faulty(office: SimpleNamespace, path: Path) -> Path:
    """Write a workbook with a wrong type, a missing contact, a misspelt and a repeated code."""
    first, second, third, _ = office.entities
    wrong = second.code[:-1] + ("0" if second.code[-1] != "0" else "1")
    rows = [
        (first.name, f" {first.code.lower()} "),
        (second.name, wrong),
        (third.name, third.code),
        (third.name, third.code),
    ]
    path.write_bytes(
        workbook(rows, bureau=office.bureau.short_name, sort="孵化器", contact="", count=5)
    )
    return path


def saved(page: Page) -> None:
    expect(page.locator("#saved")).to_contain_text("已保存", timeout=15_000)


def retype(page: Page, name: str, text: str) -> None:
    """Type into a field and leave it; wait until it is saved."""
    page.evaluate("document.querySelector('#saved').textContent = ''")
    field = page.locator(f"[name='{name}']")
    if field.evaluate("one => one.tagName") == "SELECT":
        field.select_option(text)
    else:
        field.fill(text)
        field.blur()
    saved(page)


def step(page: Page, action: str) -> None:
    page.locator(f"button[name=step][value={action}]").first.click()
    expect(page.locator(".toasts")).to_contain_text("已办理")


def correct(page: Page, office: SimpleNamespace, declaration: Declaration, shoot) -> None:
    """Correct every error on screen."""
    (zone,) = zones_of(declaration)
    rows = rows_of(zone)
    retype(page, f"zone:{zone.pk}:zone_type", "incubator")
    retype(page, f"zone:{zone.pk}:declared_count", "4")
    retype(page, "head:contact_name", "张三")
    page.goto(f"/declarations/{declaration.pk}/zones/{zone.pk}/")
    shoot(page, "declaration_roster")
    retype(page, f"row:{rows[1].pk}:code", office.entities[1].code)
    fourth = office.entities[3]
    retype(page, f"row:{rows[3].pk}:name", fourth.name)
    retype(page, f"row:{rows[3].pk}:code", fourth.code)
    page.goto(f"/declarations/{declaration.pk}/edit/")
    expect(page.locator("[data-errors]")).to_have_text("0")
    for box in page.locator(".explain input[name=text]").all():
        box.fill("名称变更登记中")
        box.blur()
        saved(page)


def test_from_a_faulty_workbook_to_the_tags(
    visit, office, celery_worker_process, complaints, shoot, tmp_path
):
    officer = visit(office.officer.username)
    officer.goto("/declarations/new/")
    shoot(officer, "declaration_new")
    officer.set_input_files("[name=file]", faulty(office, tmp_path / "申报表.xlsx"))
    officer.click("main form button[type=submit]")
    expect(officer.locator("#findings")).to_contain_text("孵化器")
    shoot(officer, "declaration_edit_faulty")
    with officer.expect_download() as back:
        officer.click("text=下载带错误说明的工作簿")
    assert "错误说明" in back.value.suggested_filename
    declaration = Declaration.objects.for_system("test").get()
    correct(officer, office, declaration, shoot)
    officer.reload()
    shoot(officer, "declaration_edit_clean")
    step(officer, "submit")

    lead = visit(office.lead.username)
    lead.goto("/declarations/?mine=1")
    lead.locator("a[data-open]").first.click()
    shoot(lead, "declaration_review")
    step(lead, "review")

    city = visit(office.city.username)
    city.goto("/declarations/?mine=1")
    shoot(city, "declaration_list")
    city.locator("a[data-open]").first.click()
    step(city, "accept")
    (zone,) = zones_of(declaration)
    city.select_option("[name=pin]", f"zone:{zone.pk}:address")
    city.fill("#comments [name=text]", "请写到门牌号")
    city.click("#comments button:has-text('加补正意见')")
    expect(city.locator(".pin")).to_contain_text("请写到门牌号")
    shoot(city, "declaration_commented")
    step(city, "return")

    officer.goto(f"/declarations/{declaration.pk}/edit/")
    expect(officer.locator(f"#zone-{zone.pk} .pin")).to_contain_text("请写到门牌号")
    shoot(officer, "declaration_returned")
    retype(officer, f"zone:{zone.pk}:address", "重庆市试验区试验街道西永大道1号2栋")
    officer.click("text=标为已改正")
    step(officer, "submit")
    lead.goto(f"/declarations/{declaration.pk}/")
    step(lead, "review")

    city.goto(f"/declarations/{declaration.pk}/")
    city.click("text=预演批准的影响")
    expect(city.locator("#effect")).to_contain_text("名册变动")
    shoot(city, "declaration_effect")
    expect(city.locator("#effect")).to_contain_text("区域类")
    step(city, "approve")
    shoot(city, "declaration_approved")
    for name in ("annex", "form"):
        city.goto(f"/declarations/{declaration.pk}/{name}/")
        shoot(city, f"declaration_{name}")
    entity = Entity.objects.for_system("test").get(pk=office.entities[3].pk)
    city.goto(f"/entities/{entity.pk}/")
    tag = city.locator("#standing .verdict")
    for _ in range(20):
        if "区域类" in tag.inner_text():
            break
        city.wait_for_timeout(500)
        city.reload()
    expect(tag).to_contain_text("区域类")
    shoot(city, "declaration_tagged")
    assert complaints == []


def test_the_pages_of_declarations_fit_a_small_screen(visit, office, shoot):
    made = do(do(draft(office, zones=2), "submit", office.officer), "review", office.lead)
    zone = zones_of(made)[0]
    page = visit(office.city.username)
    own = f"declarations/{made.pk}/"
    for address in (
        *("declarations/", "declarations/new/", "rounds/", "rounds/new/", own, f"{own}annex/"),
        *(f"{own}form/", f"{own}findings/", f"{own}zones/{zone.pk}/"),
        f"declarations/bulk/?ids={made.pk}",
    ):
        page.goto(f"/{address}")
        if address == own:
            page.click(".part > summary")
        if "zones/" in address:
            page.click(".rowcomment >> nth=0")
        shoot(page, address.replace("/", "_").replace("?", "_"))
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= 1366, f"{address} is {width} pixels wide."
    page.goto(f"/{own}annex/")
    page.emulate_media(media="print")
    shoot(page, "paper")
