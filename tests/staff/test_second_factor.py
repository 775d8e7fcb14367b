"""The second factor: who needs it, setting it up, logging in with it, replay, and its reset."""

from datetime import timedelta

import pyotp
import pytest
import time_machine
from django.conf import settings
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from core.models import Access
from staff.controls import MOST_FAILURES
from staff.models import LiveSession, SecondFactor
from staff.passwords import give_initial_password
from staff.roles import ADMINISTRATORS, Role
from staff.second_factor import offer, step_of
from tests.factories import make_user

pytestmark = pytest.mark.django_db
HOME, LOGIN, CODE = reverse("desk:home"), reverse("staff:login"), reverse("staff:code")
SETUP, LISTED = reverse("staff:second-factor"), reverse("staff:second-factor-list")
NEEDED = {*ADMINISTRATORS, Role.DISTRICT_LEAD, Role.MUNICIPAL_LEAD}


@pytest.fixture(autouse=True)
def _service(settings):
    settings.DEMO = False


@pytest.fixture
def clock():
    with time_machine.travel("2026-11-25 09:00:10 +0800", tick=False) as traveller:
        yield traveller


def with_factor(role=Role.DISTRICT_OFFICER):
    """Make an account whose telephone is set up."""
    user = make_user(role)
    offer(user)
    factor = SecondFactor.plain.get(user=user)
    SecondFactor.plain.filter(user=user).update(
        secret=factor.offered, offered="", confirmed_at=timezone.now()
    )
    return user


def code_of(user, ago=0):
    factor = SecondFactor.plain.get(user=user)
    totp = pyotp.TOTP(factor.secret or factor.offered)
    return totp.at(timezone.now() - timedelta(seconds=30 * ago))


def wrong_code(user):
    near = {code_of(user, ago) for ago in range(-3, 4)}
    return next(f"{n:06d}" for n in range(10) if f"{n:06d}" not in near)


def password_given(user, client=None, **sent):
    client = client or Client()
    answer = client.post(LOGIN, {"username": user.username, "password": "test"} | sent)
    assert answer.headers["Location"].startswith(CODE)
    return client


def is_in(client):
    return client.get(HOME).status_code == 200


@pytest.mark.parametrize("demo", [False, True])
@pytest.mark.parametrize("role", Role)
def test_who_needs_a_second_factor_sets_it_up_before_anything_else(client, settings, role, demo):
    settings.DEMO = demo
    user = make_user(role)
    client.post(LOGIN, {"username": user.username, "password": "test"})
    needed = role in NEEDED and not demo
    for name in ("desk:home", "staff:own-logins", "staff:password"):
        answer = client.get(reverse(name))
        if needed:
            assert answer.headers["Location"] == SETUP
        else:
            assert answer.status_code == 200
    assert client.get(SETUP).status_code == 200
    if needed:
        client.post(SETUP, {"step": "offer"})
        client.post(SETUP, {"step": "confirm", "otp": code_of(user)})
        assert is_in(client)


def test_the_setup_shows_a_picture_without_style_or_script(client):
    client.force_login(make_user())
    before = client.get(SETUP).content.decode().split("<main")[1].split("</main")[0]
    assert "<svg" not in before
    client.post(SETUP, {"step": "offer"})
    page = client.get(SETUP).content.decode().split("<main")[1].split("</main")[0]
    assert "<svg" in page
    assert "style=" not in page
    assert "<script" not in page
    assert client.get(SETUP).headers["Cache-Control"] == "no-store"


def test_reading_the_page_of_the_setup_writes_nothing(client):
    client.force_login(make_user())
    client.get(SETUP)
    assert not SecondFactor.plain.exists()


def test_an_offer_is_confirmed_by_its_code_only(client, clock):
    user = make_user()
    client.force_login(user)
    client.post(SETUP, {"step": "offer"})
    answer = client.post(SETUP, {"step": "confirm", "otp": wrong_code(user)})
    assert "动态口令不正确" in answer.content.decode()
    assert SecondFactor.plain.get(user=user).confirmed_at is None
    client.post(SETUP, {"step": "confirm", "otp": code_of(user)})
    factor = SecondFactor.plain.get(user=user)
    assert (factor.confirmed_at, factor.offered) == (timezone.now(), "")
    lines = Access.plain.filter(kind="second_factor").order_by("pk")
    assert [(line.ok, line.subject) for line in lines] == [
        (False, "动态口令不正确"),
        (True, "启用"),
    ]
    assert factor.secret not in str(list(Access.plain.values()))


