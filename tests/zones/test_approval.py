"""What an approval makes, whole and in part, and which entities' facts it says changed."""

from datetime import timedelta

import pytest

from core.errors import Refused
from entities.models import Entity, FactChange
from tests.zones.declaring import ON, do, zones_of
from zones.areas import words_of
from zones.choices import DeclarationStatus, Outcome
from zones.models import DeclaredEntity, RosterEntry, Zone, ZoneArea, ZoneBureau

pytestmark = pytest.mark.django_db


def changed() -> set[int]:
    rows = FactChange.objects.for_system("test")
    return set(rows.values_list("entity_id", flat=True))


def rows_of(declaration):
    rows = DeclaredEntity.objects.for_system("test")
    return list(rows.filter(declared_zone__declaration=declaration).order_by("pk"))


def test_an_approval_makes_zones_bureaus_areas_and_rosters(people, reach):
    declaration = reach(DeclarationStatus.ACCEPTED, entities=3, zones=2)

    done = do(declaration, "approve", people.city)

    assert (done.status, done.since, done.decided_by) == ("approved", ON, people.city)
    zones = list(Zone.objects.for_system("test").filter(bureau=people.bureau))
    assert [zone.since for zone in zones] == [ON, ON]
    assert [line.zone for line in zones_of(done)] == zones
    areas = ZoneArea.objects.for_system("test").filter(zone__in=zones).order_by("pk")
    assert [area.words for area in areas] == ["西永大道1号", "西永大道2号"]
    assert ZoneBureau.objects.for_system("test").filter(bureau=people.bureau).count() == 2
    entries = RosterEntry.objects.for_system("test").current().filter(since=ON, until=None)
    ids = {row.entity_id for row in rows_of(done)}
    assert {entry.entity_id for entry in entries} == ids == changed()
    assert len(ids) == 6
    assert {row.outcome for row in rows_of(done)} == {Outcome.APPROVED}


def test_in_part_only_what_is_approved_enters(people, reach):
    declaration = reach(DeclarationStatus.ACCEPTED, entities=2, zones=2)
    first, second = zones_of(declaration)
    rows = rows_of(declaration)
    do(
        *(declaration, "approve", people.city),
        refused_zones={second.pk: "范围不清"},
        refused_rows={rows[0].pk: "不在区内"},
    )
    assert Zone.objects.for_system("test").get(bureau=people.bureau).name == first.name
    assert changed() == {rows[1].entity_id}
    outcomes = [row.outcome for row in rows_of(declaration)]
    assert outcomes == ["refused", "approved", "refused", "refused"]
    assert rows_of(declaration)[0].opinion == "不在区内"
    assert [zone.outcome for zone in zones_of(declaration)] == ["approved", "refused"]


def test_what_is_refused_needs_a_reason_and_something_must_be_left(people, reach):
    declaration = reach(DeclarationStatus.ACCEPTED)
    (zone,) = zones_of(declaration)
    with pytest.raises(Refused, match="理由"):
        do(declaration, "approve", people.city, refused_zones={zone.pk: " "})
    with pytest.raises(Refused, match="没有批准任何区域"):
        do(declaration, "approve", people.city, refused_zones={zone.pk: "范围不清"})
    with pytest.raises(Refused, match="不在该申报中"):
        do(declaration, "approve", people.city, refused_rows={0: "不在区内"})
    assert not Zone.objects.for_system("test").filter(bureau=people.bureau).exists()


def test_an_approval_of_another_revision_is_refused(people, reach):
    declaration = reach(DeclarationStatus.ACCEPTED)
    with pytest.raises(Refused, match="不是最新内容"):
        do(declaration, "approve", people.city, revision=declaration.revision - 1)


def test_a_day_before_the_filing_is_refused(people, reach):
    declaration = reach(DeclarationStatus.ACCEPTED)
    declaration.since = ON - timedelta(days=3000)
    declaration.save(update_fields=["since"])
    with pytest.raises(Refused, match="早于申报日"):
        do(declaration, "approve", people.city)


def test_words_that_the_rosters_addresses_do_not_bear_make_no_area(people, reach):
    declaration = reach(DeclarationStatus.ACCEPTED, entities=3)
    ids = [row.entity_id for row in rows_of(declaration)]
    entities = Entity.objects.for_system("test").filter(pk__in=ids)
    entities.update(address="重庆市试验区别的路8号")
    do(declaration, "approve", people.city)
    assert not ZoneArea.objects.for_system("test").filter(zone__bureau=people.bureau).exists()


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("重庆市沙坪坝区虎溪街道西永大道28号", "西永大道28号"),
        ("重庆市沙坪坝区西永大道", "西永大道"),
        ("重庆市两江新区黄山大道中段", "黄山大道中段"),
        ("西永微电子产业园区", "西永微电子产业园区"),
        ("彭水苗族土家族自治县汉葭街道滨江路", "滨江路"),
        ("", ""),
    ],
)
def test_the_words_of_an_address(address, words):
    assert words_of(address) == words
