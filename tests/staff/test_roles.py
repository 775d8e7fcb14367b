"""The permission table in every cell, against a table written out here, and the 403 page."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse

from core.errors import Refused
from policy.clauses import CLAUSES
from staff import permission_book
from staff.access import allowed
from staff.models import User
from staff.permissions import PERMISSIONS, TABLE, demand, may
from staff.roles import ADMINISTRATORS, Role
from tests.factories import make_user

S, D, L = Role.STATION_OFFICER, Role.DISTRICT_OFFICER, Role.DISTRICT_LEAD
C, M, U = Role.MUNICIPAL_OFFICER, Role.MUNICIPAL_LEAD, Role.UNIT_OFFICER
AU, SEC, SYS = Role.AUDITOR, Role.SECURITY_ADMINISTRATOR, Role.SYSTEM_ADMINISTRATOR

EXPECTED = {
    "entity.read": {S, D, L, C, M, U},
    "entity.export": {D, L, C, M},
    "contact.reveal": {S, D, L, C, M},
    "zone.read": {S, D, L, C, M, U},
    "zone.declare": {D, L},
    "zone.review": {L},
    "zone.enter": {C, M},
    "zone.approve": {C, M},
    "zone.round": {C, M},
    "zone.area": {L},
    "zone.hand": {C, M},
    "zone.export": {D, L, C, M},
    "roster.change": {D, L},
    "roster.approve": {L},
    "roster.reverse": {C, M},
    "zone.liaise": {S, D, L},
    "register.import": {C, M},
    "class.import": {C, M},
    "class.correct": {C, M},
    "four_new.import": {C, M},
    "four_new.decide": {C, M},
    "four_new.propose": {S, D, L},
    "safety.state": {S, D, L, C, M, U},
    "status.correct": {C, M},
    "licence.record": {D, L, C, M, U},
    "list.abnormal": {D, L, C, M, U},
    "list.serious": {C, M, U},
    "redline.read": {S, D, L, C, M, U},
    "redline.draft": {D, L},
    "redline.approve": {L},
    "redline.draft_city": {C, M},
    "redline.approve_city": {M},
    "redline.export": {D, L, C, M},
    "violation.record": {S, D, L, C, M, U},
    "violation.judge": {D, L},
    "case.decide": {D, L},
    "case.extend": {L},
    "order.draft": {D, L},
    "order.approve": {L},
    "order.handle": {S, D, L},
    "removal.decide": {L},
    "review.propose": {D, L},
    "review.decide": {L},
    "paper.make": {S, D, L},
    "paper.template": {C, M},
    "terms.edit": {C, M},
    "exclusion.request": {S, D, L, C, M},
    "exclusion.approve": {L, M},
    "run.start": {C, M},
    "run.release": {M},
    "run.read": {S, D, L, C, M, U},
    "calendar.read": {S, D, L, C, M, U},
    "calendar.keep": {C, M},
    "policy.read": {S, D, L, C, M, U},
    "policy.load": {C, M},
    "policy.draft": {C, M},
    "policy.approve": {M},
    "membership.export": {D, L, C, M},
    "export.unmask": {D, L, C, M},
    "export.approve": {L, M},
    "account.read": {SEC, SYS},
    "account.keep": {SYS},
    "role.grant": {SEC},
    "second_factor.reset": {SEC},
    "session.end": {SEC},
    "permission.read": {S, D, L, C, M, U, AU, SEC, SYS},
    "log.read": {AU},
    "log.export": {AU},
    "system.keep": {SYS},
}
BUSINESS = {S, D, L, C, M, U}
GB_CONTROL = re.compile(r"GB/T 22239 8\.1\.[45]\.\d+ \S+ [a-g]\)")


def account(role: str, *, is_active: bool = True) -> User:
    return User(username="t1", name="试验员", role=role, is_active=is_active)


def test_the_table_here_has_every_verb():
    assert EXPECTED.keys() == PERMISSIONS.keys()
    assert len(TABLE) == len(PERMISSIONS)


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("verb", PERMISSIONS)
def test_each_role_may_do_exactly_what_the_table_says(verb, role, record_property):
    record_property("walked", "权限矩阵（角色×权限）\t1")
    user = account(role)
    assert may(user, verb) == (role in EXPECTED[verb])
    if may(user, verb):
        demand(user, verb)
    else:
        with pytest.raises(Refused, match="您的角色不能"):
            demand(user, verb)


@pytest.mark.parametrize("role", Role)
def test_a_disabled_account_may_nothing(role):
    assert not any(may(account(role, is_active=False), verb) for verb in PERMISSIONS)


def test_an_account_without_a_role_may_nothing():
    assert not any(may(account(""), verb) for verb in PERMISSIONS)


def test_nobody_may_nothing():
    assert not any(may(AnonymousUser(), verb) for verb in PERMISSIONS)


def test_the_three_administrators_do_no_business_and_share_little():
    """What two of them may do is to look at accounts; the table is open."""
    for verb, permission in PERMISSIONS.items():
        if verb == "permission.read":
            continue
        assert not (permission.roles & BUSINESS and permission.roles & ADMINISTRATORS), verb
    shared = {v for v, p in PERMISSIONS.items() if len(p.roles & ADMINISTRATORS) > 1}
    assert shared == {"account.read", "permission.read"}


@pytest.mark.parametrize("verb", PERMISSIONS)
def test_every_permission_says_what_it_is_on_and_what_it_rests_on(verb):
    row = PERMISSIONS[verb]
    assert row.object
    assert row.label
    known = row.basis in CLAUSES or re.fullmatch(r"readings \d+", row.basis)
    assert known or GB_CONTROL.fullmatch(row.basis), row.basis


def test_the_page_of_permissions_is_not_stale():
    page = Path(settings.BASE_DIR) / "docs" / "permissions.md"
    assert page.read_text("utf-8") == permission_book.page(), "Run make rules-doc."


@allowed("run.release")
def release(request):
    return HttpResponse("放行")


@pytest.mark.django_db
@pytest.mark.parametrize("role", Role)
def test_a_view_is_open_to_whom_the_table_names(rf, role):
    request = rf.get("/somewhere/")
    request.user = make_user(role)
    if role == Role.MUNICIPAL_LEAD:
        assert release(request).status_code == 200
    else:
        with pytest.raises(PermissionDenied, match="请由市局负责人办理"):
            release(request)


def test_whoever_is_not_logged_in_is_asked_to(rf):
    request = rf.get("/somewhere/")
    request.user = AnonymousUser()
    assert release(request).headers["Location"] == "/accounts/login/?next=/somewhere/"


def test_a_misspelt_verb_fails_when_the_view_is_defined():
    with pytest.raises(KeyError):
        allowed("run.relaese")
