"""Accounts: who keeps them and who grants, what the three administrators cannot do, the record."""

import threading
from importlib import import_module

import pytest
from django.apps import apps
from django.contrib.auth.password_validation import validate_password
from django.db import IntegrityError, ProgrammingError, connection, transaction

from core.audit.access import Kind
from core.errors import Refused
from core.models import Access
from staff import accounts
from staff.models import RoleGrant, User
from staff.permissions import PERMISSIONS
from staff.roles import ADMINISTRATORS, BUSINESS_ROLES, DISTRICT_ROLES, Role
from tests.factories import city_bureau, make_bureau, make_station, make_unit, make_user


@pytest.fixture
def keeper(db) -> User:
    return make_user(Role.SYSTEM_ADMINISTRATOR)


@pytest.fixture
def granter(db) -> User:
    return make_user(Role.SECURITY_ADMINISTRATOR)


@pytest.fixture
def blank(keeper) -> User:
    """An account as it is made: without a role."""
    return make("zs01", "张三", keeper)


def make(username: str, name: str, keeper: User) -> User:
    return accounts.create_account(username=username, name=name, by=keeper, reason="新入职")[0]


def grant(user: User, role: str, by: User, **more) -> RoleGrant:
    return accounts.grant_role(user, role=role, by=by, reason="按任职文件", **more)


def place_for(role: str) -> dict:
    """A place that fits the role."""
    if role == Role.STATION_OFFICER:
        station = make_station()
        return {"bureau": station.bureau, "station": station}
    if role in DISTRICT_ROLES:
        return {"bureau": make_bureau()}
    return {"unit": make_unit()} if role == Role.UNIT_OFFICER else {"bureau": city_bureau()}


def told() -> list[tuple[str, str]]:
    rows = Access.objects.for_system("test").filter(kind=Kind.ACCOUNT).order_by("id")
    return [(row.subject.split("：")[0], row.reason) for row in rows]


VERBS = {
    "create": ("account.keep", lambda u, **say: _created(**say)),
    "rename": ("account.keep", lambda u, **say: accounts.rename_account(u, name="张叁", **say)),
    "disable": ("account.keep", accounts.disable_account),
    "enable": ("account.keep", lambda u, **say: accounts.enable_account(_off(u), **say)),
    "reset": ("account.keep", accounts.reset_password),
    "grant": ("role.grant", lambda u, **say: accounts.grant_role(u, role=Role.AUDITOR, **say)),
    "withdraw": ("role.grant", lambda u, **say: accounts.withdraw_role(_officer(u), **say)),
}


def _created(**say) -> User:
    return accounts.create_account(username="n1", name="李四", **say)[0]


def _off(user: User) -> User:
    User.objects.filter(pk=user.pk).update(is_active=False)
    return user


def _officer(user: User) -> User:
    User.objects.filter(pk=user.pk).update(role=Role.MUNICIPAL_OFFICER)
    return user


@pytest.mark.parametrize("role", [*Role, ""])
@pytest.mark.parametrize("verb", VERBS)
def test_each_verb_is_done_by_whom_the_table_names_and_told(blank, verb, role):
    permission, act = VERBS[verb]
    by = make_user(role)
    before = len(told())
    if role in PERMISSIONS[permission].roles:
        act(blank, by=by, reason="有据可查")
        assert len(told()) == before + 1
        assert told()[-1][1] == "有据可查"
        return
    with pytest.raises(Refused, match="您的角色不能"):
        act(blank, by=by, reason="有据可查")
    assert len(told()) == before


def test_a_new_account_has_no_role_and_a_password_that_is_shown_once(keeper):
    user, password = accounts.create_account(
        username=" zs01 ", name="张 三", by=keeper, reason="新入职"
    )
    user.refresh_from_db()
    assert (user.username, user.name, user.role, user.role_said) == ("zs01", "张三", "", "未授权")
    assert user.check_password(password)
    assert user.must_change_password
    validate_password(password, User(username=user.username, name=user.name))
    assert not RoleGrant.objects.for_system("test").exists()
    line = Access.objects.for_system("test").get()
    assert (line.actor_id, line.reason, line.detail["user"]) == (keeper.pk, "新入职", user.pk)
    assert password not in str(line.detail) + line.subject


def test_first_passwords_differ(blank, keeper):
    said = {accounts.reset_password(blank, by=keeper, reason="忘记") for _ in range(20)}
    assert len(said) == 20


@pytest.mark.parametrize(
    ("username", "name", "reason", "sentence"),
    [
        ("zs01", "李四", "入职", "该工号已有账户"),
        ("<b>", "李四", "入职", "工号只能用"),
        ("", "李四", "入职", "工号只能用"),
        ("n1", " ", "入职", "请填写姓名"),
        ("n1", "李" * 41, "入职", "最多40个字"),
        ("n1", "李四", " ", "请填写理由"),
    ],
)
def test_what_is_wrong_with_a_new_account_is_said(blank, keeper, username, name, reason, sentence):
    with pytest.raises(Refused, match=sentence):
        accounts.create_account(username=username, name=name, by=keeper, reason=reason)
    assert User.objects.count() == 2


