"""The demonstration starts for this machine alone, and nothing opens its accounts elsewhere."""

import os
import re
import secrets
import subprocess
import sys

import pytest
from django.conf import settings
from django.test import Client

from sandbox_reg.strength import is_loopback
from staff.models import User

SHOW = (
    "from django.conf import settings as s;"
    "print(s.DEMO, s.DEBUG, s.HOST, [str(n) for n in s.ALLOWED_NETWORKS][-1])"
)
SERVICE = {
    "DATABASE_URL": "postgresql://sandbox_app@/sandbox?host=/run/postgresql",
    "REDIS_URL": "redis://127.0.0.1:6379/0",
} | {name: secrets.token_urlsafe(48) for name in ("SECRET_KEY", "AUDIT_KEY", "DATA_KEYS")}


def start(**environment: str) -> subprocess.CompletedProcess[str]:
    """Read the settings in a process of its own, as every start does."""
    return subprocess.run(
        [sys.executable, "-c", SHOW],
        cwd=settings.BASE_DIR,
        env={"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "sandbox_reg.settings"}
        | {"PYTHONUTF8": "1", "SANDBOX_VAR": "/tmp/sandbox-demo-mode"}  # noqa: S108
        | environment,
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.mark.parametrize(
    ("environment", "shown"),
    [
        ({}, "True True 127.0.0.1 ::1/128"),
        ({"DEMO": "0"}, "False False 127.0.0.1 fc00::/7"),
        ({"HOST": "localhost"}, "True True localhost ::1/128"),
        (SERVICE, "False False 127.0.0.1 fc00::/7"),
        (SERVICE | {"DEMO": "1", "DEBUG": "1"}, "True True 127.0.0.1 ::1/128"),
        (SERVICE | {"HOST": "10.1.2.3", "ALLOWED_HOSTS": "a.gov.cn"}, "False False 10.1.2.3 fc"),
    ],
)
def test_what_starts(environment, shown):
    done = start(**environment)
    assert done.stdout.startswith(shown), done.stderr


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({"DEBUG": "0"}, "不能与 DEBUG=0 同用"),
        (SERVICE | {"DEMO": "1"}, "不能与 DEBUG=0 同用"),
        ({"HOST": "0.0.0.0"}, "HOST 或 ALLOWED_HOSTS 中的 0.0.0.0"),  # noqa: S104
        ({"HOST": "::"}, "HOST 或 ALLOWED_HOSTS 中的 ::"),
        ({"HOST": "10.0.0.1"}, "中的 10.0.0.1"),
        ({"HOST": ""} | {"ALLOWED_HOSTS": "sandbox.gov.cn"}, "中的 sandbox.gov.cn"),
        ({"ALLOWED_HOSTS": "localhost,*"}, r"中的 \*"),
        ({"ALLOWED_HOSTS": ".localhost"}, r"中的 .localhost"),
        ({"TRUSTED_PROXIES": "127.0.0.1"}, "请去掉 TRUSTED_PROXIES"),
    ],
)
def test_what_does_not_start(environment, sentence):
    done = start(**environment)
    assert done.returncode == 1
    assert re.search(f"演示模式.*{sentence}", done.stderr), done.stderr


@pytest.mark.parametrize(
    ("host", "is_this_machine"),
    [
        *(("127.0.0.1", True), ("127.8.8.8", True), ("::1", True), ("[::1]", True)),
        *(("localhost", True), ("0.0.0.0", False), ("", False), ("*", False)),  # noqa: S104
        *(("localhost.gov.cn", False), ("128.0.0.1", False), ("::", False)),
    ],
)
def test_what_is_this_machine(host, is_this_machine):
    assert is_loopback(host) == is_this_machine


def test_a_fresh_database_has_no_account(db):
    assert not User.objects.exists()


@pytest.mark.parametrize("path", ["/nowhere/", "/entities/999999/", "/admin/nowhere/"])
@pytest.mark.parametrize("debug", [False, True])
def test_a_missing_page_looks_the_same_with_debug(db, settings, debug, path):
    settings.DEBUG = debug
    answer = Client().get(path, follow=True)
    page = answer.content.decode()
    assert "Traceback" not in page
    assert "URLconf" not in page
    assert ("没有这个页面" in page) or answer.redirect_chain
