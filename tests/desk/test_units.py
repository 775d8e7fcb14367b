"""What a municipal unit reads is granted by the security administrator, nowhere else."""

import pytest
from django.test import Client
from django.urls import reverse

from core.errors import Refused
from core.models import Access
from entities.models import Entity
from staff.models import Field
from staff.roles import Role
from staff.units import said, set_unit_fields
from tests.factories import make_entity, make_unit, make_user

pytestmark = pytest.mark.django_db
FORM = {"fields_read": [Field.FOOD_DRUG], "reason": "职责分工文件"}


def browser(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_the_security_administrator_sets_what_a_unit_reads(client):
    unit = make_unit()
    officer = make_user(Role.UNIT_OFFICER, unit=unit)
    make_entity(safety=[Field.FOOD_DRUG])
    assert not Entity.objects.visible_to(officer).exists()
    granter = make_user(Role.SECURITY_ADMINISTRATOR)
    browser_of = browser(granter)
    answer = browser_of.post(reverse("desk:unit-fields", args=(unit.pk,)), FORM)
    assert answer["Location"] == reverse("desk:unit-list")
    assert "食品药品" in browser_of.get(reverse("desk:unit-list")).content.decode()
    officer = type(officer).objects.get(pk=officer.pk)
    assert Entity.objects.visible_to(officer).count() == 1
    line = Access.objects.for_system("test").get(kind=Access.Kind.ACCOUNT)
    assert (line.actor_id, line.reason) == (granter.pk, "职责分工文件")
    assert line.subject.endswith("：无改为食品药品")


@pytest.mark.parametrize("role", [*Role, ""])
def test_nobody_else_does(role):
    unit = make_unit()
    answer = browser(make_user(role)).post(reverse("desk:unit-fields", args=(unit.pk,)), FORM)
    unit.refresh_from_db()
    granted = role == Role.SECURITY_ADMINISTRATOR
    assert (answer.status_code, bool(unit.fields)) == ((302, True) if granted else (403, False))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"reason": " "}, "请填写理由"),
        ({"fields": ["x"]}, "没有“x”这样的业务领域"),
        ({"fields": []}, "已经是“无”"),
    ],
)
def test_what_is_no_change_is_said(change, sentence):
    asked = {"fields": [Field.FOOD_DRUG], "whole_city": False, "reason": "文件"} | change
    with pytest.raises(Refused, match=sentence):
        set_unit_fields(make_unit(), by=make_user(Role.SECURITY_ADMINISTRATOR), **asked)


def test_a_refusal_keeps_what_was_filled_in_and_leaves_a_line():
    unit = make_unit(whole_city=True)
    assert said(unit) == "全市各领域"
    form = {"whole_city": "on", "reason": "文件"}
    answer = browser(make_user(Role.SECURITY_ADMINISTRATOR)).post(
        reverse("desk:unit-fields", args=(unit.pk,)), form
    )
    assert answer.status_code == 409
    assert "无需更改" in answer.content.decode()
    assert not Access.objects.for_system("test").get(kind=Access.Kind.ACCOUNT).ok


def test_the_system_administrator_cannot_widen_it_in_the_admin():
    unit = make_unit()
    client = browser(make_user(Role.SYSTEM_ADMINISTRATOR))
    form = {"code": unit.code, "name": "改名", "fields": [Field.FOOD_DRUG], "whole_city": "on"}
    client.post(reverse("admin:staff_unit_change", args=(unit.pk,)), form)
    unit.refresh_from_db()
    assert (unit.name, unit.fields, unit.whole_city) == ("改名", [], False)
