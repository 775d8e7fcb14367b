"""The scope columns follow today's jurisdiction and the safety readings."""

from datetime import date

import pytest
from django.utils import timezone

from core import jobs
from core.jobs import Handle
from core.models import Job
from entities.models import Entity, SafetyReading
from entities.placing import place, turn_fields, work
from staff.models import Jurisdiction, StationStreet, StreetPlacement
from tests.factories import make_bureau, make_district, make_entity, make_station, make_street

pytestmark = pytest.mark.django_db
SINCE = date(2024, 8, 1)
MOVED = date(2025, 11, 6)


@pytest.fixture
def ground():
    """Two districts with their bureaus, and a street that moved from one to the other."""
    old, new = make_district(), make_district()
    bureaus = {"old": make_bureau(), "new": make_bureau()}
    street = make_street()
    Jurisdiction(bureau=bureaus["old"], district=old, since=SINCE).save()
    Jurisdiction(bureau=bureaus["new"], district=new, since=SINCE).save()
    StreetPlacement(street=street, district=old, since=SINCE, until=MOVED).save()
    StreetPlacement(street=street, district=new, since=MOVED).save()
    station = make_station(bureaus["new"])
    StationStreet(street=street, station=station, since=MOVED).save()
    return {"old": old, "new": new, "street": street, "station": station, "bureaus": bureaus}


def where(entity: Entity) -> tuple:
    found = Entity.plain.get(pk=entity.pk)
    return found.district_id, found.bureau_id, found.station_id


def test_the_street_tells_the_district_of_the_day(ground):
    entity = make_entity(district=ground["old"], street=ground["street"])
    place([entity.pk], on=date(2025, 1, 1))
    assert where(entity) == (ground["old"].pk, ground["bureaus"]["old"].pk, None)
    place([entity.pk], on=MOVED)
    assert where(entity) == (
        ground["new"].pk,
        ground["bureaus"]["new"].pk,
        ground["station"].pk,
    )


def test_without_a_street_the_written_district_stays(ground):
    entity = make_entity(district=ground["old"])
    nowhere = make_entity()
    place([entity.pk, nowhere.pk], on=MOVED)
    assert where(entity) == (ground["old"].pk, ground["bureaus"]["old"].pk, None)
    assert where(nowhere) == (None, None, None)


def test_placing_twice_changes_nothing(ground):
    entity = make_entity(district=ground["old"], street=ground["street"])
    assert place([entity.pk], on=MOVED) == 1
    assert place([entity.pk], on=MOVED) == 0


def test_the_fields_follow_the_reading_and_the_trade():
    entity = make_entity(safety=["food_drug"], pending=["special_equipment"], industry="M7520")
    Entity.plain.filter(pk=entity.pk).update(fields=[])
    place([entity.pk], on=date(2025, 1, 1))
    assert set(Entity.plain.get(pk=entity.pk).fields) == {
        "food_drug", "special_equipment", "intellectual_property"
    }  # fmt: skip
    SafetyReading.plain.get(entity=entity).close(date(2025, 2, 1))
    place([entity.pk], on=date(2025, 2, 1))
    assert Entity.plain.get(pk=entity.pk).fields == ["intellectual_property"]


class TestTurningDays:
    """A reading of later days was written before; the fields follow on its day."""

    LAST, DAY = date(2025, 6, 1), date(2025, 6, 4)

    def read(self, since, until=None, **verdicts):
        entity = make_entity(industry="M7520")
        Entity.plain.filter(pk=entity.pk).update(fields=["food_drug"])
        SafetyReading(entity=entity, since=since, until=until, **verdicts).save()
        return entity

    def fields(self, entity):
        return set(Entity.plain.get(pk=entity.pk).fields)

    @pytest.mark.parametrize("since", [date(2025, 6, 2), date(2025, 6, 4)])
    def test_a_reading_that_begins(self, since):
        entity = self.read(since, product_quality=1)
        assert turn_fields(self.LAST, self.DAY) == 1
        assert self.fields(entity) == {"product_quality", "intellectual_property"}
        assert turn_fields(self.LAST, self.DAY) == 0

    @pytest.mark.parametrize("until", [date(2025, 6, 2), date(2025, 6, 4)])
    def test_a_reading_that_ends(self, until):
        entity = self.read(date(2025, 1, 1), until, food_drug=1)
        assert turn_fields(self.LAST, self.DAY) == 1
        assert self.fields(entity) == {"intellectual_property"}

    def test_one_reading_after_another_counts_once(self):
        entity = self.read(date(2025, 1, 1), date(2025, 6, 3), food_drug=1)
        SafetyReading(entity=entity, since=date(2025, 6, 3), special_equipment=2).save()
        assert turn_fields(self.LAST, self.DAY) == 1
        assert self.fields(entity) == {"special_equipment", "intellectual_property"}

    @pytest.mark.parametrize("since", [date(2025, 6, 1), date(2025, 6, 5)])
    def test_other_days_are_left_alone(self, since):
        entity = self.read(since, product_quality=1)
        assert turn_fields(self.LAST, self.DAY) == 0
        assert self.fields(entity) == {"food_drug"}

    def test_what_is_no_longer_known_turns_nothing(self):
        entity = self.read(self.DAY, product_quality=1)
        SafetyReading.plain.get(entity=entity).supersede()
        assert turn_fields(self.LAST, self.DAY) == 0


def test_the_job_places_everyone(ground):
    entities = [make_entity(district=ground["old"], street=ground["street"]) for _ in range(3)]
    job = Job.objects.for_system("test").create(kind="place_entities", title="重新划分")
    result = work(Handle(jobs.claim(job.pk)))
    assert result == {"judged": Entity.plain.count(), "changed": 3}
    expected = "new" if timezone.localdate() >= MOVED else "old"
    assert {where(entity)[1] for entity in entities} == {ground["bureaus"][expected].pk}
