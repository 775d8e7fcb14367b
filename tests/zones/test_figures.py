"""Figures of a zone over time and of the bureaus, and the section on the entity's page."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from desk.sections import SECTIONS
from staff.models import Bureau
from staff.roles import Role
from tests.factories import make_bureau, make_entity, make_user
from tests.zones.living import ON, SINCE, make_zone, on_roster
from zones.actions.handing import hand_over
from zones.figures import NOT_FILED, STAGES, city_figures, stage_label, zone_figures
from zones.models import Declaration, Round, ZoneNote
from zones.rosters import enter, remove
from zones.sections import zones as section

pytestmark = pytest.mark.django_db


@pytest.fixture
def zone():
    return make_zone()


@pytest.fixture
def city():
    return make_user(Role.MUNICIPAL_OFFICER)


class TestZone:
    def test_as_of_a_day_and_an_instant(self, zone):
        on_roster(zone, 2, letter="A")
        (late,) = on_roster(zone, since=date(2026, 2, 10), letter="C")
        before = timezone.now()
        remove(zone, [late.pk], on=date(2026, 3, 1), by=None, cause="test")
        now = zone_figures(zone, ON)
        assert now.entities == 2
        assert now.letters == {"A": 2, "B": 0, "C": 0, "D": 0, "": 0}
        assert zone_figures(zone, ON, before).entities == 3
        assert zone_figures(zone, date(2026, 2, 10)).letters["C"] == 1
        assert zone_figures(zone, SINCE - timedelta(days=1)).entities == 0

    def test_months_with_who_came_and_left(self, zone):
        on_roster(zone, 2)
        (late,) = on_roster(zone, since=date(2026, 1, 31))
        remove(zone, [late.pk], on=date(2026, 2, 1), by=None, cause="test")
        found = zone_figures(zone, ON, months=3).months
        assert [(m.month, m.came, m.left, m.at_end) for m in found] == [
            (date(2026, 1, 1), 1, 0, 3),
            (date(2026, 2, 1), 0, 1, 2),
            (date(2026, 3, 1), 0, 0, 2),
        ]
        assert len(zone_figures(zone, date(2024, 10, 3)).months) == 2

    def test_notes_by_kind(self, zone):
        (entity,) = on_roster(zone)
        ZoneNote.plain.create(zone=zone, entity=entity, kind="renamed", text="名", raised_on=ON)
        found = zone_figures(zone, ON)
        assert (found.notes["renamed"], found.notes["ended"], found.open_notes) == (1, 0, 1)

    def test_in_few_queries(self, zone, django_assert_max_num_queries):
        on_roster(zone, 5, letter="B")
        with django_assert_max_num_queries(8):
            zone_figures(zone, ON)


class TestCity:
    def test_an_entity_in_two_zones_counts_once(self, zone, city):
        (entity,) = on_roster(zone)
        on_roster(zone)
        other = make_zone(make_bureau())
        enter(other, {entity.pk: entity.name}, since=SINCE, by=None, cause="test")
        second = make_zone(zone.bureau)
        enter(second, {entity.pk: entity.name}, since=SINCE, by=None, cause="test")
        found = city_figures(city, ON)
        lines = {line.bureau.pk: line for line in found.bureaus}
        assert (found.zones, found.entities) == (3, 2)
        mine = lines[zone.bureau_id]
        assert (len(mine.zones), mine.entities) == (2, 2)
        assert lines[other.bureau_id].entities == 1

    def test_every_bureau_in_office_stands_there_with_zero(self, zone, city):
        empty, gone = make_bureau(), make_bureau(until=SINCE)
        pks = {line.bureau.pk for line in city_figures(city, ON).bureaus}
        assert {zone.bureau_id, empty.pk} <= pks
        assert gone.pk not in pks
        assert not pks & set(Bureau.objects.filter(kind="city").values_list("pk", flat=True))

    def test_a_district_sees_itself_alone(self, zone):
        make_zone(make_bureau())
        found = city_figures(make_user(bureau=zone.bureau), ON)
        assert [line.bureau for line in found.bureaus] == [zone.bureau]
        assert found.zones == 1

    def test_a_handed_zone_counts_where_it_was_on_the_day(self, zone, city):
        on_roster(zone, 3)
        old, new, turn = zone.bureau, make_bureau(), date(2026, 1, 1)
        hand_over([zone], new, since=turn, reason="调整", by=city, on=ON)
        for day, bureau in ((ON, new), (date(2025, 12, 31), old)):
            lines = {line.bureau.pk: line for line in city_figures(city, day).bureaus}
            assert [pk for pk, line in lines.items() if line.zones] == [bureau.pk]
            assert {pk: line.entities for pk, line in lines.items() if line.entities} == {
                bureau.pk: 3
            }

    def test_stages_of_a_round_and_declarations_by_status(self, zone, city):
        this = Round.objects.create(name="甲", opens_on=SINCE, deadline=ON)
        filer = make_user(bureau=zone.bureau)
        for status in ("void", "refused", "draft", "submitted"):
            Declaration.plain.create(bureau=zone.bureau, status=status, round=this, filed_by=filer)
        silent = make_bureau()
        Declaration.plain.create(bureau=silent, status="void", round=this, filed_by=filer)
        found = city_figures(city, ON, this)
        stages = {line.bureau.pk: line.stage for line in found.bureaus}
        assert (stages[zone.bureau_id], stages[silent.pk]) == ("submitted", NOT_FILED)
        assert found.stages["submitted"] == 1
        assert found.declarations["void"] == 2
        assert sum(found.stages.values()) == len(found.bureaus)
        assert all(stage_label(stage) for stage in STAGES)

    def test_in_few_queries_whatever_the_number_of_zones(self, city, django_assert_max_num_queries):
        for _ in range(4):
            on_roster(make_zone(make_bureau()))
        with django_assert_max_num_queries(7):
            city_figures(city, ON)


class TestSection:
    def test_of_another_bureau_s_zone_only_the_name(self, zone):
        (entity,) = on_roster(zone)
        theirs = make_zone(make_bureau(), name="外局园区")
        enter(theirs, {entity.pk: entity.name}, since=SINCE, by=None, cause="test")
        ZoneNote.plain.create(zone=theirs, entity=entity, kind="ended", text="止", raised_on=ON)
        shown = section(entity, ON, None, make_user(bureau=zone.bureau))
        assert {(line.name, line.zone) for line in shown.context["lines"]} == {
            ("试验园区", zone),
            ("外局园区", None),
        }
        assert (shown.context["notes"], shown.waiting) == ([], False)
        assert section in SECTIONS

    def test_history_and_what_waits(self, zone):
        (entity,) = on_roster(zone)
        before = timezone.now()
        remove(zone, [entity.pk], on=ON, by=None, cause="test")
        ZoneNote.plain.create(zone=zone, entity=entity, kind="ended", text="止", raised_on=ON)
        viewer = make_user(bureau=zone.bureau)
        now = section(entity, ON, None, viewer)
        assert [line.holds for line in now.context["lines"]] == [False]
        assert now.waiting
        then = section(entity, ON, before, viewer)
        assert [line.holds for line in then.context["lines"]] == [True]
        assert section(make_entity(), ON, None, viewer).count == 0