def test_an_offer_may_be_declined(client):
    user = make_user()
    client.force_login(user)
    client.post(SETUP, {"step": "offer"})
    client.post(SETUP, {"step": "cancel"})
    assert SecondFactor.plain.get(user=user).offered == ""


def test_a_password_alone_opens_nothing(clock):
    user = with_factor(Role.MUNICIPAL_LEAD)
    client = password_given(user)
    for name in ("desk:home", "desk:entity-list", "staff:second-factor", "staff:password"):
        assert client.get(reverse(name)).headers["Location"].startswith(LOGIN)
    assert client.post(reverse("desk:run-start")).headers["Location"].startswith(LOGIN)
    assert not LiveSession.plain.exists()
    assert not Access.plain.filter(kind="login").exists()


def test_the_code_opens_what_was_wanted(clock):
    user = with_factor()
    client = Client()
    answer = client.post(
        f"{LOGIN}?next={SETUP}", {"username": user.username, "password": "test", "next": SETUP}
    )
    page = client.get(answer.headers["Location"])
    assert f'name="next" value="{SETUP}"' in page.content.decode()
    answer = client.post(answer.headers["Location"], {"otp": code_of(user), "next": SETUP})
    assert answer.headers["Location"] == SETUP
    assert is_in(client)


def test_the_code_leads_to_no_other_site(clock):
    user = with_factor()
    client = password_given(user)
    answer = client.post(CODE, {"otp": code_of(user), "next": "https://example.com/"})
    assert answer.headers["Location"] == HOME


def test_the_key_of_the_session_changes_at_each_step(clock):
    user, client = with_factor(), Client()
    password_given(user, client)
    keys = [client.cookies[settings.SESSION_COOKIE_NAME].value]
    client.post(CODE, {"otp": code_of(user)})
    keys.append(client.cookies[settings.SESSION_COOKIE_NAME].value)
    assert keys[0] != keys[1]
    thief = Client()
    thief.cookies[settings.SESSION_COOKIE_NAME] = keys[0]
    assert not is_in(thief)


def test_a_code_is_taken_once(clock):
    user = with_factor()
    code = code_of(user)
    assert is_in(enter := password_given(user)) is False
    enter.post(CODE, {"otp": code})
    assert is_in(enter)
    again = password_given(user)
    assert "已用过" in again.post(CODE, {"otp": code}).content.decode()
    assert not is_in(again)
    clock.shift(timedelta(seconds=30))
    assert "已用过" in again.post(CODE, {"otp": code}).content.decode()
    again.post(CODE, {"otp": code_of(user)})
    assert is_in(again)


@pytest.mark.parametrize(("ago", "taken"), [(-2, 0), (-1, 1), (0, 1), (1, 1), (2, 0)])
def test_a_clock_may_be_off_by_one_step(clock, ago, taken):
    user = with_factor()
    client = password_given(user)
    client.post(CODE, {"otp": code_of(user, ago)})
    assert is_in(client) == bool(taken)


def test_after_a_later_code_an_earlier_one_is_not_taken(clock):
    user = with_factor()
    client = password_given(user)
    earlier = code_of(user, 1)
    client.post(CODE, {"otp": code_of(user)})
    other = password_given(user)
    other.post(CODE, {"otp": earlier})
    assert not is_in(other)


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "１２３４５６"])
def test_what_is_no_code_is_said(clock, typed):
    client = password_given(with_factor())
    assert client.post(CODE, {"otp": typed}).status_code == 200
    assert not is_in(client)


def test_the_code_is_waited_for_five_minutes(clock):
    user = with_factor()
    client = password_given(user)
    clock.shift(timedelta(minutes=5, seconds=1))
    answer = client.post(CODE, {"otp": code_of(user)}, follow=True)
    assert "没有在5分钟内输入" in answer.content.decode()
    assert not is_in(client)


def test_wrong_codes_close_the_door_and_the_password_does_not_open_it(clock):
    user = with_factor()
    for number in range(MOST_FAILURES):
        client = password_given(user)  # the right password does not begin the count anew
        answer = client.post(CODE, {"otp": wrong_code(user)})
        assert answer.status_code == (302 if number == MOST_FAILURES - 1 else 200)
    page = client.post(LOGIN, {"username": user.username, "password": "test"})
    assert "已锁定至" in page.content.decode()
    failed = Access.plain.filter(kind="login_failed", username=user.username)
    assert [line.detail["step"] for line in failed.order_by("pk")] == ["code"] * 5 + ["password"]


def test_a_code_page_without_a_password_leads_to_the_login(client):
    assert client.get(CODE).headers["Location"] == LOGIN
    assert client.post(CODE, {"otp": "123456"}).headers["Location"] == LOGIN


