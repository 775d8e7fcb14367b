"""Whose list on which day: who supervised an entity when its act ended (readings 10)."""

from datetime import date, timedelta

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from core.errors import Refused
from core.models import Change
from entities.models import Entity
from redline.choices import ListKind, ViolationStatus
from redline.matching import touchable, why_none
from redline.supervision import supervision_on, supervisor_on
from staff.models import Jurisdiction, StreetPlacement
from tests.factories import make_bureau, make_district, make_entity, make_street
from tests.redline.factories import make_item, make_violation
from tests.redline.grounds import BEFORE, BEGINNING, TURNED, Ground, placed

pytestmark = pytest.mark.django_db


@pytest.fixture
def ground(db):
    return Ground()


def test_the_street_says_the_bureau_of_the_day(ground):
    entity = placed(make_entity(district=ground.new, street=ground.streets[ground.north.pk]))
    assert entity.bureau == ground.bureau(ground.new)
    assert supervisor_on(entity, BEFORE) == ground.bureau(ground.north)
    assert supervisor_on(entity, TURNED) == ground.bureau(ground.new)


def test_without_a_street_the_address_is_read_as_on_the_day(ground):
    entity = placed(make_entity(district=ground.new, address="重庆市渝北试区人和大道1号"))
    assert entity.bureau == ground.bureau(ground.new)
    found = supervision_on(entity, BEFORE)
    assert (found.bureau, found.certain) == (ground.bureau(ground.west), True)
    assert str(ground.bureau(ground.west)) in found.sentence
    assert supervisor_on(entity, TURNED) == ground.bureau(ground.new)


def test_what_the_register_said_before_it_was_placed_anew_goes_first(ground):
    """Placing overwrites the district by its successor; the change log keeps what it was."""
    entity = make_entity(district=ground.north, bureau=ground.bureau(ground.north))
    change = Change.objects.for_system("test").filter(entity_id=entity.pk)
    assert not change.exists()
    entity = placed(entity)
    assert entity.district == ground.new
    assert change.filter(verb="update").exists()
    assert supervisor_on(entity, BEFORE) == ground.bureau(ground.north)


def test_an_entity_that_moved_is_held_to_where_it_was(ground):
    """It moved today: until yesterday the other bureau supervised it."""
    here, there = make_district(), make_district()
    bureaus = [make_bureau(), make_bureau()]
    for district, bureau in zip((here, there), bureaus, strict=True):
        Jurisdiction(bureau=bureau, district=district, since=BEGINNING).save()
    entity = placed(make_entity(district=here))
    Entity.objects.for_system("test").filter(pk=entity.pk).update(district=there)
    entity = placed(entity)
    today = timezone.localdate()
    assert supervisor_on(entity, today - timedelta(days=1)) == bureaus[0]
    assert supervisor_on(entity, today) == bureaus[1]


def test_where_nothing_tells_todays_bureau_stands_in_and_says_so(ground):
    entity = placed(make_entity(district=ground.new))
    found = supervision_on(entity, BEFORE)
    assert (found.bureau, found.certain) == (ground.bureau(ground.new), False)
    assert "请核对" in found.sentence


def test_the_only_district_that_went_into_it_is_certain():
    new = make_district(since=TURNED)
    old = make_district(until=TURNED, successor=new)
    bureaus = make_bureau(), make_bureau()
    Jurisdiction(bureau=bureaus[0], district=old, since=BEGINNING, until=TURNED).save()
    Jurisdiction(bureau=bureaus[1], district=new, since=TURNED).save()
    entity = placed(make_entity(district=new))
    assert supervision_on(entity, BEFORE).bureau == bureaus[0]
    assert supervision_on(entity, BEFORE).certain


def test_an_entity_that_lies_nowhere_is_refused():
    with pytest.raises(Refused, match="没有属地监管机关"):
        supervisor_on(make_entity(), BEFORE)


def test_a_functional_area_goes_before_its_district(ground):
    area = make_bureau(kind="area")
    street = ground.streets[ground.west.pk]
    Jurisdiction(bureau=area, street=street, since=date(2025, 1, 1), until=TURNED).save()
    entity = placed(make_entity(district=ground.new, street=street))
    assert supervisor_on(entity, date(2024, 12, 31)) == ground.bureau(ground.west)
    assert supervisor_on(entity, BEFORE) == area
    assert supervisor_on(entity, TURNED) == ground.bureau(ground.new)


DAYS = st.dates(date(2024, 1, 1), date(2026, 11, 24))


class TestWhoseListOnWhichDay(TestCase):
    """Versions of two bureaus' lists, a change of jurisdiction, and any days of an act."""

    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(
        of_old=st.sets(DAYS, max_size=3),
        of_new=st.sets(DAYS, max_size=3),
        turned=DAYS,
        began=DAYS,
        lasted=st.integers(0, 500),
    )
    @example(of_old=set(), of_new=set(), turned=TURNED, began=BEFORE, lasted=0)
    @example(of_old={BEFORE}, of_new=set(), turned=TURNED, began=BEFORE, lasted=0)
    @example(of_old={BEFORE}, of_new={TURNED}, turned=TURNED, began=BEFORE, lasted=1)
    @example(of_old={TURNED}, of_new=set(), turned=TURNED, began=BEFORE, lasted=0)
    def test_the_newest_version_of_who_supervised_on_the_last_day(
        self, of_old, of_new, turned, began, lasted
    ):
        old, new, street = make_bureau(), make_bureau(), make_street()
        district = make_district()
        StreetPlacement(street=street, district=district, since=BEGINNING).save()
        Jurisdiction(bureau=old, district=district, since=BEGINNING, until=turned).save()
        Jurisdiction(bureau=new, district=district, since=turned).save()
        lists = {
            bureau: {since: make_item(bureau, since=since) for since in sorted(days)}
            for bureau, days in ((old, of_old), (new, of_new))
        }
        make_item(None, since=date(2024, 1, 1))  # the city's, which is nobody's list
        entity = placed(make_entity(district=district, street=street))
        until = began + timedelta(days=lasted)
        violation = make_violation(
            entity,
            list_bureau=supervisor_on(entity, until),
            acted_from=began,
            acted_until=until,
            found_on=until,
        )

        whose = old if until < turned else new
        begun = [since for since in lists[whose] if since <= until]
        expected = [lists[whose][max(begun)]] if begun else []
        assert violation.bureau == new
        assert violation.list_bureau == whose
        assert touchable(violation) == expected
        assert bool(why_none(violation)) == (not expected)


def test_a_list_that_is_not_approved_or_of_another_kind_is_no_red_line():
    bureau = make_bureau()
    make_item(bureau, kind=ListKind.NO_PENALTY)
    violation = make_violation(bureau=bureau)
    assert touchable(violation) == []
    assert why_none(violation).endswith("按一般违法处理。")
    assert violation.status == ViolationStatus.OPEN
