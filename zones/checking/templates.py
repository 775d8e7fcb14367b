"""The workbook to fill in: the annex's own columns, a list of types, codes as text, a stamp."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any, BinaryIO

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation

from core.workbooks import A4, TEXT, text_of
from policy.limits import limits_in_force
from staff.models import Bureau
from zones.checking.stamps import STAMP_NAME, VERSION, stamp_value
from zones.choices import ZoneType

TITLE = "区域类“沙盒监管”申报表"
FORM_HEADER = (
    "序号",
    "申报名称",
    "所属类型（园区、孵化园、创业创新园、自贸片区等）",
    "注册登记地址",
    "区域内经营主体数量（户），经营主体明细（附表，包括名称、统一社会信用代码）",
)
ROSTER_HEADER = ("序号", "名称", "统一社会信用代码")
FORM_WIDTHS = (8, 28, 24, 36, 30)
ROSTER_WIDTHS = (8, 46, 26)
HEADER_ROW = 3
LAST_ROW = 3000
"""Rows of an annex sheet that are laid out; the format of its column reaches to the last one."""

INSTRUCTIONS = (
    "本工作簿用于申报区域类“沙盒监管”（政策附件）。填写“申报表”和各“附表”，保存后上传核对。",
    "一、申报表：每个区域一行。所属类型从下拉列表选取；选“其他”的请写明，如：其他（商务楼宇）。",
    "二、数量栏写户数和附表号，如：53户，见附表1。户数应与附表行数一致。",
    "三、附表：每个区域一张，表名为附表1、附表2……；更多区域请复制附表并改名。",
    "四、代码列已设为文本格式，请勿改为数字；从别处复制时请用“选择性粘贴—值”。",
    "五、名称按营业执照填写，须与登记库一致。请勿填写个人身份证号。",
    "六、首次申报以{most}个区域为限。联系人、联系电话写在申报表表尾。",
    "七、核对后返回的工作簿中，红色为错误、黄色为提醒、绿色为已修正；改好后可直接再次上传。",
)
_THIN = Side(style="thin", color="FF808080")
_BORDER = Border(left=_THIN, right=_THIN, top=_THIN, bottom=_THIN)
_FILL = PatternFill("solid", fgColor="FFEEF2F5")
_CENTRE = Alignment(horizontal="center", vertical="center", wrap_text=True)
_LEFT = Alignment(vertical="center", wrap_text=True)


def make_template(out: Path | str | BinaryIO, bureau: Bureau | None, on: date) -> None:
    """Write the template of a day's limits; with a bureau its 填报区县 is filled in."""
    most = limits_in_force(on)["zones.first_filing_most"]
    book = Workbook()
    _write_instructions(book.active, most)
    _write_form(book.create_sheet("申报表"), bureau, most)
    for number in range(1, most + 1):
        _write_roster(book.create_sheet(f"附表{number}"))
    book.active = 1
    for sheet in book.worksheets:
        sheet.sheet_view.tabSelected = sheet.title == "申报表"
    book.defined_names[STAMP_NAME] = DefinedName(STAMP_NAME, attr_text=stamp_value(), hidden=True)
    book.save(out)


def _write_instructions(sheet: Any, most: int) -> None:
    sheet.title = "填写说明"
    sheet.column_dimensions["A"].width = 100
    lines = (TITLE + "填写说明", *INSTRUCTIONS, f"模板版本 {VERSION}")
    for number, line in enumerate(lines, 1):
        cell = sheet.cell(number, 1, line.format(most=most))
        cell.alignment = _LEFT
    sheet["A1"].font = Font(bold=True, size=14)


