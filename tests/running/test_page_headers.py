"""What every answer carries, and that no page asks for anything the content policy forbids."""

import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urldefrag, urljoin, urlsplit

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.cache import cache
from django.test import Client
from django.urls import Resolver404, resolve, reverse

from core import limits
from core.models import Job
from entities.choices import Domain
from policy.limits import seed_first_version
from staff.roles import Role
from tests.desk.making import hold, make_run
from tests.factories import make_bureau, make_entity, make_user

BASE = Path(settings.BASE_DIR)
LOADS = {"src", "srcset", "poster", "data", "background", "manifest", "cite", "ping"}
LEADS = {"href", "action", "formaction", "hx-get", "hx-post", "hx-put", "hx-delete", "xlink:href"}
OFTEN = 2  # pages of one route that are looked at
HOST = "http://testserver"


class Looker(HTMLParser):
    """Collects what a strict content policy forbids, and where the page leads."""

    def __init__(self) -> None:
        super().__init__()
        self.wrong: list[str] = []
        self.links: list[str] = []
        self.tags: Counter[str] = Counter()

    def handle_starttag(self, tag, attributes):
        said = dict(attributes)
        self.tags[tag] += 1
        if tag == "script" and "src" not in said and said.get("type") != "application/json":
            self.wrong.append("inline script")
        if tag in {"style", "base", "iframe", "object", "embed", "applet"}:
            self.wrong.append(f"<{tag}>")
        if tag == "meta" and (said.get("http-equiv") or "").lower() == "refresh":
            self.wrong.append("refresh")
        for name, value in attributes:
            self._attribute(tag, name, value or "")

    def _attribute(self, tag, name, value):
        if name == "style" or name.startswith(("on", "hx-on")):
            self.wrong.append(f"{tag} {name}={value}")
        if name in LOADS | LEADS:
            address = urljoin(HOST, value)
            if urlsplit(address).scheme not in {"http", "https"} or not address.startswith(HOST):
                self.wrong.append(f"{tag} {name}={value}")
            elif name == "href" and tag == "a":
                self.links.append(value)


def look(answer) -> Looker:
    looker = Looker()
    looker.feed(answer.content.decode())
    return looker


@pytest.fixture
def everything(db):
    """Something of each sort, so that every page has rows and leads to the next."""
    seed_first_version()
    own = make_bureau("本区局")
    for n in range(3):
        entity = make_entity(
            name=f"重庆<script>{n}</script>有限公司",
            bureau=own,
            letter="A",
            safety=[Domain.FOOD_DRUG] if n else [],
            contact_name="王小明",
            contact_phone="13812345678",
            four_new="rule" if n == 2 else None,
        )
        hold(entity, "credit")
    make_run()
    user = make_user(Role.DISTRICT_OFFICER, own)
    Job.objects.for_system("a test").create(kind="none", title="任务", started_by=user)
    return own


def crawl(user) -> tuple[Counter, list[str]]:
    """Open every page that links lead to; return the routes seen and what was wrong."""
    client = Client()
    client.force_login(user)
    seen, wrong, routes = set(), [], Counter()
    waiting = [reverse("desk:home"), reverse("staff:password"), reverse("admin:index")]
    while waiting:
        address = waiting.pop(0)
        path = urlsplit(address).path
        try:
            route = resolve(path).route
        except Resolver404:
            wrong.append(f"{address} leads nowhere")
            continue
        if address in seen or routes[route] >= OFTEN:
            continue
        seen.add(address)
        answer = client.get(address)
        assert answer.status_code < 500, address
        if "text/html" not in answer.get("Content-Type", "") or answer.status_code != 200:
            continue
        routes[route] += 1
        cache.clear()
        looker = look(answer)
        wrong += [f"{address}: {one}" for one in looker.wrong]
        waiting += [urldefrag(urljoin(address, link)).url for link in looker.links]
    return routes, wrong


@pytest.mark.parametrize("role", Role)
def test_no_page_of_any_role_needs_anything_inline_or_outside(everything, role):
    district = role in {Role.DISTRICT_OFFICER, Role.DISTRICT_LEAD}
    routes, wrong = crawl(make_user(role, everything if district else None))
    assert wrong == []
    assert routes
    business = role not in {
        Role.AUDITOR, Role.SECURITY_ADMINISTRATOR, Role.SYSTEM_ADMINISTRATOR
    }  # fmt: skip
    if business:
        assert len(routes) > 10
    if role == Role.SYSTEM_ADMINISTRATOR:
        assert len([route for route in routes if route.startswith("admin/")]) > 10


