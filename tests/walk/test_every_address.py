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
from tests.walk.addresses import ADDRESSES
from tests.walk.filled import FILLED, Place, places, sent
from tests.walk.order_filled import ORDER_ROWS
from tests.walk.paper_filled import PAPER_ROWS
from tests.walk.redline_filled import LIST_ROWS
from tests.walk.violation_filled import VIOLATION_ROWS
from tests.walk.world import MARK, PHONE, World
from tests.walk.zone_filled import ZONE_ROWS

pytestmark = pytest.mark.django_db

PUBLIC = {"staff:login", "staff:code", "staff:logout", "admin:logout", "admin:jsi18n"}
LOGS = {address.name for address in ADDRESSES if address.name.startswith("desk:audit-")}
ACCOUNTS = {
    *(a.name for a in ADDRESSES if a.name.startswith(("desk:account-", "desk:unit-"))),
    *("staff:session-list", "staff:session-end", "staff:session-unlock"),
    *("staff:second-factor-list", "staff:second-factor-reset"),
}
"""Pages that show accounts by name, to those who keep them."""

FRAGMENT = {"HTTP_HX_REQUEST": "true", "HTTP_HX_TARGET": "list"}
COUNT = {"HTTP_HX_REQUEST": "true", "HTTP_HX_TARGET": "count"}
"""What a page asks for afterwards: its list anew, and the exact count."""
OK = 200


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
    for place in places(world):
        if place.name in PUBLIC:
            continue
        for answer in (
            client.get(place.url),
            client.get(place.url, **FRAGMENT),
            client.post(place.url, sent(world)),
        ):
            asked += 1
            sent_away = is_shut(answer) or "HX-Redirect" in answer.headers
            assert sent_away, f"{place.title}: {answer.status_code}"
            assert MARK not in answer.content.decode(), place.title
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
    *ZONE_ROWS,
    *LIST_ROWS,
    *PAPER_ROWS,
    *VIOLATION_ROWS,
    *ORDER_ROWS,
}
"""Addresses of single rows of somebody else: they do not exist for a stranger, or are refused."""


@pytest.mark.parametrize("role", sorted(DISTRICT_ROLES | {Role.UNIT_OFFICER}))
def test_another_district_sees_and_does_nothing(client, world, role, record_property):
    client.force_login(strangers()[role])
    before, asked = world.standing(), 0
    for place in places(world):
        for text, headers in looks(place, world):
            asked += 1
            answer = client.get(place.url + text, **headers)
            refuse_rows(place, answer)
            if answer.status_code != OK:
                break  # what is refused whole has no parts
        if place.name not in PUBLIC:
            asked += 2
            refuse_rows(place, client.post(place.url, sent(world)))
            refuse_rows(place, client.post(place.url, sent(world), HTTP_HX_REQUEST="true"))
    count(record_property, f"外区（{Role(role).label}）", asked)
    assert world.standing() == before


def looks(place: Place, world: World) -> list[tuple[str, dict[str, str]]]:
    """Return the queries and headers by which a page is asked for: all of it, parts, a search."""
    found: list[tuple[str, dict[str, str]]] = [("", {}), ("", FRAGMENT)]
    if not place.address.arguments:
        searched = [f"?text={MARK[:-1]}", f"?text={world.entity.code}"]
        found += [(text, headers) for text in searched for headers in ({}, FRAGMENT)]
    if place.name == "desk:entity-list":
        found += [(text, COUNT) for text in ("", *searched)]
    return found


def refuse_rows(place: Place, answer) -> None:
    if place.name in OF_ROWS:
        assert answer.status_code in (403, 404, 405), f"{place.title}: {answer.status_code}"
    assert answer.status_code < 500, f"{place.title}: {answer.status_code}"
    shown = b"".join(answer.streaming_content) if answer.streaming else answer.content
    text = shown.decode("utf-8", "replace")
    found = [text[m.start() - 60 : m.end() + 60] for m in MARKED.finditer(text)]
    assert not found, f"{place.title} shows {found}"
    assert PHONE not in text, place.title


OF_EVERYBODY = {"desk:home", "desk:permission-table", "desk:print-note"}
OPEN_TO = {
    Role.AUDITOR: {"desk:export-list", "desk:export-new changes", "desk:export-new accesses"},
}
"""Pages of the desk that show no business and that some administrator needs: own log exports."""


