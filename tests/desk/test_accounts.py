"""The administrators' pages: who opens them, what they do and say, and the permission table."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from core.models import Access
from desk.views.accounts import ACTS
from staff.models import RoleGrant, User
from staff.permissions import PERMISSIONS, TABLE, may
from staff.roles import Role
from tests.factories import city_bureau, make_bureau, make_station, make_unit, make_user

pytestmark = pytest.mark.django_db
WHO = [*Role, "", "nobody"]


def browser(user: User | None) -> Client:
    client = Client()
    if user is not None:
        client.force_login(user)
    return client


@pytest.fixture
def keeper():
    return make_user(Role.SYSTEM_ADMINISTRATOR)


@pytest.fixture
def granter():
    return make_user(Role.SECURITY_ADMINISTRATOR)


@pytest.fixture
def blank():
    return User.objects.create_user("zs01", "x", name="张三")


def said(answer) -> str:
    return answer.content.decode()


def page(name: str, *args) -> str:
    return reverse(f"desk:account-{name}", args=args)


@pytest.mark.parametrize("who", WHO, ids=lambda who: who or "no role")
def test_each_page_opens_to_whom_the_table_names(blank, who):
    user = None if who == "nobody" else make_user(who)
    pages = {
        page("list"): "account.read",
        page("detail", blank.pk): "account.read",
        page("create"): "account.keep",
        page("grant", blank.pk): "role.grant",
        reverse("desk:permission-table"): "permission.read",
        **{page("act", blank.pk, name): act.verb for name, act in ACTS.items()},
    }
    for address, verb in pages.items():
        status = browser(user).get(address).status_code
        expected = 302 if user is None else 200 if may(user, verb) else 403
        assert status == expected, address


@pytest.mark.parametrize("who", [*sorted(set(Role) - {Role.SYSTEM_ADMINISTRATOR}), "", "nobody"])
@pytest.mark.parametrize("name", ACTS)
def test_who_may_not_changes_nothing_by_posting(blank, name, who):
    user = None if who == "nobody" else make_user(who)
    if user is not None and may(user, ACTS[name].verb):
        return
    before = User.objects.filter(pk=blank.pk).values().get()
    form = {"reason": "试", "name": "改"}
    assert browser(user).post(page("act", blank.pk, name), form).status_code in (302, 403)
    assert User.objects.filter(pk=blank.pk).values().get() == before


def test_an_account_is_made_and_its_password_shown_once(keeper):
    client = browser(keeper)
    answer = client.post(page("create"), {"username": "ls02", "name": "李四", "reason": "新入职"})
    made = User.objects.get(username="ls02")
    password = re.search(r'<strong class="code">([^<]+)</strong>', said(answer))
    assert password is not None
    assert made.check_password(password[1].replace("&#x27;", "'").replace("&amp;", "&"))
    assert "no-store" in answer.headers["Cache-Control"]
    assert "请通知安全管理员授权" in said(answer)
    assert password[1] not in said(client.get(page("detail", made.pk)))
    line = Access.objects.for_system("test").get(kind=Access.Kind.ACCOUNT)
    assert (line.origin, line.actor_id) == ("POST /staff/new/", keeper.pk)


def test_what_is_wrong_is_said_and_what_was_typed_stays(keeper, blank):
    client = browser(keeper)
    answer = client.post(page("create"), {"username": "zs01", "name": "", "reason": ""})
    assert "请填写姓名。" in said(answer)
    assert "请填写理由。" in said(answer)
    answer = client.post(page("create"), {"username": "zs01", "name": "李四", "reason": "入职"})
    assert answer.status_code == 409
    assert "该工号已有账户" in said(answer)
    assert 'value="zs01"' in said(answer)


def test_a_role_is_chosen_first_and_only_its_place_is_asked(granter, blank):
    client = browser(granter)
    assert "请先选择要授予的角色" in said(client.get(page("grant", blank.pk)))
    asked = {
        role: {"bureau", "station", "unit"}
        & set(client.get(page("grant", blank.pk), {"role": role}).context["form"].fields)
        for role in Role
    }
    assert asked == {
        Role.STATION_OFFICER: {"station"},
        Role.DISTRICT_OFFICER: {"bureau"},
        Role.DISTRICT_LEAD: {"bureau"},
        Role.MUNICIPAL_OFFICER: {"bureau"},
        Role.MUNICIPAL_LEAD: {"bureau"},
        Role.UNIT_OFFICER: {"unit"},
        Role.AUDITOR: set(),
        Role.SECURITY_ADMINISTRATOR: set(),
        Role.SYSTEM_ADMINISTRATOR: set(),
    }
    assert client.get(page("grant", blank.pk), {"role": "emperor"}).context["form"] is None


@pytest.mark.parametrize("role", Role)
def test_each_role_is_granted_with_its_place(granter, blank, role):
    station, bureau, unit = make_station(), make_bureau(), make_unit()
    places = {"station": station.pk, "bureau": bureau.pk, "unit": unit.pk}
    if role in (Role.MUNICIPAL_OFFICER, Role.MUNICIPAL_LEAD):
        places["bureau"] = city_bureau().pk
    answer = browser(granter).post(
        f"{page('grant', blank.pk)}?role={role}", places | {"reason": "任职文件"}
    )
    assert answer["Location"] == page("detail", blank.pk)
    blank.refresh_from_db()
    assert blank.role == role
    grant = RoleGrant.objects.visible_to(granter).get()
    assert (grant.role, grant.station_id, grant.bureau_id, grant.unit_id) == (
        *(role, blank.station_id, blank.bureau_id, blank.unit_id),
    )
    shown = said(browser(granter).get(page("detail", blank.pk)))
    assert "任职文件" in shown
    assert granter.name in shown


def test_namesakes_are_stated_with_a_tick_that_is_kept(granter, blank):
    make_user(Role.AUDITOR, name="张三")
    client = browser(granter)
    address = f"{page('grant', blank.pk)}?role={Role.SECURITY_ADMINISTRATOR}"
    answer = client.post(address, {"reason": "任职文件"})
    assert answer.status_code == 409
    assert "同名账户张三" in said(answer)
    assert "任职文件" in said(answer)
    client.post(address, {"reason": "任职文件", "are_namesakes": "on"})
    assert RoleGrant.objects.visible_to(granter).get().are_namesakes
    assert "声明：同名的其他账户属于不同的人" in said(client.get(page("detail", blank.pk)))


def test_the_tick_is_asked_only_where_somebody_bears_the_name(granter, blank):
    address = f"{page('grant', blank.pk)}?role={Role.AUDITOR}"
    assert "同名的其他账户" not in said(browser(granter).get(address))
    make_user(Role.AUDITOR, name=blank.name)
    assert "同名的其他账户" in said(browser(granter).get(address))


def test_the_own_account_is_offered_no_role(granter):
    shown = said(browser(granter).get(f"{page('grant', granter.pk)}?role={Role.AUDITOR}"))
    assert "请由另一位安全管理员办理" in shown
    assert 'name="reason"' not in shown


def test_a_role_is_withdrawn_and_the_account_is_told_on_its_first_page(granter):
    user = make_user(Role.DISTRICT_LEAD)
    own = browser(user)
    browser(granter).post(page("act", user.pk, "withdraw"), {"reason": "调离"})
    assert own.get("/").status_code == 302, "The session ended with the role."
    anew = browser(user)
    home = anew.get("/")
    assert "您的账户尚未授权" in said(home)
    assert "未授权" in said(home)
    assert anew.get(reverse("desk:entity-list")).status_code == 403


def test_a_disabled_account_is_out_at_its_next_request(keeper):
    user = make_user(Role.MUNICIPAL_OFFICER)
    own = browser(user)
    assert own.get("/").status_code == 200
    answer = browser(keeper).post(page("act", user.pk, "disable"), {"reason": "离职"}, follow=True)
    assert "已停用" in said(answer)
    assert own.get("/").status_code == 302


def test_a_reset_password_is_shown_once_and_ends_the_old_sessions(keeper):
    user = make_user(Role.MUNICIPAL_OFFICER)
    own = browser(user)
    answer = browser(keeper).post(page("act", user.pk, "reset-password"), {"reason": "忘记"})
    assert "密码只显示这一次" in said(answer)
    assert own.get("/").status_code == 302
    user.refresh_from_db()
    assert not user.check_password("test")


def test_a_form_sent_twice_is_done_once(granter, blank):
    client = browser(granter)
    address = f"{page('grant', blank.pk)}?role={Role.AUDITOR}"
    form = {"reason": "任职文件", "once": "abc"}
    assert client.post(address, form).status_code == 302
    assert client.post(address, form).status_code == 302
    assert RoleGrant.objects.visible_to(granter).count() == 1


def test_buttons_are_those_that_lead_somewhere(keeper, granter, blank):
    def offered(viewer, user):
        return [name for name, _ in browser(viewer).get(page("detail", user.pk)).context["acts"]]

    assert offered(keeper, blank) == ["rename", "disable", "reset-password"]
    assert offered(granter, blank) == []
    assert offered(granter, make_user()) == ["withdraw"]
    assert offered(keeper, make_user(is_active=False)) == ["rename", "enable"]
    assert offered(keeper, keeper) == []


def test_a_refusal_of_the_last_administrator_is_shown(keeper, granter):
    answer = browser(keeper).post(page("act", granter.pk, "disable"), {"reason": "离职"})
    assert answer.status_code == 409
    assert "唯一启用的安全管理员" in said(answer)
    assert "离职" in said(answer)


@pytest.mark.parametrize("tried", ["create", "act", "grant"])
def test_what_was_refused_is_in_the_access_log(keeper, granter, blank, tried):
    if tried == "create":
        form = {"username": "zs01", "name": "李四", "reason": "入职"}
        browser(keeper).post(page("create"), form)
    elif tried == "act":
        browser(keeper).post(page("act", granter.pk, "disable"), {"reason": "离职"})
    else:
        address = f"{page('grant', granter.pk)}?role={Role.AUDITOR}"
        browser(granter).post(address, {"reason": "自己"})
    line = Access.objects.for_system("test").get(kind=Access.Kind.ACCOUNT)
    assert (line.ok, line.actor_id) == (False, (granter if tried == "grant" else keeper).pk)
    assert line.detail["refusal"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, {"aa1", "bb2", "cc3", "dd4"}),
        ({"text": "AA"}, {"aa1"}),
        ({"text": "王 五"}, {"cc3"}),
        ({"role": "district_lead"}, {"bb2"}),
        ({"role": "none"}, {"dd4"}),
        ({"role": "emperor"}, {"aa1", "bb2", "cc3", "dd4"}),
        ({"state": "disabled"}, {"cc3"}),
        ({"state": "active", "text": "王五"}, set()),
        ({"bureau": "own"}, {"aa1", "bb2"}),
        ({"bureau": "x"}, {"aa1", "bb2", "cc3", "dd4"}),
        ({"bureau": "9" * 18}, set()),
    ],
)
def test_the_list_is_narrowed_by_its_address(keeper, query, found):
    bureau = make_bureau()
    make_user(Role.DISTRICT_OFFICER, bureau, username="aa1", name="赵一")
    make_user(Role.DISTRICT_LEAD, bureau, username="bb2", name="钱二")
    make_user(Role.UNIT_OFFICER, username="cc3", name="王五", is_active=False)
    make_user("", username="dd4", name="孙四")
    if query.get("bureau") == "own":
        query = query | {"bureau": bureau.pk}
    answer = browser(keeper).get(page("list"), query)
    assert {row.username for row in answer.context["page"]} - {keeper.username} == found
    for key, value in query.items():
        if key == "text":
            assert f'value="{"".join(str(value).split())}"' in said(answer)


def test_long_lists_go_on_over_pages_with_their_filters(keeper):
    for number in range(120):
        make_user("", username=f"p{number:03d}", name="众")
    answer = browser(keeper).get(page("list"), {"text": "众", "page": "2"})
    assert len(answer.context["page"]) == 50
    assert "共 120 个账户" in said(answer)
    assert "text=%E4%BC%97&amp;page=3" in said(answer)


def test_a_name_is_text_and_no_code(keeper):
    make_user("", username="x1", name="<script>alert(1)</script>")
    assert "<script>alert" not in said(browser(keeper).get(page("list")))


@pytest.mark.parametrize("role", Role)
def test_the_permission_table_shows_every_verb_and_marks_ones_own_role(role):
    answer = browser(make_user(role)).get(reverse("desk:permission-table"))
    shown = said(answer)
    assert all(row.label in shown for row in TABLE)
    assert shown.count("●") == sum(len(row.roles) for row in TABLE)
    assert f"{role.label}（您）" in shown
    assert shown.count('<td class="mid own">') == len(PERMISSIONS)
    assert "GB/T 22239 8.1.5.3 安全管理 b)" in shown
    assert "政策理解第17条" in shown


OWN = ("登录记录", "动态口令")


def test_the_navigation_leads_each_administrator_to_his_pages():
    expected = {
        Role.SYSTEM_ADMINISTRATOR: [
            "首页",
            "账户管理",
            "市级单位业务领域",
            "机构与区划",
            "权限表",
            *OWN,
        ],
        Role.SECURITY_ADMINISTRATOR: [
            *("首页", "账户管理", "市级单位业务领域", "权限表", "在线会话", "动态口令管理"),
            *OWN,
        ],
        Role.AUDITOR: [
            *("首页", "变更记录", "访问记录", "封存与保存期", "我的导出", "权限表"),
            *OWN,
        ],
        "": ["首页", *OWN],
    }
    for role, labels in expected.items():
        nav = said(browser(make_user(role)).get("/")).split("<nav")[1].split("</nav>")[0]
        assert re.findall(r"<a [^>]*>([^<]+)</a>", nav) == labels
