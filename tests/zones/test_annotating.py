"""The workbook that comes back: findings in it, everything else as its people made it."""

from datetime import date
from io import BytesIO

import openpyxl
import pytest
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill
from openpyxl.worksheet.datavalidation import DataValidation

from core.errors import BadFile
from tests.zones.books import ONE, A, B, C, book, form, roster
from zones.checking.annotating import annotate
from zones.checking.checks import check
from zones.checking.marks import COLOURS
from zones.checking.reading import read
from zones.checking.results import with_results
from zones.checking.shapes import Finding, Place, Severity

ON = date(2024, 8, 16)
YELLOW = PatternFill("solid", fgColor="FFFFFF00")


def finding(sheet, row, column, severity=Severity.ERROR, message="名称不符。"):
    return Finding(Place(sheet, row, column), severity, "x", message, "附件")


def fills(sheet):
    return {
        cell.coordinate: cell.fill.fgColor.rgb
        for row in sheet.iter_rows()
        for cell in row
        if cell.fill.fill_type == "solid"
    }


def likeness(path, data_only=False):
    """Return value, format and font of every cell, and what lies around them."""
    made = openpyxl.load_workbook(path, data_only=data_only)
    return {
        sheet.title: (
            {
                cell.coordinate: (
                    cell.value,
                    cell.number_format,
                    cell.font.b,
                    cell.alignment.wrap_text,
                )
                for row in sheet.iter_rows()
                for cell in row
                if cell.value is not None or cell.number_format != "General"
            },
            sorted(map(str, sheet.merged_cells.ranges)),
            {letter: one.width for letter, one in sheet.column_dimensions.items()},
            [(str(one.sqref), one.formula1) for one in sheet.data_validations.dataValidation],
            sheet.sheet_state,
            sheet.freeze_panes,
        )
        for sheet in made.worksheets
    }


@pytest.fixture
def path(tmp_path):
    def dress(made):
        sheet = made["申报"]
        sheet.merge_cells("A1:E1")
        sheet["A1"].font = Font(bold=True)
        sheet.column_dimensions["B"].width = 33
        sheet.freeze_panes = "A4"
        rule = DataValidation(type="list", formula1='"园区,孵化园"')
        rule.add("C4:C9")
        sheet.add_data_validation(rule)
        annex = made["附表1"]
        annex["C2"].number_format = "@"
        annex["B3"].fill = YELLOW
        annex["B3"].comment = Comment("请核对", "张三")
        annex["E1"] = "=COUNTA(B2:B4)"
        made["其他"].sheet_state = "hidden"

    sheets = {"申报": form(ONE), "附表1": roster(A, B, C), "其他": [["随便", 1]]}
    return book(tmp_path, sheets, dress)


FOUND = [
    finding("申报", 4, "E"),
    finding("附表1", 2, "C", Severity.REPAIRED, "已修正。"),
    finding("附表1", 3, "B"),
    finding("附表1", 3, "C", Severity.WARNING, "=HYPERLINK()"),
]


def test_findings_stand_in_cells_comments_and_column(path, tmp_path):
    out = tmp_path / "out.xlsx"
    annotate(path, FOUND, out)
    made = openpyxl.load_workbook(out)
    form_sheet, annex = made["申报"], made["附表1"]
    assert fills(form_sheet) == {"E4": COLOURS[Severity.ERROR]}
    assert fills(annex) == {
        "C2": COLOURS[Severity.REPAIRED],
        "B3": COLOURS[Severity.ERROR],
        "C3": COLOURS[Severity.WARNING],
    }
    assert annex["B3"].comment.text.startswith("请核对")
    assert annex["B3"].comment.text.endswith("【错误】名称不符。")
    assert (form_sheet["F3"].value, form_sheet["F4"].value) == ("错误说明", "【错误】名称不符。")
    assert (annex["F1"].value, annex["F4"].value) == ("错误说明", None)
    assert annex["F3"].value == "【错误】名称不符。\n【提醒】=HYPERLINK()"
    assert annex["F3"].data_type == "s"
    assert annex.auto_filter.ref == "A1:F4"


def test_everything_else_is_untouched(path, tmp_path):
    out = tmp_path / "out.xlsx"
    before = likeness(path)
    annotate(path.read_bytes(), FOUND, out)
    after = likeness(out)
    for name, (cells, *around) in before.items():
        assert after[name][0].items() >= cells.items()
        added = after[name][0].keys() - cells.keys()
        assert {spot[0] for spot in added} <= {"F"}
        widths = {k: v for k, v in after[name][2].items() if k != "F"}
        assert [after[name][1], widths, *after[name][3:]] == around


def test_a_second_check_takes_the_first_one_back(path, tmp_path):
    first, second = tmp_path / "1.xlsx", tmp_path / "2.xlsx"
    annotate(path, FOUND, first)
    annotate(first, [finding("附表1", 4, "C", message="重复。")], second)
    annex = openpyxl.load_workbook(second)["附表1"]
    assert fills(annex) == {"B3": "FFFFFF00", "C4": COLOURS[Severity.ERROR]}
    assert (annex["B3"].comment.text, annex["B3"].comment.author) == ("请核对", "张三")
    assert annex["C2"].comment is None
    assert [annex[f"F{n}"].value for n in range(1, 5)] == ["错误说明", None, None, "【错误】重复。"]
    assert annex["G1"].value is None


@pytest.mark.django_db
def test_a_workbook_with_marks_is_read_as_before(path, tmp_path):
    found = check(read(path), bureau=None, round=None, on=ON)
    out = tmp_path / "out.xlsx"
    annotate(path, found, out)
    assert check(read(out), bureau=None, round=None, on=ON) == found


def test_results_of_formulas_stay(path, tmp_path):
    """A program that does not calculate reads in the copy what it read before."""
    computed = openpyxl.load_workbook(path)
    computed["附表1"]["E1"], computed["附表1"]["D1"] = 3, "x"
    held = tmp_path / "held.xlsx"
    with held.open("wb") as file:
        with_results(BytesIO(path.read_bytes()), computed, file)
    assert openpyxl.load_workbook(held, data_only=True)["附表1"]["E1"].value == 3
    out = tmp_path / "out.xlsx"
    annotate(held, FOUND, out)
    made = openpyxl.load_workbook(out, data_only=True)["附表1"]
    assert made["E1"].value == 3
    assert openpyxl.load_workbook(out)["附表1"]["E1"].value == "=COUNTA(B2:B4)"


def test_a_finding_inside_a_merged_range_or_nowhere_is_still_shown(path, tmp_path):
    out = tmp_path / "out.xlsx"
    annotate(path, [finding("申报", 1, "C"), finding("", 0, "", message="读不了。")], out)
    sheet = openpyxl.load_workbook(out)["申报"]
    assert "读不了。" in sheet["A1"].comment.text
    assert "名称不符。" in sheet["A1"].comment.text


def test_what_cannot_be_read_cannot_be_annotated(tmp_path):
    with pytest.raises(BadFile):
        annotate(b"PK\x03\x04nothing", FOUND, tmp_path / "out.xlsx")
