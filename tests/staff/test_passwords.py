"""What a password must be, how long it lasts, and what an initial one opens."""

from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from core.models import Access
from staff.controls import MOST_FAILURES, PASSWORD_HISTORY, PASSWORD_LIFE
from staff.models import PasswordRecord, User
from staff.passwords import choose_password, generate, give_initial_password, kinds_of, must_change
from staff.roles import Role
from tests.factories import make_user

pytestmark = pytest.mark.django_db
HOME, LOGIN, PASSWORD = reverse("desk:home"), reverse("staff:login"), reverse("staff:password")
GOOD = "Chang-jiang-73"


def change(client, old, new, again=None):
    sent = {"old_password": old, "new_password1": new, "new_password2": again or new}
    return client.post(PASSWORD, sent)


def entered(user, password="test"):
    client = Client()
    client.post(LOGIN, {"username": user.username, "password": password})
    return client


@pytest.mark.parametrize(
    ("password", "sentence"),
    [
        ("Ab3-efgh9", "至少10个字符"),
        ("abcdefghijkl", "至少3类"),
        ("abcdefgh1234", "至少3类"),
        ("ABCDEFGH1234", "至少3类"),
        ("江水江水江水江水江水12", "至少3类"),
        ("Abc-yz0099-def", "本人的工号或姓名"),
        ("Abc-YZ0099-def", "本人的工号或姓名"),
        ("Abc-张三丰-123", "本人的工号或姓名"),
        ("Password123", "太常见"),
        ("Jialing89xq", ""),
        ("bcdfghkl1-", ""),
        ("Password1234!", "太常见"),
        ("P@ssw0rd-2026", "太常见"),
        ("Chongqing2026!", "太常见"),
        ("2026-Shahe-Jianguan!", "太常见"),
        ("Qwer1234!!!", "太常见"),
        ("重庆市场Abc123!", ""),
        ("Yz-0099-Yz", "太相似"),
        ("江水Abcdefg1", ""),
    ],
)
def test_a_password_keeps_every_rule(password, sentence):
    user = User(username="yz0099", name="张三丰")
    if not sentence:
        validate_password(password, user)
        return
    with pytest.raises(ValidationError, match=sentence):
        validate_password(password, user)


def test_the_last_passwords_do_not_come_back():
    user = make_user()
    passwords = [f"{GOOD}-{number}" for number in range(PASSWORD_HISTORY + 1)]
    for password in passwords:
        validate_password(password, user)
        choose_password(user, password)
    for password in passwords[1:]:
        with pytest.raises(ValidationError, match="最近5次"):
            validate_password(password, user)
    validate_password(passwords[0], user)


def test_the_one_in_use_counts_also_where_no_history_was_written():
    user = make_user()
    with pytest.raises(ValidationError, match="最近5次"):
        validate_password("test", user)
    assert not PasswordRecord.plain.exists()


def test_the_history_is_not_rewritten():
    choose_password(make_user(), GOOD)
    assert not PasswordRecord.plain.get().hashed.startswith(GOOD)
    rows = PasswordRecord.plain.all()
    for wrong in (rows.delete, lambda: rows.update(hashed="")):
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            wrong()


def test_a_password_is_changed_by_knowing_the_old_one(client):
    user = make_user()
    client.force_login(user)
    assert "原密码不正确" in change(client, "wrong", GOOD).content.decode()
    assert "不一致" in change(client, "test", GOOD, "another-long").content.decode()
    assert "至少10个字符" in change(client, "test", "Short-1").content.decode()
    assert change(client, "test", GOOD).status_code == 302
    user.refresh_from_db()
    assert user.check_password(GOOD)
    assert client.get(HOME).status_code == 200
    lines = [(line.ok, line.subject) for line in Access.plain.filter(kind="password")]
    assert lines == [(True, "本人修改"), (False, "原密码不正确")]
    assert GOOD not in str(list(Access.plain.values()))


def test_guessing_the_old_password_locks_like_a_login(client):
    user = make_user()
    client.force_login(user)
    for _ in range(MOST_FAILURES):
        change(client, "wrong", GOOD)
    assert change(client, "test", GOOD).headers["Location"] == PASSWORD
    user.refresh_from_db()
    assert user.check_password("test")


