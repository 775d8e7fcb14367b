"""No code word is left on the auditor's pages: labels of origins, details, columns and logs."""

import ast
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import get_commands
from django.urls import URLPattern, get_resolver, reverse
from django.utils import timezone

from core.audit.access import Kind, record
from core.audit.context import acting
from core.models import Access, Change
from desk.audit.details import DETAILS, TITLES, subject_said
from desk.audit.exporting import EXPORTS
from desk.audit.lines import access_lines, change_lines
from desk.audit.pages import ACCOUNT_ACTS, COMMANDS, PAGES
from desk.audit.wording import log_said, origin_of, table_label
from desk.exports.registry import KINDS
from desk.views.accounts import ACTS
from entities.models import CreditClass
from membership.models import Decision, Ground
from membership.runs import Order, execute
from staff.models import LiveSession
from staff.roles import Role
from tests.factories import make_entity, make_unit, make_user

ROOMS = ("core", "staff", "policy", "entities", "zones", "redline", "membership", "desk")


@pytest.fixture
def officer(db):
    return make_user(Role.MUNICIPAL_OFFICER, username="zs001", name="张三")


@pytest.fixture
def browser(db, client):
    client.force_login(make_user(Role.AUDITOR, username="audit77", name="审某"))
    return client


def newest_line():
    (line,) = access_lines([Access.objects.for_system("a test looks").latest("id")])
    return line


def told(**detail):
    record(Kind.EXPORT, subject=detail.pop("subject", ""), **detail)
    return dict(newest_line().details)


class TestEveryWordHasALabel:
    def test_each_page_of_ours(self):
        names = set()
        for room, prefix in (("desk", "desk"), ("staff", "staff")):
            patterns = get_resolver(f"{room}.urls").url_patterns
            names |= {f"{prefix}:{p.name}" for p in patterns if isinstance(p, URLPattern)}
        assert names == PAGES.keys()
        assert ACTS.keys() == ACCOUNT_ACTS.keys()

    def test_each_command_of_ours(self):
        ours = {name for name, app in get_commands().items() if app in (*ROOMS, "sandbox_reg")}
        assert ours <= COMMANDS.keys(), ours - COMMANDS.keys()

    def test_each_detail_that_is_recorded(self):
        plain = {"request", "by", "ok", "entity_id", "subject", "reason", "username"}
        plain |= {"people", "text"}  # of the liaison log, whose verb is called record too
        found = set()
        for room in ROOMS:
            for path in sorted((Path(settings.BASE_DIR) / room).rglob("*.py")):
                found |= _details(ast.parse(path.read_text(encoding="utf-8")))
        assert {"because", "step", "approved_by", "refusal"} <= found
        assert found - plain <= DETAILS.keys(), found - plain - DETAILS.keys()

    def test_each_append_only_table(self):
        for model in apps.get_models():
            if getattr(model, "append_only", False):
                assert not table_label(model._meta.db_table).isascii(), model

    def test_each_column_of_each_export(self):
        for kind in KINDS.values():
            titles = {name: column.title for name, column in kind.columns.items()}
            assert TITLES[kind.label] == titles


def _details(tree):
    """Return the names of the details that calls of ``record``, ``note`` and ``_tell`` give."""
    return {
        str(word.arg)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and (
            node.func.id == "_tell"
            or any("Kind." in ast.unparse(argument) for argument in node.args)
            and node.func.id in ("record", "note")
        )
        for word in node.keywords
        if word.arg
    }


class TestOrigins:
    @pytest.mark.parametrize(
        ("origin", "said"),
        [
            ("POST /entities/192/actions/correct-class/", "更正信用风险分类（主体192）"),
            ("POST /staff/16/grant/", "授予角色（账户16）"),
            ("POST /staff/16/disable/", "停用账户（账户16）"),
            ("POST /accounts/login/code/", "登录（动态口令）"),
            ("POST /accounts/sessions/21/end/", "强制退出（会话21）"),
            ("POST /exports/3/file/", "下载导出文件（导出3）"),
            ("POST /bulk/state-safety/", "批量认定安全领域"),
            ("POST /admin/staff/bureau/add/", "机构与区划"),
            ("POST /entities/5/actions/nothing/", "办理主体事项（主体5）"),
            ("GET /nowhere/", "GET /nowhere/"),
            ("command retag (root)", "命令“评估”（系统登录名root）"),
            ("command backup", "命令“备份”"),
            ("command gone (root)", "命令 gone (root)"),
        ],
    )
    def test_an_origin_is_said_in_words(self, officer, origin, said):
        assert origin_of(origin)[1] == said

    def test_the_page_keeps_what_was_written(self, browser, officer):
        with acting(by=officer, origin="POST /staff/16/grant/"):
            record(Kind.ACCOUNT, subject="授权")
        said = browser.get(reverse("desk:audit-accesses")).content.decode()
        assert 'title="POST /staff/16/grant/">授予角色（账户16）' in said


