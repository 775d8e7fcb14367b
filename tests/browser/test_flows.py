"""The main ways through the site, in a browser, with a real worker."""

import csv
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone
from playwright.sync_api import Page, expect

from entities.actions.four_new import mark_four_new
from entities.codes import make_uscc
from entities.models import Entity, FourNewProposal
from membership.models import Decision, ExclusionRequest, Run
from staff.roles import Role
from tests.desk.making import make_run, move, watch
from tests.factories import make_bureau, make_entity, make_user

pytestmark = pytest.mark.browser

NAMES = ("重庆山城软件有限公司", "重庆江畔餐饮有限公司", "重庆云上信息有限公司")
SCOPES = ("软件开发；信息系统集成服务", "餐饮服务", "数据处理服务")
DATA = Path(settings.BASE_DIR).parent / "shared" / "data"
HOUSEHOLD = "92500113MA607WW828"
CATERER = "91500234MA607W02XC"
CODES = [make_uscc("91500103", f"MA5U{number:04d}") for number in range(3)]


def table(path: Path, *rows: tuple[str, ...]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows(rows)
    return path


def register(folder: Path) -> Path:
    return table(
        folder / "登记.csv",
        ("统一社会信用代码", "名称", "类型", "登记状态", "经营范围", "住所"),
        *(
            (code, name, "有限责任公司", "存续", scope, "重庆市渝中区解放碑街道1号")
            for code, name, scope in zip(CODES, NAMES, SCOPES, strict=True)
        ),
    )


def classes(folder: Path) -> Path:
    rows = ((code, "A") for code in CODES)
    return table(folder / "分类.csv", ("统一社会信用代码", "信用风险分类"), *rows)


def finished(page: Page) -> None:
    expect(page.locator("#job[data-status=done]")).to_be_visible(timeout=60_000)


def hand_in(page: Page, kind: str, file: Path, **fields: str) -> None:
    page.goto("/upload/")
    card = page.locator(f"#{kind}")
    card.locator("[name=file]").set_input_files(file)
    for name, value in fields.items():
        card.locator(f"[name={name}]").fill(value)
    card.locator("button[type=submit]").click()
    finished(page)


def tag_everyone(page: Page, visit, shoot=lambda page, name: None) -> None:
    """Let an officer judge everyone; release the first tagging, which waits for a lead's word."""
    officer = visit(make_user(Role.MUNICIPAL_OFFICER).username)
    officer.goto("/runs/")
    officer.click("text=发起全量评估")
    finished(officer)
    page.goto("/runs/")
    page.click("text=并放行")
    shoot(page, "run_held")
    page.fill("[name=reason]", "首次打标，已核对")
    page.click("text=放行并重新评估")
    finished(page)


def correct_to_b(page: Page, pk: int) -> None:
    """Correct a class on the page; the tag is gone within five seconds."""
    tag = page.locator("#standing .verdict").get_by_text("主体类（信用沙盒）", exact=True)
    page.goto(f"/entities/{pk}/")
    expect(tag).to_be_visible()
    page.goto(f"/entities/{pk}/actions/correct-class/")
    page.select_option("[name=letter]", "B")
    page.fill("[name=source]", "公示系统查询")
    page.fill("[name=reason]", "文件录入有误")
    page.click("main form button[type=submit]")
    expect(tag).to_be_hidden(timeout=5_000)
    expect(page.locator("#standing .verdict")).to_contain_text("不在沙盒内")


def test_from_the_files_to_the_tag_and_its_correction(
    celery_worker_process, visit, shoot, tmp_path
):
    lead = make_user(Role.MUNICIPAL_LEAD)
    page = visit(lead.username)
    hand_in(page, "import_register", register(tmp_path))
    shoot(page, "job")
    month = timezone.localdate().strftime("%Y-%m")
    hand_in(page, "import_credit_classes", classes(tmp_path), month=month)

    tag_everyone(page, visit, shoot)
    page.click("text=查看评估")
    shoot(page, "run")

    keys = dict(Entity.objects.for_system("a test looks").values_list("code", "pk"))
    page.goto(f"/entities/{keys[CODES[0]]}/")
    tag = page.locator("#standing .verdict").get_by_text("主体类（信用沙盒）", exact=True)
    expect(tag).to_be_visible()
    shoot(page, "entity_inside")
    page.goto(f"/entities/{keys[CODES[1]]}/")
    expect(page.locator("#standing")).to_contain_text("餐饮服务")
    expect(page.locator("#standing .verdict")).to_contain_text("不在沙盒内")

    correct_to_b(page, keys[CODES[0]])
    shoot(page, "entity_corrected")


@pytest.mark.skipif(
    not (DATA / "registry_2019.csv").exists(), reason="No ../shared/data beside the project."
)
def test_the_real_register_and_classes_from_upload_to_correction(
    celery_worker_process, visit, shoot
):
    lead = make_user(Role.MUNICIPAL_LEAD)
    page = visit(lead.username)
    hand_in(page, "import_register", DATA / "registry_2019.csv")
    shoot(page, "real_register")
    classes_file = DATA / "samples" / "credit_grades_2024-09.csv"
    hand_in(page, "import_credit_classes", classes_file, month="2024-09")
    shoot(page, "real_classes")
    tag_everyone(page, visit)
    shoot(page, "real_run")

    entities = Entity.objects.for_system("a test looks")
    keys = dict(entities.values_list("code", "pk"))
    page.goto(f"/entities/{keys[HOUSEHOLD]}/")
    standing = page.locator("#standing")
    expect(standing.locator(".verdict")).to_contain_text("不在沙盒内")
    expect(standing).to_contain_text("未参加企业信用风险分类")
    shoot(page, "real_household")
    page.goto(f"/entities/{keys[CATERER]}/")
    expect(standing.locator(".verdict")).to_contain_text("不在沙盒内")
    expect(standing).to_contain_text("餐饮服务")
    shoot(page, "real_caterer")

    inside = entities.filter(grounds__ground="credit").order_by("pk")[0]
    assert inside.code not in (HOUSEHOLD, CATERER)
    correct_to_b(page, inside.pk)
    expect(page.locator("#ledger tbody tr").first).to_contain_text("移出")
    expect(page.locator("#ledger tbody tr").first).to_contain_text("三（二）")
    shoot(page, "real_corrected")


def test_a_bulk_proposal_is_filed_and_taken_back(visit, shoot):
    bureau = make_bureau()
    entities = [make_entity(bureau=bureau) for _ in range(3)]
    officer = make_user(Role.DISTRICT_OFFICER, bureau)
    page = visit(officer.username)
    page.goto("/entities/")
    for entity in entities[:2]:
        page.check(f"[name=ids][value='{entity.pk}']")
    expect(page.locator("[data-chosen]")).to_have_text("2")
    shoot(page, "entity_list")
    page.click(".bulkbar > button >> text=建议认定“四新”")
    expect(page.locator("[data-count]")).to_have_text("2")
    page.check("text=新业态")
    page.fill("[name=reason]", "本区直播电商企业")
    shoot(page, "bulk_confirm")
    page.click("main form button[type=submit]")
    expect(page.locator("tbody tr")).to_have_count(2)
    shoot(page, "proposals")
    page.click("text=撤回本批")
    expect(page.locator(".toasts")).to_contain_text("已撤回2条建议")
    states = FourNewProposal.objects.for_system("a test looks").values_list("status", flat=True)
    assert set(states) == {"withdrawn"}


def test_doubtful_entities_are_decided_by_keyboard(visit, shoot):
    bureau = make_bureau()
    for _ in range(2):
        entity = make_entity(bureau=bureau, business_scope="", pending=["food_drug"])
        watch(entity, undecided=["credit.safety"])
    officer = make_user(Role.DISTRICT_OFFICER, bureau)
    page = visit(officer.username)
    page.goto("/undecided/")
    shoot(page, "undecided")
    page.click("text=逐户认定安全领域")
    page.wait_for_url("**/undecided/*/")
    expect(page.locator("[data-save-next]")).to_be_visible()
    first = page.url
    page.keyboard.press("2")
    page.keyboard.type("只做软件开发")
    shoot(page, "undecided_decide")
    page.keyboard.press("Control+Enter")
    page.wait_for_url(lambda address: address != first)
    expect(page.locator(".toasts")).to_contain_text("已认定不涉及食品药品")


def test_the_pages_fit_a_small_screen(visit, shoot):
    bureau = make_bureau("试验区局")
    entity = make_entity(
        letter="C", four_new="list", bureau=bureau, name="重庆" + "长名" * 16 + "有限公司"
    )
    watch(entity, review=["review.class"])
    move(entity, "four_new", Decision.Move.OPEN, "“四新”名单导入")
    officer, lead = make_user(Role.DISTRICT_OFFICER, bureau), make_user(Role.MUNICIPAL_LEAD)
    ExclusionRequest.objects.create(
        entity=entity, kind="exclude", reason="多次投诉查实，" * 8, since=timezone.localdate(),
        review_on=timezone.localdate() + timedelta(days=90), filed_by=officer,
    )  # fmt: skip
    run = make_run(
        Run.Kind.NIGHTLY, status=Run.Status.HELD,
        held_reason=f"{{{bureau.pk}}}移出31户，超过在册200户的10%",
        gate={"crossed": [{"bureau_id": bureau.pk, "direction": "out", "moves": 31, "members": 200,
                           "percent": 10}]},
        counts={"judged": 4000000, "moves": 31, "unexplained": 2, "seconds": 9.8},
    )  # fmt: skip
    mark_four_new(
        make_entity(), novelties=["form"], reason="研判", since=timezone.localdate(), by=lead,
        on=timezone.localdate(),
    )  # fmt: skip
    page = visit(lead.username)
    for address in (
        *("review/", "exclusions/", "exclusions/?state=all", "runs/", f"runs/{run.pk}/"),
        *("decisions/", "rules/", "rules/wording/", "terms/", "terms/four-new/?hits=now"),
        *("terms/safety/add/", "upload/", "jobs/", "operations/", "operations/1/", "proposals/"),
        *(f"entities/{entity.pk}/actions/{key}/" for key in ("correct-class", "mark-four-new")),
    ):
        page.goto(f"/{address}")
        shoot(page, address.replace("/", "_").replace("?", "_"))
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= 1366, f"{address} is {width} pixels wide."
