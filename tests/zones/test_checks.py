"""Every check of a declaration, on the register as it stands on the day."""

from datetime import date, timedelta

import pytest

from entities.choices import Domain, Status
from entities.codes import make_uscc
from staff.models import Bureau, District, Jurisdiction
from tests.factories import make_bureau, make_entity, make_user
from zones.checking.bureaus import find_bureau
from zones.checking.checks import blocking, check, is_phone, pick_round
from zones.checking.drafts import of_draft
from zones.checking.shapes import Filed, FiledEntity, FiledZone, Place
from zones.checking.slips import nearest_type, slip
from zones.choices import DeclarationStatus
from zones.models import (
    Declaration,
    DeclaredEntity,
    DeclaredZone,
    Occupant,
    RosterEntry,
    Round,
    Zone,
    ZoneBureau,
)

pytestmark = pytest.mark.django_db
ON = date(2024, 9, 10)
PLACES = {name: Place("申报表", 2, "A") for name in ("bureau", "contact_name", "contact_phone")}


@pytest.fixture
def bureau():
    return make_bureau("试验局")


def line(entity=None, number=2, **fields):
    """Return a roster's line, as filed for an entity of the register."""
    name = fields.pop("name", entity.name if entity else "")
    code = fields.pop("code", entity.code if entity else "")
    values = {"name": name, "raw_name": name, "code": code, "raw_code": code} | fields
    place = Place("附表1", number, "B")
    return FiledEntity(place=place, name_column="B", code_column="C", **values)


def zone(*lines, **fields):
    columns = {"name": "B", "zone_type": "C", "address": "D", "declared_count": "E"}
    values = {
        "name": "甲园", "zone_type": "park", "type_text": "园区", "address": "某路1号",
        "declared_count": len(lines), "place": Place("申报表", 4, "B"), "columns": columns,
    } | fields  # fmt: skip
    return FiledZone(roster=list(lines), **values)


def filed(*zones, **fields):
    values = {
        "bureau_text": "试验局", "contact_name": "张三", "contact_phone": "023-60000000",
    } | fields  # fmt: skip
    return Filed(zones=list(zones), places=dict(PLACES), **values)


def codes(what, bureau, round=None, on=ON, **more):
    return [one.code for one in check(what, bureau=bureau, round=round, on=on, **more)]


def of_line(bureau, entity=None, **fields):
    return codes(filed(zone(line(entity, **fields))), bureau)


def test_a_right_declaration_has_no_finding(bureau):
    assert of_line(bureau, make_entity(bureau=bureau)) == []


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (Status.ACTIVE, []),
        (Status.DORMANT, []),
        (Status.LIQUIDATING, ["status.liquidating"]),
        *((status, ["status.ended"]) for status in
          (Status.DEREGISTERED, Status.REVOKED, Status.CANCELLED, Status.MOVED_OUT)),
    ],
)  # fmt: skip
def test_the_status_of_the_register(bureau, status, expected):
    assert of_line(bureau, make_entity(bureau=bureau, status=status)) == expected


def test_names_against_the_register(bureau):
    entity = make_entity(
        bureau=bureau, name="重庆试（渝）有限公司", former_names=["重庆旧有限公司"]
    )
    assert of_line(bureau, entity, name="重庆试(渝) 有限公司") == []
    assert of_line(bureau, entity, name="重庆旧有限公司") == ["name.former"]
    assert of_line(bureau, entity, name="重庆别有限公司") == ["name.differs"]
    assert of_line(bureau, entity, name="") == ["name.missing"]


def test_codes_against_the_register(bureau):
    entity = make_entity(bureau=bureau)
    right = entity.code
    missing = make_uscc("91500106", "ABCDEFGH")
    assert of_line(bureau, entity, code="") == ["code.missing"]
    assert of_line(bureau, entity, code=missing, name="无名") == ["code.not_in_register"]
    assert of_line(bureau, entity, code=right[:-2]) == ["code.form"]
    assert of_line(bureau, entity, code=right[:9] + "O" + right[10:]) == ["code.character"]
    assert of_line(bureau, entity, code="915001066992665000", number_cell=True) == [
        "code.lost_digits"
    ]
    assert of_line(bureau, entity, raw_code=f"{right} ") == ["code.repaired"]