def _write_form(sheet: Any, bureau: Bureau | None, most: int) -> None:
    _lay_out(sheet, FORM_WIDTHS, "landscape")
    sheet.merge_cells("A1:E1")
    sheet.merge_cells("A2:E2")
    sheet["A1"], sheet["A1"].font, sheet["A1"].alignment = TITLE, Font(bold=True, size=16), _CENTRE
    sheet["A2"] = text_of(f"填报区县：{district_said(bureau)}")
    _write_header(sheet, HEADER_ROW, FORM_HEADER)
    first, foot = HEADER_ROW + 1, HEADER_ROW + most + 1
    for row in range(first, foot):
        sheet.cell(row, 1, row - HEADER_ROW)
        for column in range(1, len(FORM_HEADER) + 1):
            cell = sheet.cell(row, column)
            cell.border, cell.alignment = _BORDER, _CENTRE if column == 1 else _LEFT
    sheet.cell(foot, 1, "联系人：")
    sheet.cell(foot, 4, "联系电话：")
    _ask(sheet, f"B{first}:B{foot - 1}", "申报名称", "区域的全称，同一局不得重名。")
    _offer_types(sheet, f"C{first}:C{foot - 1}")
    _ask(sheet, f"D{first}:D{foot - 1}", "注册登记地址", "写到街道、路名，如：沙坪坝区西永大道。")
    _ask(sheet, f"E{first}:E{foot - 1}", "数量和附表", "写户数和附表号，如：53户，见附表1。")
    sheet.freeze_panes = f"A{first}"


def district_said(bureau: Bureau | None) -> str:
    """Return a bureau's place as 填报区县 has it: 沙坪坝区, 两江新区."""
    if bureau is None:
        return ""
    return bureau.name.removeprefix("重庆市").removesuffix("市场监督管理局") or bureau.short_name


def _write_roster(sheet: Any) -> None:
    _lay_out(sheet, ROSTER_WIDTHS, "portrait")
    _write_header(sheet, 1, ROSTER_HEADER)
    sheet.column_dimensions["C"].number_format = TEXT
    for row in range(2, LAST_ROW + 1):
        sheet.cell(row, 3).number_format = TEXT
    _ask(sheet, f"B2:B{LAST_ROW}", "名称", "按营业执照填写全称。")
    _ask(
        sheet,
        f"C2:C{LAST_ROW}",
        "统一社会信用代码",
        "18位代码（早年登记的为15位注册号）。本列是文本格式，请勿改为数字。",
    )
    sheet.freeze_panes = "A2"
    sheet.print_title_rows = "1:1"


def _lay_out(sheet: Any, widths: tuple[int, ...], orientation: str) -> None:
    for letter, width in zip("ABCDE", widths, strict=False):
        sheet.column_dimensions[letter].width = width
    sheet.page_setup.orientation = orientation
    sheet.page_setup.paperSize = A4
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True


def _write_header(sheet: Any, row: int, titles: tuple[str, ...]) -> None:
    for column, title in enumerate(titles, 1):
        cell = sheet.cell(row, column, title)
        cell.font, cell.fill, cell.border, cell.alignment = Font(bold=True), _FILL, _BORDER, _CENTRE


def _offer_types(sheet: Any, cells: str) -> None:
    """A list to choose from; another text only warns, for 其他 is followed by what it is."""
    labels = ",".join(str(label) for label in ZoneType.labels)
    rule = DataValidation(type="list", formula1=f'"{labels}"', allow_blank=True)
    rule.errorStyle, rule.errorTitle = "warning", "所属类型"
    rule.error = "不在列表内；不属于列表所列的请填“其他（写明是什么）”。"
    rule.promptTitle, rule.prompt = (
        "所属类型",
        "从列表选取；选“其他”的请写明，如：其他（商务楼宇）。",
    )
    _put(sheet, rule, cells)


def _ask(sheet: Any, cells: str, title: str, prompt: str) -> None:
    rule = DataValidation(promptTitle=title, prompt=prompt, allow_blank=True)
    _put(sheet, rule, cells)


def _put(sheet: Any, rule: DataValidation, cells: str) -> None:
    rule.showInputMessage = rule.showErrorMessage = True
    rule.add(cells)
    sheet.add_data_validation(rule)