def test_a_password_changed_meanwhile_ends_the_waiting(clock):
    user = with_factor()
    client = password_given(user)
    give_initial_password(user)
    client.post(CODE, {"otp": code_of(user)})
    assert not is_in(client)


def test_who_resets_a_password_does_not_get_past_the_code(clock):
    user = with_factor(Role.DISTRICT_LEAD)
    password = give_initial_password(user)
    client = Client()
    answer = client.post(LOGIN, {"username": user.username, "password": password})
    assert answer.headers["Location"].startswith(CODE)
    assert not is_in(client)


def test_a_replacement_needs_the_present_code(clock):
    user = with_factor()
    client = password_given(user)
    client.post(CODE, {"otp": code_of(user)})
    clock.shift(timedelta(seconds=60))
    before = SecondFactor.plain.get(user=user).secret
    client.post(SETUP, {"step": "offer"})
    client.post(SETUP, {"step": "offer", "otp": wrong_code(user)})
    assert SecondFactor.plain.get(user=user).offered == ""
    client.post(SETUP, {"step": "offer", "otp": code_of(user)})
    factor = SecondFactor.plain.get(user=user)
    assert factor.offered
    assert factor.secret == before
    client.post(SETUP, {"step": "confirm", "otp": pyotp.TOTP(factor.offered).now()})
    assert SecondFactor.plain.get(user=user).secret == factor.offered
    assert Access.plain.filter(kind="second_factor", subject="更换").exists()


def test_the_security_administrator_resets_a_factor_with_a_reason(client, clock):
    guard, user = with_factor(Role.SECURITY_ADMINISTRATOR), with_factor(Role.DISTRICT_LEAD)
    victim = password_given(user)
    victim.post(CODE, {"otp": code_of(user)})
    client.force_login(guard)
    assert user.username in client.get(LISTED, {"text": user.name}).content.decode()
    assert user.username not in client.get(LISTED, {"state": "missing"}).content.decode()
    reset = reverse("staff:second-factor-reset", args=[user.pk])
    assert "请写明重置" in client.post(reset, follow=True).content.decode()
    assert is_in(victim)
    assert "已重置" in client.post(reset, {"reason": "手机丢失"}, follow=True).content.decode()
    assert not is_in(victim)
    assert client.get(LISTED, {"state": "missing"}).content.decode().count(user.username) == 1
    line = Access.plain.get(kind="second_factor")
    assert (line.actor_id, line.reason, line.username) == (guard.pk, "手机丢失", user.username)
    victim.post(LOGIN, {"username": user.username, "password": "test"})
    assert victim.get(HOME).headers["Location"] == SETUP
    assert "没有启用" in client.post(reset, {"reason": "再"}, follow=True).content.decode()


def test_nobody_resets_the_own_factor(client, clock):
    guard = with_factor(Role.SECURITY_ADMINISTRATOR)
    client.force_login(guard)
    reset = reverse("staff:second-factor-reset", args=[guard.pk])
    answer = client.post(reset, {"reason": "换机"}, follow=True)
    assert "不能重置本人的动态口令" in answer.content.decode()


@pytest.mark.parametrize("role", Role)
def test_factors_of_others_are_the_security_administrator_s(client, role):
    client.force_login(with_factor(role))
    user = with_factor()
    guards = role == Role.SECURITY_ADMINISTRATOR
    assert client.get(LISTED).status_code == (200 if guards else 403)
    reset = reverse("staff:second-factor-reset", args=[user.pk])
    assert client.post(reset, {"reason": "试"}).status_code == (302 if guards else 403)
    assert (SecondFactor.plain.get(user=user).confirmed_at is None) == guards


def test_the_command_resets_the_last_one(clock):
    user = with_factor(Role.SECURITY_ADMINISTRATOR)
    call_command("reset_second_factor", user.username, "--reason", "手机损坏")
    assert SecondFactor.plain.get(user=user).confirmed_at is None
    line = Access.plain.get(kind="second_factor")
    assert (line.actor_id, line.origin) == (None, "command reset_second_factor")
    with pytest.raises(CommandError, match="没有启用"):
        call_command("reset_second_factor", user.username, "--reason", "再次")
    with pytest.raises(CommandError, match="没有工号为"):
        call_command("reset_second_factor", "nobody", "--reason", "再次")


def test_codes_are_those_of_the_standard():
    """RFC 6238, appendix B, the last six digits of the SHA-1 column."""
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    at = timezone.datetime(2005, 3, 18, 1, 58, 29, tzinfo=timezone.timezone.utc)
    assert step_of(secret, "081804", at) == 1111111109 // 30
    assert step_of(secret, "081805", at) is None
