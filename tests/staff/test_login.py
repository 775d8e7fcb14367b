"""The login page: the way in, the lock, what is written down, and where it never leads."""

import re
from datetime import timedelta
from ipaddress import ip_network

import pytest
import time_machine
from axes.models import AccessAttempt
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from core.models import Access
from staff.controls import CLOSED, MOST_FAILURES, MOST_FROM_ADDRESS
from staff.models import User
from staff.roles import Role
from tests.factories import make_user

pytestmark = pytest.mark.django_db
LOGIN, LOGOUT, PASSWORD = (reverse(f"staff:{name}") for name in ("login", "logout", "password"))
SESSIONS, UNLOCK = reverse("staff:session-list"), reverse("staff:session-unlock")


def log_in(client, user, password="test", address="127.0.0.1", next="", **how):
    sent = {"username": user.username, "password": password, "next": next}
    return client.post(LOGIN, sent, REMOTE_ADDR=address, **how)


@pytest.fixture(autouse=True)
def _unhurried(settings):
    """Let the lock be tried, which the limits of requests would come before."""
    settings.RATE_LIMITS = dict.fromkeys(("pages", "changes", "logins"), 100_000)


@pytest.fixture
def office(settings):
    """Let the addresses of an office in, as outside the demonstration."""
    settings.ALLOWED_NETWORKS = [*settings.ALLOWED_NETWORKS, ip_network("10.0.0.0/8")]


def kinds(**conditions):
    return list(Access.plain.filter(**conditions).order_by("pk").values_list("kind", flat=True))


def test_login_leads_to_where_one_wanted_to_go(client):
    user = make_user()
    assert "工号" in client.get(LOGIN).content.decode()
    assert log_in(client, user).headers["Location"] == reverse("desk:home")
    client.post(LOGOUT)
    assert log_in(client, user, next=PASSWORD).headers["Location"] == PASSWORD


@pytest.mark.parametrize(
    "wanted",
    [
        *("https://example.com/", "//example.com/", "///example.com", "http:example.com"),
        *("javascript:alert(1)", "\\\\example.com", "https:///example.com", "data:text/html,x"),
        *("http://testserver@example.com/", "/\\example.com", "ftp://testserver/"),
    ],
)
def test_login_never_leads_to_another_site(client, wanted):
    answer = log_in(client, make_user(), next=wanted)
    assert answer.headers["Location"] == reverse("desk:home")


def test_unknown_wrong_and_disabled_read_the_same(client):
    disabled, unknown = make_user(is_active=False), User(username="nobody")
    pages = []
    for user, password in ((make_user(), "wrong"), (disabled, "test"), (unknown, "test")):
        answer = log_in(client, user, password)
        assert answer.status_code == 200
        pages.append(answer.content.decode())
    assert "工号或密码不正确，或账户已停用" in pages[0]
    errors = {re.search(r'<div class="errors".*?</div>', page, re.DOTALL)[0] for page in pages}
    assert len(errors) == 1


def test_every_login_failure_and_logout_is_written_down(client):
    user = make_user()
    log_in(client, user, "wrong")
    log_in(client, user)
    client.post(LOGOUT)
    assert kinds() == ["login_failed", "login", "session_ended", "logout"]
    failed, entered, _, left = Access.plain.order_by("pk")
    assert (failed.username, failed.ok, failed.actor_id) == (user.username, False, None)
    assert failed.address == "127.0.0.1"
    assert entered.actor_id == left.actor_id == user.pk
    assert "wrong" not in str(list(Access.plain.values()))


def test_a_password_typed_as_the_account_is_not_kept(client):
    log_in(client, User(username="Shahe-2026-geheim"), "x")
    line = Access.plain.get()
    assert line.username == "Sh…（无此工号，17个字符）"
    assert "geheim" not in str(list(Access.plain.values()))


def test_failures_close_the_door_for_a_while(client):
    user, other = make_user(), make_user()
    with time_machine.travel("2026-11-25 09:00 +0800", tick=False) as clock:
        for _ in range(MOST_FAILURES - 1):
            assert "工号或密码不正确" in log_in(client, user, "wrong").content.decode()
        assert "已锁定至" in log_in(client, user, "wrong").content.decode()
        assert "已锁定至" in log_in(client, user).content.decode()
        assert log_in(Client(), other).status_code == 302
        clock.shift(CLOSED - timedelta(seconds=1))
        assert log_in(client, user).status_code == 200
        clock.shift(timedelta(seconds=2))
        assert log_in(client, user).status_code == 302
    assert not AccessAttempt.objects.filter(username=user.username).exists()


def test_fifty_tries_lock_and_the_fiftieth_with_the_right_password_too(client):
    user = make_user()
    for number in range(50):
        log_in(client, user, f"guess-{number}", HTTP_USER_AGENT=f"robot {number}")
    answer = log_in(client, user)
    assert answer.status_code == 200
    assert "已锁定至" in answer.content.decode()
    assert kinds(username=user.username).count("login_failed") == 51
    assert kinds(username=user.username).count("locked") == 1
    assert not answer.wsgi_request.user.is_authenticated


