"""Build workbooks as people make them: rows of values on named sheets."""

from pathlib import Path

from openpyxl import Workbook

FORM_HEADER = (
    "序号",
    "申报名称",
    "所属类型（园区、孵化园、创业创新园、自贸片区等）",
    "注册登记地址",
    "区域内经营主体数量（户），经营主体明细（附表，包括名称、统一社会信用代码）",
)
ROSTER_HEADER = ("序号", "名称", "统一社会信用代码")
FOOT = ("联系人：张三", None, None, "联系电话：023-60000000")


def form(*lines, bureau="沙坪坝区", foot=FOOT):
    """Return the annex's table; a line is (name, type, address, count)."""
    rows = [["区域类“沙盒监管”申报表"], [f"填报区县：{bureau}"], FORM_HEADER]
    rows += [(number, *line) for number, line in enumerate(lines, 1)]
    return [*rows, foot]


def roster(*lines):
    """Return an annex's roster; a line is (name, code)."""
    return [ROSTER_HEADER, *((number, *line) for number, line in enumerate(lines, 1))]


def book(tmp_path: Path, sheets: dict, change=None) -> Path:
    """Write a workbook; ``change`` may alter it before it is saved."""
    made = Workbook()
    made.remove(made.active)
    for name, rows in sheets.items():
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    if change:
        change(made)
    path = tmp_path / "申报.xlsx"
    made.save(path)
    return path


ONE = ("甲园", "园区", "重庆市沙坪坝区西永大道", "1户，见附表1")
TWO = ("乙园", "孵化园", "重庆市沙坪坝区大学城", "1户，见附表2")
A = ("重庆甲有限公司", "91500106MA607TMD13")
B = ("重庆乙有限公司", "91500106MA6089GX8R")
C = ("重庆丙有限公司", "91500106MA6088T32X")
