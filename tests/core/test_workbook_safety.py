"""Workbooks that run, link outward, hide files or exhaust their reader are refused."""

import io
import resource
import stat
import time
import zipfile

import openpyxl
import pytest

from core.errors import BadFile
from core.tabular import Column, open_table
from core.uploads import demand_table, refuse_by_beginning, shown_name, stored_name
from core.workbook_safety import demand_plain, demand_shallow

TYPES = "[Content_Types].xml"
SHEET = "xl/worksheets/sheet1.xml"
RELS = "_rels/.rels"
MAIN = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
EXTERNAL = (
    '<Relationships xmlns="x"><Relationship Id="r" Type="http://x/{kind}" Target="{to}" '
    'TargetMode="External"/></Relationships>'
)


@pytest.fixture
def parts():
    """The parts of a workbook as Excel would write it, with a link that may be clicked."""
    book = openpyxl.Workbook()
    book.active.append(["名称", "代码"])
    book.active.append(["甲", "1"])
    book.active["A2"].hyperlink = "https://example.cn/"
    kept = io.BytesIO()
    book.save(kept)
    with zipfile.ZipFile(kept) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture
def pack(tmp_path):
    def packed(parts, name="表.xlsx"):
        path = tmp_path / name
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for part, content in parts.items():
                archive.writestr(part, content)
        return path

    return packed


def sentence(path):
    with pytest.raises(BadFile) as refusal, open_table(path, {"name": Column(("名称",))}):
        pass
    return str(refusal.value)


def test_a_plain_workbook_is_taken(parts, pack):
    path = pack(parts)
    demand_plain(path)
    demand_shallow(path)
    with open_table(path, {"name": Column(("名称",))}) as table:
        assert list(table.rows()) == [(2, ("甲",))]
    with path.open("rb") as file:
        demand_table(file, path.stat().st_size, max_packed=1 << 20)
        assert file.tell() == 0


@pytest.mark.parametrize(
    ("part", "content", "said"),
    [
        ("xl/vbaProject.bin", b"x", "含有宏"),
        ("XL/VBAPROJECT.BIN", b"x", "含有宏"),
        ("xl/macrosheets/sheet1.xml", b"<a/>", "含有宏"),
        ("customUI/customUI.xml", b"<a/>", "含有宏"),
        ("xl/embeddings/oleObject1.bin", b"x", "嵌有其他文件或控件"),
        ("xl/activeX/activeX1.xml", b"<a/>", "嵌有其他文件或控件"),
        ("xl/ctrlProps/ctrlProp1.xml", b"<a/>", "嵌有其他文件或控件"),
        ("xl/externalLinks/externalLink1.xml", b"<ddeLink/>", "链接了其他文件"),
        ("xl/connections.xml", b"<a/>", "链接了其他文件"),
        ("xl/queryTables/queryTable1.xml", b"<a/>", "链接了其他文件"),
        ("xl/media/inner.zip", b"PK\x03\x04", "还有压缩包或程序"),
        ("xl/media/image1.png", b"PK\x03\x04 a zip under another name", "还有压缩包或程序"),
        ("xl/media/image1.png", b"MZ\x90\0", "还有压缩包或程序"),
        ("xl/media/image1.bin", b"\xd0\xcf\x11\xe0", "还有压缩包或程序"),
        ("../../etc/cron.d/x.xml", b"<a/>", "部件名称越界"),
        ("/etc/passwd", b"x", "部件名称越界"),
        ("xl\\..\\..\\a.xml", b"<a/>", "部件名称越界"),
        ("C:/a.xml", b"<a/>", "部件名称越界"),
        ("xl/Workbook.xml", b"<a/>", "重名部件"),
    ],
)
def test_a_part_that_does_not_belong_is_refused(parts, pack, part, content, said):
    found = sentence(pack(parts | {part: content}))
    assert said in found
    assert "上传" in found


@pytest.mark.parametrize(
    ("declared", "said"),
    [
        ("application/vnd.ms-excel.sheet.macroEnabled.main+xml", "含有宏"),
        ("application/vnd.ms-excel.template.macroEnabled.main+xml", "含有宏"),
        ("application/vnd.ms-excel.sheet.binary.macroEnabled.main", "含有宏"),
        ("application/vnd.ms-excel.sheet.binary.main", ".xlsb 二进制工作簿"),
        (
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml",
            "不是 Excel 文件",
        ),
    ],
)
def test_a_renamed_file_is_known_by_its_types(parts, pack, declared, said):
    types = parts[TYPES].replace(MAIN.encode(), declared.encode())
    assert said in sentence(pack(parts | {TYPES: types}))


