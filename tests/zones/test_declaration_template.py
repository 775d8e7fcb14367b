"""The template: the annex's columns, codes as text, a stamp; and the command that checks."""

import json
from datetime import date
from io import StringIO

import openpyxl
import pytest
from django.core.management import CommandError, call_command

from staff.models import Bureau
from tests.factories import make_entity
from tests.zones.books import FORM_HEADER, ROSTER_HEADER
from zones.checking.checks import check
from zones.checking.reading import read
from zones.checking.stamps import STAMP_NAME
from zones.checking.templates import make_template

pytestmark = pytest.mark.django_db
ON = date(2024, 8, 16)


@pytest.fixture
def bureau():
    return Bureau.objects.get(code="shapingba")


@pytest.fixture
def path(tmp_path, bureau):
    made = tmp_path / "模板.xlsx"
    make_template(made, bureau, ON)
    return made


def test_the_template_is_the_annex(path):
    made = openpyxl.load_workbook(path)
    assert made.sheetnames == ["填写说明", "申报表", "附表1", "附表2"]
    sheet, annex = made["申报表"], made["附表1"]
    assert tuple(cell.value for cell in sheet[3]) == FORM_HEADER
    assert sheet["A2"].value == "填报区县：沙坪坝区"
    assert (sheet["A6"].value, sheet["D6"].value) == ("联系人：", "联系电话：")
    assert tuple(cell.value for cell in annex[1]) == ROSTER_HEADER
    assert {annex.cell(row, 3).number_format for row in range(2, 3001)} == {"@"}
    (types,) = [r for r in sheet.data_validations.dataValidation if r.type == "list"]
    assert (str(types.sqref), types.formula1) == (
        "C4:C5",
        '"园区,孵化园,创业创新园,自贸片区,其他"',
    )
    assert all(rule.prompt for rule in annex.data_validations.dataValidation)


def test_an_empty_template_has_findings(path, bureau):
    found = check(read(path), bureau=None, round=None, on=ON)
    assert sorted(one.code for one in found) == [
        "contact.name_missing",
        "contact.phone_missing",
        "zone.none",
    ]


def filled(path, bureau):
    entity = make_entity(bureau=bureau)
    made = openpyxl.load_workbook(path)
    for cell, value in {"B4": "甲园", "C4": "园区", "D4": "西永大道", "E4": "1户，见附表1",
                        "A6": "联系人：张三", "D6": "联系电话：13800000000"}.items():  # fmt: skip
        made["申报表"][cell] = value
    made["附表1"]["A2"], made["附表1"]["B2"], made["附表1"]["C2"] = 1, entity.name, entity.code
    return made


def test_a_filled_template_passes(path, bureau):
    filled(path, bureau).save(path)
    assert check(read(path), bureau=None, round=None, on=ON) == []


def test_an_older_template_is_said(path, bureau):
    made = filled(path, bureau)
    made.defined_names[STAMP_NAME].attr_text = '"2025-3"'
    made.save(path)
    (one,) = check(read(path), bureau=None, round=None, on=ON)
    assert (one.code, str(one.severity)) == ("template.old", "warning")
    assert "2025-3" in one.message


def run(path, **options):
    out = StringIO()
    call_command("check_declaration", str(path), stdout=out, on="2024-08-16", **options)
    return out.getvalue()


def test_the_command_on_a_right_workbook(path, bureau):
    filled(path, bureau).save(path)
    assert json.loads(run(path, json=True)) == []
    assert "合计：错误0项，提醒0项，已修正0项。" in run(path, bureau="shapingba")


def test_the_command_counts_in_words_and_ends_with_one(path, capsys):
    with pytest.raises(SystemExit) as ended:
        call_command("check_declaration", str(path), on="2024-08-16")
    assert ended.value.code == 1
    said = capsys.readouterr().out
    assert "【申报表】" in said
    assert "错误 第6行A列 缺少联系人" in said
    assert "合计：错误3项，提醒0项，已修正0项。" in said


def test_what_cannot_be_read_is_one_finding(tmp_path, capsys):
    path = tmp_path / "x.xlsx"
    path.write_bytes(b"\xd0\xcf\x11\xe0" + bytes(100))
    with pytest.raises(SystemExit) as ended:
        call_command("check_declaration", str(path), json=True)
    assert ended.value.code == 1
    (one,) = json.loads(capsys.readouterr().out)
    assert (one["sheet"], one["row"], one["code"]) == ("", 0, "file.unreadable")


@pytest.mark.parametrize(
    ("options", "said"),
    [({"on": "8月"}, "不是 YYYY-MM-DD"), ({"bureau": "none"}, "没有代码为 none 的区县局")],
)
def test_a_wrong_option_is_refused(path, options, said):
    with pytest.raises(CommandError, match=said):
        call_command("check_declaration", str(path), **options)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(CommandError, match="找不到文件"):
        call_command("check_declaration", str(tmp_path / "none.xlsx"))