def test_a_registered_code_that_fails_its_check_is_only_noted(bureau):
    entity = make_entity(bureau=bureau, code="91500106MA607TMD10")
    assert of_line(bureau, entity) == ["code.check"]


def test_a_persons_number_is_never_shown(bureau):
    number = "11010519491231002X"
    found = check(
        filed(zone(line(name="张三", code=number, raw_code=number.lower()))),
        bureau=bureau,
        round=None,
        on=ON,
    )
    assert [one.code for one in found] == ["code.resident_id"]
    assert number not in repr([(one.message, one.before, one.after) for one in found])


def test_a_slip_is_named_where_the_register_knows_the_name(bureau):
    entity = make_entity(bureau=bureau, code="91500106MA607TMD13")
    swapped = "91500106MA607TMD31"
    (one,) = check(
        filed(zone(line(entity, code=swapped, raw_code=swapped))),
        bureau=bureau,
        round=None,
        on=ON,
    )
    assert "第17、18位颠倒" in one.message
    assert entity.code in one.message
    make_entity(bureau=bureau, name=entity.name)  # two of a name: nobody can tell which is meant
    (one,) = check(
        filed(zone(line(entity, code=swapped, raw_code=swapped))), bureau=bureau, round=None, on=ON
    )
    assert entity.code not in one.message


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("915OO1O6MA6O7TMDI3", "字母与数字形近"),
        ("9150010GMA607TMD13", "第8位应为6"),
        ("91500106MA670TMD13", "第12、13位颠倒"),
        ("91500106MA60TMD13", "少录一位"),
        ("91500106MA6077TMD13", "多录一位"),
        ("91500107MA608TMD14", ""),
    ],
)
def test_slips_of_the_hand(wrong, said):
    assert said in slip(wrong, "91500106MA607TMD13")
    assert bool(slip(wrong, "91500106MA607TMD13")) == bool(said)


def test_safety_fields_and_other_districts(bureau):
    entity = make_entity(bureau=make_bureau("别局"), safety=[Domain.FOOD_DRUG])
    found = check(filed(zone(line(entity))), bureau=bureau, round=None, on=ON)
    assert [(one.code, one.asks) for one in found] == [
        ("entity.other_district", True),
        ("safety_field", False),
    ]
    assert [one.code for one in blocking(found)] == ["entity.other_district"]
    explained = line(entity, explanations={"entity.other_district": "经营场所在园内"})
    found = check(filed(zone(explained)), bureau=bureau, round=None, on=ON)
    assert blocking(found) == []
    assert found[0].explained == "经营场所在园内"


def test_twice_in_a_roster_and_in_another_zone(bureau):
    entity = make_entity(bureau=bureau)
    twice = zone(line(entity), line(entity, number=9))
    other = zone(line(entity, number=3), name="乙园")
    found = check(filed(twice, other), bureau=bureau, round=None, on=ON)
    assert [(one.code, one.place.row) for one in found] == [
        ("roster.other_zone_here", 3),
        ("roster.twice", 9),
    ]
    assert "第2行" in found[1].message


def approved(bureau, entity, name="丙园"):
    made = Zone.objects.create(
        name=name, zone_type="park", address="x", bureau=bureau, since=date(2024, 9, 1)
    )
    occupant = Occupant.objects.create(zone=made, entity=entity, name=entity.name)
    RosterEntry(occupant=occupant, entity=entity, since=date(2024, 9, 1)).save()
    return made


