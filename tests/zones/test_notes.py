"""The follower of rosters: who ended, left the district or was renamed; and settling its notes."""

from datetime import date, timedelta

import pytest

from core.errors import Refused
from entities.models import Entity, EntityStatus, FactChange
from policy.limits import seed_first_version
from policy.models import LimitValue, PolicyVersion
from staff.roles import Role
from tests.factories import make_bureau, make_entity, make_user
from tests.zones.living import ON, SINCE, days_of, make_zone, on_roster, person, standing_on
from zones.actions.notes import follow, open_notes, settle_note
from zones.choices import NoteKind
from zones.models import Occupant, ZoneNote
from zones.rosters import enter

pytestmark = pytest.mark.django_db

DAY = date(2026, 2, 10)


@pytest.fixture(autouse=True)
def _limits(db):
    seed_first_version()


@pytest.fixture
def zone():
    return make_zone()


@pytest.fixture
def officer(zone):
    return make_user(bureau=zone.bureau)


def end(entity, day=DAY, status="deregistered"):
    (row,) = EntityStatus.objects.for_system("test").current().filter(entity=entity, until=None)
    row.close(day)
    EntityStatus(entity=entity, status=status, since=day).save()


def notes():
    return list(
        ZoneNote.plain.order_by("pk").values_list("zone_id", "entity_id", "kind", "left_on")
    )


def publish(**values):
    """Publish a version that says otherwise for limits of this room, from SINCE on."""
    version = PolicyVersion.objects.create(
        number=2, title="试验", status=PolicyVersion.Status.PUBLISHED, since=SINCE
    )
    for key, value in values.items():
        LimitValue.objects.create(version=version, key=f"zones.{key}", value=value, source="试验")


def test_who_ended_is_noted_and_leaves_from_the_day_the_status_began(zone):
    stays, gone = on_roster(zone, 2)
    end(gone)
    before = set(FactChange.plain.values_list("pk", flat=True))
    assert follow([gone.pk], ON) == 1
    assert notes() == [(zone.pk, gone.pk, "ended", DAY)]
    assert days_of(zone, gone) == [(SINCE, DAY)]
    assert standing_on(zone, ON) == {stays.pk}
    told = FactChange.plain.exclude(pk__in=before).values_list("entity_id", "from_day")
    assert list(told) == [(gone.pk, DAY)]


def test_running_again_changes_nothing(zone):
    entity, renamed = on_roster(zone, 2)
    end(entity)
    Entity.plain.filter(pk=renamed.pk).update(name="重庆改名有限公司")
    follow(None, ON)
    seen = notes()
    changes = FactChange.plain.count()
    assert follow(None, ON) == 0
    assert follow(None, ON + timedelta(days=1)) == 0
    assert (notes(), FactChange.plain.count()) == (seen, changes)


def test_who_ended_before_it_came_was_never_on_the_roster(zone):
    (entity,) = on_roster(zone)
    end(entity, SINCE)
    follow(None, ON)
    assert days_of(zone, entity) == []


def test_an_entity_in_two_zones_is_noted_in_both(zone):
    (entity,) = on_roster(zone)
    other = make_zone(make_bureau())
    enter(other, {entity.pk: entity.name}, since=SINCE, by=None, cause="test")
    end(entity)
    assert follow([entity.pk], ON) == 2
    assert {zone_id for zone_id, *_ in notes()} == {zone.pk, other.pk}


@pytest.mark.parametrize("status", ["dormant", "liquidating"])
def test_who_only_rests_is_not_noted(zone, status):
    (entity,) = on_roster(zone)
    end(entity, status=status)
    assert follow(None, ON) == 0


def test_by_the_limit_who_ended_stays_until_the_district_takes_it_off(zone, officer):
    publish(ended_leaves=False)
    (entity,) = on_roster(zone)
    end(entity)
    follow(None, ON)
    assert notes() == [(zone.pk, entity.pk, "ended", None)]
    assert standing_on(zone, ON) == {entity.pk}
    settle_note(ZoneNote.plain.get(), answer="注销有误，正在恢复", by=officer, on=ON)
    assert follow(None, ON) == 0


def test_by_the_limit_who_left_the_district_leaves_on_the_day_it_was_seen(zone):
    publish(left_district_leaves=True)
    (entity,) = on_roster(zone)
    follow(None, DAY)
    Entity.plain.filter(pk=entity.pk).update(bureau=make_bureau("新局"))
    assert follow(None, ON) == 1
    assert notes() == [(zone.pk, entity.pk, "left_district", ON)]
    assert days_of(zone, entity) == [(SINCE, ON)]


