"""Every address of the site as everybody who must not pass: closed by default, without a gap.

The addresses come from the resolver, so that a new page is walked without a line here; one with
arguments must say in ``FILLED`` how it names a foreign row, or the first test fails.
"""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from staff.models import Field
from staff.roles import ADMINISTRATORS, BUSINESS_ROLES, CITY_ROLES, DISTRICT_ROLES, Role
from tests.factories import make_bureau, make_entity, make_station, make_unit, make_user
from tests.walk.addresses import ADDRESSES, Address
from tests.walk.world import FILLED, MARK, PHONE, World, make_world, sent

pytestmark = pytest.mark.django_db

PUBLIC = {"staff:login", "staff:code", "staff:logout", "admin:logout", "admin:jsi18n"}
LOGS = {address.name for address in ADDRESSES if address.name.startswith("desk:audit-")}
ACCOUNTS = {
    *(a.name for a in ADDRESSES if a.name.startswith("desk:account-")),
    *("staff:session-list", "staff:session-end", "staff:session-unlock"),
    *("staff:second-factor-list", "staff:second-factor-reset"),
}
"""Pages that show accounts by name, to those who keep them."""

ASKED = (
    {},
    {"HTTP_HX_REQUEST": "true", "HTTP_HX_TARGET": "list"},
    {"HTTP_HX_REQUEST": "true", "HTTP_HX_TARGET": "count"},
)
"""A page, and the fragments of it: the list, and the exact count."""


@pytest.fixture
def world(db, settings, tmp_path) -> World:
    settings.MEDIA_ROOT = tmp_path
    settings.RATE_LIMITS = dict.fromkeys(settings.RATE_LIMITS, 1_000_000)
    return make_world()


def url_of(address: Address, world: World) -> str:
    if not address.arguments:
        return reverse(address.name)
    if address.name.startswith("admin:"):
        given = {"object_id": world.bureau.pk, "app_label": "staff"}
        given |= {"content_type_id": 1, "url": "x"}
        return address.url(given)
    return address.url({name: fill(world) for name, fill in FILLED[address.name].items()})


def count(record_property, name: str, number: int) -> None:
    record_property("walked", f"地址遍历 {name}\t{number}")


def test_every_address_with_arguments_says_how_a_foreign_row_is_named():
    wanted = {a.name for a in ADDRESSES if a.arguments and not a.name.startswith("admin:")}
    assert wanted == FILLED.keys()


def is_shut(answer) -> bool:
    """Whether an answer only sends to the login, or refuses the method."""
    if answer.status_code == 405:
        return True
    # The admin's own login page is one more door to ours.
    logins = (reverse("staff:login"), reverse("admin:login"))
    return answer.status_code == 302 and answer["Location"].startswith(logins)


def walk_outside(client: Client, world: World) -> int:
    """Ask for everything by GET and POST as somebody who is not logged in; return how often."""
    asked = 0
    for address in ADDRESSES:
        if address.name in PUBLIC:
            continue
        url = url_of(address, world)
        for answer in (
            *(client.get(url, **headers) for headers in ASKED),
            client.post(url, sent(world)),
        ):
            asked += 1
            sent_away = is_shut(answer) or "HX-Redirect" in answer.headers
            assert sent_away, f"{address.name}: {answer.status_code}"
            assert MARK not in answer.content.decode(), address.name
    return asked


def test_nobody_gets_nowhere(client, world, record_property):
    before = world.standing()
    count(record_property, "未登录", walk_outside(client, world))
    assert world.standing() == before


def test_after_logout_nothing_is_open(client, world, record_property):
    client.force_login(make_user(Role.MUNICIPAL_LEAD))
    assert client.get(reverse("desk:home")).status_code == 200
    client.post(reverse("staff:logout"))
    before = world.standing()
    count(record_property, "退出后", walk_outside(client, world))
    assert world.standing() == before


@pytest.mark.parametrize("role", [Role.MUNICIPAL_LEAD, Role.SYSTEM_ADMINISTRATOR, Role.AUDITOR])
def test_a_disabled_account_gets_nowhere(client, world, role, record_property):
    user = make_user(role)
    client.force_login(user)
    assert client.get(reverse("desk:home")).status_code == 200
    type(user).objects.filter(pk=user.pk).update(is_active=False)
    before = world.standing()
    count(record_property, "账户停用后", walk_outside(client, world))
    assert world.standing() == before


def strangers() -> dict[str, object]:
    """Return accounts that see no entity of the other district, by what they are."""
    here = make_bureau("本区局")
    make_entity(name="重庆本区乙科技有限公司", letter="A", bureau=here)
    unit = make_unit([Field.SPECIAL_EQUIPMENT])
    return {
        Role.STATION_OFFICER: make_user(Role.STATION_OFFICER, here, make_station(here)),
        Role.DISTRICT_OFFICER: make_user(Role.DISTRICT_OFFICER, here),
        Role.DISTRICT_LEAD: make_user(Role.DISTRICT_LEAD, here),
        Role.UNIT_OFFICER: make_user(Role.UNIT_OFFICER, unit=unit),
    }


MARKED = re.compile(f"{MARK}(?!局|市场监管所)")
"""Names of bureaus and stations are no secret; what they work on is."""

