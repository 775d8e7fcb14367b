"""A violation in a browser: recorded, proved, compared, touched with its order; and reviews."""

from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from policy.seeding import seed
from redline.actions.reviews import raise_review
from redline.choices import Handling, ListKind, ReviewCause, ViolationStatus
from redline.models import Order, Violation
from staff.roles import Role
from tests.factories import make_bureau, make_entity, make_user
from tests.redline.factories import PDF, make_list_version, make_violation

pytestmark = pytest.mark.browser

TODAY = timezone.localdate()
RED = [
    ("RL-2-01", "未取得食品经营许可从事食品经营活动", "以营业为目的，实际发生食品销售或餐饮服务"),
    ("RL-2-02", "使用超过保质期的食品原料", "货值五百元以上，或者已经售出"),
    ("RL-4-01", "销售不符合保障人体健康和人身财产安全标准的产品", "经检验机构检验不合格"),
    ("RL-8-01", "拒绝、阻挠监督检查", "经出示执法证件并告知后仍拒不配合"),
]
FACTS = "现场检查时正在营业，不能出示食品经营许可证，当日营业额约八百元。"
MILD = ["货值金额不满一千元", "发现后七日内取得许可", "没有造成危害后果"]


@pytest.fixture
def office(site) -> SimpleNamespace:
    """A bureau with its people, its lists in force, an entity and two reviews that wait."""
    seed()
    bureau = make_bureau("试验江畔局")
    red = [
        {"code": code, "behaviour": behaviour, "touching": touching}
        for code, behaviour, touching in RED
    ]
    make_list_version(bureau, items=red)
    item = {"code": "NP-12", "behaviour": "未取得食品经营许可，首次被发现", "conditions": MILD}
    make_list_version(bureau, kind=ListKind.NO_PENALTY, items=[item | {"first_time": True}])
    officer = make_user(Role.DISTRICT_OFFICER, bureau, name="张经办")
    entity = make_entity(name="重庆江畔小面餐饮有限公司", bureau=bureau, letter="A")
    reviews = []
    for number, days in enumerate((60, 3)):
        firm = make_entity(name=f"重庆复核{number}商贸有限公司", bureau=bureau)
        said = {"status": ViolationStatus.ORDINARY, "handling": Handling.ORDINARY}
        violation = make_violation(firm, by=officer, **said)
        on = TODAY - timedelta(days=days)
        reviews.append(raise_review(violation, ReviewCause.PENALTY, on=on))
    return SimpleNamespace(
        bureau=bureau,
        officer=officer,
        lead=make_user(Role.DISTRICT_LEAD, bureau, name="李负责"),
        city=make_user(Role.MUNICIPAL_OFFICER, name="王市局"),
        entity=entity,
        reviews=reviews,
    )


def toast(page: Page, text: str) -> None:
    expect(page.locator(".toasts")).to_contain_text(text)


def record(page: Page, entity, shoot) -> Violation:
    page.goto("/violations/new/?text=江畔小面")
    shoot(page, "violation_new")
    page.click("main a[data-open]")
    page.select_option("[name=source]", "inspection")
    page.fill("[name=acted_from]", (TODAY - timedelta(days=5)).isoformat())
    page.fill("[name=acted_until]", (TODAY - timedelta(days=9)).isoformat())
    page.fill("[name=facts]", FACTS)
    page.click("main form button[type=submit]")
    expect(page.locator("main")).to_contain_text("行为终了日不能早于开始日。")
    expect(page.locator("[name=facts]")).to_have_value(FACTS)
    shoot(page, "violation_add_wrong")
    page.fill("[name=acted_until]", "")
    page.fill("[name=provision]", "食品安全法第三十五条第一款")
    page.click("main form button[type=submit]")
    toast(page, "已登记，请上传证据材料。")
    return Violation.objects.for_system("test").get(entity=entity)


def prove(page: Page, folder: Path, shoot) -> None:
    """Upload two files at once and take one of them out."""
    for number in range(2):
        (folder / f"现场笔录{number}.pdf").write_bytes(PDF + b"%" * number)
    page.set_input_files("[name=files]", [folder / "现场笔录0.pdf", folder / "现场笔录1.pdf"])
    page.fill("#evidence [name=title]", "现场检查笔录")
    page.click("#evidence .uploadline button[type=submit]")
    expect(page.locator("#evidence")).to_contain_text("2 件")
    with page.expect_download() as taken:
        page.click("#evidence tbody button >> nth=0")
    assert taken.value.suggested_filename == "现场笔录0.pdf"


