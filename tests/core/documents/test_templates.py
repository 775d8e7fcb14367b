"""What cannot be a template: code, links, hidden files and words, whatever exhausts its reader."""

import re
import zipfile
from datetime import date
from io import BytesIO

import pytest
from docx import Document
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Pt

from core.documents import Properties, demand_template, render, text_of, texts_of
from core.documents.safety import MAX_BYTES, MAX_DEPTH, MAX_PARTS, demand_plain_document
from core.errors import BadFile

KNOWN = {"甲": "甲的词", "乙": "乙的词", "空": ""}
PROPERTIES = Properties("示例局", "示例文书", date(2026, 11, 24))
DOCUMENT = "word/document.xml"


def made(*lines: str) -> bytes:
    document = Document()
    for line in lines:
        document.add_paragraph(line)
    return saved(document)


def saved(document) -> bytes:
    out = BytesIO()
    document.save(out)
    return out.getvalue()


def with_parts(content: bytes, changed: dict[str, bytes], removed: tuple[str, ...] = ()) -> bytes:
    """Pack a document anew with parts added or replaced."""
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(content)) as read, zipfile.ZipFile(out, "w") as written:
        for name in read.namelist():
            if name not in changed and name not in removed:
                written.writestr(name, read.read(name))
        for name, part in changed.items():
            written.writestr(name, part)
    return out.getvalue()


def part_of(content: bytes, name: str) -> bytes:
    with zipfile.ZipFile(BytesIO(content)) as archive:
        return archive.read(name)


def tried(content: bytes, required: tuple[str, ...] = ()) -> bytes:
    return demand_template(content, KNOWN, required, PROPERTIES)


def test_placeholders_become_words_everywhere():
    document = Document()
    document.add_paragraph("正文 {{ 甲 }}")
    document.sections[0].header.paragraphs[0].text = "页眉 {{ 乙 }}"
    document.sections[0].footer.paragraphs[0].text = "页脚 {{甲}}"
    document.add_table(1, 1).cell(0, 0).text = "格 {{乙}}"
    text = text_of(tried(saved(document)))
    for line in ("正文 甲的词", "页眉 乙的词", "页脚 甲的词", "格 乙的词"):
        assert line in text


def test_a_placeholder_in_several_runs_is_one():
    document = Document()
    paragraph = document.add_paragraph()
    for piece in ("{", "{ ", "甲", " }", "}"):
        paragraph.add_run(piece).font.size = Pt(11)
    assert "甲的词" in text_of(tried(saved(document)))


def test_conditions_drop_or_keep_paragraphs():
    lines = (
        "{%p if 空 %}",
        "没有",
        "{%p else %}",
        "有",
        "{%p endif %}",
        "{%p if not 空 %}",
        "也有",
    )
    text = text_of(tried(made(*lines, "{%p endif %}")))
    assert "没有" not in text
    assert "有\n也有" in text


CODE = (
    "{% for x in 甲 %}{{ x }}{% endfor %}",
    "{% for a in 甲 %}{% for b in 甲 %}{% for c in 甲 %}x{% endfor %}{% endfor %}{% endfor %}",
    "{{ 甲.__class__ }}",
    "{{ 甲.__class__.__mro__[1].__subclasses__() }}",
    "{{ 甲['__class__'] }}",
    "{{ 甲() }}",
    "{{ 甲|upper }}",
    "{{ 甲|safe }}",
    "{{ 'x' * 1000000000 }}",
    "{{ 9 ** 9 ** 9 }}",
    "{{ range(1000000000) }}",
    "{{ lipsum() }}",
    "{{ self }}{{ self.x }}",
    "{{ cycler.__init__.__globals__ }}",
    "{% set x = 甲 %}",
    "{% macro x() %}{% endmacro %}",
    "{% include 'x' %}",
    "{% import 'x' as y %}",
    "{% extends 'x' %}",
    "{% raw %}{{ 甲 }}{% endraw %}{{ 甲 ~ 乙 }}",
    "{% if 甲 == 乙 %}x{% endif %}",
    "{% if 甲 and 乙.x %}x{% endif %}",
    "{% filter upper %}x{% endfilter %}",
    "{% call 甲() %}{% endcall %}",
    "{% block x %}{% endblock %}",
    "{% with x = 甲 %}{% endwith %}",
    "{{ 甲 if 乙 else 空 }}",
    "{{ [甲] }}",
    "{{ '甲' }}",
    "{{r 甲.x }}",
    "{%tr for x in 甲 %}",
    "{% colspan 9 %}",
)