class TestLeaving:
    def test_who_left_the_district_is_noted_and_stays_until_somebody_says(self, zone, officer):
        (entity,) = on_roster(zone)
        assert follow(None, ON) == 0
        Entity.plain.filter(pk=entity.pk).update(bureau=make_bureau("新局"))
        assert follow([entity.pk], ON) == 1
        assert notes() == [(zone.pk, entity.pk, "left_district", None)]
        assert standing_on(zone, ON) == {entity.pk}
        (note,) = open_notes(officer)
        assert "现由新局监管" in note.text

    def test_who_was_let_in_from_elsewhere_has_not_left(self, zone):
        entity = make_entity(bureau=make_bureau())
        enter(zone, {entity.pk: entity.name}, since=SINCE, by=None, cause="test")
        assert follow(None, ON) == 0
        assert follow(None, ON) == 0

    def test_who_is_kept_is_noted_again_only_after_coming_back(self, zone, officer):
        (entity,) = on_roster(zone)
        elsewhere = make_bureau("新局")
        follow(None, ON)
        Entity.plain.filter(pk=entity.pk).update(bureau=elsewhere)
        follow(None, ON)
        settle_note(ZoneNote.plain.get(), answer="经营场所仍在区内", by=officer, on=ON)
        assert follow(None, ON) == 0
        Entity.plain.filter(pk=entity.pk).update(bureau=zone.bureau)
        assert follow(None, ON) == 0
        Entity.plain.filter(pk=entity.pk).update(bureau=elsewhere)
        assert follow(None, ON) == 1

    def test_a_gap_in_the_jurisdictions_is_no_leaving(self, zone):
        (entity,) = on_roster(zone)
        follow(None, ON)
        Entity.plain.filter(pk=entity.pk).update(bureau=None)
        assert follow(None, ON) == 0

    def test_a_zone_that_waits_for_its_new_bureau_notes_nobody(self):
        gone = make_bureau("旧局", until=DAY)
        zone = make_zone(gone)
        (entity,) = on_roster(zone)
        follow(None, DAY - timedelta(days=1))
        Entity.plain.filter(pk=entity.pk).update(bureau=make_bureau("新局"))
        assert follow(None, DAY) == 0


class TestRenaming:
    @pytest.mark.parametrize("name", ["重庆Ａ（试验） 有限公司", "重庆a(试验)有限公司"])
    def test_brackets_width_and_blanks_are_no_other_name(self, zone, name):
        (entity,) = on_roster(zone, name="重庆A(试验)有限公司")
        Entity.plain.filter(pk=entity.pk).update(name=name)
        assert follow(None, ON) == 0

    def test_the_roster_takes_the_new_name(self, zone, officer):
        (entity,) = on_roster(zone)
        Entity.plain.filter(pk=entity.pk).update(name="重庆新名有限公司")
        assert follow(None, ON) == 1
        settle_note(ZoneNote.plain.get(), answer="", take_name=True, by=officer, on=ON)
        assert Occupant.plain.get(entity=entity).name == "重庆新名有限公司"
        assert standing_on(zone, ON) == {entity.pk}
        assert follow(None, ON) == 0

    def test_a_name_that_is_not_taken_is_not_asked_for_again(self, zone, officer):
        (entity,) = on_roster(zone)
        Entity.plain.filter(pk=entity.pk).update(name="重庆新名有限公司")
        follow(None, ON)
        settle_note(ZoneNote.plain.get(), answer="登记有误，待更正", by=officer, on=ON)
        assert follow(None, ON) == 0
        Entity.plain.filter(pk=entity.pk).update(name="重庆又名有限公司")
        assert follow(None, ON) == 1


class TestSettling:
    def note(self, zone, kind=NoteKind.LEFT_DISTRICT):
        (entity,) = on_roster(zone)
        return ZoneNote.plain.create(
            zone=zone, entity=entity, kind=kind, text="情况。", raised_on=ON
        )

    @pytest.mark.parametrize("role", sorted(Role))
    def test_every_role(self, zone, role):
        note, by = self.note(zone), person(role, zone.bureau)
        if role in (Role.DISTRICT_OFFICER, Role.DISTRICT_LEAD):
            settle_note(note, answer="保留", by=by, on=ON)
            with pytest.raises(Refused, match="已由他人处理"):
                settle_note(note, answer="保留", by=by, on=ON)
        else:
            with pytest.raises(Refused, match="您的角色不能"):
                settle_note(note, answer="保留", by=by, on=ON)

    def test_another_district_sees_none_and_settles_none(self, zone):
        note, by = self.note(zone), make_user()
        assert list(open_notes(by)) == []
        with pytest.raises(Refused, match="不属于您所在的局"):
            settle_note(note, answer="保留", by=by, on=ON)

    def test_taking_off_files_a_change_for_the_lead(self, zone, officer):
        change = settle_note(self.note(zone), answer="已搬离", take_off=True, by=officer, on=ON)
        assert change.status == "filed"
        assert len(standing_on(zone, ON)) == 1

    def test_keeping_needs_a_reason(self, zone, officer):
        with pytest.raises(Refused, match="处理说明"):
            settle_note(self.note(zone), answer=" ", by=officer, on=ON)

    def test_only_a_new_name_is_taken(self, zone, officer):
        with pytest.raises(Refused, match="名称变更"):
            settle_note(self.note(zone), answer="", take_name=True, by=officer, on=ON)