OF_ROWS = {
    *("desk:entity-detail", "desk:entity-contact", "desk:entity-action", "desk:undecided-decide"),
    *("desk:operation-detail", "desk:operation-undo", "desk:exclusion-decide"),
    *("desk:job-detail", "desk:job-cancel", "desk:job-errors"),
    *("desk:export-detail", "desk:export-decide", "desk:export-file"),
    *("staff:session-end", "staff:second-factor-reset", "desk:account-detail"),
    *("desk:account-grant", "desk:account-act", "desk:audit-operation"),
}
"""Addresses of single rows of somebody else: they do not exist for a stranger, or are refused."""


@pytest.mark.parametrize("role", sorted(DISTRICT_ROLES | {Role.UNIT_OFFICER}))
def test_another_district_sees_and_does_nothing(client, world, role, record_property):
    client.force_login(strangers()[role])
    before, asked = world.standing(), 0
    for address in ADDRESSES:
        url = url_of(address, world)
        for text in ("", "?text=" + MARK[:-1], "?text=" + world.entity.code):
            for headers in ASKED:
                asked += 1
                refuse_rows(address, client.get(url + text, **headers))
        if address.name not in PUBLIC:
            asked += 1
            refuse_rows(address, client.post(url, sent(world)))
            refuse_rows(address, client.post(url, sent(world), HTTP_HX_REQUEST="true"))
    count(record_property, f"外区（{Role(role).label}）", asked)
    assert world.standing() == before


def refuse_rows(address: Address, answer) -> None:
    if address.name in OF_ROWS:
        assert answer.status_code in (403, 404, 405), f"{address.name}: {answer.status_code}"
    assert answer.status_code < 500, f"{address.name}: {answer.status_code}"
    shown = b"".join(answer.streaming_content) if answer.streaming else answer.content
    text = shown.decode("utf-8", "replace")
    found = [text[m.start() - 60 : m.end() + 60] for m in MARKED.finditer(text)]
    assert not found, f"{address.name} shows {found}"
    assert PHONE not in text, address.name


BUSINESS_ONLY = [
    address
    for address in ADDRESSES
    if address.name.startswith("desk:")
    and address.name not in LOGS | ACCOUNTS | {"desk:home", "desk:permission-table"}
    and not address.name.startswith(("desk:export-", "desk:print-", "desk:job-"))
]


@pytest.mark.parametrize("role", [*sorted(ADMINISTRATORS), ""])
def test_who_does_no_business_opens_no_page_of_it(client, world, role, record_property):
    client.force_login(make_user(role))
    before = world.standing()
    for address in BUSINESS_ONLY:
        url = url_of(address, world)
        for answer in (client.get(url), client.post(url, sent(world))):
            assert answer.status_code in (403, 404, 405), f"{address.name}: {answer.status_code}"
            assert MARK not in answer.content.decode(), address.name
    count(record_property, f"三员与未授权（{role or '未授权'}）", 2 * len(BUSINESS_ONLY))
    assert world.standing() == before


@pytest.mark.parametrize("role", sorted(BUSINESS_ROLES))
def test_who_does_business_opens_neither_logs_nor_accounts_nor_the_admin(
    client, world, role, record_property
):
    client.force_login(make_user(role))
    shut = [a for a in ADDRESSES if a.name in LOGS | ACCOUNTS or a.name.startswith("admin:")]
    before = world.standing()
    for address in shut:
        if address.name in PUBLIC:
            continue
        url = url_of(address, world)
        for answer in (client.get(url), client.post(url, sent(world))):
            refused = answer.status_code in (403, 404, 405) or answer.status_code == 302
            assert refused, f"{address.name}: {answer.status_code}"
            if answer.status_code == 302:
                leads = answer["Location"].split("?")[0]
                assert leads in (reverse("admin:login"), "/") or "/admin/" not in leads, leads
    count(record_property, f"业务角色与系统页面（{Role(role).label}）", 2 * len(shut))
    assert world.standing() == before


def test_every_address_that_takes_forms_asks_for_the_token(world, record_property):
    client = Client(enforce_csrf_checks=True)
    client.force_login(make_user(Role.MUNICIPAL_LEAD))
    before = world.standing()
    for address in ADDRESSES:
        answer = client.post(url_of(address, world), sent(world))
        assert answer.status_code in (302, 403, 404, 405), f"{address.name}: {answer.status_code}"
    count(record_property, "无令牌提交", len(ADDRESSES))
    assert world.standing() == before


SCRIPT = "<script>alert(1)</script>"
NAME = f'重庆{SCRIPT}"><img src=x onerror=alert(2)>有限公司'


@pytest.mark.parametrize("role", sorted(CITY_ROLES | {Role.DISTRICT_LEAD}))
def test_a_script_in_a_name_is_shown_and_never_run(client, world, role, record_property):
    type(world.entity).plain.filter(pk=world.entity.pk).update(
        name=NAME, business_scope=NAME, address=NAME, former_names=[NAME]
    )
    type(world.officer).objects.filter(pk=world.officer.pk).update(name=NAME[:40])
    viewer = world.lead if role == Role.DISTRICT_LEAD else make_user(role)
    client.force_login(viewer)
    seen = 0
    for address in ADDRESSES:
        for headers in ASKED[:2]:
            answer = client.get(url_of(address, world) + "?text=" + world.entity.code, **headers)
            text = answer.content.decode() if not answer.streaming else ""
            assert SCRIPT not in text, address.name
            assert "<img src=x" not in text, address.name
            seen += "&lt;script&gt;" in text
    assert seen >= 5, "The name was hardly shown anywhere."
    count(record_property, f"名称中的脚本（{Role(role).label}）", 2 * len(ADDRESSES))