class TestDetails:
    def test_an_export_names_columns_people_and_conditions_once(self, officer):
        said = told(
            subject="导〔2026〕000003号 主体列表（628户）",
            filter=[["登记状态", "存续"]],
            query="status=active",
            columns=["code", "name", "kind"],
            approved_by=officer.pk,
            known=None,
        )
        assert said == {
            "条件": "登记状态＝存续",
            "列": "统一社会信用代码、名称、类型",
            "批准人": "张三（zs001）",
        }

    @pytest.mark.parametrize("ending", LiveSession.Ending)
    def test_the_end_of_a_session(self, db, ending):
        said = told(because=ending.value, from_address="10.1.2.3")
        assert said == {"原因": ending.label, "该会话的地址": "10.1.2.3"}

    def test_logins_and_accounts(self, officer):
        unit = make_unit()
        assert told(step="password") == {"未通过的步骤": "密码"}
        assert told(step="code") == {"未通过的步骤": "动态口令"}
        assert told(role="system_administrator", user=officer.pk, place="") == {
            "角色": "系统管理员",
            "账户": "张三（zs001）",
        }
        assert told(refusal="不能变更自己的角色。") == {"未办理的原因": "不能变更自己的角色。"}
        assert told(unit=unit.pk) == {"单位（处室）": str(unit)}

    def test_a_print_names_its_page(self, db):
        assert told(path="/entities/192/", query="") == {"页面": "主体页面（主体192）"}
        assert told(path="/x/", query="q=%E7%94%B2") == {"页面": "/x/", "地址中的条件": "q=甲"}

    def test_the_title_of_the_site_and_the_name_of_the_entity_are_not_repeated(self, db):
        entity = make_entity(name="重庆甲公司")
        for subject in ("重庆甲公司 - 沙盒监管", f"重庆甲公司（{entity.code}）"):
            record(Kind.PRINT, subject=subject, entity_id=entity.pk)
            assert newest_line().subject == ""
            assert EXPORTS["accesses"].values(newest_line())["entity"].startswith("重庆甲公司（")
        assert subject_said("主体查询 - 沙盒监管") == "主体查询"
        assert subject_said("清除到期日志core_access_2026_01") == "清除到期日志访问记录 2026年1月"

    def test_a_long_detail_is_folded_and_a_short_one_is_not(self, browser):
        record(Kind.DOWNLOAD, subject="长", sha256="ab" * 32, serial="导〔2026〕000003号", rows=628)
        assert newest_line().is_long
        said = browser.get(reverse("desk:audit-accesses"), {"kind": "download"}).content.decode()
        assert '<details class="sidesbox"><summary>编号：导〔2026〕000003号' in said
        record(Kind.DOWNLOAD, subject="短", rows=3)
        assert not newest_line().is_long


@pytest.mark.parametrize(
    ("log", "said"),
    [
        ("core_access_2026_11", "访问记录 2026年11月"),
        ("core_change_rest", "变更记录（其他月份）"),
        ("entities_creditclass", "信用风险分类"),
        ("gone_table", "gone_table"),
    ],
)
def test_what_is_sealed_is_named(log, said):
    assert log_said(log) == said


class TestARemoval:
    def test_a_ground_without_a_successor_ended_by_a_decision(self, officer):
        entity = make_entity(letter="A")
        today = timezone.localdate()
        execute(Order(on=today, release="首次打标"))
        ground = Ground.objects.for_system("a test looks").get(entity=entity)
        CreditClass.plain.get(entity=entity).supersede()
        with acting(by=officer, origin="job 7 run"):
            execute(Order(on=today, release="个别变动"))
        changes = Change.objects.for_system("a test looks")
        line = changes.get(table_name="membership_ground", row_key=ground.pk, verb="supersede")
        (shown,) = change_lines([line])
        decision = Decision.objects.for_system("a test looks").get(entity=entity, move="close")
        assert shown.decision.startswith(f"移出决定{decision.pk}，事由“")
        assert shown.decision.endswith(f"评估{decision.run_id}")
        assert shown.columns == f"不再有效（移出）：{shown.decision}"

    def test_another_fact_just_ends(self, db):
        entity = make_entity(letter="C")
        CreditClass.plain.get(entity=entity).supersede()
        line = Change.objects.for_system("a test looks").latest("id")
        (shown,) = change_lines([line])
        assert shown.columns == "不再有效"
        assert EXPORTS["changes"].values(shown)["after"] == "不再有效"


def test_an_append_only_table_says_where_its_new_rows_are_told(browser):
    page = reverse("desk:audit-changes")
    said = browser.get(page, {"table": "entities_creditclass"}).content.decode()
    assert "“信用风险分类”只增不改" in said
    assert "办理明细" in said
    assert "只增不改，以自身" not in browser.get(page, {"table": "staff_user"}).content.decode()