@pytest.mark.parametrize("code", CODE)
def test_jinja_that_is_more_than_a_placeholder_is_refused(code):
    for content in (made(code), made("{{ 甲 }}", f"前{code}后")):
        with pytest.raises(BadFile):
            tried(content)


@pytest.mark.parametrize("code", CODE)
def test_it_is_refused_in_header_and_footer_too_and_when_a_paper_is_made(code):
    for place in ("header", "footer"):
        document = Document()
        getattr(document.sections[0], place).paragraphs[0].text = code
        content = saved(document)
        with pytest.raises(BadFile):
            tried(content)
        with pytest.raises(BadFile):
            render(content, KNOWN, PROPERTIES)


@pytest.mark.parametrize("cell", ["{% cellbg 甲 %}", "{% vm %}x", "{% hm %}x", "{% colspan 甲 %}x"])
def test_tricks_of_tables_are_refused(cell):
    document = Document()
    document.add_table(1, 1).cell(0, 0).text = cell
    with pytest.raises(BadFile):
        tried(saved(document))


BROKEN = ("{{ 甲", "{{ 甲 }", "{% if 甲 %}", "{% endif %}", "{{ }}", "{{ 甲 乙 }}")


@pytest.mark.parametrize("line", BROKEN)
def test_a_broken_placeholder_is_told(line):
    with pytest.raises(BadFile, match="占位符"):
        tried(made(line))


def test_unknown_and_missing_placeholders_are_named():
    with pytest.raises(BadFile, match="“丙”不是本文书的，可用的有：甲、乙、空"):
        tried(made("{{ 甲 }}{{ 丙 }}"))
    with pytest.raises(BadFile, match="缺少占位符“乙”"):
        tried(made("{{ 甲 }}"), required=("甲", "乙"))


def test_a_word_that_looks_like_code_stays_a_word():
    content = render(made("{{ 甲 }}"), KNOWN | {"甲": "{{ 乙 }}{% for %}"}, PROPERTIES)
    assert "{{ 乙 }}{% for %}" in text_of(content)


def test_properties_are_set_anew_and_never_a_template():
    document = Document()
    core = document.core_properties
    core.author, core.comments, core.subject, core.keywords = "{{ 甲.x }}", "沙盒", "沙盒", "沙盒"
    core.title, core.category, core.identifier = "{% for %}", "沙盒", "沙盒"
    texts = texts_of(tried(saved(document)))
    assert "沙盒" not in "".join(texts.values())
    found = Document(BytesIO(tried(saved(document)))).core_properties
    assert (found.author, found.title, found.comments) == ("示例局", "示例文书", "")
    assert found.created.date() == PROPERTIES.made_on


def test_what_word_and_wps_leave_of_machines_and_persons_goes():
    content = made("{{ 甲 }}")
    custom = b'<Properties xmlns="http://x"><property name="KSOProductBuildVer"/></Properties>'
    types = part_of(content, "[Content_Types].xml").replace(
        b"</Types>",
        b'<Override PartName="/docProps/custom.xml" ContentType='
        b'"application/vnd.openxmlformats-officedocument.custom-properties+xml"/></Types>',
    )
    relations = part_of(content, "_rels/.rels").replace(
        b"</Relationships>",
        f'<Relationship Id="rId99" Type="{RELATIONSHIP_TYPE.CUSTOM_PROPERTIES}" '
        'Target="docProps/custom.xml"/></Relationships>'.encode(),
    )
    changed = {
        "docProps/custom.xml": custom,
        "[Content_Types].xml": types,
        "_rels/.rels": relations,
    }
    with zipfile.ZipFile(BytesIO(tried(with_parts(content, changed)))) as archive:
        names = archive.namelist()
    assert not [name for name in names if name.startswith("docProps/") and "core" not in name]
    assert not [name for name in names if "custom" in name.lower()]


