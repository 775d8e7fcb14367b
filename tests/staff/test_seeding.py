import time
from datetime import date

import pytest
from django.core.management import call_command

from staff.models import Bureau, District, DistrictChange, Jurisdiction, Unit
from staff.places import places_on

pytestmark = pytest.mark.django_db
BEFORE, AFTER = date(2025, 11, 5), date(2025, 11, 6)


def counts() -> tuple[int, ...]:
    return (
        District.objects.count(),
        DistrictChange.objects.count(),
        Bureau.objects.count(),
        Unit.objects.count(),
        Jurisdiction.objects.for_system("test").count(),
    )


def test_the_shipped_tables_can_be_seeded_again_without_harm_and_fast():
    call_command("seed_reference", verbosity=0)
    before = counts()
    began = time.perf_counter()
    call_command("seed_reference", verbosity=0)
    assert time.perf_counter() - began < 1
    assert counts() == before
    assert before[0] == 39


def test_every_living_district_has_one_bureau_on_each_side_of_the_reorganisation():
    call_command("seed_reference", verbosity=0)
    for day, living in ((BEFORE, 38), (AFTER, 37)):
        places = places_on(day)
        districts = [row for row in places.districts.values() if row.exists_on(day)]
        assert len(districts) == living
        assert all(places.bureau_of(row.id) for row in districts)


def test_an_abolished_district_is_supervised_by_its_successor_s_bureau():
    call_command("seed_reference", verbosity=0)
    codes = {row.code: row.pk for row in District.objects.all()}
    bureaus = {row.pk: row.short_name for row in Bureau.objects.all()}
    assert bureaus[places_on(BEFORE).bureau_of(codes["500105"])] == "江北局"
    assert bureaus[places_on(AFTER).bureau_of(codes["500105"])] == "两江新区局"
    assert places_on(BEFORE).bureau_of(codes["500157"]) is None