def test_nobody_changes_a_password_without_login(client):
    assert client.get(PASSWORD).headers["Location"].startswith(LOGIN)


def test_a_change_of_the_password_changes_the_key_of_the_session(client):
    client.force_login(make_user())
    before = client.cookies[settings.SESSION_COOKIE_NAME].value
    change(client, "test", GOOD)
    thief = Client()
    thief.cookies[settings.SESSION_COOKIE_NAME] = before
    assert thief.get(HOME).status_code == 302


@pytest.mark.parametrize("role", Role)
def test_an_initial_password_opens_the_password_page_only(role):
    user = make_user(role)
    password = give_initial_password(user)
    client = entered(user, password)
    for name in ("desk:home", "desk:entity-list", "staff:own-logins", "staff:second-factor"):
        assert client.get(reverse(name)).headers["Location"] == PASSWORD
    assert client.post(reverse("desk:run-start")).headers["Location"] == PASSWORD
    assert client.get("/nowhere/").headers["Location"] == PASSWORD
    htmx = client.get(HOME, headers={"HX-Request": "true"})
    assert htmx.headers["HX-Redirect"] == PASSWORD
    assert "您使用的是初始密码" in client.get(PASSWORD).content.decode()
    assert "最近5次" in change(client, password, password).content.decode()
    assert change(client, password, GOOD).status_code == 302
    assert client.get(HOME).status_code == 200


def test_whoever_has_an_initial_password_may_leave():
    user = make_user()
    client = entered(user, give_initial_password(user))
    assert client.post(reverse("staff:logout")).headers["Location"] == LOGIN


def test_a_generated_password_keeps_the_rules_and_is_never_the_same():
    user = make_user()
    made = {generate(user) for _ in range(50)}
    assert len(made) == 50
    for password in made:
        validate_password(password, user)
        assert not set(password) & set("0O1lI")
        assert len(kinds_of(password)) == 3


def test_a_password_expires_and_is_then_changed_first(settings):
    settings.DEMO = False
    with time_machine.travel("2026-03-02 09:00 +0800", tick=False) as clock:
        user = make_user()
        client = entered(user)
        assert "还有90天到期" in client.get(PASSWORD).content.decode()
        clock.shift(PASSWORD_LIFE - timedelta(seconds=1))
        assert entered(user).get(HOME).status_code == 200
        clock.shift(timedelta(seconds=1))
        client = entered(user)
        assert client.get(HOME).headers["Location"] == PASSWORD
        assert "您的密码已到期" in client.get(PASSWORD).content.decode()
        change(client, "test", GOOD)
        assert client.get(HOME).status_code == 200


def test_in_the_demonstration_no_password_expires(settings):
    settings.DEMO = True
    assert not must_change(make_user(), timezone.now() + timedelta(days=4000))


def test_a_password_that_somebody_else_set_is_to_be_changed_whoever_set_it():
    user = make_user()
    user.set_password(GOOD)
    user.save()
    assert must_change(User.objects.get(), timezone.now())
    assert PasswordRecord.plain.get().user == user


def test_a_password_hashed_anew_at_login_stays_what_it_was(settings):
    user, before = make_user(), PasswordRecord.plain.count()
    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.PBKDF2PasswordHasher",
        *settings.PASSWORD_HASHERS,
    ]
    assert entered(user).get(HOME).status_code == 200
    user.refresh_from_db()
    assert user.password.startswith("pbkdf2")
    assert not user.must_change_password
    assert PasswordRecord.plain.count() == before


def test_a_new_account_has_to_choose_its_password_unless_it_did():
    user = User.objects.create_user("n1", GOOD, name="新人", role=Role.AUDITOR)
    assert must_change(user, timezone.now())
    choose_password(user, f"{GOOD}-x")
    assert not must_change(user, timezone.now())


def test_choosing_a_password_writes_nothing_else():
    """The account was read when the request began; it was disabled and re-roled meanwhile."""
    user = make_user()
    User.objects.filter(pk=user.pk).update(is_active=False, role="", bureau=None)
    choose_password(user, GOOD)
    user.refresh_from_db()
    assert (user.is_active, user.role, user.check_password(GOOD)) == (False, "", True)