@pytest.mark.parametrize("role", Role)
def test_a_grant_writes_the_copy_and_the_record_together(blank, granter, role):
    place = place_for(role)
    made = grant(blank, role, granter, **place)
    blank.refresh_from_db()
    assert (blank.role, blank.bureau, blank.station, blank.unit) == (
        *(role, place.get("bureau"), place.get("station"), place.get("unit")),
    )
    assert (made.user, made.role, made.granted_by, made.reason) == (
        *(blank, role, granter, "按任职文件"),
    )
    accounts_seen = RoleGrant.objects.visible_to(granter)
    assert [row.role for row in accounts_seen.filter(user=blank)] == [role]


def test_a_withdrawal_leaves_an_account_that_sees_nothing(blank, granter):
    grant(blank, Role.DISTRICT_LEAD, granter, bureau=make_bureau())
    accounts.withdraw_role(blank, by=granter, reason="调离")
    blank.refresh_from_db()
    assert (blank.role, blank.bureau, blank.is_active) == ("", None, True)
    rows = RoleGrant.objects.for_system("test").filter(user=blank).order_by("id")
    assert [row.role for row in rows] == [Role.DISTRICT_LEAD, ""]
    with pytest.raises(Refused, match="没有角色"):
        accounts.withdraw_role(blank, by=granter, reason="调离")


@pytest.mark.parametrize(
    ("role", "place", "sentence"),
    [
        (Role.DISTRICT_OFFICER, {}, "角色与所属局"),
        (Role.STATION_OFFICER, {"bureau": 1}, "角色与所属局"),
        (Role.STATION_OFFICER, {"bureau": 1, "station": 1}, "该监管所不属于所选的局"),
        (Role.AUDITOR, {"bureau": 1, "station": 1}, "角色与所属局|不属于"),
        (Role.UNIT_OFFICER, {}, "角色与所属局"),
        ("emperor", {}, "没有这个角色"),
        ("", {}, "没有这个角色"),
    ],
)
def test_a_place_fits_its_role_or_is_refused(blank, granter, role, place, sentence):
    makers = {"bureau": make_bureau, "station": make_station}
    with pytest.raises(Refused, match=sentence):
        grant(blank, role, granter, **{name: makers[name]() for name in place})
    blank.refresh_from_db()
    assert blank.role == ""
    assert not RoleGrant.objects.for_system("test").exists()


def test_nobody_grants_to_himself_in_the_action_and_the_database(granter):
    make_user(Role.SECURITY_ADMINISTRATOR)
    for act in (
        lambda: grant(granter, Role.MUNICIPAL_LEAD, granter),
        lambda: accounts.withdraw_role(granter, by=granter, reason="离任"),
    ):
        with pytest.raises(Refused, match="不能变更自己的角色"):
            act()
    with pytest.raises(IntegrityError, match="nobody_grants_to_himself"):
        accounts.record_grant(granter, by=granter, reason="自己")


def test_nobody_disables_himself_or_resets_his_own_password(keeper):
    with pytest.raises(Refused, match="不能停用自己"):
        accounts.disable_account(keeper, by=keeper, reason="离职")
    with pytest.raises(Refused, match="修改密码"):
        accounts.reset_password(keeper, by=keeper, reason="忘记")


def test_the_last_security_administrator_is_not_taken_away(keeper, granter):
    with pytest.raises(Refused, match="唯一启用的安全管理员"):
        accounts.disable_account(granter, by=keeper, reason="离职")
    other = make_user(Role.SECURITY_ADMINISTRATOR)
    accounts.disable_account(granter, by=keeper, reason="离职")
    with pytest.raises(Refused, match="唯一启用的安全管理员"):
        accounts.disable_account(other, by=keeper, reason="离职")


def test_nor_is_the_last_system_administrator(keeper, granter):
    with pytest.raises(Refused, match="唯一启用的系统管理员"):
        accounts.withdraw_role(keeper, by=granter, reason="调离")
    with pytest.raises(Refused, match="唯一启用的系统管理员"):
        grant(keeper, Role.AUDITOR, granter)
    make_user(Role.SYSTEM_ADMINISTRATOR)
    grant(keeper, Role.AUDITOR, granter)


@pytest.mark.parametrize("role", sorted(ADMINISTRATORS))
@pytest.mark.parametrize("other", sorted(set(Role)))
def test_a_person_holds_no_second_account_beside_an_administrators(granter, keeper, role, other):
    make_user(other, name="张三")
    user = make("zs02", "张 三", keeper)
    with pytest.raises(Refused, match=r"同名账户张三.*三员互不兼任.*同名不同人"):
        grant(user, role, granter)
    made = grant(user, role, granter, are_namesakes=True)
    assert made.are_namesakes


@pytest.mark.parametrize("other", sorted(ADMINISTRATORS))
@pytest.mark.parametrize("role", sorted(BUSINESS_ROLES))
def test_nor_does_an_administrator_get_an_account_for_business(granter, keeper, role, other):
    make_user(other, name="张三")
    user = make("zs02", "张三", keeper)
    with pytest.raises(Refused, match="三员互不兼任，也不办理业务"):
        grant(user, role, granter, **place_for(role))


