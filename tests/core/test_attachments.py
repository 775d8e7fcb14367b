"""Files that are kept as evidence are what their content says, whatever they are called."""

import io
import struct
import zipfile
import zlib

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import attachments
from core.attachments import media_type_of, name_for
from core.errors import BadFile

MOST = 1 << 20
PDF = b"%PDF-1.7\n1 0 obj\n<</Type/Catalog>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
TYPES = "[Content_Types].xml"
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"


def png() -> bytes:
    def chunk(kind: bytes, held: bytes) -> bytes:
        return (
            struct.pack(">I", len(held)) + kind + held + struct.pack(">I", zlib.crc32(kind + held))
        )

    head = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    pixels = zlib.compress(b"\0\0")
    parts = chunk(b"IHDR", head), chunk(b"IDAT", pixels), chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def jpeg() -> bytes:
    return (
        b"\xff\xd8\xff\xe0\x00\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0"
        b"\xff\xc0\x00\x0b\x08\x00\x01\x00\x01\x01\x01\x11\x00"
        b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00" + b"\x7f" * 20 + b"\xff\xd9"
    )


def box(kind: bytes, held: bytes = b"") -> bytes:
    return struct.pack(">I", 8 + len(held)) + kind + held


def mp4(brand: bytes = b"isom", *, compatible: bytes = b"isommp42") -> bytes:
    head = box(b"ftyp", brand + b"\0\0\2\0" + compatible)
    return head + box(b"mdat", b"\0" * 50) + box(b"moov", box(b"mvhd", b"\0" * 20))


def pack(parts: dict[str, bytes]) -> bytes:
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return kept.getvalue()


def docx(**more: bytes) -> bytes:
    types = f'<Types><Override PartName="/word/document.xml" ContentType="{WORD}"/></Types>'
    relations = (
        b'<Relationships><Relationship Type="http://x/hyperlink" Target="https://example.cn/" '
        b'TargetMode="External"/></Relationships>'
    )
    parts = {
        TYPES: types.encode(),
        "word/document.xml": b"<w:document/>",
        "word/media/image1.png": png(),
        "word/_rels/document.xml.rels": relations,
    }
    return pack(parts | {name.replace("__", "/"): content for name, content in more.items()})


def xlsx() -> bytes:
    book = openpyxl.Workbook()
    book.active.append(["名称", "代码"])
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


TAKEN = [
    (PDF, "现场笔录.pdf", "application/pdf"),
    (jpeg(), "照片.JPG", "image/jpeg"),
    (png(), "截图.png", "image/png"),
    (mp4(), "录像.mp4", "video/mp4"),
    (docx(), "询问笔录.docx", attachments.DOCX.name),
    (xlsx(), "进货台账.xlsx", attachments.XLSX.name),
]
REFUSED = [
    (b"", "空的"),
    (b"MZ\x90\0" + b"\0" * 60, "程序"),
    (b"\x7fELF\2\1\1", "程序"),
    (b"#!/bin/sh\nrm -rf /\n", "程序"),
    (b"<!DOCTYPE html><html><body>%PDF-1.7 %%EOF</body></html>", "网页"),
    (b"\xef\xbb\xbf  <html>", "网页"),
    (b'<?xml version="1.0"?><svg onload="x()"/>', "网页"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "旧版 Office"),
    (b"Rar!\x1a\x07\x01\0", "压缩包"),
    (b"7z\xbc\xaf\x27\x1c", "压缩包"),
    (b"\x1f\x8b\x08\0", "压缩包"),
    (pack({"程序.exe": b"MZ"}), "压缩包"),
    (pack({TYPES: b"<Types/>", "ppt/presentation.xml": b"<p/>"}), "其他文档"),
    (PDF[:30], "不完整"),
    (PDF.replace(b"/Catalog", b"/Catalog/OpenAction<</S/JavaScript/JS(x)>>"), "脚本"),
    (PDF.replace(b"/Catalog", b"/Catalog/A<</S /Launch /F(x.exe)>>"), "脚本"),
    (jpeg()[:24], "不完整"),
    (b"\xff\xd8\xff" + b"<script>alert(1)</script>" * 9, "不完整"),
    (png()[:-20], "不完整"),
    (b"\x89PNG\r\n\x1a\n" + b"<html>" * 9, "不完整"),
    (mp4()[:-4], "不完整"),
    (mp4(b"heic", compatible=b"mif1heic"), "HEIC"),
    (mp4(b"qt  ", compatible=b"qt  "), "转成 MP4"),
    (b"\0\0\0\x08ftyp", "转成 MP4"),
    (docx(**{"word__vbaProject.bin": b"x"}), "含有宏"),
    (docx(**{"word__embeddings__oleObject1.bin": b"x"}), "嵌有其他文件"),
    (docx(**{"word__media__image2.png": b"MZ\x90\0"}), "压缩包或程序"),
    (b"GIF89a" + b"\0" * 20, "认不出"),
    (b"plain text", "认不出"),
    (b"PK\x03\x04" + b"\0" * 40, "已损坏"),
]