def relation(content: bytes, part: str, kind: str, target: str, mode: str = "") -> bytes:
    """Add a relation to a part of a document."""
    xml = part_of(content, part)
    line = f'<Relationship Id="rId98" Type="{kind}" Target="{target}"{mode}/></Relationships>'
    return with_parts(content, {part: xml.replace(b"</Relationships>", line.encode())})


ATTACHED = RELATIONSHIP_TYPE.STYLES.replace("styles", "attachedTemplate")
EXTERNAL = ' TargetMode="External"'


@pytest.mark.parametrize(
    ("kind", "target", "mode"),
    [
        (RELATIONSHIP_TYPE.HYPERLINK, "https://example.test/", EXTERNAL),
        (ATTACHED, "file:///c:/x.dotm", EXTERNAL),
        (RELATIONSHIP_TYPE.IMAGE, "\\\\\\\\server\\\\x.png", EXTERNAL),
        (RELATIONSHIP_TYPE.OLE_OBJECT, "x.bin", EXTERNAL),
        (RELATIONSHIP_TYPE.IMAGE, "http://example.test/x.png", ""),
        (RELATIONSHIP_TYPE.HYPERLINK, "x", " TargetMode='external'"),
    ],
)
def test_links_to_anything_outside_are_refused(kind, target, mode):
    content = relation(made("{{ 甲 }}"), "word/_rels/document.xml.rels", kind, target, mode)
    with pytest.raises(BadFile, match="链接了外部"):
        tried(content)


ADDED = {
    "word/vbaProject.bin": "宏",
    "word/vbaData.xml": "宏",
    "word/activeX/activeX1.xml": "宏",
    "customUI/customUI.xml": "宏",
    "word/embeddings/x.xlsx": "嵌有其他文件",
    "word/afchunk.dat": "嵌有其他文件",
    "word/media/image1.png": "图片",
    "word/charts/chart1.xml": "图片",
    "word/comments.xml": "批注或修订",
    "word/commentsExtended.xml": "批注或修订",
    "word/x.exe": "内部结构异常",
    "../../etc/passwd": "内部结构异常",
    "word/printerSettings1.bin": "内部结构异常",
    "xl/workbook.xml": "内部结构异常",
}


@pytest.mark.parametrize("name", ADDED)
def test_parts_that_run_hide_or_show_pictures_are_refused(name):
    with pytest.raises(BadFile, match=ADDED[name]):
        demand_plain_document(with_parts(made("{{ 甲 }}"), {name: b"<x/>"}))


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (b"document.main+xml", b"template.main+xml", "不是 Word 文档"),
        (
            b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml",
            b"application/vnd.ms-word.document.macroEnabled.main+xml",
            "宏",
        ),
    ],
)
def test_what_declares_itself_something_else_is_refused(old, new, words):
    content = made("{{ 甲 }}")
    types = part_of(content, "[Content_Types].xml").replace(old, new)
    with pytest.raises(BadFile, match=words):
        demand_plain_document(with_parts(content, {"[Content_Types].xml": types}))


def with_element(name: str, **attributes: str) -> bytes:
    document = Document()
    paragraph = document.add_paragraph("{{ 甲 }}")
    element = OxmlElement(name)
    for key, value in attributes.items():
        element.set(qn(f"w:{key}"), value)
    paragraph._element.append(element)
    return saved(document)


ELEMENTS = {
    "w:ins": "批注或修订",
    "w:del": "批注或修订",
    "w:moveFrom": "批注或修订",
    "w:commentReference": "批注或修订",
    "w:drawing": "图片",
    "w:pict": "图片",
    "w:object": "图片",
    "w:altChunk": "链接了外部",
    "w:subDoc": "链接了外部",
}


@pytest.mark.parametrize("name", ELEMENTS)
def test_elements_that_hide_or_bring_in_are_refused(name):
    with pytest.raises(BadFile, match=ELEMENTS[name]):
        demand_plain_document(with_element(name))


FIELDS = (
    "INCLUDETEXT x.docx",
    "INCLUDEPICTURE http://x",
    "DDEAUTO c:\\\\x cmd",
    "HYPERLINK x",
    "LINK Excel.Sheet x",
    "QUOTE 沙盒",
    "MACROBUTTON x",
    "DATE",
    "AUTHOR",
    "PAGE } { DDE",
)