@pytest.mark.parametrize("role", [*sorted(ADMINISTRATORS), ""])
def test_who_does_no_business_opens_no_page_of_it(client, world, role, record_property):
    client.force_login(make_user(role))
    before, asked = world.standing(), 0
    for place in places(world):
        known = place.name in LOGS | ACCOUNTS | OF_EVERYBODY or not place.name.startswith("desk:")
        if known or place.title in OPEN_TO.get(role, ()):
            continue
        for answer in (client.get(place.url), client.post(place.url, sent(world))):
            asked += 1
            assert answer.status_code in (403, 404, 405), f"{place.title}: {answer.status_code}"
            assert MARK not in answer.content.decode(), place.title
    count(record_property, f"三员与未授权（{role or '未授权'}）", asked)
    assert world.standing() == before


def test_the_auditor_s_exports_show_none_of_the_business(client, world):
    client.force_login(make_user(Role.AUDITOR))
    for place in places(world):
        if place.title in OPEN_TO[Role.AUDITOR]:
            answer = client.get(place.url)
            assert answer.status_code in (OK, 409), place.title  # 409: the log is empty yet
            text = answer.content.decode()
            assert world.export.title not in text, place.title
            assert world.export.reason not in text, place.title


@pytest.mark.parametrize("role", sorted(BUSINESS_ROLES))
def test_who_does_business_opens_neither_logs_nor_accounts_nor_the_admin(
    client, world, role, record_property
):
    client.force_login(make_user(role))
    before, asked = world.standing(), 0
    for place in places(world):
        is_admin = place.name.startswith("admin:")
        if place.name in PUBLIC or not (is_admin or place.name in LOGS | ACCOUNTS):
            continue
        for answer in (client.get(place.url), client.post(place.url, sent(world))):
            asked += 1
            refused = answer.status_code in ((403,) if is_admin else (403, 404, 405))
            assert refused or (is_admin and is_shut(answer)), f"{place.title}: {answer.status_code}"
    count(record_property, f"业务角色与系统页面（{Role(role).label}）", asked)
    assert world.standing() == before


def test_every_address_that_takes_forms_asks_for_the_token(world, record_property):
    client = Client(enforce_csrf_checks=True)
    client.force_login(make_user(Role.MUNICIPAL_LEAD))
    before, asked = world.standing(), 0
    for place in places(world):
        asked += 1
        answer = client.post(place.url, sent(world))
        assert answer.status_code in (302, 403, 404, 405), f"{place.title}: {answer.status_code}"
    count(record_property, "无令牌提交", asked)
    assert world.standing() == before


def test_the_world_holds_something_for_those_it_belongs_to(client, world):
    """Doors are only found open where something stands behind them."""
    found = {place.title: place.url for place in places(world)}
    client.force_login(world.officer)
    file = client.post(found["desk:export-file"])
    assert b"".join(file.streaming_content).decode() == MARK
    assert client.get(found["desk:entity-action state-safety"]).status_code == OK
    client.force_login(world.lead)
    client.post(found["desk:export-decide"], sent(world))
    client.post(found["desk:exclusion-decide"], sent(world))
    client.force_login(make_user(Role.SECURITY_ADMINISTRATOR))
    for name in ("session-unlock", "session-end", "second-factor-reset"):
        client.post(found[f"staff:{name}"], sent(world))
    client.post(found["desk:account-act withdraw"], sent(world))
    client.force_login(make_user(Role.AUDITOR))
    assert MARK in client.get(found["desk:audit-operation"]).content.decode()
    world.asked.refresh_from_db()
    world.request.refresh_from_db()
    world.live.refresh_from_db()
    world.officer.refresh_from_db()
    assert (world.asked.status, world.request.status) == ("approved", "approved")
    assert world.live.ended_at
    assert not world.officer.role
    assert not type(world.attempt).objects.exists()


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
    seen, query = 0, f"text={world.entity.code}"
    asked = 0
    for place in places(world):
        if place.name.startswith("admin:"):
            continue
        for headers in ({},) if place.address.arguments else ({}, FRAGMENT):
            asked += 1
            answer = client.get(f"{place.url}{'&' if '?' in place.url else '?'}{query}", **headers)
            text = answer.content.decode() if not answer.streaming else ""
            assert SCRIPT not in text, place.title
            assert "<img src=x" not in text, place.title
            seen += "&lt;script&gt;" in text
            if answer.status_code != OK:
                break
    assert seen >= 5, "The name was hardly shown anywhere."
    count(record_property, f"名称中的脚本（{Role(role).label}）", asked)
