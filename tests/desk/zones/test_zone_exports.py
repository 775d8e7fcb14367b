"""What leaves of zones: the list, the rosters, and a round in the annex's columns."""

import pytest
from django.urls import reverse

from tests.desk.exporting import exports, produce, table_of
from tests.zones.living import make_zone, on_roster
from zones.models import Declaration, DeclaredEntity, DeclaredZone, Round

pytestmark = pytest.mark.django_db

ANNEX = [
    *("填报区县", "序号", "申报名称", "所属类型", "注册登记地址"),
    *("区域内经营主体数量（户）", "联系人", "联系电话"),
]


@pytest.fixture(autouse=True)
def _files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def new(kind, query=""):
    return reverse("desk:export-new", args=(kind,)) + query


def taken(client, kind, columns, query=""):
    sent = {"columns": columns, "reason": "汇总备案，供企业处使用", "confirmed": "1"}
    client.post(new(kind, query), sent)
    return table_of(produce(exports().latest("id")))


@pytest.fixture
def declared(zone, people):
    """Declarations of a round: approved with a refused row, filed, and a draft."""
    first = Round.objects.for_system("test").first()
    for status, name in (("approved", "甲园区"), ("submitted", "乙园区"), ("draft", "丙园区")):
        declaration = Declaration.objects.create(
            bureau=zone.bureau,
            round=first,
            status=status,
            filed_by=people["own"],
            contact_name="赵主任",
            contact_phone="13912345678",
        )
        line = DeclaredZone.objects.create(
            declaration=declaration, position=1, name=name, zone_type="park", address="试验路1号"
        )
        for outcome in ("open", "refused"):
            DeclaredEntity.objects.create(declared_zone=line, position=1, outcome=outcome)
    return first


def test_a_round_leaves_in_the_columns_of_the_annex_with_masked_telephones(as_, declared):
    columns = [
        *("bureau", "position", "name", "zone_type", "address", "count"),
        *("contact_name", "contact_phone"),
    ]
    table = taken(as_("city"), "round", columns, f"?round={declared.pk}")
    assert [list(row) for row in table] == [ANNEX, ANNEX]
    assert [row["申报名称"] for row in table] == ["甲园区", "乙园区"]
    assert table[0]["区域内经营主体数量（户）"] == "1"
    assert table[0]["联系电话"] == "139****5678"
    assert table[0]["联系人"] == "赵**"


def test_a_round_must_be_named(as_, declared):
    answer = as_("city").get(new("round"))
    assert answer.status_code == 409
    assert "请先在区域总览中选择申报轮次" in answer.content.decode()


def test_rosters_are_numbered_within_their_zone(as_, zone, members, foreign, people):
    second = make_zone(zone.bureau, name="第二园区")
    on_roster(second, 2)
    elsewhere = make_zone(people["other"].bureau, name="外区园区")
    on_roster(elsewhere, 1)
    columns = ["zone", "number", "name", "code", "since", "until"]
    table = taken(as_("own"), "zone_roster", columns)
    assert [(row["区域"], row["序号"]) for row in table] == [
        *((zone.name, str(number)) for number in (1, 2, 3, 4)),
        *(("第二园区", str(number)) for number in (1, 2)),
    ]
    assert table[3]["统一社会信用代码"] == foreign.code
    one = taken(as_("own"), "zone_roster", columns, f"?zone={second.pk}")
    assert {row["区域"] for row in one} == {"第二园区"}


def test_the_list_of_zones_leaves_as_listed(as_, zone, members, people):
    make_zone(people["other"].bureau, name="外区园区")
    columns = ["name", "bureau", "state", "entities"]
    table = taken(as_("city"), "zones", columns, f"?bureau={zone.bureau.pk}")
    assert table == [
        {"区域名称": zone.name, "监管机关": "本区局", "状态": "有效", "名册（户）": "3"}
    ]


@pytest.mark.parametrize("kind", ["zones", "zone_roster", "round"])
@pytest.mark.parametrize(("person", "status"), [
    ("station", 403), ("unit", 403), ("auditor", 403), ("nobody", 302),
])  # fmt: skip
def test_who_may_not_take_them(as_, zone, members, kind, person, status):
    assert as_(person).get(new(kind)).status_code == status
