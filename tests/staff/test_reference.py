"""Loading tables of places: history, both sides of a reorganisation, bad rows."""

import pytest
from django.core.management import CommandError, call_command

from core.models import Job
from core.tabular import BadFile
from entities.industries import LAYOUT, load_industries
from entities.models import Industry
from staff.models import Bureau, District, DistrictChange, Jurisdiction, Street, StreetPlacement
from staff.places import places_on
from staff.tables import recognise
from tests.staff.places_data import AFTER, BEFORE, DATA, TODAY, lies_in, load_text

pytestmark = pytest.mark.django_db
needs_data = pytest.mark.skipif(not DATA.exists(), reason="../shared/data is not on this machine")

STREETS = """code,name,district_code
500103001,七星岗街道,500103
500109008,水土街道,500109
500109111,柳荫镇,500109
500109300,大湾镇,500109
500157005,水土街道,500157
500157007,双龙湖街道,500157
500157019,观音桥街道,500157
"""


@pytest.fixture(autouse=True)
def _seeded(db):
    call_command("seed_reference", verbosity=0)


def placements() -> int:
    return StreetPlacement.objects.for_system("test").count()


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("七星岗街道", "500103", "500103"),
        ("水土街道", "500109", "500157"),
        ("柳荫镇", "500109", "500109"),
        ("大湾镇", "500112", "500109"),
        ("双龙湖街道", "500112", "500157"),
        ("观音桥街道", "500105", "500157"),
    ],
)
def test_streets_of_today_lie_right_on_both_sides_of_the_change(tmp_path, name, before, after):
    load_text(tmp_path, STREETS)
    assert lies_in(name, BEFORE) == [before]
    assert lies_in(name, AFTER) == [after]


def test_a_street_listed_where_it_was_and_where_it_went_is_one_street(tmp_path):
    load_text(tmp_path, STREETS)
    street = Street.objects.get(name="水土街道")
    assert (street.code, street.former_codes) == ("500157005", ["500109008"])


def test_a_table_of_the_time_before_is_carried_forwards(tmp_path):
    load_text(
        tmp_path, "code,name,district_code\n500112002,双龙湖街道,500112\n500112103,大湾镇,500112\n"
    )
    assert (lies_in("双龙湖街道", BEFORE), lies_in("双龙湖街道", AFTER)) == (["500112"], ["500157"])
    assert (lies_in("大湾镇", BEFORE), lies_in("大湾镇", AFTER)) == (["500112"], ["500109"])
    load_text(tmp_path, STREETS)
    street = Street.objects.get(name="双龙湖街道")
    assert (street.code, street.former_codes) == ("500157007", ["500112002"])
    assert lies_in("双龙湖街道", AFTER) == ["500157"]


def test_loading_again_writes_nothing(tmp_path):
    load_text(tmp_path, STREETS)
    before = placements()
    Job.objects.for_system("test").all().delete()
    outcome = load_text(tmp_path, STREETS)
    assert placements() == before
    assert not outcome.moved
    assert not Job.objects.for_system("test").exists()
    assert outcome.sentences[0] == "街道（镇、乡）：新增0，变更0，未变7。"


def test_streets_and_changes_may_come_in_either_order(tmp_path):
    DistrictChange.objects.all().delete()
    load_text(tmp_path, STREETS.replace("500157007,双龙湖街道,500157", ""))
    outcome = load_text(
        tmp_path,
        "effective_on,from_district,street,to_district\n2025-11-06,500109,水土街道,500157\n"
        "2025-11-06,500112,大湾镇,500109\n2025-11-06,500105,*,500157\n2025-11-06,500112,*,500157\n",
    )
    assert outcome.moved
    assert lies_in("大湾镇", BEFORE) == ["500112"]
    assert "500109" in lies_in("水土街道", BEFORE)


