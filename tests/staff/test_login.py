from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from staff.models import LoginFailure
from staff.roles import Role
from staff.throttle import MOST_FAILURES
from tests.factories import make_user

pytestmark = pytest.mark.django_db
LOGIN, LOGOUT, PASSWORD = (reverse(f"staff:{name}") for name in ("login", "logout", "password"))


def log_in(client, user, password="test", **extra):
    return client.post(LOGIN, {"username": user.username, "password": password} | extra)


def test_login_leads_to_where_one_wanted_to_go(client):
    user = make_user()
    assert "工号" in client.get(LOGIN).content.decode()
    assert log_in(client, user).headers["Location"] == reverse("desk:home")
    client.logout()
    assert log_in(client, user, next=PASSWORD).headers["Location"] == PASSWORD


def test_login_never_leads_to_another_site(client):
    answer = log_in(client, make_user(), next="https://example.com/")
    assert answer.headers["Location"] == reverse("desk:home")


def test_a_wrong_password_and_a_disabled_account_read_the_same(client):
    disabled = make_user(is_active=False)
    for answer in (log_in(client, make_user(), "wrong"), log_in(client, disabled)):
        assert answer.status_code == 200
        assert "工号或密码不正确，或账户已停用" in answer.content.decode()


def test_failures_close_the_door_for_a_while(client):
    user, other = make_user(), make_user()
    for _ in range(MOST_FAILURES):
        log_in(client, user, "wrong")
    assert "15分钟后再试" in log_in(client, user).content.decode()
    assert log_in(client, other).status_code == 302
    client.logout()
    LoginFailure.plain.update(failed_at=timezone.now() - timedelta(minutes=16))
    assert log_in(client, user).status_code == 302
    assert not LoginFailure.plain.filter(username=user.username).exists()


def test_the_door_is_closed_per_address(client):
    user = make_user()
    for _ in range(MOST_FAILURES):
        log_in(client, user, "wrong")
    answer = client.post(
        LOGIN, {"username": user.username, "password": "test"}, REMOTE_ADDR="10.0.0.9"
    )
    assert answer.status_code == 302


def test_logout_is_a_post(client):
    client.force_login(make_user())
    assert client.get(LOGOUT).status_code == 405
    assert client.post(LOGOUT).headers["Location"] == LOGIN


def test_a_password_is_changed_by_knowing_the_old_one(client):
    user = make_user()
    client.force_login(user)

    def change(old, new, again=None):
        return client.post(
            PASSWORD, {"old_password": old, "new_password1": new, "new_password2": again or new}
        )

    assert "现密码不正确" in change("wrong", "quite-long-word").content.decode()
    assert "不一致" in change("test", "quite-long-word", "another-long").content.decode()
    assert "10" in change("test", "short-one").content.decode()
    assert change("test", "quite-long-word").status_code == 302
    user.refresh_from_db()
    assert user.check_password("quite-long-word")


def test_nobody_changes_a_password_without_login(client):
    assert client.get(PASSWORD).headers["Location"].startswith(LOGIN)


@pytest.mark.parametrize("role", Role)
def test_the_admin_is_the_system_administrator_s_alone(client, role):
    client.force_login(make_user(role))
    answer = client.get(reverse("admin:index"), follow=True)
    keeps = role == Role.SYSTEM_ADMINISTRATOR
    assert answer.status_code == (200 if keeps else 403)
    if not keeps:
        assert "请由系统管理员办理" in answer.content.decode()


def test_the_admin_has_no_login_page_of_its_own(client):
    answer = client.get(reverse("admin:login"))
    assert answer.headers["Location"].startswith(LOGIN)
