"""Django's admin: system tables only, nothing deleted, dated tables read-only."""

import pytest
from django.contrib import admin
from django.core.management import call_command
from django.urls import reverse

from core.scope import Reference, SystemTable
from staff.models import User
from staff.roles import Role
from tests.factories import city_bureau, make_bureau, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def keeper(client):
    client.force_login(make_user(Role.SYSTEM_ADMINISTRATOR))
    return client


def test_no_business_table_is_in_the_admin():
    for model in admin.site._registry:
        assert model._meta.app_label == "staff", model
        assert isinstance(model.scope, Reference | SystemTable)


@pytest.mark.parametrize("model", admin.site._registry, ids=lambda model: model.__name__)
def test_every_list_opens_and_nothing_is_deleted(keeper, model):
    call_command("seed_reference", verbosity=0)
    name = f"admin:staff_{model._meta.model_name}"
    assert keeper.get(reverse(f"{name}_changelist")).status_code == 200
    row = getattr(model, "plain", model.objects).first()
    if row is not None:
        assert keeper.get(reverse(f"{name}_change", args=[row.pk])).status_code == 200
        assert keeper.post(reverse(f"{name}_delete", args=[row.pk])).status_code == 403


@pytest.mark.parametrize("name", ["jurisdiction", "streetplacement", "stationstreet"])
def test_dated_tables_are_read_only(keeper, name):
    assert keeper.get(reverse(f"admin:staff_{name}_add")).status_code == 403


def new_account(client, **changes):
    return client.post(
        reverse("admin:staff_user_add"),
        {
            **{"username": "yz99", "name": "张三", "role": Role.MUNICIPAL_OFFICER},
            **{"bureau": city_bureau().pk, "station": "", "unit": ""},
            **{"password1": "Long-enough-8-word", "password2": "Long-enough-8-word"},
        }
        | changes,
    )


def test_an_account_is_made_and_its_role_must_fit_its_place(keeper):
    answer = new_account(keeper, role=Role.STATION_OFFICER, bureau=make_bureau().pk)
    assert "角色与所属局、监管所或单位不相符" in answer.content.decode()
    assert (
        "密码至少10个字符"
        in new_account(keeper, password1="short", password2="short").content.decode()
    )
    assert new_account(keeper).status_code == 302
    made = User.objects.get(username="yz99")
    assert made.check_password("Long-enough-8-word")
    assert made.must_change_password


def test_an_account_is_disabled_and_its_session_ends_with_it(keeper, client):
    user = make_user(Role.MUNICIPAL_OFFICER)
    answer = keeper.post(
        reverse("admin:staff_user_change", args=[user.pk]),
        {
            **{"username": user.username, "name": user.name, "role": user.role},
            "bureau": user.bureau_id,
        },
    )
    assert answer.status_code == 302
    user.refresh_from_db()
    assert not user.is_active
