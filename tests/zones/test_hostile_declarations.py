"""What no declaration may be: a workbook that runs, links outward, or is built to exhaust."""

import io
import time
import zipfile

import pytest

from core.errors import BadFile
from tests.zones.books import ONE, A, book, form, roster
from zones.checking.annotating import annotate
from zones.checking.reading import read

SHEET = "xl/worksheets/sheet1.xml"
EXTERNAL = (
    b'<Relationships xmlns="x"><Relationship Id="r" Type="http://x/externalLinkPath" '
    b'Target="http://elsewhere.cn/a" TargetMode="External"/></Relationships>'
)


@pytest.fixture
def repacked(tmp_path):
    """Write a right declaration with some parts put in, or put in the place of others."""
    source = book(tmp_path, {"申报表": form(ONE), "附表1": roster(A)})
    with zipfile.ZipFile(source) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}

    def write(more):
        path = tmp_path / "改造.xlsx"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in (parts | more).items():
                archive.writestr(name, content)
        return path

    return write


def sheet(body):
    return (
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        + body
        + b"</worksheet>"
    )


@pytest.mark.parametrize(
    ("part", "content", "said"),
    [
        ("xl/vbaProject.bin", b"x", "含有宏"),
        ("xl/embeddings/oleObject1.bin", b"x", "嵌有其他文件或控件"),
        ("xl/externalLinks/externalLink1.xml", b"<ddeLink/>", "链接了其他文件"),
        ("xl/_rels/more.xml.rels", EXTERNAL, "链接了其他文件"),
        ("xl/media/image1.png", b"MZ\x90\0", "还有压缩包或程序"),
        ("../../etc/x.xml", b"<a/>", "部件名称越界"),
        (SHEET, b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "文档类型或实体声明"),
        (SHEET, b"<a>" * 100 + b"</a>" * 100, "嵌套过深"),
        (SHEET, b"<worksheet", "损坏"),
        (
            SHEET,
            sheet(b"<sheetData/><mergeCells><mergeCell ref='A:XFD'/></mergeCells>"),
            "合并了过多",
        ),
        (
            SHEET,
            sheet(b"<sheetData/><hyperlinks><hyperlink ref='A1:XFD9999'/></hyperlinks>"),
            "合并了过多",
        ),
        (SHEET, sheet(b"<sheetData>" + b"<row/>" * 2_000_001 + b"</sheetData>"), "单元格过多"),
        ("xl/workbook.xml", b"<workbook/>", "损坏|没有工作表"),
    ],
    ids=lambda value: value[:20] if isinstance(value, str) else "",
)
def test_it_is_refused_with_a_sentence_and_soon(repacked, part, content, said):
    path = repacked({part: content})
    began = time.monotonic()
    with pytest.raises(BadFile, match=said):
        read(path)
    with pytest.raises(BadFile, match=said):
        annotate(path, [], io.BytesIO())
    assert time.monotonic() - began < 20


def test_a_cell_far_away_costs_nothing(repacked):
    row = b'<sheetData><row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>x</t></is></c></row>'
    began = time.monotonic()
    path = repacked({SHEET: sheet(row + b"</sheetData>")})
    filed = read(path)
    annotate(path, filed.early, io.BytesIO())
    assert [one.code for one in filed.early] == ["form.missing"]
    assert time.monotonic() - began < 5
