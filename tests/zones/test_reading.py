"""Whatever people make of the annex is read as what they meant, or said to be unclear."""

from datetime import date

import pytest

from core.errors import BadFile
from tests.zones.books import (
    FOOT,
    FORM_HEADER,
    ONE,
    ROSTER_HEADER,
    TWO,
    A,
    B,
    C,
    book,
    form,
    roster,
)
from zones.checking.loading import MAX_DECLARATION_BYTES
from zones.checking.reading import read


def zones(filed):
    return {zone.name: [one.code for one in zone.roster] for zone in filed.zones}


def early(filed):
    return [(one.code, one.place.sheet, one.place.row) for one in filed.early]


BOTH = {"甲园": [A[1]], "乙园": [B[1]]}


def test_two_zones_with_their_annexes(tmp_path):
    filed = read(book(tmp_path, {"申报表": form(ONE, TWO), "附表1": roster(A), "附表2": roster(B)}))
    assert zones(filed) == BOTH
    assert early(filed) == []
    assert (filed.bureau_text, filed.contact_name) == ("沙坪坝区", "张三")
    assert filed.contact_phone == "023-60000000"
    assert [zone.declared_count for zone in filed.zones] == [1, 1]


@pytest.mark.parametrize(
    "sheets",
    [
        {"附表2": roster(B), "附表1": roster(A), "表": form(ONE, TWO)},
        {"申报": form(ONE, TWO), "乙园名单": roster(B), "甲园": roster(A)},
        {"申报": form(ONE, TWO), "附件二": roster(B), "附件一": roster(A)},
        {"Sheet1": form(ONE, TWO), "Sheet2": [["附表2"], *roster(B)], "Sheet3": roster(A)},
        {"Sheet1": form(ONE, TWO), "Sheet9": roster(A), "Sheet3": roster(B)},
        {"Sheet1": form(ONE, TWO), "Sheet2": [["乙园经营主体明细"], *roster(B)], "x": roster(A)},
        {"全部": [*form(ONE, TWO), [], ["附表1"], *roster(A), [], ["附表2"], *roster(B)]},
        {
            "申报": form(ONE, TWO),
            "明细": [
                ["统一社会信用代码", "企业名称", "所属园区"],
                [B[1], B[0], "乙园"],
                [A[1], A[0], "甲园"],
            ],
        },
        {
            "申报": form(ONE, TWO),
            "明细": [ROSTER_HEADER, ["甲园"], [1, *A], ["乙园"], [1, *B]],
        },
    ],
    ids=["other order", "by name", "Chinese numerals", "by title", "by order", "by zone's title",
         "one sheet", "zone column", "sections"],
)  # fmt: skip
def test_an_annex_finds_its_zone(tmp_path, sheets):
    filed = read(book(tmp_path, sheets))
    assert zones(filed) == BOTH
    assert early(filed) == []


def test_a_zone_that_is_merged_over_its_rows(tmp_path):
    rows = [["所在区域", "名称", "代码"], ["甲园", *A], [None, *C], ["乙园", *B]]
    path = book(
        tmp_path,
        {"申报": form(ONE, TWO), "明细": rows},
        lambda made: made["明细"].merge_cells("A2:A3"),
    )
    assert zones(read(path)) == {"甲园": [A[1], C[1]], "乙园": [B[1]]}


def test_an_unknown_zone_and_an_annex_too_many_are_said(tmp_path):
    rows = [["所属区域", "名称", "代码"], ["甲园", *A], ["丁园", *B]]
    filed = read(book(tmp_path, {"申报": form(ONE), "明细": rows}))
    assert early(filed) == [("roster.zone_unknown", "明细", 3)]
    filed = read(book(tmp_path, {"申报": form(ONE), "附表1": roster(A), "附表2": roster(B)}))
    assert early(filed) == [("roster.unplaced", "附表2", 1)]


def test_totals_blank_lines_and_notes_are_no_entities(tmp_path):
    rows = [
        ["经营主体明细表"],
        [],
        *roster(A),
        [2],
        [],
        ["小计", "1户"],
        ROSTER_HEADER,
        [3, *C],
        ["合计", None, "2户"],
        ["注：以上数据截至8月"],
        [None, "填表人：李四", "2024年8月1日"],
    ]
    filed = read(book(tmp_path, {"申报": form(ONE), "附表1": rows}))
    assert zones(filed) == {"甲园": [A[1], C[1]]}
    assert (filed.zones[0].total, filed.zones[0].total_place.row) == (2, 10)


def test_counts_in_many_words(tmp_path):
    counts = [
        "53户，见附表1",
        53,
        "见附表1",
        "共53家（附表1）",
        "五十三户",
        "1,053户",
        "53.0",
        "若干",
    ]
    lines = [(f"园{n}", "园区", "西永", count) for n, count in enumerate(counts)]
    filed = read(book(tmp_path, {"申报": form(*lines)}))
    assert [zone.declared_count for zone in filed.zones] == [53, 53, None, 53, 53, 1053, 53, None]


