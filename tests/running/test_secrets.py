"""Weak secrets stop the start with a sentence; the production settings pass Django's own check."""

import os
import secrets
import subprocess
import sys

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from sandbox_reg import environment
from sandbox_reg.celery import app as celery_app
from sandbox_reg.strength import demand_different, demand_strong, demand_strong_password

STRONG = "Xq3-Zr8_vB1nM6kL0pT7wY2dF9hJ4sC5gQeRtUiOaSdFgHjKlZxC"


@pytest.mark.parametrize(
    ("key", "weakness"),
    [
        ("x", "不足 50 位"),
        (STRONG[:49], "不足 50 位"),
        ("a" * 60, "重复的字符太多"),
        ("abcdefghijkl" * 5, "重复的字符太多"),
        ("django-insecure-" + STRONG, "示例用语 django-insecure"),
        (STRONG + "ChangeMe", "示例用语 changeme"),
        (STRONG + "123456", "示例用语 123456"),
        ("my-Secret-" + STRONG, "示例用语 secret"),
    ],
)
def test_a_weak_key_is_refused_by_name_with_the_way_to_a_good_one(key, weakness):
    with pytest.raises(ImproperlyConfigured, match=f"AUDIT_KEY 太弱.*{weakness}.*token_urlsafe"):
        demand_strong("AUDIT_KEY", key)


def test_good_keys_pass():
    demand_strong("SECRET_KEY", STRONG)
    for _ in range(20):
        demand_strong("SECRET_KEY", "Q" + secrets.token_urlsafe(48).replace("dmin1", ""))


def test_one_key_does_not_serve_two_purposes():
    with pytest.raises(ImproperlyConfigured, match="SECRET_KEY 和 AUDIT_KEY 相同"):
        demand_different(SECRET_KEY=STRONG, AUDIT_KEY=STRONG)
    with pytest.raises(ImproperlyConfigured, match="AUDIT_KEY 和 DATA_KEYS 相同"):
        demand_different(SECRET_KEY="a", AUDIT_KEY=STRONG, DATA_KEYS=f"b,{STRONG}")
    demand_different(SECRET_KEY="a", AUDIT_KEY="b", DATA_KEYS="c,d")


@pytest.mark.parametrize(
    ("url", "weakness"),
    [
        ("postgresql://app@db:5432/sandbox", "没有口令"),
        ("postgresql://sandbox_app:sandbox_app@db/sandbox", "与用户名相同"),
        ("postgresql://app:k3Z9x@10.0.0.7/sandbox", "不足 12 位"),
        ("postgresql://app:Password2024@db/sandbox", "常见用语 password"),
        ("postgresql://app:abababababab@db/sandbox", "重复的字符太多"),
        ("postgresql://app:k3Z9x@/sandbox?host=10.0.0.7", "不足 12 位"),
    ],
)
def test_a_weak_database_password_is_refused(url, weakness):
    with pytest.raises(ImproperlyConfigured, match=f"DATABASE_URL 中的数据库口令太弱.*{weakness}"):
        demand_strong_password("DATABASE_URL", url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "postgresql://app:k3Z9xq7Rw2Lm@db:5432/sandbox",
        "postgresql://app:x@127.0.0.1/sandbox",
        "postgresql://app:x@[::1]/sandbox",
        "postgresql://app@/sandbox?host=/run/postgresql",
        "postgresql://app@db/sandbox?sslcert=/etc/app.pem",
    ],
)
def test_a_strong_or_local_or_certified_database_passes(url):
    demand_strong_password("DATABASE_URL", url)


