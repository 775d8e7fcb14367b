"""Uploaded tables are read whatever wrote them, or refused with a sentence."""

import csv
import zipfile
from datetime import date

import openpyxl
import pytest

from core.tabular import BadFile, Column, ErrorFile, open_table, safe_cell

COLUMNS = {
    "name": Column(("企业名称", "名称"), required=True),
    "code": Column(("统一社会信用代码", "注册号"), required=True),
    "scope": Column(("经营范围",)),
}
TEXT = "企业名称,统一社会信用代码,经营范围\n重庆甲公司,91500112MA607QEM6A,餐饮服务\n"
ROW = ("重庆甲公司", "91500112MA607QEM6A", "餐饮服务")


def read(path, **options):
    with open_table(path, COLUMNS, **options) as table:
        return list(table.rows())


def write(path, text, encoding="utf-8"):
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_any_usual_encoding_is_read(tmp_path, encoding):
    path = write(tmp_path / "表.csv", TEXT, encoding)
    with open_table(path, COLUMNS) as table:
        assert table.encoding == encoding
        assert list(table.rows()) == [(2, ROW)]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_any_usual_delimiter_is_read(tmp_path, delimiter):
    path = write(tmp_path / "a.csv", TEXT.replace(",", delimiter))
    assert read(path) == [(2, ROW)]


def test_gb18030_after_a_megabyte_of_ascii_is_still_recognised(tmp_path):
    path = write(tmp_path / "a.csv", "名称,注册号\n" + "A,1\n" * 400_000 + "甲,2\n", "gb18030")
    rows = read(path)
    assert len(rows) == 400_001
    assert rows[-1] == (400_002, ("甲", "2", ""))


def test_title_rows_above_the_header_are_skipped(tmp_path):
    path = write(tmp_path / "a.csv", "重庆市登记名册\n2024年9月,,\n\n" + TEXT)
    with open_table(path, COLUMNS) as table:
        assert table.header_line == 4
        assert list(table.rows()) == [(5, ROW)]


def test_headers_match_without_blanks_brackets_and_width(tmp_path):
    text = TEXT.replace("统一社会信用代码", " 统一社会信用代码（注册号） ").replace(
        "企业名称", "名 称*"
    )
    with open_table(write(tmp_path / "a.csv", text), COLUMNS) as table:
        assert table.header["code"] == "统一社会信用代码（注册号）"
        assert list(table.rows()) == [(2, ROW)]


def test_a_missing_required_column_is_named_with_the_headers_seen(tmp_path):
    path = write(tmp_path / "a.csv", "企业名称,地址\n甲,乙\n")
    with pytest.raises(BadFile, match="缺少必需的列：统一社会信用代码。.*企业名称、地址.*重新上传"):
        read(path)


def test_a_row_over_several_lines_is_named_by_its_first(tmp_path):
    path = write(tmp_path / "a.csv", TEXT + '乙,1,"一\n二"\n丙,2,"三""四"\n')
    assert read(path)[1:] == [(3, ("乙", "1", "一\n二")), (5, ("丙", "2", '三"四'))]


def test_short_rows_blank_rows_and_nul_bytes_do_no_harm(tmp_path):
    path = write(tmp_path / "a.csv", TEXT + "乙\n,,\n\n丙\0,2,,,多余\n")
    assert read(path)[1:] == [(3, ("乙", "", "")), (6, ("丙", "2", ""))]


def test_an_unclosed_quote_is_said_to_be_one(tmp_path):
    path = write(tmp_path / "a.csv", TEXT + '乙,1,"' + "长" * 200_000)
    with pytest.raises(BadFile, match="未闭合的引号"):
        read(path)


def test_files_that_are_no_tables_are_refused(tmp_path):
    with pytest.raises(BadFile, match="空的"):
        read(write(tmp_path / "a.csv", ""))
    old = tmp_path / "a.xls"
    old.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
    with pytest.raises(BadFile, match="另存为"):
        read(old)
    broken = tmp_path / "b.xlsx"
    broken.write_bytes(b"PK\x03\x04 broken")
    with pytest.raises(BadFile, match="损坏"):
        read(broken)
    binary = tmp_path / "b.csv"
    binary.write_bytes(b"\xff\xff\x80\x81\xff")
    with pytest.raises(BadFile, match="编码"):
        read(binary)
    with pytest.raises(BadFile, match="上限"):
        read(write(tmp_path / "c.csv", TEXT), max_bytes=10)


def workbook(path, rows, title="Sheet"):
    book = openpyxl.Workbook()
    book.active.title = title
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path


def test_a_workbook_is_read_with_its_dates_and_numbers(tmp_path):
    rows = [
        ["名册"],
        ["名称", "注册号", "经营范围"],
        ["甲", 500103000000001, date(2024, 8, 1)],
        ["乙", 915001127562487123, None],
    ]
    path = workbook(tmp_path / "a.xlsx", rows, "名册")
    assert read(path, sheet="名册") == [
        (3, ("甲", "500103000000001", "2024-08-01")),
        (4, ("乙", "915001127562487000", "")),
    ]
    with pytest.raises(BadFile, match="没有工作表“二”，现有：名册"):
        read(path, sheet="二")


def test_a_code_stored_as_a_number_shows_its_lost_digits(tmp_path):
    path = workbook(tmp_path / "a.xlsx", [["名称", "注册号"], ["甲", 9.15001127562487e17]])
    assert read(path) == [(2, ("甲", "915001127562487000", ""))]


def test_a_zip_bomb_is_refused_unopened(tmp_path):
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (60 << 20))
    with pytest.raises(BadFile, match="过大"):
        read(path)


def test_progress_reaches_the_end(tmp_path):
    path = write(tmp_path / "a.csv", TEXT * 100)
    with open_table(path, COLUMNS) as table:
        assert 0 <= table.progress() <= 1
        list(table.rows())
        assert table.progress() == 1


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@a", "\tx", "\r=1", " =1", "＝1"])
def test_no_cell_becomes_a_formula(text):
    assert safe_cell(text).startswith("'")
    assert not set(safe_cell(text)) & {"\t", "\r"}


def test_plain_cells_stay_as_they_are():
    assert safe_cell("重庆甲公司") == "重庆甲公司"
    assert safe_cell(12) == "12"


def test_the_error_file_lies_beside_the_input_and_is_safe(tmp_path):
    source = tmp_path / "九月.csv"
    with ErrorFile.beside(source) as errors:
        errors.add(3, "名称", "=HYPERLINK(1)", "名称为空。", "请补填名称。")
    assert errors.count == 1
    assert errors.path == tmp_path / "九月_错误.csv"
    with errors.path.open(encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.reader(lines))
    assert rows[0] == ["行号", "字段", "值", "问题", "建议"]
    assert rows[1][2] == "'=HYPERLINK(1)"


def test_an_import_without_errors_leaves_no_error_file(tmp_path):
    path = tmp_path / "a_错误.csv"
    path.write_text("alt", encoding="utf-8")
    with ErrorFile(path) as errors:
        pass
    assert errors.count == 0
    assert not path.exists()
