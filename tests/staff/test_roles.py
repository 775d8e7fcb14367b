"""The permission table in every cell, against a table written out here, and the 403 page."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse

from core.errors import Refused
from staff.access import allowed
from staff.roles import PERMISSIONS, Role, demand, may
from tests.factories import make_user

S, D, L = Role.STATION_OFFICER, Role.DISTRICT_OFFICER, Role.DISTRICT_LEAD
C, M, U = Role.MUNICIPAL_OFFICER, Role.MUNICIPAL_LEAD, Role.UNIT_OFFICER
A = Role.SYSTEM_ADMINISTRATOR

EXPECTED = {
    "entity.read": {S, D, L, C, M, U},
    "contact.reveal": {S, D, L, C, M},
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
    "terms.edit": {C, M},
    "exclusion.request": {S, D, L, C, M},
    "exclusion.approve": {L, M},
    "run.start": {C, M},
    "run.release": {M},
    "run.read": {S, D, L, C, M, U},
    "policy.read": {S, D, L, C, M, U},
    "policy.load": {C, M},
    "policy.draft": {C, M},
    "policy.approve": {M},
    "membership.export": {D, L, C, M},
    "log.read": {Role.AUDITOR},
    "log.export": {Role.AUDITOR},
    "system.keep": {A},
}


def test_the_table_here_has_every_verb():
    assert EXPECTED.keys() == PERMISSIONS.keys()


@pytest.mark.django_db
@pytest.mark.parametrize("role", Role)
def test_each_role_may_do_exactly_what_the_table_says(role):
    user = make_user(role)
    assert {verb for verb in PERMISSIONS if may(user, verb)} == {
        verb for verb, roles in EXPECTED.items() if role in roles
    }
    for verb in PERMISSIONS:
        if role in EXPECTED[verb]:
            demand(user, verb)
        else:
            with pytest.raises(Refused, match="您的角色不能"):
                demand(user, verb)


@pytest.mark.django_db
@pytest.mark.parametrize("role", Role)
def test_a_disabled_account_may_nothing(role):
    user = make_user(role, is_active=False)
    assert not any(may(user, verb) for verb in PERMISSIONS)


def test_nobody_may_nothing():
    assert not any(may(AnonymousUser(), verb) for verb in PERMISSIONS)


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
