"""The three sample workbooks against the register of which they were made."""

import json
from datetime import date
from io import StringIO

import openpyxl
import pytest
from django.core.management import call_command

from entities.models import Entity
from zones.checking.annotating import annotate
from zones.checking.checks import check, pick_round
from zones.checking.reading import read
from zones.checking.shapes import Severity

IN_TIME = date(2024, 8, 16)
TODAY = date(2026, 11, 24)

# Every fault of the third workbook: sheet, row, column, severity, code, words of the sentence.
FAULTS = [
    ("申报表", 4, "C", "error", "zone.type_unknown", "“孵化园”"),
    ("申报表", 5, "A", "error", "contact.name_missing", "联系人"),
    ("申报表", 5, "D", "error", "contact.phone_missing", "联系电话"),
    ("附表1", 5, "C", "repaired", "code.repaired", "91500107MA607UH9XL"),
    ("附表1", 6, "C", "repaired", "code.repaired", "91500107MA607THQ6M"),
    ("附表1", 7, "B", "error", "name.differs", "“重庆享看科技有限公司”"),
    ("附表1", 9, "C", "error", "roster.twice", "第8行"),
    ("附表1", 10, "C", "error", "code.check_character", "第18位应为X"),
    ("附表1", 11, "C", "error", "code.lost_digits", "设为“文本”"),
    ("附表1", 12, "C", "error", "code.check_character", "登记库中没有此代码"),
    ("附表1", 13, "C", "warning", "entity.other_district", "渝中局"),
    ("附表1", 14, "B", "error", "name.missing", "吉的堡课外培训学校"),
    ("附表1", 15, "C", "error", "code.missing", "91500107MA607WPX2Y"),
    ("附表1", 34, "B", "error", "count.total_differs", "31户"),
]
NOTED = {4, 6, 16, 19, 22}
"""Rows of entities in a safety field, of which the check only takes note."""

# What an officer writes into the third workbook after reading the findings.
CORRECTIONS = {
    "申报表": {"C4": "孵化园", "A5": "联系人：张三", "D5": "联系电话：023-60000001"},
    "附表1": {
        "B7": "重庆享看科技有限公司",
        "C10": "91500107MA607TJB6X",
        "B14": "重庆市九龙坡区吉的堡课外培训学校有限公司",
        "C15": "91500107MA607WPX2Y",
        "B34": "28户",
    },
}


def findings(path, on=IN_TIME, bureau=None):
    return check(read(path), bureau=bureau, round=pick_round(on), on=on)


def told(found):
    return [
        (one.place.sheet, one.place.row, one.place.column, str(one.severity), one.code)
        for one in found
        if one.code != "safety_field"
    ]


@pytest.mark.usefixtures("register")
def test_the_samples_against_the_real_register(samples, tmp_path):
    for name, on in (("one_zone", IN_TIME), ("one_zone", TODAY), ("two_zones", TODAY)):
        found = findings(samples / f"declaration_{name}.xlsx", on)
        late = [("申报表", 2, "A", "warning", "declaration.late")] if on == TODAY else []
        assert told(found) == late, (name, on)
    third = samples / "declaration_with_problems.xlsx"
    found = findings(third)
    assert told(found) == [line[:5] for line in FAULTS]
    for one, (*_, words) in zip(
        (one for one in found if one.code != "safety_field"), FAULTS, strict=True
    ):
        assert words in one.message
    assert {one.place.row for one in found if one.code == "safety_field"} == NOTED
    assert all(not one.asks for one in found if one.code == "safety_field")
    _the_command_says_the_same(third, found, tmp_path)
    _corrected_it_passes(third, found, tmp_path)


def _the_command_says_the_same(third, found, tmp_path):
    out = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command(
            "check_declaration",
            str(third),
            json=True,
            on=IN_TIME.isoformat(),
            out=str(tmp_path / "back.xlsx"),
            stdout=out,
        )
    assert ended.value.code == 1
    assert json.loads(out.getvalue()) == [one.as_json() for one in found]
    assert [one.as_json() for one in findings(tmp_path / "back.xlsx")] == json.loads(out.getvalue())


def _corrected_it_passes(third, found, tmp_path):
    """The officer corrects the workbook that came back, and hands it in again."""
    back = tmp_path / "corrected.xlsx"
    annotate(third, found, back)
    book = openpyxl.load_workbook(back)
    for sheet, cells in CORRECTIONS.items():
        for cell, value in cells.items():
            book[sheet][cell] = value
    right = Entity.objects.for_system("test").get(name="中安信资(重庆)投资有限公司").code
    book["附表1"]["C11"] = right
    book["附表1"]["C11"].number_format = "@"
    book["附表1"].delete_rows(12)  # 重庆不存在科技有限公司
    book["附表1"].delete_rows(9)  # the second 重庆千涵软件有限公司
    book["申报表"]["E4"] = "28户，见附表1"
    book.save(back)
    again = findings(back)
    assert [one for one in again if one.severity is Severity.ERROR] == []
    assert [one.code for one in again if one.asks] == ["entity.other_district"]