@pytest.mark.parametrize("name", ["429.html", "500.html"])
def test_pages_that_stand_alone_are_strict_too(name):
    looker = Looker()
    looker.feed((BASE / "templates" / name).read_text("utf-8"))
    assert looker.wrong == []


FETCHES = re.compile(r"(fetch|XMLHttpRequest|import|@import|url)\s*\(?\s*['\"(]*\s*https?:", re.I)


def test_our_scripts_and_styles_fetch_nothing_from_outside():
    for path in (BASE / "static").rglob("*"):
        if path.suffix in {".js", ".css"}:
            assert "http:" not in path.read_text("utf-8"), path
            assert "https:" not in path.read_text("utf-8"), path
    for name in (
        "bootstrap/css/bootstrap.min.css",
        "django_htmx/htmx-2.min.js",
        "admin/css/base.css",
    ):
        found = finders.find(name)
        assert found, name
        assert not FETCHES.search(Path(found).read_text("utf-8")), name


POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self'",
    "font-src": "'self'",
    "connect-src": "'self'",
    "manifest-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "object-src": "'none'",
    "frame-src": "'none'",
    "frame-ancestors": "'none'",
}


def test_the_content_policy_names_every_source(client, db):
    said = client.get(reverse("staff:login"))["Content-Security-Policy"]
    assert dict(part.strip().split(" ", 1) for part in said.split(";")) == POLICY


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("X-Frame-Options", "DENY"),
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "same-origin"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
    ],
)
def test_headers_of_every_answer(client, db, header, value):
    for address in (reverse("staff:login"), reverse("desk:home"), "/nowhere/"):
        assert client.get(address)[header] == value


def test_browser_features_are_closed(client, db):
    said = client.get(reverse("staff:login"))["Permissions-Policy"]
    assert "camera=()" in said
    assert "*" not in said


def test_pages_of_a_person_are_not_stored(client, db):
    assert client.get("/nowhere/").get("Cache-Control", "") != "no-store"
    client.force_login(make_user(Role.MUNICIPAL_OFFICER))
    for address in (reverse("desk:home"), reverse("desk:entity-list"), "/nowhere/"):
        assert client.get(address)["Cache-Control"] == "no-store"


def test_https_redirects_and_says_so_for_a_year(client, db, settings):
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_HSTS_SECONDS = 31536000
    settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = settings.SECURE_HSTS_PRELOAD = True
    plain = client.get(reverse("staff:login"))
    assert plain.status_code == 301
    assert plain["Location"].startswith("https://")
    said = client.get(reverse("staff:login"), secure=True)["Strict-Transport-Security"]
    assert said == "max-age=31536000; includeSubDomains; preload"


@pytest.fixture
def few(settings, monkeypatch):
    settings.RATE_LIMITS = {"pages": 5, "changes": 3, "logins": 2}
    monkeypatch.setattr(limits.time, "time", lambda: 1_000_000_005.0)


def test_too_many_pages_are_answered_by_a_sentence_and_when_to_come_again(few, client, db):
    client.force_login(make_user(Role.MUNICIPAL_OFFICER))
    codes = [client.get(reverse("staff:password")).status_code for _ in range(6)]
    assert codes == [200] * 5 + [429]
    answer = client.get(reverse("staff:password"))
    assert answer["Retry-After"] == "15"
    assert "请在 15 秒后重试" in answer.content.decode()
    assert answer["Cache-Control"] == "no-store"


def test_limits_are_each_accounts_own_and_end_with_the_minute(few, db, monkeypatch):
    first, second = Client(), Client()
    first.force_login(make_user(Role.MUNICIPAL_OFFICER))
    second.force_login(make_user(Role.MUNICIPAL_OFFICER))
    for _ in range(6):
        answer = first.get(reverse("staff:password"))
    assert answer.status_code == 429
    assert second.get(reverse("staff:password")).status_code == 200
    monkeypatch.setattr(limits.time, "time", lambda: 1_000_000_021.0)
    assert first.get(reverse("staff:password")).status_code == 200


def test_changes_are_limited_more_narrowly(few, client, db):
    client.force_login(make_user(Role.MUNICIPAL_OFFICER))
    codes = [client.post(reverse("desk:upload"), {}).status_code for _ in range(4)]
    assert codes[-1] == 429
    assert 429 not in codes[:3]


def test_logins_are_limited_by_address_whatever_the_account(few, client, db):
    def attempt(n, **extra):
        form = {"username": f"nobody{n}", "password": "x"}
        return client.post(reverse("staff:login"), form, **extra).status_code

    assert [attempt(n) for n in range(3)] == [200, 200, 429]
    assert attempt(9, REMOTE_ADDR="127.0.0.9") == 200