def compare(page: Page, violation: Violation, shoot) -> None:
    """Hold an item of the no-penalty list against it; one condition does not hold."""
    page.goto(f"/violations/{violation.pk}/lists/no_penalty/")
    page.click("tbody a[data-open]")
    page.check("#id_ticked_0")
    page.check("#id_ticked_2")
    page.fill("[name=note]", "尚未申请许可")
    shoot(page, "violation_mild")
    page.click("text=记下比对结果")
    expect(page.locator("#mild")).to_contain_text("不符合NP-12：第2项条件不符，不适用")


def touch(page: Page, violation: Violation, shoot) -> Order:
    page.goto(f"/violations/{violation.pk}/")
    shoot(page, "violation_open")
    page.click("#list tbody a[data-open] >> nth=0")
    expect(page.locator("[name=violated]")).to_have_value("食品安全法第三十五条第一款")
    page.fill("[name=nature]", "未经许可从事食品经营，违反食品经营许可管理制度")
    page.fill("[name=circumstances]", "首次发现，持续约一周，货值较小，当事人配合")
    shoot(page, "violation_touch")
    page.click("text=确认触碰并起草责令改正")
    expect(page.locator("main")).to_contain_text("请填写危害程度。")
    page.fill("[name=harm]", "存在食品安全隐患，尚未发现危害后果")
    page.click("text=确认触碰并起草责令改正")
    page.wait_for_url("**/orders/**")
    return Order.objects.for_system("test").get(violation=violation)


def test_from_a_finding_to_the_touch_and_its_order(visit, office, complaints, shoot, tmp_path):
    officer = visit(office.officer.username)
    violation = record(officer, office.entity, shoot)
    prove(officer, tmp_path, shoot)
    compare(officer, violation, shoot)
    order = touch(officer, violation, shoot)
    assert order.demands.startswith("停止“未取得食品经营许可从事食品经营活动”的行为")
    officer.goto(f"/violations/{violation.pk}/")
    expect(officer.locator("#list")).to_contain_text("触碰待批准")
    expect(officer.locator("#story")).to_contain_text("确认触碰，待批准")
    shoot(officer, "violation_judged")
    officer.locator("#evidence").scroll_into_view_if_needed()
    officer.click("#handling summary")
    officer.evaluate("window.scrollTo(0, 500)")
    shoot(officer, "violation_below")
    officer.goto("/")
    shoot(officer, "home")
    officer.goto("/violations/")
    officer.keyboard.press("j")
    shoot(officer, "violation_list")
    officer.keyboard.press("o")
    expect(officer.locator("h1")).to_contain_text("违法行为")
    assert not complaints, complaints


def test_reviews_are_proposed_decided_and_kept(visit, office, complaints, shoot):
    officer = visit(office.officer.username)
    for review in office.reviews:
        officer.goto("/reviews/?cause=penalty&mine=on")
        shoot(officer, "review_queue")
        officer.goto(f"/reviews/{review.pk}/?list=cause%3Dpenalty%26mine%3Don")
        officer.check("[name=outcome][value=kept]")
        officer.fill("[name=reason]", "已缴纳罚款并改正，情节一般")
        shoot(officer, "review_propose")
        officer.click("#propose button[type=submit]")
        officer.wait_for_url("**/reviews/?cause=penalty&mine=on")
    city = visit(office.city.username)
    city.goto("/reviews/?state=overdue")
    expect(city.locator("tbody .badge-tag.danger")).to_contain_text("逾期")
    shoot(city, "review_overdue")
    lead = visit(office.lead.username)
    lead.goto(f"/reviews/{office.reviews[1].pk}/")
    shoot(lead, "review_decide")
    lead.goto("/reviews/?mine=on")
    lead.check("[data-choose-all]")
    lead.click("text=批量保留")
    expect(lead.locator("[data-count]")).to_have_text("2")
    lead.fill("[name=reason]", "同意保留")
    shoot(lead, "review_keep")
    lead.click("text=确认保留")
    lead.wait_for_url("**/reviews/?mine=on")
    toast(lead, "已保留2件")
    assert not complaints, complaints