def test_a_secret_comes_from_a_file_only_its_owner_reads(tmp_path, monkeypatch):
    path = tmp_path / "key"
    path.write_text(STRONG + "\n")
    path.chmod(0o600)
    monkeypatch.setenv("PROBE_KEY_FILE", str(path))
    assert environment.secret("PROBE_KEY", "", made_in=None) == STRONG
    path.chmod(0o644)
    with pytest.raises(ImproperlyConfigured, match="PROBE_KEY_FILE 所指的文件 .*chmod 600"):
        environment.secret("PROBE_KEY", "", made_in=None)
    monkeypatch.setenv("PROBE_KEY_FILE", str(tmp_path / "none"))
    with pytest.raises(ImproperlyConfigured, match="读不出来"):
        environment.secret("PROBE_KEY", "", made_in=None)
    monkeypatch.setenv("PROBE_KEY", STRONG)
    with pytest.raises(ImproperlyConfigured, match="只能设置一个"):
        environment.secret("PROBE_KEY", "", made_in=None)


def test_a_missing_key_is_made_once_where_the_services_are_embedded(tmp_path):
    made = environment.secret("PROBE_KEY", "", made_in=tmp_path)
    assert environment.secret("PROBE_KEY", "", made_in=tmp_path) == made
    assert (tmp_path / "probe_key").stat().st_mode & 0o777 == 0o600
    demand_strong("PROBE_KEY", made)
    with pytest.raises(ImproperlyConfigured, match="必须同时设置 PROBE_KEY 或 PROBE_KEY_FILE"):
        environment.secret("PROBE_KEY", "", made_in=None)


@pytest.fixture(autouse=True)
def _variables_stay(monkeypatch):
    monkeypatch.setattr(environment, "VARIABLES", dict(environment.VARIABLES))


def production(tmp_path) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "SANDBOX_VAR": str(tmp_path),
        "DATABASE_URL": f"postgresql://sandbox_app:{secrets.token_hex(20)}@db.invalid:5432/sandbox",
        "REDIS_URL": "redis://queue.invalid:6379/0",
        "ALLOWED_HOSTS": "sandbox.example.cn",
        "CSRF_TRUSTED_ORIGINS": "https://sandbox.example.cn",
        **{name: secrets.token_urlsafe(48) for name in ("SECRET_KEY", "AUDIT_KEY", "DATA_KEYS")},
    }


def manage(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=settings.BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_the_production_settings_pass_the_check_of_deployment(tmp_path):
    done = manage(production(tmp_path), "check", "--deploy", "--fail-level", "WARNING")
    assert done.returncode == 0, done.stderr
    # The one is axes.W002, which settings explain: our login page itself says that it is closed.
    assert "no issues (1 silenced)" in done.stdout + done.stderr


SHOWN = """
from django.conf import settings as s
print(s.SESSION_COOKIE_NAME, s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_NAME, s.CSRF_COOKIE_SECURE,
      s.SECURE_SSL_REDIRECT, s.SECURE_HSTS_SECONDS, s.DEBUG, s.DEMO)
"""


def test_production_is_closed_without_any_further_word(tmp_path):
    done = manage(production(tmp_path), "shell", "-v0", "-c", SHOWN)
    assert done.stdout.split() == [
        *("__Host-sandbox-session", "True", "__Host-sandbox-csrf", "True"),
        *("True", "31536000", "False", "False"),
    ], done.stderr


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"AUDIT_KEY": ""}, "必须同时设置 AUDIT_KEY"),
        ({"SECRET_KEY": "secret"}, "SECRET_KEY 太弱"),
        ({"DATA_KEYS": STRONG + ",short"}, "DATA_KEYS 太弱"),
        ({"SECRET_KEY": STRONG, "AUDIT_KEY": STRONG}, "SECRET_KEY 和 AUDIT_KEY 相同"),
        ({"DATABASE_URL": "postgresql://app:changeme@db/sandbox"}, "数据库口令太弱"),
        ({"DATABASE_OWNER_URL": "postgresql://app:app@db/sandbox"}, "DATABASE_OWNER_URL 中"),
        ({"HTTPS": "0"}, "HTTPS=0 只能用于本机访问"),
    ],
)
def test_the_start_refuses_in_one_sentence(tmp_path, changed, sentence):
    done = manage(production(tmp_path) | changed, "check")
    assert done.returncode == 1
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def test_messages_to_the_workers_are_json_alone():
    assert list(celery_app.conf.accept_content) == ["json"]
    assert celery_app.conf.task_serializer == "json"