@pytest.mark.parametrize(("content", "name", "media_type"), TAKEN, ids=lambda one: str(one)[:20])
def test_what_is_taken_is_told_by_its_content_alone(content, name, media_type):
    found = media_type_of(content, most_bytes=MOST)
    assert found.name == media_type
    assert name_for(name, found) == name
    assert attachments.TYPES[media_type] is found


@pytest.mark.parametrize(("content", "said"), REFUSED, ids=[said for _, said in REFUSED])
def test_what_is_refused_is_told_why(content, said):
    with pytest.raises(BadFile, match=said):
        media_type_of(content, most_bytes=MOST)


def test_a_document_with_an_attached_template_or_a_linked_picture_is_refused():
    for kind in ("attachedTemplate", "image"):
        linked = (
            f'<Relationships><Relationship Type="http://x/{kind}" '
            'Target="http://example.cn/x" TargetMode="External"/></Relationships>'
        )
        with pytest.raises(BadFile, match="文档链接了其他文件"):
            media_type_of(docx(**{"word___rels__x.xml.rels": linked.encode()}), most_bytes=MOST)


def test_a_zip_bomb_in_a_document_is_refused_without_unpacking_it():
    bomb = docx(**{"word__media__big.xml": b"\0" * (60 << 20)})
    assert len(bomb) < MOST
    with pytest.raises(BadFile, match="文档解压后过大"):
        media_type_of(bomb, most_bytes=MOST)


def test_a_workbook_that_calls_itself_a_document_is_no_document():
    declared = pack({TYPES: b"<Types/>", "word/document.xml": b"<w/>", "xl/workbook.xml": b"<x/>"})
    with pytest.raises(BadFile, match="不是 Word 文件"):
        media_type_of(declared, most_bytes=MOST)


def test_the_size_is_looked_at_first():
    with pytest.raises(BadFile, match=r"1\.0 MB 超过上限 1 MB"):
        media_type_of(b"MZ" + b"\0" * MOST, most_bytes=MOST)
    exactly = PDF[:20] + b" " * (MOST - len(PDF)) + PDF[20:]
    assert media_type_of(exactly, most_bytes=MOST) is attachments.PDF


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("笔录.exe", "笔录.exe.pdf"),
        ("笔录.PDF", "笔录.PDF"),
        ("..\\..\\etc/passwd", "passwd.pdf"),
        ("", "上传文件.pdf"),
        (None, "上传文件.pdf"),
        ("长" * 120 + ".pdf", "长" * 96 + ".pdf"),
        ("长" * 120, "长" * 96 + ".pdf"),
        ("a\u202efdp.exe", "afdp.exe.pdf"),
    ],
)
def test_a_name_says_what_the_file_is(name, shown):
    assert name_for(name, attachments.PDF) == shown
    assert len(name_for(name, attachments.PDF)) <= 100


@given(st.binary(max_size=400), st.sampled_from([b"", *(one[0][:12] for one in TAKEN)]))
def test_whatever_comes_is_taken_or_refused_in_a_sentence(noise, beginning):
    refusal = ""
    try:
        found = media_type_of(beginning + noise, most_bytes=MOST)
    except BadFile as bad:
        found, refusal = None, str(bad)
    assert refusal.endswith("。") if found is None else found.name in attachments.TYPES
