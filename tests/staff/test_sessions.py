"""One session an account, ended by time, by another login or by somebody; the browser is told."""

from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from core.models import Access
from staff.models import LiveSession
from staff.passwords import give_initial_password
from staff.roles import Role
from staff.sessions import Ending, end_sessions
from tests.factories import make_user

pytestmark = pytest.mark.django_db
HOME, LOGIN, LOGOUT = reverse("desk:home"), reverse("staff:login"), reverse("staff:logout")
SESSIONS, POLL = reverse("staff:session-list"), {"X-Poll": "1"}
MORNING = "2026-11-25 08:00 +0800"


def entered(user, address="127.0.0.1", **how):
    client = Client(REMOTE_ADDR=address, **how)
    answer = client.post(LOGIN, {"username": user.username, "password": "test"})
    assert answer.status_code == 302, answer.content.decode()
    return client


def is_in(client):
    return client.get(HOME).status_code == 200


def told(client):
    """Return what the login page says to a browser that was thrown out."""
    assert client.get(HOME).headers["Location"] == f"{LOGIN}?next={HOME}"
    return client.get(LOGIN).content.decode()


def ending(user):
    return LiveSession.plain.filter(user=user).order_by("-pk").first().ended_because


@pytest.fixture
def clock():
    with time_machine.travel(MORNING, tick=False) as traveller:
        yield traveller


def test_an_idle_session_ends_at_its_minute_and_not_before(clock, settings):
    user = make_user()
    client = entered(user)
    for _ in range(3):
        clock.shift(timedelta(minutes=29, seconds=59))
        assert is_in(client)
    clock.shift(timedelta(minutes=30))
    assert "您超过30分钟没有操作，已自动退出" in told(client)
    assert ending(user) == Ending.IDLE


def test_the_idle_limit_is_a_setting(clock, settings):
    settings.SESSION_IDLE_MINUTES = 15
    client = entered(make_user())
    clock.shift(timedelta(minutes=15))
    assert "您超过15分钟没有操作" in told(client)


def test_a_page_that_asks_again_by_itself_keeps_nobody_in(clock):
    client = entered(make_user())
    for _ in range(6):
        clock.shift(timedelta(minutes=5))
        answer = client.get(HOME, headers=POLL | {"HX-Request": "true"})
    assert answer.headers["HX-Redirect"].startswith(LOGIN)
    assert "没有操作" in client.get(LOGIN).content.decode()


def test_a_busy_session_ends_when_its_hours_are_full(clock, settings):
    user = make_user()
    client = entered(user)
    for _ in range(29):
        clock.shift(timedelta(minutes=20))
        assert is_in(client)
    clock.shift(timedelta(minutes=20))
    assert "本次登录已满10小时" in told(client)
    assert ending(user) == Ending.ABSOLUTE


def test_the_last_request_is_written_once_a_minute(clock):
    client = entered(make_user())
    seen = LiveSession.plain.get().last_seen_at
    clock.shift(timedelta(seconds=59))
    is_in(client)
    assert LiveSession.plain.get().last_seen_at == seen
    clock.shift(timedelta(seconds=1))
    is_in(client)
    assert LiveSession.plain.get().last_seen_at == timezone.now()


def test_a_second_login_ends_the_first_which_is_told_where_and_when(clock):
    user = make_user()
    first = entered(user)
    clock.shift(timedelta(minutes=5))
    second = entered(user, "127.0.0.2")
    page = told(first)
    assert "您的账户于2026-11-25 08:05在127.0.0.2登录，本次会话已结束" in page
    assert "如非本人操作请立即联系安全管理员" in page
    assert is_in(second)
    assert ending(user) == ""
    assert LiveSession.plain.get(ended_because=Ending.SUPERSEDED).ended_at == timezone.now()
    line = Access.plain.get(kind="session_ended")
    assert (line.detail["because"], line.detail["from_address"]) == ("superseded", "127.0.0.1")


def test_the_first_browser_comes_back_and_the_second_is_told(clock):
    user = make_user()
    first, second = entered(user), entered(user, "127.0.0.2")
    told(first)
    first.post(LOGIN, {"username": user.username, "password": "test"})
    assert is_in(first)
    assert "在127.0.0.1登录" in told(second)


def test_a_session_that_had_lapsed_was_not_superseded(clock):
    user = make_user()
    entered(user)
    clock.shift(timedelta(hours=1))
    entered(user)
    assert LiveSession.plain.exclude(ended_at=None).get().ended_because == Ending.IDLE


def test_the_database_itself_allows_one_open_session(db):
    user, now = make_user(), timezone.now()
    LiveSession.plain.create(user=user, started_at=now, last_seen_at=now)
    with pytest.raises(IntegrityError), transaction.atomic():
        LiveSession.plain.create(user=user, started_at=now, last_seen_at=now)


