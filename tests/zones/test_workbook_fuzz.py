"""Any workbook that a machine can think of gives a report and comes back with it."""

import tempfile
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from openpyxl.comments import Comment

from tests.zones.books import FORM_HEADER, ROSTER_HEADER, A
from zones.checking.annotating import annotate
from zones.checking.checks import check
from zones.checking.reading import read
from zones.checking.shapes import Severity

ON = date(2024, 8, 16)
WORDS = [
    *FORM_HEADER, *ROSTER_HEADER, *A, "园区", "其他", "合计", "小计", "注：", "53户，见附表1",
    "见附表9", "填报区县：沙坪坝区", "填报区县", "联系人：", "联系电话：023-60000000", "所属园区",
    "错误说明", "=SUM(A1:A9)", "=A1&B1", "#N/A", "#REF!", "９１５００１０６ma607tmd13",
    "11010519491231002X", "\n", " ", "'", "@x", "_x0041_", "<v>&", "A" * 300,
]  # fmt: skip
TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=12)
VALUES = st.one_of(
    st.none(),
    st.sampled_from(WORDS),
    st.sampled_from(WORDS),
    TEXT,
    st.integers(-(10**20), 10**20),
    st.floats(-1e300, 1e300),
    st.booleans(),
    st.dates(date(1900, 3, 1)),
    # Whole seconds: a serial number of days keeps no more of them.
    st.datetimes(datetime(1900, 3, 1)).map(lambda one: one.replace(microsecond=0)),  # noqa: DTZ001
    st.times().map(lambda one: one.replace(microsecond=0)),
    st.integers(0, 400).map(timedelta),
    st.just(time(1)),
)
NAMES = st.one_of(
    st.sampled_from(["申报表", "附表1", "附表2", "明细", "附件二", "填写说明", "Sheet1", "甲园"]),
    st.text(st.characters(categories=("Lu", "Ll", "Lo", "Nd")), min_size=1, max_size=8),
)
SPOT = st.tuples(st.integers(1, 14), st.integers(1, 7))
SHEET = st.fixed_dictionaries(
    {
        "rows": st.lists(st.lists(VALUES, max_size=6), max_size=12),
        "merged": st.lists(st.tuples(SPOT, SPOT), max_size=3),
        "hidden": st.booleans(),
        "rows hidden": st.lists(st.integers(1, 14), max_size=3),
        "header": st.sampled_from([None, FORM_HEADER, ROSTER_HEADER]),
        "comment": st.booleans(),
        "filter": st.sampled_from([None, "A1:C9", "B2:B2"]),
    }
)
BOOKS = st.dictionaries(NAMES, SHEET, min_size=1, max_size=4)


def write(made, path):
    book = Workbook()
    book.remove(book.active)
    for name, plan in made.items():
        sheet = book.create_sheet(name)
        for row in [plan["header"] or (), *plan["rows"]]:
            sheet.append(list(row))
        if plan["comment"]:
            sheet["B2"].comment = Comment("请核对", "张三")
        for (top, left), (bottom, right) in plan["merged"]:
            sheet.merge_cells(
                start_row=min(top, bottom),
                end_row=max(top, bottom),
                start_column=min(left, right),
                end_column=max(left, right),
            )
        for row in plan["rows hidden"]:
            sheet.row_dimensions[row].hidden = True
        if plan["hidden"] and len(book.worksheets) > 1:
            sheet.sheet_state = "hidden"
        sheet.auto_filter.ref = plan["filter"]
    book.save(path)


def report(path):
    filed = read(path)
    return check(filed, bureau=None, round=None, on=ON)


def shape(findings):
    return [one.as_json() for one in findings]


@pytest.mark.django_db
@settings(
    max_examples=40,
    deadline=None,
    # A workbook shrinks slowly, and a large one says as well what is wrong.
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(made=BOOKS)
def test_any_workbook_gives_a_report_and_comes_back(made):
    with tempfile.TemporaryDirectory() as folder:
        path, back = Path(folder) / "in.xlsx", Path(folder) / "out.xlsx"
        try:
            write(made, path)
        except (ValueError, TypeError):
            return  # openpyxl does not write it: no workbook came about
        found = report(path)
        assert found, "A workbook like this has faults."
        assert all(one.message and one.code and one.clause for one in found)
        assert any(one.severity is Severity.ERROR for one in found)
        annotate(path, found, back)
        assert shape(report(back)) == shape(found)
        again = Path(folder) / "again.xlsx"
        annotate(back, found, again)
        assert shape(report(again)) == shape(found)
