"""Extension, merger and ending of zones, declared and approved like zones themselves."""

from datetime import date, timedelta

import pytest
from django.db import transaction

from core.errors import Refused
from entities.models import FactChange
from tests.factories import make_bureau, make_entity
from tests.zones.declaring import ON, change, do, fresh, reached, zones_of
from zones.actions import drafts
from zones.actions.steps import submit
from zones.choices import DeclarationKind as Kind
from zones.choices import DeclarationStatus as Status
from zones.models import RosterEntry, Zone, ZoneArea, ZoneBureau, ZonePresence
from zones.rosters import enter, remove

pytestmark = pytest.mark.django_db
LATER = ON + timedelta(days=1)


@pytest.fixture
def approved(people):
    """Give a function that has a declaration of new zones approved, and returns the zones."""

    def made(zones: int = 1) -> list[Zone]:
        declaration = reached(people, Status.APPROVED, zones=zones)
        return [line.zone for line in zones_of(declaration)]

    return made


def on_roster(zone: Zone, day: date) -> set[int]:
    rows = RosterEntry.objects.for_system("test").in_force(day).filter(occupant__zone=zone)
    return set(rows.values_list("entity_id", flat=True))


def last_change() -> int:
    return FactChange.objects.for_system("test").order_by("-pk").values_list("pk", flat=True)[0]


def changed_after(key: int) -> set[int]:
    rows = FactChange.objects.for_system("test").filter(pk__gt=key)
    return set(rows.values_list("entity_id", flat=True))


def test_an_extension_adds_area_and_entities_and_concerns_only_these(people, approved):
    (zone,) = approved()
    before, mark = on_roster(zone, ON), last_change()
    fields = {"target": zone, "address": "重庆市试验区试验街道大学城路9号", "declared_count": 1}
    done = do(change(people, Kind.EXTEND, fields), "approve", people.city)
    new = on_roster(zone, ON) - before
    assert len(new) == 1
    assert changed_after(mark) == new
    areas = ZoneArea.objects.for_system("test").in_force(ON).filter(zone=zone).order_by("pk")
    assert [area.words for area in areas] == ["西永大道1号", "大学城路9号"]
    assert [line.zone for line in zones_of(done)] == [zone]


def test_a_merger_moves_the_roster_without_a_gap_and_ends_the_zone(people, approved):
    zone, into = approved(zones=2)
    first, second = on_roster(zone, ON), on_roster(into, ON)
    mark = last_change()
    declared = change(people, Kind.MERGE, {"target": zone, "into": into}, since=LATER)
    do(declared, "approve", people.city)
    zone.refresh_from_db()
    assert (zone.until, zone.merged_into, zone.ended_because) == (LATER, into, f"并入{into.name}")
    assert (on_roster(zone, ON), on_roster(zone, LATER)) == (first, set())
    assert on_roster(into, LATER) == first | second
    assert changed_after(mark) == first
    names = ZonePresence.objects.for_system("test").current().filter(entity__in=first)
    for day in (ON, LATER):
        assert names.in_force(day).count() == len(first)
    areas = ZoneArea.objects.for_system("test").in_force(LATER)
    assert areas.filter(zone=into).count() == 2
    assert not areas.filter(zone=zone).exists()


def test_a_merger_keeps_the_days_of_who_is_to_come_and_who_is_to_leave(people, approved):
    zone, into = approved(zones=2)
    leaves, stays = sorted(on_roster(zone, ON))
    comes = make_entity(bureau=people.bureau)
    day = ON + timedelta(days=5)
    with transaction.atomic():
        remove(zone, [leaves], on=day, by=None, cause="test")
        enter(zone, {comes.pk: comes.name}, since=day, by=None, cause="test")
    theirs = on_roster(into, ON)
    fields = {"target": zone, "into": into}
    do(change(people, Kind.MERGE, fields, since=LATER), "approve", people.city)
    assert on_roster(into, LATER) == theirs | {leaves, stays}
    assert on_roster(into, day) == theirs | {stays, comes.pk}
    assert not on_roster(zone, LATER)
    presence = ZonePresence.objects.for_system("test").current().get(entity=leaves, until=day)
    assert presence.names == into.name


def test_an_ending_takes_everybody_off_and_closes_the_zone(people, approved):
    (zone,) = approved()
    entities, mark = on_roster(zone, ON), last_change()
    do(change(people, Kind.END, {"target": zone}, since=LATER), "approve", people.city)
    zone.refresh_from_db()
    assert (zone.until, zone.ended_because) == (LATER, "园区调整")
    assert on_roster(zone, LATER) == set()
    assert changed_after(mark) == entities
    assert not ZoneBureau.objects.for_system("test").in_force(LATER).filter(zone=zone).exists()


def test_what_has_ended_or_gone_is_not_changed(people, approved):
    (zone,) = approved()
    two = [change(people, Kind.END, {"target": zone}, since=LATER) for _ in range(2)]
    do(two[0], "approve", people.city)
    with pytest.raises(Refused, match="已自.*起终止"):
        do(two[1], "approve", people.city)
    assert fresh(two[1]).status == Status.REVIEWED
    (other,) = approved()
    declared = change(people, Kind.END, {"target": other}, since=LATER)
    other.bureau = make_bureau()
    other.save(update_fields=["bureau"])
    with pytest.raises(Refused, match="不在.*名下"):
        do(declared, "approve", people.city)
    with pytest.raises(Refused, match="不在.*名下"):
        change(people, Kind.END, {"target": other})


def test_a_change_says_which_zone_and_why(people, approved):
    (zone,) = approved()
    made = drafts.begin(Kind.MERGE, bureau=people.bureau, by=people.officer, on=ON)
    told = {"by": people.officer, "on": ON}
    with pytest.raises(Refused, match="请填写变更理由；请选择要变更的区域"):
        submit(made, revision=0, **told)
    drafts.add_zone(made, {"target": zone, "into": zone}, revision=0, **told)
    with pytest.raises(Refused, match="区域不能并入自身"):
        submit(made, revision=1, **told)