def test_already_on_an_approved_roster(bureau):
    entity = make_entity(bureau=bureau)
    approved(make_bureau("别局"), entity)
    (one,) = check(filed(zone(line(entity))), bureau=bureau, round=None, on=ON)
    assert (one.code, one.asks) == ("roster.other_zone", True)
    assert "丙园" in one.message
    assert codes(filed(zone(line(entity))), bureau, on=date(2024, 8, 20)) == []


def test_counts_and_types(bureau):
    entity = make_entity(bureau=bureau)

    def of_zone(*lines, **fields):
        return codes(filed(zone(*lines, **fields)), bureau)

    assert of_zone(line(entity), declared_count=2) == ["count.differs"]
    assert of_zone(line(entity), declared_count=None) == ["count.missing"]
    assert of_zone(declared_count=3) == ["roster.missing"]
    total = {"total": 3, "total_place": Place("附表1", 9, "B")}
    assert of_zone(line(entity), **total) == ["count.total_differs"]
    assert of_zone(line(entity), zone_type="", type_text="孵化器") == ["zone.type_unknown"]
    assert of_zone(line(entity), zone_type="", type_text="") == ["zone.type_missing"]
    assert of_zone(line(entity), zone_type="other", type_text="其他") == ["zone.type_other"]
    assert of_zone(line(entity), zone_type="other", type_text="其他（楼宇）") == []
    assert of_zone(line(entity), name="") == ["zone.name_missing"]
    assert of_zone(line(entity), address="") == ["zone.address_missing"]
    near = {"孵化器": "孵化园", "众创空间": "孵化园", "双创基地": "创业创新园",
            "自贸试验区": "自贸片区", "工业园": "园区", "街": ""}  # fmt: skip
    assert {text: nearest_type(text) for text in near} == near


def test_names_of_zones_are_told_apart(bureau):
    one, two = make_entity(bureau=bureau), make_entity(bureau=bureau)
    both = filed(zone(line(one)), zone(line(two, number=3)))
    assert codes(both, bureau) == ["zone.name_twice"]
    approved(bureau, one, name="甲园")
    assert codes(filed(zone(line(two))), bureau) == ["zone.name_taken"]


def test_an_address_in_another_district(bureau):
    other = make_bureau("别局")
    district = District.objects.create(code="990001", name="试验甲区", short_name="试验甲")
    Jurisdiction(bureau=other, district=district, since=date(2000, 1, 1)).save()
    entity = make_entity(bureau=bureau)
    far = filed(zone(line(entity), address="重庆市试验甲区某路1号"))
    assert codes(far, bureau) == ["zone.address_elsewhere"]
    assert codes(filed(zone(line(entity), address="重庆市试验甲区某路1号")), other) == [
        "bureau.differs",
        "entity.other_district",
    ]


def test_one_or_two_zones_in_a_first_filing(bureau):
    def three():
        return filed(
            *(zone(line(make_entity(bureau=bureau), number=n), name=f"园{n}") for n in range(3))
        )

    assert codes(three(), bureau) == ["zone.too_many"]
    assert codes(filed(), bureau) == ["zone.none"]
    inherited = Zone.objects.create(
        name="丁园", zone_type="park", address="x", bureau=bureau, since=date(2024, 9, 1)
    )
    ZoneBureau(zone=inherited, bureau=bureau, since=date(2024, 9, 1)).save()
    assert codes(three(), bureau) == []


def test_an_earlier_approved_declaration_counts_as_filed(bureau):
    officer = make_user(bureau=bureau)
    Declaration.objects.create(bureau=bureau, status=DeclarationStatus.APPROVED, filed_by=officer)
    zones = [zone(line(make_entity(bureau=bureau), number=n), name=f"园{n}") for n in range(3)]
    assert codes(filed(*zones), bureau) == []