@pytest.mark.parametrize(
    ("title", "foot", "told"),
    [
        (["填报区县 沙坪坝区"], FOOT, ("沙坪坝区", "张三", "023-60000000")),
        (["填报区县", "沙坪坝区"], ["联系人", "张三", "联系电话", 13800000000],
         ("沙坪坝区", "张三", "13800000000")),
        (["填报单位（盖章）：沙坪坝区市场监管局   填报日期：2024年8月"],
         ["联系人：张三  联系电话：023-60000000"], ("沙坪坝区市场监管局", "张三", "023-60000000")),
        (["填报区县："], ["联系人：", None, None, "联系电话："], ("", "", "")),
    ],
)  # fmt: skip
def test_head_and_foot_in_one_cell_or_in_neighbors(tmp_path, title, foot, told):
    rows = [["申报表"], title, FORM_HEADER, [1, *ONE], foot]
    filed = read(book(tmp_path, {"申报": rows, "附表1": roster(A)}))
    assert (filed.bureau_text, filed.contact_name, filed.contact_phone) == told
    assert len(filed.zones) == 1


def test_codes_of_every_kind_of_cell(tmp_path):
    rows = roster(
        (A[0], 915001066992665111),
        (A[0], 500106000123456),
        (A[0], "＝1"),
        (A[0], "=A1&B1"),
        (A[0], "#N/A"),
        (date(2024, 8, 1), A[1]),
        ("重庆甲\n有限公司 ", " 91500106ma607tmd13"),
    )
    filed = read(book(tmp_path, {"申报": form(ONE), "附表1": rows}))
    lines = filed.zones[0].roster
    assert [line.number_cell for line in lines] == [True, True, False, False, False, False, False]
    assert lines[0].code == "915001066992665000"
    assert lines[1].code == "500106000123456"
    assert early(filed) == [
        ("cell.formula", "附表1", 5),
        ("cell.error", "附表1", 6),
        ("cell.date", "附表1", 7),
    ]
    assert (lines[6].name, lines[6].code) == ("重庆甲 有限公司", A[1])


def test_what_is_hidden_is_read_and_said(tmp_path):
    def hide(made):
        made["附表1"].sheet_state = "hidden"
        made["附表1"].row_dimensions[3].hidden = True

    path = book(tmp_path, {"申报": form(ONE), "附表1": roster(A, C)}, hide)
    filed = read(path)
    assert zones(filed) == {"甲园": [A[1], C[1]]}
    assert early(filed) == [("sheet.hidden", "附表1", 1), ("row.hidden", "附表1", 3)]


def test_without_the_annex_table_the_rosters_are_read_all_the_same(tmp_path):
    filed = read(book(tmp_path, {"名单": roster(A, B)}))
    assert early(filed) == [("form.missing", "名单", 1)]
    assert zones(filed) == {"名单": [A[1], B[1]]}


def test_a_roster_without_header_is_known_by_what_it_holds(tmp_path):
    filed = read(book(tmp_path, {"申报": form(ONE), "附表1": [(1, *A), (2, *B)]}))
    assert zones(filed) == {"甲园": [A[1], B[1]]}
    assert early(filed) == [("roster.header_missing", "附表1", 1)]


def test_other_words_in_the_header(tmp_path):
    head = ["园区名称", "户 数", "类别", "住所"]
    rows = [["填报区县：沙坪坝"], head, ["甲园", 1, "园区", "西永"], FOOT]
    annex = [["社会信用代码（18位）*", "市场主体名称", "备注"], [A[1], A[0], "无"]]
    filed = read(book(tmp_path, {"x": rows, "y": annex}))
    assert zones(filed) == {"甲园": [A[1]]}
    assert (filed.zones[0].address, filed.zones[0].zone_type) == ("西永", "park")


@pytest.mark.parametrize("size", [MAX_DECLARATION_BYTES + 1, 100 << 20])
def test_a_large_workbook_is_refused_by_its_size(tmp_path, size):
    path = tmp_path / "大.xlsx"
    with path.open("wb") as file:
        file.write(b"PK\x03\x04")
        file.truncate(size)
    with pytest.raises(BadFile, match=f"申报表大小 {size >> 20} MB，超过上限 20 MB"):
        read(path)


def test_ranges_that_would_fill_the_memory_are_refused(tmp_path):
    path = book(
        tmp_path, {"申报": form(ONE)}, lambda made: made["申报"].merged_cells.add("A10:XFD1048576")
    )
    with pytest.raises(BadFile, match="合并了过多的单元格"):
        read(path)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "空的"),
        (b"\xd0\xcf\x11\xe0" + bytes(600), "旧版 .xls 或加密"),
        (b"name,code\n", "应为 .xlsx 工作簿"),
        (b"PK\x03\x04" + bytes(600), "损坏"),
    ],
)
def test_what_is_no_workbook_is_refused_with_a_sentence(tmp_path, content, said):
    path = tmp_path / "x.xlsx"
    path.write_bytes(content)
    with pytest.raises(BadFile, match=said):
        read(path)
