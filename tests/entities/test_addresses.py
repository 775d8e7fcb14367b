"""Addresses are placed by the names they carry, on the map of the day."""

import csv
import time
from pathlib import Path

import pytest

from entities.addresses import AddressIndex, DistrictNames, Located, StreetNames

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
YUBEI, BEIBEI, JIANGBEI, LIANGJIANG, QIJIANG, FENGJIE, YUZHONG = 1, 2, 3, 4, 5, 6, 7
NAMES = {
    YUBEI: ("渝北区", "渝北", "北部新区"),
    BEIBEI: ("北碚区", "北碚"),
    JIANGBEI: ("江北区", "江北"),
    QIJIANG: ("綦江区", "綦江", "万盛", "万盛经开区"),
    FENGJIE: ("奉节县", "奉节"),
    YUZHONG: ("渝中区", "渝中"),
}


@pytest.fixture(scope="module")
def old():
    """The map before 2025-11-06."""
    return AddressIndex(
        [DistrictNames(key, names) for key, names in NAMES.items()],
        [
            StreetNames(11, "双龙湖街道", YUBEI),
            StreetNames(12, "大湾镇", YUBEI),
            StreetNames(13, "兴隆镇", YUBEI),
            StreetNames(14, "兴隆镇", FENGJIE),
            StreetNames(15, "水土街道", BEIBEI),
        ],
    )


@pytest.fixture(scope="module")
def new():
    """The map since 2025-11-06: 江北 and 渝北 are 两江新区, some towns went to 北碚 and back."""
    gone = {YUBEI: LIANGJIANG, JIANGBEI: LIANGJIANG}
    districts = [DistrictNames(key, names, gone.get(key)) for key, names in NAMES.items()]
    districts.append(DistrictNames(LIANGJIANG, ("两江新区", "两江", "北部新区", "渝北", "江北")))
    return AddressIndex(
        districts,
        [
            StreetNames(11, "双龙湖街道", LIANGJIANG, (YUBEI,)),
            StreetNames(12, "大湾镇", BEIBEI, (YUBEI,)),
            StreetNames(13, "兴隆镇", BEIBEI, (YUBEI,)),
            StreetNames(14, "兴隆镇", FENGJIE),
            StreetNames(15, "水土街道", LIANGJIANG, (BEIBEI,)),
        ],
    )


def test_an_address_lies_where_its_street_lay_that_day(old, new):
    address = "重庆市渝北区双龙湖街道兰馨大道77号"
    assert old.locate(address) == Located(YUBEI, 11, "street")
    assert new.locate(address) == Located(LIANGJIANG, 11, "street")


def test_an_old_address_of_a_moved_town_goes_to_its_new_district(new):
    assert new.locate("重庆市渝北区大湾镇金安村", "渝北") == Located(BEIBEI, 12, "street")
    assert new.locate("重庆市渝北区兴隆镇徐堡村") == Located(BEIBEI, 13, "street")
    assert new.locate("重庆市北碚区水土街道云汉大道5号") == Located(LIANGJIANG, 15, "street")


def test_an_abolished_district_without_a_street_stands_for_its_successor(old, new):
    address = "重庆市江北区洋河花园17号10-1"
    assert old.locate(address) == Located(JIANGBEI, None, "district")
    assert new.locate(address) == Located(LIANGJIANG, None, "district")


def test_a_name_borne_by_two_streets_needs_the_district(old):
    assert old.locate("重庆市奉节县兴隆镇回龙村") == Located(FENGJIE, 14, "street")
    assert old.locate("兴隆镇回龙村") == Located(None, None, "none")
    assert old.locate("兴隆镇回龙村", "奉节") == Located(FENGJIE, 14, "street")


def test_a_name_borne_by_one_street_decides_alone(old):
    assert old.locate("双龙湖街道兰馨大道77号", "N/A") == Located(YUBEI, 11, "street")


def test_a_street_of_another_district_does_not_outweigh_the_district_written(old):
    assert old.locate("重庆市奉节县大湾镇1号") == Located(FENGJIE, None, "district")


def test_the_hint_helps_where_the_address_is_silent(old, new):
    assert old.locate("石油路1号", "渝中") == Located(YUZHONG, None, "hint")
    assert old.locate("金渝大道89号", "北部新区") == Located(YUBEI, None, "hint")
    assert new.locate("金渝大道89号", "渝北") == Located(LIANGJIANG, None, "hint")
    assert old.locate("", "重庆市万盛") == Located(QIJIANG, None, "hint")
    assert old.locate("科城路71号", "N/A") == Located(None, None, "none")


def test_the_address_goes_before_the_hint(old):
    assert old.locate("重庆市渝中区石油路1号", "江北") == Located(YUZHONG, None, "district")


def test_a_road_named_after_a_district_is_no_district(old):
    assert old.locate("重庆市綦江大道5号").how == "none"


def test_blanks_and_width_do_not_matter(old):
    assert old.locate(" 重庆市　渝北区 双龙湖街道1号").street_id == 11


def test_an_index_without_streets_still_knows_districts():
    index = AddressIndex([DistrictNames(1, ("忠县",))], [])
    assert index.locate("重庆市忠县忠州大道1号") == Located(1, None, "district")
    assert AddressIndex([], []).locate("重庆市忠县") == Located(None, None, "none")


def test_real_addresses_are_placed_in_the_district_the_register_names():
    if not DATA.exists():
        pytest.skip("The real register rows (../shared/data) are not on this machine.")
    rows = read("registry_2019.csv")
    districts = [row for row in read("districts.csv") if row["code"] != "500157"]
    codes = {row["code"] for row in districts}
    index = AddressIndex(
        [
            DistrictNames(
                int(row["code"]),
                (row["name"], row["short_name"], *filter(None, row["former_names"].split("|"))),
            )
            for row in districts
        ],
        [
            StreetNames(int(row["code"]), row["name"], int(row["district_code"]))
            for row in read("streets.csv")
            if row["district_code"] in codes
        ],
    )
    short = {row["short_name"]: int(row["code"]) for row in districts}
    begun = time.process_time()
    found = [index.locate(row["注册地址"], row["地区"]) for row in rows]
    assert (time.process_time() - begun) / len(rows) < 0.0001
    agree = [f.district_id == short[r["地区"]] for f, r in zip(found, rows, strict=True)
             if r["地区"] in short]  # fmt: skip
    assert sum(agree) / len(agree) > 0.97
    assert sum(f.how == "street" for f in found) / len(found) > 0.3


def read(name):
    with (DATA / name).open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))
