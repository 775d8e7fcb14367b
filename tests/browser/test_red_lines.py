"""The whole way of a red line in a browser: violation, touch, order, removal, mending, re-entry."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import transaction
from django.utils import timezone
from playwright.sync_api import Page, expect

from entities.changes import record_changes
from membership.models import Run
from policy.limits import limits_in_force
from policy.seeding import seed
from redline.choices import OrderStatus
from redline.models import Order, Service
from redline.overdue import scan
from staff.roles import Role
from tests.desk.redline.ordering import due_in, order_of
from tests.factories import make_bureau, make_entity, make_user
from tests.redline.factories import make_list_version

pytestmark = pytest.mark.browser

FACTS = "现场检查时正在营业，不能出示食品经营许可证。"
ITEM = {
    "code": "RL-2-01",
    "group": "RL-2",
    "behaviour": "未取得食品经营许可从事食品经营活动",
    "touching": "以营业为目的，实际发生食品销售或餐饮服务",
}


@pytest.fixture
def office(site) -> SimpleNamespace:
    """A bureau with its people and its list, and a member of class A; tagging began long ago."""
    seed()
    today = timezone.localdate()
    bureau = make_bureau("试验江畔局", document_word="江畔市监")
    make_list_version(bureau, items=[ITEM])
    begun = today - timedelta(days=60)
    Run.objects.create(
        kind=Run.Kind.NIGHTLY,
        status=Run.Status.DONE,
        on=begun,
        policy_version=limits_in_force(begun).version,
        finished_at=timezone.now(),
    )
    return SimpleNamespace(
        bureau=bureau,
        officer=make_user(Role.DISTRICT_OFFICER, bureau, name="张经办"),
        lead=make_user(Role.DISTRICT_LEAD, bureau, name="李负责"),
        city=make_user(Role.MUNICIPAL_OFFICER, name="王市局"),
        entity=make_entity(name="重庆江畔智能科技有限公司", bureau=bureau, letter="A"),
    )


def tagged(page: Page, entity, inside: bool) -> None:
    """Look at the entity's page until the worker has judged it so."""
    page.goto(f"/entities/{entity.pk}/")
    tag = page.locator("#standing .verdict")
    for _ in range(40):
        if ("信用沙盒" in tag.inner_text()) == inside:
            return
        page.wait_for_timeout(500)
        page.reload()
    expected = "inside" if inside else "outside"
    raise AssertionError(f"The entity is not {expected}: {tag.inner_text()}")


def toast(page: Page, text: str) -> None:
    expect(page.locator(".toasts")).to_contain_text(text)


def found(page: Page, office: SimpleNamespace) -> Order:
    """Record a violation and confirm the touch, with its order."""
    page.goto(f"/violations/new/{office.entity.pk}/")
    page.select_option("[name=source]", "inspection")
    page.fill("[name=acted_from]", (timezone.localdate() - timedelta(days=40)).isoformat())
    page.fill("[name=facts]", FACTS)
    page.fill("[name=provision]", "食品安全法第三十五条第一款")
    page.click("main form button[type=submit]")
    page.wait_for_url("**/violations/*/")
    page.click("#list tbody a[data-open] >> nth=0")
    page.fill("[name=nature]", "未经许可从事食品经营，违反许可管理制度")
    page.fill("[name=circumstances]", "首次发现，货值较小")
    page.fill("[name=harm]", "存在食品安全隐患")
    page.click("text=确认触碰并起草责令改正")
    page.wait_for_url("**/orders/**")
    return Order.objects.for_system("test").get(entity=office.entity)


