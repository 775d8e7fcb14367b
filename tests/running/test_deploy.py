"""The production description is sound: compose reads it, a plain owner can migrate."""

import contextlib
import os
import re
import secrets
import shutil
import subprocess
import sys
from pathlib import Path

import psycopg2
import pytest
from django.conf import settings
from django.urls import reverse

from core.documents.safety import MAX_BYTES
from core.roles import EXTENSIONS
from core.tabular import MAX_XLSX_BYTES
from core.uploads import MAX_UPLOAD_BYTES
from desk.forms.policy import MOST_BYTES
from policy.limits import LIMITS
from redline.workbooks import MOST_BYTES as MOST_LIST_BYTES
from zones.checking.loading import MAX_DECLARATION_BYTES

KEYS = ("SECRET_KEY", "AUDIT_KEY", "DATA_KEYS")
SECRETS = ("POSTGRES_PASSWORD", "OWNER_PASSWORD", "APPLICATION_PASSWORD", *KEYS)


def test_compose_accepts_the_file():
    client = shutil.which("docker")
    if not client or subprocess.run([client, "compose", "version"], capture_output=True).returncode:
        pytest.skip("no docker client with compose on this machine")
    done = subprocess.run(
        [client, "compose", "config", "--quiet"],
        cwd=settings.BASE_DIR,
        env=os.environ | dict.fromkeys(SECRETS, "x1"),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


def test_an_owner_without_privileges_can_migrate(owner_connection, owner_address, tmp_path):
    """As in docker-compose.yml: roles and extensions are there, the owner is no superuser."""
    name = f"plain_{os.getpid()}"
    host = f"?host={owner_address['HOST']}"
    with owner_connection.cursor() as cursor:
        cursor.execute(f"CREATE ROLE {name} LOGIN")
        cursor.execute(f"CREATE DATABASE {name} OWNER {name} TEMPLATE template0")
    base = {
        "PATH": os.environ["PATH"],
        **{name: secrets.token_urlsafe(48) for name in KEYS},
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "SANDBOX_VAR": str(tmp_path),
        "DATABASE_URL": f"postgresql://sandbox_app@/{name}{host}",
        "DATABASE_OWNER_URL": f"postgresql://{name}@/{name}{host}",
    }
    try:
        with contextlib.closing(as_superuser(owner_address, name)) as cluster:
            for extension in EXTENSIONS:
                cluster.cursor().execute(f"CREATE EXTENSION {extension}")
        for command in (["migrate", "--verbosity", "0"], ["showmigrations", "core"]):
            done = manage(command, base)
            assert done.returncode == 0, done.stderr
        done = manage(["shell", "-v0", "-c", PROBE], base)
        assert (done.returncode, done.stdout.strip()) == (0, "sandbox_app 0"), done.stderr
    finally:
        with owner_connection.cursor() as cursor:
            cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")
            cursor.execute(f"DROP ROLE {name}")


PROBE = """
from django.db import connection
with connection.cursor() as cursor:
    cursor.execute("SELECT current_user, (SELECT count(*) FROM entities_entity)")
    print(*cursor.fetchone())
"""


def as_superuser(owner_address: dict, name: str) -> psycopg2.extensions.connection:
    opened = psycopg2.connect(
        dbname=name,
        user=owner_address["USER"],
        password=owner_address["PASSWORD"] or None,
        host=owner_address["HOST"],
        port=owner_address["PORT"] or None,
    )
    opened.autocommit = True
    return opened


def manage(arguments: list[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=settings.BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        timeout=240,
    )


DEPLOY = Path(settings.BASE_DIR) / "deploy"
LARGEST_TOLD = 128 << 20
"""A declaration of up to so many bytes is refused by a sentence of ours and not by nginx."""

EVIDENCE_TOLD = 256 << 20
"""Evidence of one form; a single file has ``evidence.most_megabytes``, at most 200."""

NGINX = ("nginx.conf", "nginx-behind-gateway.conf")


def sizes() -> dict[str, int]:
    """Return the largest body in bytes by location of proxy.conf; "" is everywhere else."""
    found, place = {}, ""
    for line in (DEPLOY / "proxy.conf").read_text("utf-8").splitlines():
        if opens := re.match(r"location (?:= )?(\S+) \{", line):
            place = opens[1]
        elif line == "}":
            place = ""
        elif size := re.search(r"client_max_body_size (\d+)m;", line):
            found[place] = int(size[1]) << 20
    return found


def test_nginx_lets_through_what_the_application_takes_and_no_more():
    assert sizes() == {
        "": settings.DATA_UPLOAD_MAX_MEMORY_SIZE + (1 << 20),
        reverse("desk:upload"): MAX_UPLOAD_BYTES + (1 << 20),
        reverse("desk:declaration-list"): LARGEST_TOLD,
        reverse("desk:violation-list"): EVIDENCE_TOLD,
    }
    assert MAX_DECLARATION_BYTES < LARGEST_TOLD
    assert MAX_XLSX_BYTES < MAX_UPLOAD_BYTES
    assert LIMITS["evidence.most_megabytes"].high << 20 < EVIDENCE_TOLD


def test_every_other_page_that_takes_files_takes_small_ones():
    assert MOST_BYTES < settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    forms = {
        path.name
        for path in (Path(settings.BASE_DIR) / "templates").rglob("*.html")
        if "multipart/form-data" in path.read_text("utf-8")
    }
    declared = {"declaration_edit.html", "declaration_new.html"}  # below desk:declaration-list
    declared |= {"_violation_evidence.html"}  # below desk:violation-list
    assert MOST_LIST_BYTES < settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    small = {"policy_load.html", "calendar_load.html", "redline_edit.html"}
    small |= {"paper_template_load.html"}
    assert MAX_BYTES < settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    assert forms == {"upload.html"} | small | declared


@pytest.mark.parametrize("name", NGINX)
def test_nginx_tells_nothing_of_itself_and_limits_requests(name):
    text = (DEPLOY / name).read_text("utf-8")
    assert text.count("server_tokens off;") == len(re.findall(r"^server \{", text, re.MULTILINE))
    proxied = (DEPLOY / "proxy.conf").read_text("utf-8")
    for zone in re.findall(r"limit_req zone=(\w+)", proxied):
        assert f"zone={zone}:" in text
    assert reverse(settings.LOGIN_URL) in proxied
    assert "$told_scheme" in (DEPLOY / "headers.conf").read_text("utf-8")
    assert "$told_scheme" in text


def test_nginx_speaks_no_old_tls_and_nothing_plain():
    text = (DEPLOY / "nginx.conf").read_text("utf-8")
    assert "ssl_protocols TLSv1.2 TLSv1.3;" in text
    plain = re.search(r"server \{[^}]*listen 80;[^}]*\}", text)[0]
    assert "return 301 https://" in plain
    assert "proxy.conf" not in plain


def test_the_example_of_variables_names_what_compose_demands():
    example = (DEPLOY / "env.example").read_text("utf-8")
    compose = (Path(settings.BASE_DIR) / "docker-compose.yml").read_text("utf-8")
    demanded = set(re.findall(r"\$\{(\w+):\?", compose))
    assert demanded == set(SECRETS)
    for name in demanded:
        assert re.search(rf"^{name}=$", example, re.MULTILINE), f"{name} has a sample value."