def test_an_unknown_account_is_locked_like_a_known_one(client):
    for _ in range(MOST_FAILURES):
        answer = log_in(client, User(username="nobody"), "x")
    assert "已锁定至" in answer.content.decode()


def test_one_right_login_does_not_open_the_door_for_others(client):
    guessed, own = make_user(), make_user()
    for _ in range(MOST_FAILURES):
        log_in(client, guessed, "wrong")
    log_in(Client(), own)
    assert "已锁定至" in log_in(client, guessed).content.decode()


def test_guessing_over_many_accounts_closes_the_address(client, office, settings):
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"logins": 10 * MOST_FROM_ADDRESS}
    user = make_user()
    for number in range(MOST_FROM_ADDRESS):
        log_in(client, User(username=f"guess{number}"), "x", "10.0.0.7")
    assert "已锁定至" in log_in(client, user, address="10.0.0.7").content.decode()
    assert log_in(client, user, address="10.0.0.8").status_code == 302


def test_the_door_is_closed_per_address(client, office):
    user = make_user()
    for _ in range(MOST_FAILURES):
        log_in(client, user, "wrong")
    assert log_in(client, user, address="10.0.0.9").status_code == 302


def test_axes_keeps_nothing_that_was_typed_but_the_account(client):
    log_in(client, make_user(), "secret-thing", next="/jobs/?q=secret")
    log_in(client, make_user(), "secret-thing")
    assert "secret" not in str(list(AccessAttempt.objects.values()))


def test_the_security_administrator_lifts_a_lock_with_a_reason(client):
    user, guard = make_user(), Client()
    for _ in range(MOST_FAILURES):
        log_in(client, user, "wrong")
    guard.force_login(make_user(Role.SECURITY_ADMINISTRATOR))
    assert user.username in guard.get(SESSIONS).content.decode()
    sent = {"username": user.username, "address": "127.0.0.1"}
    assert "请写明" in guard.post(UNLOCK, sent, follow=True).content.decode()
    assert log_in(client, user).status_code == 200
    answer = guard.post(UNLOCK, sent | {"reason": "本人来电核实"}, follow=True)
    assert "已解除锁定" in answer.content.decode()
    assert log_in(client, user).status_code == 302
    assert Access.plain.get(kind="account").reason == "本人来电核实"
    again = guard.post(UNLOCK, sent | {"reason": "再次"}, follow=True)
    assert "已不在锁定中" in again.content.decode()


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.SECURITY_ADMINISTRATOR}))
def test_others_lift_no_lock(client, role):
    client.force_login(make_user(role))
    assert client.post(UNLOCK, {"username": "x", "reason": "y"}).status_code == 403


def test_logout_is_a_post(client):
    client.force_login(make_user())
    assert client.get(LOGOUT).status_code == 405
    assert client.post(LOGOUT).headers["Location"] == LOGIN


def test_a_login_changes_the_key_of_the_session(client):
    user = make_user()
    session = client.session
    session["planted"] = "x"
    session.save()
    planted = session.session_key
    client.cookies[settings.SESSION_COOKIE_NAME] = planted
    log_in(client, user)
    assert client.cookies[settings.SESSION_COOKIE_NAME].value != planted
    thief = Client()
    thief.cookies[settings.SESSION_COOKIE_NAME] = planted
    assert thief.get(reverse("desk:home")).status_code == 302


def test_cookies_are_hidden_from_scripts_and_from_other_sites(client):
    client.get(LOGIN)
    log_in(client, make_user())
    for name in (settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME):
        cookie = client.cookies[name]
        assert cookie["httponly"]
        assert cookie["samesite"] == "Lax"


def test_a_login_needs_the_token_of_the_form():
    client, user = Client(enforce_csrf_checks=True), make_user()
    assert log_in(client, user).headers["Location"] == LOGIN  # asked anew, with a fresh token
    assert client.get(reverse("desk:home")).status_code == 302


def test_at_login_one_is_told_of_the_last_one_and_of_failures_since(client):
    user = make_user()
    assert "上次登录" not in log_in(client, user, follow=True).content.decode()
    client.post(LOGOUT)
    log_in(client, user, "wrong")
    page = client.post(LOGIN, {"username": user.username, "password": "test"}, follow=True)
    assert "上次登录" in page.content.decode()
    assert "此后有1次登录失败" in page.content.decode()
    own = client.get(reverse("staff:own-logins")).content.decode()
    assert own.count("127.0.0.1") == 3
    assert "本次登录" in own


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


def test_an_account_disabled_between_requests_is_out(client):
    user = make_user()
    log_in(client, user)
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert client.get(reverse("desk:home")).status_code == 302
    assert "您的账户已停用" in client.get(LOGIN).content.decode()
    ended = Access.plain.get(kind="session_ended")
    assert (ended.detail["because"], ended.at <= timezone.now()) == ("disabled", True)
