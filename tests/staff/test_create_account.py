import io

import pytest
from django.core.management import CommandError, call_command

from core.models import Access
from staff.models import RoleGrant, User
from staff.roles import Role
from tests.factories import make_station

pytestmark = pytest.mark.django_db


@pytest.fixture
def type_password(monkeypatch):
    def typed(text):
        monkeypatch.setattr("sys.stdin", io.StringIO(text + "\n"))

    return typed


def test_the_first_administrator_is_made_from_the_command_line(type_password):
    type_password("Long-enough-8-word")
    call_command("create_account", "sys9", "张三", "--password-stdin")
    user = User.objects.get()
    assert (user.role, user.check_password("Long-enough-8-word")) == (
        Role.SYSTEM_ADMINISTRATOR,
        True,
    )


def test_an_operators_grant_is_recorded_with_where_it_came_from(type_password):
    type_password("Long-enough-8-word")
    call_command("create_account", "sys9", "张三", "--password-stdin", "--reason", "首次部署")
    made = RoleGrant.objects.for_system("test").get()
    assert (made.role, made.granted_by, made.reason) == (
        *(Role.SYSTEM_ADMINISTRATOR, None, "首次部署"),
    )
    line = Access.objects.for_system("test").get(kind=Access.Kind.ACCOUNT)
    assert (line.origin, line.actor_id) == ("command create_account", None)


def test_two_administrators_are_not_one_person_also_by_command(type_password):
    type_password("Long-enough-8-word")
    call_command("create_account", "sys9", "张三", "--password-stdin")
    type_password("Long-enough-8-word")
    with pytest.raises(CommandError, match="三员互不兼任"):
        call_command("create_account", "a9", "张三", "--role", Role.AUDITOR, "--password-stdin")


def test_a_station_brings_its_bureau(type_password):
    station = make_station()
    type_password("Long-enough-8-word")
    call_command(
        *("create_account", "s1", "李四", "--role", Role.STATION_OFFICER),
        *("--station", station.code, "--password-stdin"),
    )
    assert User.objects.get().bureau == station.bureau


@pytest.mark.parametrize(
    ("arguments", "password", "sentence"),
    [
        (("--bureau", "none"), "Long-enough-8-word", "没有代码为none的市场监管局"),
        (("--role", "district_officer"), "Long-enough-8-word", "角色与所属局"),
        ((), "short", "密码"),
        ((), "1234567890", "密码"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_made(type_password, arguments, password, sentence):
    type_password(password)
    with pytest.raises(CommandError, match=sentence):
        call_command("create_account", "x1", "王五", "--password-stdin", *arguments)
    assert not User.objects.exists()


def test_a_number_is_given_once(type_password):
    type_password("Long-enough-8-word")
    call_command("create_account", "x1", "王五", "--password-stdin")
    with pytest.raises(CommandError, match="该工号已有账户"):
        call_command("create_account", "x1", "赵六", "--password-stdin")
