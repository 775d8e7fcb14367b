from datetime import date, timedelta

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.utils import timezone

from core.errors import Refused
from staff.demo import PASSWORD, accounts, create, known_changes
from staff.models import Station, Street, User
from staff.passwords import choose_password, must_change
from staff.places import places_on
from staff.roles import Role
from tests.staff.places_data import load_text

pytestmark = pytest.mark.django_db
TODAY = date(2026, 3, 2)


@pytest.fixture(autouse=True)
def _seeded(db, settings):
    settings.DEMO = True
    call_command("seed_reference", verbosity=0)


def test_every_role_has_an_account_that_can_log_in():
    assert create(TODAY) == len(accounts()) == 15
    assert {user.role for user in User.objects.all()} == set(Role)
    for username, password, role, _ in accounts():
        user = User.objects.get(username=username)
        assert user.check_password(password)
        assert not must_change(user, timezone.now() + timedelta(days=400))
        assert user.get_role_display() == role


def test_the_printed_password_is_none_that_anybody_may_choose():
    with pytest.raises(ValidationError, match="太常见"):
        validate_password(PASSWORD)


def test_what_no_longer_opens_is_marked_at_the_next_start():
    create(TODAY)
    assert known_changes() == {}
    choose_password(User.objects.get(username="yz01"), "Jialing-bridge-73")
    User.objects.filter(username="city01").update(is_active=False)
    assert known_changes() == {"yz01": "已改密", "city01": "已停用"}


def test_a_second_start_leaves_changed_passwords_alone():
    create(TODAY)
    user = User.objects.get(username="yz01")
    user.set_password("something-else")
    user.save()
    assert create(TODAY) == 0
    assert not User.objects.get(username="yz01").check_password(PASSWORD)


def test_each_station_has_streets_also_where_the_city_s_table_comes_later(tmp_path):
    create(TODAY)
    station = Station.objects.get(code="demo-yz")
    places = places_on(TODAY)
    names = {places.streets[s].name for s in places.streets if places.station_of(s) == station.pk}
    assert names == {"解放碑街道", "上清寺街道"}
    load_text(tmp_path, "code,name,district_code\n500103002,解放碑街道,500103\n")
    street = Street.objects.get(name="解放碑街道")
    assert (street.code, street.former_codes) == ("500103002", ["500103901"])
    assert places_on(TODAY).station_of(street.pk) == station.pk


def test_there_are_none_outside_the_demonstration(settings):
    settings.DEMO = False
    with pytest.raises(Refused, match="演示模式"):
        create(TODAY)
    with pytest.raises(CommandError, match="演示模式"):
        call_command("make_demo_accounts")
    assert not User.objects.exists()
