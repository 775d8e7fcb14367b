"""A register row is read as it stands; only what identifies nobody is refused."""

from datetime import date
from pathlib import Path

import pytest

from core.tabular import open_table
from entities.choices import Kind, Status
from entities.registers import COLUMNS, LABELS, clean, read_date, read_kind, read_row, read_status

REGISTER = Path(__file__).resolve().parents[3] / "shared" / "data" / "registry_2019.csv"
GOOD = {
    "name": "重庆甲商贸有限公司",
    "code": "91500112MA607QEM6A",
    "established_on": "2019-01-01",
    "kind": "有限责任公司",
    "capital": "50(万)",
    "scope": "餐饮服务",
    "district": "渝北",
    "address": "重庆市渝北区双龙湖街道1号",
    "status": "存续（在营、开业、在册）",
}


def values(**changes):
    cells = GOOD | changes
    return [cells.get(name, "") for name in COLUMNS]


def read(**changes):
    row, problems = read_row(values(**changes))
    return row, [(problem.field, problem.fatal) for problem in problems]


def test_a_good_row_is_read_without_a_word():
    row, problems = read()
    assert problems == []
    assert (row.name, row.code, row.code_problem) == (GOOD["name"], GOOD["code"], "")
    assert (row.established_on, row.kind, row.status) == (date(2019, 1, 1), "company", "active")
    assert (row.capital, row.scope, row.district_word) == ("50(万)", "餐饮服务", "渝北")


def test_empty_marks_are_empty():
    row, problems = read(kind="N/A", capital="-", district="N/A", address=" — ", status="")
    assert problems == []
    assert (row.kind_text, row.capital, row.district_word, row.address) == ("", "", "", "")
    assert row.status is None
    assert row.kind == Kind.COMPANY


@pytest.mark.parametrize("field", ["name", "code"])
def test_a_row_without_name_or_code_is_refused(field):
    row, problems = read(**{field: " "})
    assert row is None
    assert (LABELS[field], True) in problems


def test_an_invalid_code_is_kept_with_a_warning():
    row, problems = read(code="9150O112MA607QEM6A")
    assert row.code == "9150O112MA607QEM6A"
    assert "可能是数字 0" in row.code_problem
    assert problems == [("统一社会信用代码", False)]


@pytest.mark.parametrize("code", ["9.15E+17", "915001127562487000", "11010519491231002X"])
def test_a_code_that_identifies_nobody_is_refused(code):
    row, problems = read_row(values(code=code))
    assert row is None
    assert problems[0].fatal
    assert problems[0].advice


def test_a_residents_number_is_not_repeated_in_the_error_file():
    _, (problem,) = read_row(values(code="11010519491231002X"))
    assert problem.value == "110105********002X"


@pytest.mark.parametrize(
    "text",
    ["2019-01-01", "2019/1/1", "2019.1.1", "2019年1月1日", "20190101", "43466", "43466.0",
     "2019-01-01 00:00:00", "２０１９-01-01"],
)  # fmt: skip
def test_a_date_is_read_in_any_usual_form(text):
    assert read_date(text) == date(2019, 1, 1)


@pytest.mark.parametrize("text", ["", "昨天", "2019-13-01", "2019-02-30", "1"])
def test_what_is_no_date_is_none(text):
    assert read_date(text) is None


def test_an_unreadable_date_is_left_empty_with_a_warning():
    row, problems = read(established_on="去年", status_on="前年")
    assert (row.established_on, row.status_on) == (None, None)
    assert problems == [("注册日期", False), ("状态日期", False)]


def test_the_day_of_the_status_and_the_service_address_are_read():
    row, problems = read(status="注销", status_on="2024/5/1", service_address="重庆市渝中区1号")
    assert problems == []
    assert (row.status_on, row.service_address) == (date(2024, 5, 1), "重庆市渝中区1号")


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("存续（在营、开业、在册）", Status.ACTIVE),
        ("在业", Status.ACTIVE),
        ("正常", Status.ACTIVE),
        ("歇业", Status.DORMANT),
        ("已注销", Status.DEREGISTERED),
        ("吊销，未注销", Status.REVOKED),
        ("吊销，已注销", Status.DEREGISTERED),
        ("撤销登记", Status.CANCELLED),
        ("迁出", Status.MOVED_OUT),
        ("正在清算", Status.LIQUIDATING),
        ("不详", None),
    ],
)
def test_a_status_wording_tells_the_status(text, status):
    assert read_status(text) == status