def act(page: Page, step: str, **filled: str) -> None:
    """Unfold a step and send its form."""
    form = page.locator(f"#step-{step} form")
    if not form.is_visible():
        page.click(f"#step-{step} > summary")
    for name, value in filled.items():
        field = form.locator(f"[name={name}]").first
        if field.get_attribute("type") == "radio":
            form.locator(f"[name={name}][value={value}]").check()
        elif field.evaluate("one => one.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)
    form.locator("button[name=go][value=stay], button:not([name]):not([formaction])").last.click()
    toast(page, "已办理")


def completed(page: Page, order: Order) -> None:
    """Fill in what the draft still lacks, and submit it."""
    page.goto(f"/orders/{order.pk}/edit/")
    page.fill("[name=demands]", "停止未取得许可的经营活动，依法取得食品经营许可")
    page.fill("[name=contact_phone]", "02367890000")
    page.click("button[value=submit]")
    toast(page, "已保存并提交审批")


def days_pass(order: Order, days: int) -> None:
    """Let the order have been issued and served so many days earlier than it was."""
    back = timedelta(days=days)
    order.refresh_from_db()
    Order.plain.filter(pk=order.pk).update(
        **{
            name: getattr(order, name) - back
            for name in ("issued_on", "served_on", "start_on", "due_on")
        }
    )
    for service in Service.objects.for_system("test").filter(order=order):
        Service.plain.filter(pk=service.pk).update(
            sent_on=service.sent_on - back, served_on=service.served_on - back
        )


def test_from_a_violation_to_removal_and_back(
    visit, office, celery_worker_process, complaints, shoot
):
    officer, lead = visit(office.officer.username), visit(office.lead.username)
    with transaction.atomic():
        record_changes([office.entity.pk], timezone.localdate() - timedelta(days=59), "试验")
    tagged(officer, office.entity, inside=True)

    order = found(officer, office)
    completed(officer, order)
    lead.goto("/orders/?tab=mine")
    shoot(lead, "order_list_lead")
    lead.keyboard.press("j")
    lead.keyboard.press("o")
    expect(lead.locator("#step-approve #effect")).to_contain_text("不改变该主体的移入移出")
    shoot(lead, "order_approve")
    act(lead, "approve", opinion="同意")

    officer.goto(f"/orders/{order.pk}/")
    act(officer, "issue")
    expect(officer.locator("h1")).to_contain_text("江畔市监责改〔")
    shoot(officer, "order_issued")
    officer.click("#step-send .chip:has-text('直接送达')")
    act(officer, "send", receiver="王经理")
    expect(officer.locator("[data-due]")).to_be_visible()
    shoot(officer, "order_served")

    days_pass(order, 30)
    officer.reload()
    expect(officer.locator("#deadline")).to_contain_text("逾期")
    scan(timezone.localdate())
    officer.goto("/orders/?tab=mine&light=red")
    expect(officer.locator("tbody").last).to_contain_text("逾期未改正")
    shoot(officer, "order_list_red")
    tagged(officer, office.entity, inside=False)
    shoot(officer, "entity_removed")

    lead.goto("/removals/")
    expect(lead.locator("tbody").last).to_contain_text("触碰红线逾期未改正")
    shoot(lead, "removal_list")
    lead.click("tbody a[data-open]")
    expect(lead.locator("#statement")).to_contain_text("RL-2-01")
    shoot(lead, "removal_detail")
    lead.click("text=批准重新移入…")
    expect(lead.locator("#effect")).to_contain_text("请先登记复查")
    shoot(lead, "removal_return_refused")

    officer.goto(f"/orders/{order.pk}/")
    act(
        officer,
        "recheck",
        way="on_site",
        officers="张经办、孙执法",
        finding="mended",
        found="已停止经营并取得食品经营许可",
    )
    expect(officer.locator(".headline")).to_contain_text("逾期后改正")
    shoot(officer, "order_mended_late")
    close_case(officer, order)

    lead.goto("/removals/?state=ready")
    lead.click("tbody a[data-open]")
    lead.click("text=批准重新移入…")
    expect(lead.locator("#effect")).to_contain_text("信用沙盒")
    shoot(lead, "removal_return")
    lead.fill("[name=reason]", "已改正，案件已结")
    lead.click("#steps button.btn-primary")
    toast(lead, "已批准重新移入")
    tagged(lead, office.entity, inside=True)
    shoot(lead, "entity_back")
    assert complaints == []


def close_case(page: Page, order: Order) -> None:
    """File the case and close it, on the page of the violation."""
    page.goto(f"/violations/{order.violation_id}/")
    today = timezone.localdate().isoformat()
    box = page.locator("#case")
    if not box.locator("[name=case_number]").is_visible():
        box.locator("summary", has_text="登记立案决定").click()
    box.locator("[name=decision][value=filed]").check()
    box.locator("[name=decided_on]").fill(today)
    box.locator("[name=case_number]").fill("江畔市监立〔2026〕1号")
    box.locator("button:has-text('登记决定')").click()
    expect(page.locator("#case")).to_contain_text("江畔市监立〔2026〕1号")
    box = page.locator("#case")
    if not box.locator("[name=outcome]").is_visible():
        box.locator("summary", has_text="登记结案").click()
    box.locator("[name=outcome]").fill("罚款三千元")
    box.locator("[name=closed_on]").fill(today)
    box.locator("button:has-text('登记结案')").click()
    expect(page.locator("#case")).to_contain_text("罚款三千元")


def test_the_queue_and_the_pages_fit_a_small_screen(visit, office, complaints, shoot):
    own = office.officer
    made = [
        due_in(own, days, served_on=timezone.localdate() - timedelta(days=20))
        for days in (-2, 1, 2, 9)
    ]
    drafts = [order_of(own), order_of(own, OrderStatus.APPROVED), order_of(own, OrderStatus.ISSUED)]
    page = visit(own.username)
    page.goto("/orders/?tab=mine")
    page.keyboard.press("j")
    shoot(page, "order_list")
    page.click("details.box > summary")
    shoot(page, "order_calendar")
    page.keyboard.press("o")
    expect(page.locator("[data-queue]")).to_contain_text("按当前筛选逐件办理")
    shoot(page, "order_queue")
    for address in (
        *("orders/?tab=all", f"orders/{made[0].pk}/", f"orders/{drafts[0].pk}/edit/"),
        f"orders/{drafts[1].pk}/?tab=all&status=open",
        f"orders/{drafts[2].pk}/?way=post",
        f"orders/bulk/issue/?ids={drafts[1].pk}&ids={drafts[0].pk}",
        *("removals/", "followups/?state=all"),
    ):
        page.goto(f"/{address}")
        name = "".join(letter if letter.isalnum() else "_" for letter in address)
        shoot(page, f"small_{name}")
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= 1366, f"{address} is {width} pixels wide."
    city = visit(office.city.username)
    city.goto("/orders/")
    shoot(city, "order_list_city")
    assert city.evaluate("document.documentElement.scrollWidth") <= 1366
    assert complaints == []