@pytest.mark.parametrize("kind", ["externalLinkPath", "oleObject", "image", "attachedTemplate"])
def test_a_relation_that_leads_outward_is_refused(parts, pack, kind):
    for to in ("http://elsewhere.cn/a", "file:///etc/passwd", "\\\\server\\share"):
        rels = EXTERNAL.format(kind=kind, to=to)
        assert "链接了其他文件" in sentence(pack(parts | {"xl/_rels/more.xml.rels": rels}))


def test_a_symbolic_link_is_refused(parts, tmp_path):
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        for part, content in parts.items():
            archive.writestr(part, content)
        link = zipfile.ZipInfo("xl/link.xml")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    assert "符号链接" in sentence(path)


def test_too_many_parts_are_refused(parts, pack):
    assert "部件超过" in sentence(pack(parts | {f"x/{n}.xml": b"<a/>" for n in range(2001)}))


def sheet(body):
    return b"<worksheet><sheetData>" + body + b"</sheetData></worksheet>"


BOMBS = {
    "deep": (sheet(b"<a>" * (10 << 20 >> 2) + b"</a>" * (10 << 20 >> 2)), "嵌套过深"),
    "unclosed": (b"<a>" * (10 << 20 >> 2), "嵌套过深"),
    "wide": (sheet(b"<row>" + b"<c/>" * 2_000_000 + b"</row>"), "一行过长"),
    "text": (sheet(b"<row><c><v>" + b"9" * (20 << 20) + b"</v></c></row>"), "超长文本"),
    "laughs": (
        b'<!DOCTYPE a [<!ENTITY b "' + b"ha" * 50 + b'"><!ENTITY c "&b;&b;&b;">]><a>&c;</a>',
        "实体声明",
    ),
    "outside": (b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>', "文档类型"),
    "type": (b'<!DOCTYPE a SYSTEM "http://elsewhere.cn/a.dtd"><a/>', "文档类型"),
    "broken": (b"<a><b></a>", "损坏"),
}


@pytest.mark.parametrize(
    "part", [SHEET, "xl/sharedStrings.xml", "xl/styles.xml", "docProps/core.xml"]
)
@pytest.mark.parametrize("bomb", BOMBS)
def test_an_xml_bomb_is_refused_at_once_and_in_flat_memory(parts, pack, part, bomb):
    content, said = BOMBS[bomb]
    if part == TYPES:  # the declared types are looked at first
        content = content.replace(b"<a", b"<!--" + MAIN.encode() + b"--><a", 1)
    path = pack(parts | {part: content})
    before, begun = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    assert said in sentence(path)
    assert time.process_time() - begun < 2
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20 << 10


def test_a_zip_bomb_is_refused_unopened(parts, pack):
    path = pack(parts | {SHEET: b" " * (60 << 20)})
    begun = time.process_time()
    with path.open("rb") as file, pytest.raises(BadFile, match="过大"):
        demand_table(file, path.stat().st_size, max_packed=1 << 20)
    assert time.process_time() - begun < 1


@pytest.mark.parametrize(
    ("start", "said"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "旧版 .xls"),
        (b"%PDF-1.7", "不是表格"),
        (b"\xef\xbb\xbf <!DOCTYPE html>", "不是表格"),
        (b"<svg onload=alert(1)>", "不是表格"),
        (b"MZ\x90\0", "程序、压缩包或图片"),
        (b"\x7fELF\x02\0", "程序、压缩包或图片"),
        (b"#!/bin/sh", "程序、压缩包或图片"),
        (b"Rar!\x1a\x07\0", "程序、压缩包或图片"),
        (b"7z\xbc\xaf\x27\x1c\0", "程序、压缩包或图片"),
        (b"\x89PNG\r\n\x1a\n\0", "程序、压缩包或图片"),
    ],
)
def test_what_is_no_table_is_known_by_its_first_bytes(start, said):
    with pytest.raises(BadFile, match=said):
        refuse_by_beginning(start)


def test_a_table_may_begin_with_the_letters_of_a_program():
    refuse_by_beginning("MZ编号,名称\n".encode())


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("..\\..\\windows\\登记.csv", "登记.csv"),
        ("/var/登记.csv", "登记.csv"),
        ("登记\u202evsc.exe", "登记vsc.exe"),
        ("a\0\r\n\tb.csv", "ab.csv"),
        ("..", "上传文件"),
        ("", "上传文件"),
        (None, "上传文件"),
        ("<script>.csv", "script.csv"),
        ("长" * 300 + ".xlsx", "长" * 95 + ".xlsx"),
    ],
)
def test_a_name_is_shown_without_what_misleads(given, shown):
    assert shown_name(given) == shown


def test_the_stored_name_is_ours():
    assert stored_name() != stored_name()
    assert stored_name().removesuffix(".data").isalnum()