def test_rounds_and_lateness(bureau):
    first = pick_round(date(2024, 8, 16))
    assert first.deadline == date(2024, 8, 16)
    entity = make_entity(bureau=bureau)
    what = filed(zone(line(entity)))
    assert codes(what, bureau, first, on=first.deadline) == []
    assert codes(what, bureau, first, on=first.deadline + timedelta(days=1)) == ["declaration.late"]
    second = Round.objects.create(
        name="第二轮", opens_on=date(2025, 1, 1), deadline=date(2025, 3, 1)
    )
    assert pick_round(date(2025, 2, 1)) == second
    assert pick_round(date(2024, 12, 1)) == first
    assert pick_round(date(2026, 1, 1)) == second


def test_contacts(bureau):
    entity = make_entity(bureau=bureau)
    for fields, expected in (
        ({"contact_name": ""}, ["contact.name_missing"]),
        ({"contact_phone": ""}, ["contact.phone_missing"]),
        ({"contact_phone": "见名单"}, ["contact.phone_form"]),
    ):
        assert codes(filed(zone(line(entity)), **fields), bureau) == expected
    for text in ("13800000000", "023-60000000", "（023）6000 0000", "60000000转8001", "12345678901",
                 "13800000000/023-60000000", "+86 13800000000"):  # fmt: skip
        assert is_phone(text) == (text != "12345678901"), text


def test_bureaus_by_the_names_of_the_day():
    found = {
        text: getattr(find_bureau(text, date(2026, 1, 1)), "code", None)
        for text in ("九龙坡", "九龙坡区", "重庆市九龙坡区市场监督管理局", "九龙坡局", "两江新区",
                     "江北区", "成都", "", "重庆市", "市局")
    }  # fmt: skip
    jiulongpo = Bureau.objects.get(code="jiulongpo").code
    assert [found[text] for text in list(found)[:4]] == [jiulongpo] * 4
    assert found["两江新区"] is not None
    assert {found[text] for text in ("江北区", "成都", "", "重庆市", "市局")} == {None}
    assert find_bureau("江北区", date(2025, 11, 5)).code == "jiangbei"


def test_an_abolished_bureau_is_told_its_successor():
    entity = make_entity()
    (one,) = (
        one
        for one in check(
            filed(zone(line(entity)), bureau_text="江北区"), bureau=None, round=None,
            on=date(2026, 1, 1),
        )
    )  # fmt: skip
    assert one.code == "bureau.abolished"
    assert "两江新区" in one.message


def test_a_draft_says_the_same_as_its_workbook(bureau):
    entity = make_entity(bureau=make_bureau("别局"))
    officer = make_user(bureau=bureau)
    draft = Declaration.objects.create(
        bureau=bureau, filed_by=officer, contact_name="张三", contact_phone="023-60000000"
    )
    row = DeclaredZone.objects.create(
        declaration=draft, position=1, name="甲园", zone_type="park", address="某路1号",
        declared_count=2,
    )  # fmt: skip
    DeclaredEntity.objects.create(
        declared_zone=row, position=1, name=entity.name, code=entity.code,
        filed_code=f" {entity.code}", explanations={"entity.other_district": "场所在园内"},
    )  # fmt: skip
    what = of_draft(draft)
    found = check(what, bureau=bureau, round=None, on=ON, declaration_id=draft.pk)
    assert [(one.code, one.place) for one in found] == [
        ("count.differs", Place("申报表", 4, "E")),
        ("code.repaired", Place("附表1", 2, "C")),
        ("entity.other_district", Place("附表1", 2, "C")),
    ]
    assert [one.code for one in blocking(found)] == ["count.differs"]
    assert what.zones[0].roster[0].entity_id == entity.pk


def test_thousands_of_lines_take_a_few_queries(bureau, django_assert_max_num_queries):
    entities = [make_entity(bureau=bureau) for _ in range(30)]
    lines = [line(one, number=n) for n, one in enumerate(entities, 2)]
    lines += [line(name="重庆无此有限公司", code="x", number=n) for n in range(40, 90)]
    with django_assert_max_num_queries(25):
        check(filed(zone(*lines)), bureau=bureau, round=None, on=ON)
