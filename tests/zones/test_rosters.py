"""Rosters: who is on them from when, what is derived from them, and whom a change announces."""

from collections.abc import Iterable
from datetime import date, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from entities.models import FactChange
from tests.factories import make_bureau, make_entity, make_user
from zones.models import Occupant, RosterEntry, Zone, ZonePresence
from zones.rosters import derive_presence, enter, remove, roster

pytestmark = pytest.mark.django_db

FIRST = date(2026, 3, 1)
SPAN = 10


def on(offset):
    return FIRST + timedelta(days=offset)


def rows(model):
    return model.objects.for_system("test")


@pytest.fixture
def bureau(db):
    return make_bureau()


@pytest.fixture
def zone(bureau):
    return make_zone(bureau, "甲园")


@pytest.fixture
def other(bureau):
    return make_zone(bureau, "乙园")


@pytest.fixture
def firms(bureau):
    return [make_entity(bureau=bureau) for _ in range(3)]


def make_zone(bureau, name):
    return Zone.objects.create(
        name=name, zone_type="park", address="重庆市某路1号", bureau=bureau, since=FIRST
    )


def put(zone, entities, since):
    names = {entity.pk: entity.name for entity in entities}
    return enter(zone, names, since=since, by=None, cause="区域批准")


def take(zone, entities, day):
    return remove(zone, [e.pk for e in entities], on=day, by=None, cause="名册变动")


def announced():
    waiting = rows(FactChange).filter(taken_by=None).order_by("pk")
    return list(waiting.values_list("entity_id", "from_day", "cause"))


def stays(entity, model=RosterEntry):
    """The current rows of an entity, in the order of their days."""
    return list(
        rows(model).current().filter(entity=entity).order_by("since").values_list("since", "until")
    )


def test_exactly_those_who_come_in_are_announced(zone, firms):
    assert put(zone, firms[:2], on(0)) == [firms[0].pk, firms[1].pk]
    assert announced() == [(firm.pk, on(0), "区域批准") for firm in firms[:2]]

    assert put(zone, firms, on(5)) == [firms[2].pk]
    assert announced()[2:] == [(firms[2].pk, on(5), "区域批准")]


def test_exactly_those_who_leave_are_announced(zone, firms):
    put(zone, firms[:2], on(0))
    assert take(zone, firms, on(5)) == [firms[0].pk, firms[1].pk]
    assert announced()[2:] == [(firm.pk, on(5), "名册变动") for firm in firms[:2]]
    assert take(zone, firms, on(6)) == []
    assert len(announced()) == 4


def test_half_open_days(zone, firms):
    put(zone, firms[:1], on(0))
    take(zone, firms[:1], on(5))
    assert rows(RosterEntry).filter(pk__in=roster(zone, on(4))).count() == 1
    assert rows(RosterEntry).filter(pk__in=roster(zone, on(5))).count() == 0
    assert rows(RosterEntry).filter(pk__in=roster(zone, on(-1))).count() == 0


def test_coming_back_is_a_second_stay_of_the_same_occupant(zone, firms):
    put(zone, firms[:1], on(0))
    take(zone, firms[:1], on(3))
    put(zone, firms[:1], on(6))
    assert stays(firms[0]) == [(on(0), on(3)), (on(6), None)]
    assert stays(firms[0], ZonePresence) == [(on(0), on(3)), (on(6), None)]
    assert rows(Occupant).count() == 1


def test_removal_on_the_first_day_leaves_no_day(zone, firms):
    put(zone, firms[:1], on(3))
    assert take(zone, firms[:1], on(3)) == [firms[0].pk]
    assert stays(firms[0]) == stays(firms[0], ZonePresence) == []
    assert announced()[-1] == (firms[0].pk, on(3), "名册变动")
    kept = rows(RosterEntry).get(entity=firms[0])
    assert kept.superseded_at is not None


def test_removal_before_a_stay_that_was_entered_ahead(zone, firms):
    put(zone, firms[:1], on(8))
    assert take(zone, firms[:1], on(3)) == [firms[0].pk]
    assert stays(firms[0]) == []


def test_entering_earlier_than_a_later_stay_joins_the_days(zone, firms):
    put(zone, firms[:1], on(6))
    assert put(zone, firms[:1], on(2)) == [firms[0].pk]
    assert stays(firms[0]) == [(on(2), None)]
    assert announced()[-1] == (firms[0].pk, on(2), "区域批准")


def test_entering_where_a_closed_stay_still_runs_reaches_on(zone, firms):
    put(zone, firms[:1], on(0))
    take(zone, firms[:1], on(8))
    put(zone, firms[:1], on(4))
    assert stays(firms[0]) == [(on(0), None)]


def test_two_zones_are_one_presence_that_names_both(zone, other, firms):
    put(zone, firms[:1], on(0))
    put(other, firms[:1], on(4))
    take(zone, firms[:1], on(7))
    named = rows(ZonePresence).current().filter(entity=firms[0]).order_by("since")
    assert list(named.values_list("since", "until", "names")) == [
        (on(0), on(4), "甲园"),
        (on(4), on(7), "甲园、乙园"),
        (on(7), None, "乙园"),
    ]
    assert stays(firms[1], ZonePresence) == []


def test_presence_is_written_again_only_where_it_differs(zone, firms):
    put(zone, firms, on(0))
    before = set(rows(ZonePresence).values_list("pk", flat=True))
    derive_presence([firm.pk for firm in firms], cause="重算")
    assert set(rows(ZonePresence).values_list("pk", flat=True)) == before


def test_who_wrote_it_and_why_stands_in_each_row(zone, firms, bureau):
    lead = make_user("district_lead", bureau)
    enter(zone, {firms[0].pk: "甲"}, since=on(0), by=lead, cause="区域批准")
    for model in (RosterEntry, ZonePresence):
        row = rows(model).get(entity=firms[0])
        assert (row.recorded_by, row.source) == (lead, "区域批准")


moves = st.lists(
    st.tuples(st.integers(0, SPAN), st.sampled_from((0, 1)), st.booleans()), min_size=1, max_size=8
)


def after(present: Iterable[int], offset: int, comes: bool) -> set[int]:
    """What a zone's days are after a move: from its day on, in or out."""
    before = {day for day in present if day < offset}
    return before | set(range(offset, SPAN + 2)) if comes else before


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(moves)
def test_whatever_is_written_in_whatever_order_days_and_presence_agree(zone, other, firms, drawn):
    """A move says what holds from its day on; a plain set of days is the model."""
    with transaction.atomic():
        entity, bystander = firms[0], firms[1]
        put(zone, [bystander], on(0))
        expected: list[set[int]] = [set(), set()]
        for offset, number, comes in drawn:
            seen = len(announced())
            write = put if comes else take
            touched = write((zone, other)[number], [entity], on(offset))
            days = after(expected[number], offset, comes)
            assert bool(touched) == (days != expected[number])
            assert [row[0] for row in announced()[seen:]] == touched
            expected[number] = days

        for day in range(SPAN + 1):
            entries = rows(RosterEntry).in_force(on(day)).filter(entity=entity)
            zones = {row.occupant.zone_id for row in entries.select_related("occupant")}
            assert zones == {
                (zone, other)[number].pk for number in (0, 1) if day in expected[number]
            }
            present = rows(ZonePresence).in_force(on(day)).filter(entity=entity)
            said = [name for row in present for name in row.names.split("、")]
            assert len(present) == bool(zones)
            assert sorted(said) == sorted(z.name for z in (zone, other) if z.pk in zones)
        assert stays(bystander, ZonePresence) == [(on(0), None)]
        transaction.set_rollback(True)