@pytest.mark.parametrize("code", FIELDS)
def test_fields_other_than_page_numbers_are_refused(code):
    with pytest.raises(BadFile, match="域代码"):
        demand_plain_document(with_element("w:fldSimple", instr=code))
    document = Document()
    run = document.add_paragraph().add_run("x")
    for kind, words in (("begin", ""), ("", code[:3]), ("", code[3:]), ("end", "")):
        element = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            element.set(qn("w:fldCharType"), kind)
        element.text = words
        run._element.append(element)
    with pytest.raises(BadFile, match="域代码"):
        demand_plain_document(saved(document))


@pytest.mark.parametrize("code", [" PAGE ", "NUMPAGES", " PAGE \\* MERGEFORMAT", "SECTIONPAGES"])
def test_fields_of_page_numbers_may_stay(code):
    demand_plain_document(with_element("w:fldSimple", instr=code))


def test_xml_that_declares_entities_is_refused():
    content = made("{{ 甲 }}")
    xml = part_of(content, DOCUMENT)
    declared = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">]>'
    bomb = declared + re.sub(rb"^<\?xml[^>]*\?>", b"", xml)
    with pytest.raises(BadFile, match="文档类型或实体声明"):
        demand_plain_document(with_parts(content, {DOCUMENT: bomb}))


def test_depth_breadth_and_size_are_bounded():
    content = made("{{ 甲 }}")
    deep = b"<w:x xmlns:w='y'>" * 1 + b"<a>" * MAX_DEPTH + b"</a>" * MAX_DEPTH + b"</w:x>"
    with pytest.raises(BadFile, match="嵌套过深"):
        demand_plain_document(with_parts(content, {"word/styles.xml": deep}))
    many = {f"word/header{number}.xml": b"<x/>" for number in range(MAX_PARTS + 1)}
    with pytest.raises(BadFile, match=f"部件超过 {MAX_PARTS} 个"):
        demand_plain_document(with_parts(content, many))
    with pytest.raises(BadFile, match="超过 2 MB"):
        demand_plain_document(b"PK\x03\x04" + b"x" * MAX_BYTES)


def test_a_file_that_unpacks_to_too_much_is_refused():
    content = made("{{ 甲 }}")
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as written:
        with zipfile.ZipFile(BytesIO(content)) as read:
            for name in read.namelist():
                written.writestr(name, read.read(name))
        written.writestr("word/header9.xml", b" " * (21 << 20))
    with pytest.raises(BadFile, match="解压后过大"):
        demand_plain_document(out.getvalue())


def test_the_same_part_twice_and_a_password_are_refused():
    content = made("{{ 甲 }}")
    with pytest.raises(BadFile, match="重名部件"):
        demand_plain_document(with_parts(content, {"WORD/document.xml": b"<x/>"}))
    locked = bytearray(content)
    at = locked.index(b"PK\x01\x02")
    locked[at + 8] |= 1
    with pytest.raises(BadFile, match="打开密码"):
        demand_plain_document(bytes(locked))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "空的"),
        (b"%PDF-1.7", "不是 .docx"),
        (b"\xd0\xcf\x11\xe0", "不是 .docx"),
        (b"PK\x03\x04 broken", "已损坏"),
        (b"hello", "不是 .docx"),
    ],
)
def test_what_is_no_document_is_told(content, words):
    with pytest.raises(BadFile, match=words):
        demand_plain_document(content)


def test_broken_xml_is_told():
    content = made("{{ 甲 }}")
    with pytest.raises(BadFile, match="已损坏"):
        demand_plain_document(with_parts(content, {"word/styles.xml": b"<a><b></a>"}))


@pytest.mark.parametrize("condition", ["{% if 甲 %}", "{% if 空 %}", "{% if not 甲 %}"])
def test_a_condition_that_breaks_a_table_is_told_however_it_turns_out(condition):
    document = Document()
    document.add_paragraph(condition)
    document.add_table(1, 1).cell(0, 0).text = "x{% endif %}"
    with pytest.raises(BadFile, match="写断了段落或表格"):
        tried(saved(document))