def test_where_nothing_says_which_district_a_street_came_from_the_city_is_asked(tmp_path):
    DistrictChange.objects.exclude(street_name="").delete()
    outcome = load_text(tmp_path, STREETS)
    assert lies_in("双龙湖街道", BEFORE) == []
    assert lies_in("双龙湖街道", AFTER) == ["500157"]
    assert "双龙湖街道" in outcome.sentences[-1]
    load_text(
        tmp_path,
        "effective_on,from_district,street,to_district\n2025-11-06,500112,双龙湖街道,500157\n",
    )
    assert lies_in("双龙湖街道", BEFORE) == ["500112"]


def test_history_is_kept_when_a_placement_is_rewritten(tmp_path):
    DistrictChange.objects.all().delete()
    load_text(tmp_path, "code,name,district_code\n500112103,大湾镇,500112\n")
    load_text(
        tmp_path, "effective_on,from_district,street,to_district\n2025-11-06,500112,大湾镇,500109\n"
    )
    rows = StreetPlacement.objects.for_system("test").filter(street__name="大湾镇")
    assert rows.count() == 3
    gone = rows.get(superseded_at__isnull=False)
    assert set(rows.current().values_list("recorded_at", flat=True)) == {gone.superseded_at}


def test_a_district_that_goes_elsewhere_ends_and_its_bureau_with_it(tmp_path):
    outcome = load_text(
        tmp_path, "effective_on,from_district,street,to_district\n2027-01-01,500103,*,500108\n"
    )
    district = District.objects.get(code="500103")
    assert (str(district.until), district.successor.code) == ("2027-01-01", "500108")
    supervised = Jurisdiction.objects.for_system("test").filter(district=district).current()
    assert str(supervised.get().until) == "2027-01-01"
    assert outcome.moved
    assert Job.objects.for_system("test").filter(kind="place_entities").count() == 1


def test_a_new_district_without_a_bureau_is_named(tmp_path):
    load_text(tmp_path, "code,name,short_name\n500158,新设区,新设\n")
    outcome = load_text(
        tmp_path, "effective_on,from_district,street,to_district\n2027-01-01,500103,*,500158\n"
    )
    assert outcome.sentences[-1] == "新设区自2027-01-01起没有管辖的市场监管局，请载入管辖表。"
    load_text(tmp_path, "bureau,place_code,since\n渝中局,500158,2027-01-01\n")
    assert places_on(TODAY.replace(year=2027)).bureau_of(District.objects.get(code="500158").pk)


def test_bad_rows_are_named_and_good_ones_kept(tmp_path):
    outcome = load_text(
        tmp_path,
        "code,name,district_code\n500103001,七星岗街道,500103\n5001,短,500103\n500103003,丙,999999\n",
    )
    assert [(bad.line, bad.field) for bad in outcome.bad] == [(3, "code"), (4, "district_code")]
    assert str(outcome.bad[1]) == (
        "第4行 district_code“999999”：没有这个区县，请先载入区县表或核对代码。"
    )
    assert lies_in("七星岗街道", TODAY) == ["500103"]


def test_districts_keep_former_names_and_last_days_count(tmp_path):
    load_text(
        tmp_path,
        "code,name,short_name,former_names,valid_from,valid_to,successor\n"
        "500103,渝中区,渝中,市中区,,,\n500105,江北区,江北,,,2025-11-05,500157\n",
    )
    assert District.objects.get(code="500103").former_names == ["市中区"]
    old = District.objects.get(code="500105")
    assert (old.until, old.successor.code) == (AFTER, "500157")
    load_text(tmp_path, "code,name,short_name,former_names\n500103,渝中区,渝中,\n")
    assert District.objects.get(code="500103").former_names == ["市中区"]