def test_an_unknown_status_counts_as_not_given():
    row, problems = read(status="不详")
    assert row.status is None
    assert problems == [("登记状态", False)]


@pytest.mark.parametrize(
    ("text", "code", "name", "kind"),
    [
        ("有限责任公司(自然人投资或控股)", "91", "重庆甲有限公司", Kind.COMPANY),
        ("有限责任公司分公司(自然人独资)", "91", "重庆甲有限公司乙分公司", Kind.BRANCH),
        ("", "91", "重庆甲有限公司万州分公司", Kind.BRANCH),
        ("", "91", "重庆甲旅行社有限公司南坪门市部", Kind.BRANCH),
        ("", "91", "甲（重庆）有限责任公司", Kind.COMPANY),
        ("有限责任公司", "91", "甲餐饮有限公司解放碑店", Kind.BRANCH),
        ("个人独资企业", "91", "垫江县甲养殖场", Kind.SOLE_PROPRIETORSHIP),
        ("", "91", "巫山县甲养殖场", Kind.OTHER),
        ("有限合伙企业", "91", "甲中心（有限合伙）", Kind.PARTNERSHIP),
        ("", "91", "甲中心（有限合伙）", Kind.PARTNERSHIP),
        ("个体工商户", "92", "甲餐馆", Kind.HOUSEHOLD),
        ("", "92", "甲餐馆", Kind.HOUSEHOLD),
        ("", "93", "甲种植专业合作社", Kind.COOPERATIVE),
        ("", "91", "甲餐饮有限公司解放碑店", Kind.BRANCH),
        ("", "93", "甲种植专业合作社乙分社", Kind.COOPERATIVE_BRANCH),
        ("农民专业合作社分支机构", "93", "甲合作社乙店", Kind.COOPERATIVE_BRANCH),
        ("全民所有制", "91", "重庆甲厂", Kind.STATE_OR_COLLECTIVE),
        ("非公司企业法人分支机构（国有经济）", "91", "重庆甲厂乙部", Kind.BRANCH),
        ("外国企业常驻代表机构", "91", "甲株式会社重庆代表处", Kind.FOREIGN_OFFICE),
    ],
)
def test_the_kind_follows_wording_then_code_then_name(text, code, name, kind):
    assert read_kind(text, code + "5" * 16, name) == kind


def test_an_industry_code_is_taken_out_of_its_wording():
    assert read(industry="C1492 保健食品制造")[0].industry == "C1492"
    assert read(industry="6210")[0].industry == "6210"
    assert read(industry="餐饮业") == (read()[0], [("行业代码", False)])


def test_former_names_are_split_and_said_once():
    row, _ = read(former_names="重庆乙公司；重庆丙公司、重庆乙公司")
    assert row.former_names == ("重庆乙公司", "重庆丙公司")


def test_what_is_too_long_for_the_table_is_cut_and_said():
    row, problems = read(representative="甲" * 80)
    assert len(row.representative) == 60
    assert problems == [("法定代表人", False)]


def test_a_cell_loses_control_characters():
    assert clean(" 甲\x00乙\u200b ") == "甲 乙"


def test_the_real_rows_are_all_read():
    if not REGISTER.exists():
        pytest.skip("The real register rows (../shared/data) are not on this machine.")
    with open_table(REGISTER, COLUMNS) as table:
        assert set(table.header) >= {"name", "code", "established_on", "kind", "scope", "address"}
        found = [read_row(cells) for _, cells in table.rows()]
    assert len(found) == 5276
    assert all(row is not None and row.established_on for row, _ in found)
    assert sum(bool(problems) for _, problems in found) < 20
    kinds = [row.kind for row, _ in found]
    assert kinds.count("household") == 107
    assert kinds.count("other") < 60