def test_an_old_session_without_its_row_is_nobody_s(client):
    user = make_user()
    client.force_login(user)
    session = client.session
    del session["live"]
    session.save()
    assert client.get(HOME).status_code == 302


def test_the_row_of_another_account_opens_nothing(client):
    entered(make_user())
    client.force_login(make_user())
    session = client.session
    session["live"] = LiveSession.plain.order_by("pk").first().pk
    session.save()
    assert client.get(HOME).status_code == 302


def test_after_logout_the_old_cookie_opens_nothing():
    client = entered(make_user())
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    client.post(LOGOUT)
    thief = Client()
    thief.cookies[settings.SESSION_COOKIE_NAME] = cookie
    assert not is_in(thief)


@pytest.mark.parametrize(
    ("because", "sentence"),
    [
        (Ending.PASSWORD, "您的密码于"),
        (Ending.ROLE, "您的角色或单位于"),
        (Ending.DISABLED, "您的账户已停用"),
        (Ending.FORCED, "安全管理员于"),
    ],
)
def test_what_others_end_is_told_too(because, sentence):
    user = make_user()
    client = entered(user)
    assert end_sessions(user, because) == 1
    assert end_sessions(user, because) == 0
    assert sentence in told(client)


def test_a_reset_password_ends_the_session():
    user = make_user()
    client = entered(user)
    give_initial_password(user)
    assert "您的密码于" in told(client)


def test_the_security_administrator_forces_a_session_out_with_a_reason(client):
    user = make_user(name="李四")
    victim = entered(user)
    client.force_login(make_user(Role.SECURITY_ADMINISTRATOR))
    live = LiveSession.plain.get(user=user)
    page = client.get(SESSIONS).content.decode()
    assert "李四" in page
    assert "强制退出" in page
    end = reverse("staff:session-end", args=[live.pk])
    assert "请写明强制退出的理由" in client.post(end, follow=True).content.decode()
    assert is_in(victim)
    assert "已强制退出" in client.post(end, {"reason": "离岗"}, follow=True).content.decode()
    assert "安全管理员于" in told(victim)
    line = Access.plain.get(kind="session_ended")
    assert (line.reason, line.username, line.role) == (
        *("离岗", user.username),
        Role.SECURITY_ADMINISTRATOR,
    )
    assert "已经结束" in client.post(end, {"reason": "离岗"}, follow=True).content.decode()


def test_nobody_forces_the_own_session_out(client):
    guard = make_user(Role.SECURITY_ADMINISTRATOR)
    client.force_login(guard)
    end = reverse("staff:session-end", args=[LiveSession.plain.get(user=guard).pk])
    assert "您本人的会话" in client.post(end, {"reason": "试"}, follow=True).content.decode()


@pytest.mark.parametrize("role", Role)
def test_the_list_of_sessions_is_the_security_administrator_s(client, role):
    client.force_login(make_user(role))
    other = LiveSession.plain.create(
        user=make_user(), started_at=timezone.now(), last_seen_at=timezone.now()
    )
    guards = role == Role.SECURITY_ADMINISTRATOR
    assert client.get(SESSIONS).status_code == (200 if guards else 403)
    answer = client.post(reverse("staff:session-end", args=[other.pk]), {"reason": "试"})
    assert answer.status_code == (302 if guards else 403)
    other.refresh_from_db(from_queryset=LiveSession.plain.all())
    assert bool(other.ended_at) == guards


def test_the_list_is_searched_and_leaves_out_what_has_lapsed(client, clock):
    idle = make_user(name="睡着的人")
    entered(idle)
    clock.shift(timedelta(minutes=31))
    for name in ("王一", "赵二"):
        entered(make_user(name=name))
    client.force_login(make_user(Role.SECURITY_ADMINISTRATOR))
    assert "睡着的人" not in client.get(SESSIONS).content.decode()
    found = client.get(SESSIONS, {"text": "王一"}).content.decode()
    assert "王一" in found
    assert "赵二" not in found
    assert "王一" not in client.get(SESSIONS, {"role": Role.AUDITOR}).content.decode()


def test_one_sees_one_s_own_logins_only(client):
    other = make_user()
    client.post(LOGIN, {"username": other.username, "password": "wrong"})
    entered(other, "127.0.0.77")
    client.force_login(make_user())
    page = client.get(reverse("staff:own-logins")).content.decode()
    assert "127.0.0.77" not in page
    assert "没有登录失败的记录" in page


def test_a_person_forced_out_is_told_the_reason(client):
    user = make_user()
    victim = entered(user)
    client.force_login(make_user(Role.SECURITY_ADMINISTRATOR))
    live = LiveSession.plain.get(user=user)
    client.post(reverse("staff:session-end", args=[live.pk]), {"reason": "终端无人看管"})
    assert "（理由：终端无人看管）" in told(victim)