def test_a_frequent_name_is_free_elsewhere_but_not_twice_in_a_bureau(granter, keeper):
    bureau = make_bureau()
    make_user(Role.DISTRICT_OFFICER, bureau, name="张伟")
    grant(make("zw2", "张伟", keeper), Role.DISTRICT_OFFICER, granter, bureau=make_bureau())
    third = make("zw3", "张伟", keeper)
    with pytest.raises(Refused, match="一人只有一个账户"):
        grant(third, Role.DISTRICT_LEAD, granter, bureau=bureau)
    assert grant(third, Role.DISTRICT_LEAD, granter, bureau=bureau, are_namesakes=True)


def test_a_second_account_is_not_slipped_in_by_name_or_by_enabling(granter, keeper, blank):
    make_user(Role.AUDITOR, name="王五")
    grant(blank, Role.MUNICIPAL_OFFICER, granter, bureau=city_bureau())
    with pytest.raises(Refused, match="三员互不兼任"):
        accounts.rename_account(blank, name="王五", by=keeper, reason="更正")
    accounts.disable_account(blank, by=keeper, reason="借调")
    grant(make("zs02", "张三", keeper), Role.AUDITOR, granter)
    with pytest.raises(Refused, match="三员互不兼任"):
        accounts.enable_account(blank, by=keeper, reason="返岗")


def test_a_disabled_account_is_granted_nothing_and_comes_back_as_it_was(granter, keeper, blank):
    grant(blank, Role.MUNICIPAL_OFFICER, granter, bureau=city_bureau())
    accounts.disable_account(blank, by=keeper, reason="借调")
    for act, sentence in (
        (lambda: grant(blank, Role.AUDITOR, granter), "已经停用，不能授权"),
        (lambda: accounts.withdraw_role(blank, by=granter, reason="调离"), "已经停用，不能授权"),
        (lambda: accounts.reset_password(blank, by=keeper, reason="忘记"), "请先启用"),
        (lambda: accounts.disable_account(blank, by=keeper, reason="借调"), "已经停用"),
    ):
        with pytest.raises(Refused, match=sentence):
            act()
    accounts.enable_account(blank, by=keeper, reason="返岗")
    blank.refresh_from_db()
    assert (blank.is_active, blank.role) == (True, Role.MUNICIPAL_OFFICER)


def test_the_same_grant_again_is_refused(granter, blank):
    grant(blank, Role.MUNICIPAL_OFFICER, granter, bureau=city_bureau())
    with pytest.raises(Refused, match="无需重复授权"):
        grant(blank, Role.MUNICIPAL_OFFICER, granter, bureau=city_bureau())


def test_an_account_is_never_deleted_by_model_nor_as_the_application(blank):
    with pytest.raises(Refused, match="只能停用，不能删除"):
        blank.delete()
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        User.objects.filter(pk=blank.pk)._raw_delete("default")
    for statement in ("DELETE FROM staff_user", "TRUNCATE staff_user CASCADE"):
        with (
            pytest.raises(ProgrammingError, match="permission denied"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)


def test_grants_are_only_added(blank, granter):
    made = grant(blank, Role.AUDITOR, granter)
    for statement in ("UPDATE staff_rolegrant SET reason = ''", "DELETE FROM staff_rolegrant"):
        with (
            pytest.raises(ProgrammingError, match="permission denied"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)
    made.refresh_from_db()


def test_roles_from_before_the_record_are_written_into_it(db):
    user, _ = make_user(Role.STATION_OFFICER), make_user("")
    import_module("staff.migrations.0003_known_roles").record(apps, None)
    made = RoleGrant.objects.for_system("test").get()
    assert (made.user, made.role, made.station, made.granted_by) == (
        *(user, Role.STATION_OFFICER, user.station, None),
    )


def test_of_two_who_take_the_last_two_away_at_once_one_is_refused(real_commits):
    keepers = [make_user(Role.SYSTEM_ADMINISTRATOR) for _ in range(2)]
    last_two = [make_user(Role.SECURITY_ADMINISTRATOR) for _ in range(2)]
    outcomes: list[str] = []
    together = threading.Barrier(2)

    def disable(keeper, user):
        try:
            together.wait()
            accounts.disable_account(user, by=keeper, reason="离职")
            outcomes.append("done")
        except Refused:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [
        threading.Thread(target=disable, args=pair) for pair in zip(keepers, last_two, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["done", "refused"]
    assert User.objects.filter(role=Role.SECURITY_ADMINISTRATOR, is_active=True).count() == 1


@pytest.mark.parametrize("name", ["张\u200b三", "张三\u202e", "\ufeff张三", "张\u00ad三"])
def test_a_sign_that_nobody_sees_makes_no_second_person(keeper, name):
    with pytest.raises(Refused, match="看不见的字符"):
        accounts.create_account(username="zs02", name=name, by=keeper, reason="入职")


def test_a_name_is_written_in_one_way(keeper):
    user, _ = accounts.create_account(username="w01", name="Ｗang", by=keeper, reason="入职")
    assert user.name == "Wang"
