"""Django's admin: reference tables only, nothing deleted, dated tables read-only."""

import pytest
from django.contrib import admin
from django.core.management import call_command
from django.urls import reverse

from core.models import Access
from core.scope import Reference
from staff.models import LiveSession, User
from staff.roles import Role
from tests.factories import make_bureau, make_station, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def keeper(client):
    client.force_login(make_user(Role.SYSTEM_ADMINISTRATOR))
    return client


def test_no_business_table_is_in_the_admin():
    for model in admin.site._registry:
        assert model._meta.app_label == "staff", model
        assert isinstance(model.scope, Reference)


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


def test_accounts_are_not_kept_here(keeper):
    """Who makes an account does not grant its role, so Django's admin has neither."""
    assert User not in admin.site._registry
    assert keeper.get("/admin/staff/user/").status_code == 404
    assert keeper.get("/admin/auth/group/").status_code == 404


def test_a_password_is_changed_through_the_one_page(keeper):
    answer = keeper.get(reverse("admin:password_change"))
    assert answer["Location"] == reverse("staff:password")
    assert keeper.post(reverse("admin:password_change"), {}).status_code == 302


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.SYSTEM_ADMINISTRATOR}))
def test_nobody_else_opens_it(client, role):
    client.force_login(make_user(role))
    assert client.get(reverse("admin:index")).status_code in (302, 403)
    assert client.get(reverse("admin:staff_bureau_changelist")).status_code in (302, 403)


def test_logging_out_there_ends_the_session_and_says_so(keeper):
    keeper.post(reverse("admin:logout"))
    assert not LiveSession.plain.filter(ended_at=None).exists()
    kinds = Access.objects.for_system("test").values_list("kind", flat=True)
    assert Access.Kind.LOGOUT in kinds


def test_a_station_stays_with_its_bureau(keeper):
    station, other = make_station(), make_bureau()
    form = {"code": station.code, "name": "改名所", "bureau": other.pk}
    keeper.post(reverse("admin:staff_station_change", args=(station.pk,)), form)
    before = station.bureau_id
    station.refresh_from_db()
    assert (station.name, station.bureau_id) == ("改名所", before)


def test_its_pages_speak_chinese_and_lead_back(keeper):
    make_station()
    index = keeper.get(reverse("admin:index")).content.decode()
    for said in ("机构与区划", "返回业务页面", "sandbox/icon"):
        assert said in index
    table = keeper.get(reverse("admin:staff_station_changelist")).content.decode()
    form = keeper.get(reverse("admin:staff_station_add")).content.decode()
    assert "来修改" not in table
    assert "theme" not in index
    assert "Staff" not in index + table + form
    assert "Bureau" not in table + form