def test_stations_look_after_streets_and_change_from_a_day(tmp_path):
    load_text(tmp_path, STREETS)
    table = (
        "code,name,bureau,street_codes\nlj-1,水土所,两江新区局,500109008|500157007\n"
        "lj-2,康美所,liangjiang,500157019\n"
    )
    outcome = load_text(tmp_path, table)
    assert not outcome.bad
    assert outcome.moved
    shuitu = Street.objects.get(name="水土街道").pk
    first = places_on(TODAY).station_of(shuitu)
    assert first
    assert not load_text(tmp_path, table).moved
    load_text(
        tmp_path, "code,name,bureau,streets,since\nlj-2,康美所,两江新区局,500157005,2026-04-01\n"
    )
    assert places_on(TODAY).station_of(shuitu) == first
    assert places_on(TODAY.replace(month=4)).station_of(shuitu) != first


def test_a_station_gets_no_street_of_another_bureau(tmp_path):
    load_text(tmp_path, STREETS)
    outcome = load_text(tmp_path, "code,name,bureau,streets\nyz-1,某所,渝中局,500157007\n")
    assert outcome.bad[0].problem == "双龙湖街道今天的管辖机关是两江新区局，不是渝中局，"


def test_a_functional_area_takes_a_street_out_of_its_district(tmp_path):
    load_text(tmp_path, STREETS)
    load_text(tmp_path, "bureau,place_code,since\n高新区局,500103001,2026-02-01\n")
    street = Street.objects.get(name="七星岗街道")
    district = District.objects.get(code="500103").pk
    names = {row.pk: row.short_name for row in Bureau.objects.all()}
    assert names[places_on(TODAY).bureau_of(district, street.pk)] == "高新区局"
    assert names[places_on(TODAY).bureau_of(district)] == "渝中局"


def test_a_header_that_is_no_table_of_places_is_refused(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("甲,乙\n1,2\n", encoding="utf-8")
    with pytest.raises(BadFile, match="表头"):
        recognise(path)
    with pytest.raises(CommandError, match="表头"):
        call_command("load_reference", path)


def test_the_command_tries_without_writing_and_names_bad_rows(tmp_path, capsys):
    path = tmp_path / "streets.csv"
    path.write_text(STREETS + "12,坏,500103\n", encoding="gb18030")
    call_command("load_reference", path, "--dry-run")
    assert not Street.objects.exists()
    assert "新增6" in capsys.readouterr().out
    call_command("load_reference", path)
    said = capsys.readouterr()
    assert Street.objects.count() == 6
    assert "第9行" in said.err
    assert "不是9位或12位街道代码" in (tmp_path / "streets_错误.csv").read_text("utf-8-sig")


def test_industries_are_recognised(tmp_path, capsys):
    path = tmp_path / "i.csv"
    path.write_text("code,name,level,section\nA0111,稻谷种植,4,A\nB011,错,3,A\n", encoding="utf-8")
    call_command("load_reference", path)
    assert Industry.objects.get(code="A0111").name == "稻谷种植"
    assert "代码与门类不符" in capsys.readouterr().err


@needs_data
def test_the_real_tables_load_and_give_every_street_a_place_on_both_sides(tmp_path):
    for name in ("districts.csv", "district_changes_2025-11-06.csv", "streets.csv"):
        outcome = load_text(tmp_path, (DATA / name).read_text("utf-8-sig"))
        assert not outcome.bad, outcome.bad[:3]
    placed = StreetPlacement.objects.for_system("test")
    assert placed.in_force(BEFORE).count() == placed.in_force(AFTER).count() == 1025
    assert placed.in_force(AFTER).filter(district__code="500157").count() == 42
    assert not placed.in_force(BEFORE).filter(district__code="500157").exists()
    assert lies_in("双龙湖街道", BEFORE) == ["500112"]
    assert lies_in("水土街道", BEFORE) == ["500109"]
    places = places_on(TODAY)
    assert all(places.bureau_of(None, street) for street in places.streets)


@needs_data
def test_the_real_industries_are_those_that_are_shipped():
    kind, rows = recognise(DATA / "gbt4754_2017.csv", {"industries": LAYOUT})
    outcome = load_industries(rows, TODAY)
    assert not outcome.bad
    assert outcome.sentences[0].startswith("行业：新增")
    again = load_industries(rows, TODAY)
    assert "新增0，变更0" in again.sentences[0]
