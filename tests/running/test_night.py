"""A night: everyone is judged, and the scope follows what the passing day alone changes."""

from datetime import date, timedelta

import pytest

from core.models import Job
from entities.models import Entity, SafetyReading
from entities.placing import place
from sandbox_reg import pipeline
from staff.models import Jurisdiction, StreetPlacement
from tests.factories import make_bureau, make_district, make_entity, make_street

pytestmark = pytest.mark.django_db

DAY = date(2031, 11, 6)  # far from the days of the tables that the product ships
BEFORE = DAY - timedelta(days=1)


def kinds() -> list[str]:
    return list(Job.objects.for_system("test").order_by("id").values_list("kind", flat=True))


def test_a_street_goes_to_its_new_bureau_on_the_day_though_loaded_before():
    old, new, street = make_district(), make_district(), make_street()
    bureaus = {"old": make_bureau(), "new": make_bureau()}
    Jurisdiction(bureau=bureaus["old"], district=old, since=date(2024, 1, 1)).save()
    Jurisdiction(bureau=bureaus["new"], district=new, since=date(2024, 1, 1)).save()
    StreetPlacement(street=street, district=old, since=date(2024, 1, 1), until=DAY).save()
    StreetPlacement(street=street, district=new, since=DAY).save()
    entity = make_entity(district=old, street=street)
    place([entity.pk], on=BEFORE)
    assert Entity.plain.get(pk=entity.pk).bureau_id == bureaus["old"].pk

    pipeline.begin_night(BEFORE)
    assert kinds() == ["run"]
    pipeline.begin_night(DAY)
    assert kinds() == ["run", "run", "place_entities"]


def test_a_field_recorded_ahead_is_read_by_its_unit_from_its_day():
    entity = make_entity()
    SafetyReading(entity=entity, food_drug=1, since=DAY).save()
    pipeline.begin_night(BEFORE)
    assert Entity.plain.get(pk=entity.pk).fields == []
    pipeline.begin_night(DAY)
    assert Entity.plain.get(pk=entity.pk).fields == ["food_drug"]
