"""Files that are kept as they came (evidence): what they are by their content, never by their name.

Taken are pictures, scans, short films and plain Office files. Nothing is opened or converted here;
looked at is whether a file is whole, and whether it says of itself that it runs something. This
keeps out accidents and the usual baits; the virus scanner of the workplace stands behind it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import PurePosixPath

from core.errors import BadFile
from core.uploads import LONGEST_NAME, PACKED, shown_name
from core.workbook_safety import DOCUMENT, demand_plain, form_of

TAKEN = "PDF、JPEG、PNG、MP4、.docx 和 .xlsx"
_INSTEAD = f"只收{TAKEN}。"
_TAIL = 64 << 10

_PDF, _PNG, _JPEG = b"%PDF-", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"
_OLD_OFFICE = b"\xd0\xcf\x11\xe0"
_PROGRAMS = (b"MZ", b"\x7fELF", b"#!", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe")
_ARCHIVES = (b"Rar!", b"7z\xbc\xaf\x27", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"PK\x05\x06")
_PAGES = (
    b"<!doc",
    b"<html",
    b"<head",
    b"<body",
    b"<script",
    b"<svg",
    b"<?xml",
    b"<table",
    b"mime-",
)
_RUNS = re.compile(rb"/(JavaScript|Launch)\b")
"""What a PDF does by itself; shorter names occur in packed bytes by chance."""

_FILMS = {b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"M4V ", b"mmp4"}
_STILLS = {b"heic", b"heix", b"mif1", b"msf1", b"avif"}


@dataclass(frozen=True)
class MediaType:
    """A type of file that is taken: its name for browsers and in words, the endings it may have."""

    name: str
    said: str
    endings: tuple[str, ...]


PDF = MediaType("application/pdf", "PDF", (".pdf",))
JPEG = MediaType("image/jpeg", "JPEG 图片", (".jpg", ".jpeg"))
PNG = MediaType("image/png", "PNG 图片", (".png",))
MP4 = MediaType("video/mp4", "MP4 视频", (".mp4", ".m4v"))
DOCX = MediaType(
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "Word 文档",
    (".docx",),
)
XLSX = MediaType(
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "Excel 工作簿", (".xlsx",)
)
TYPES = {one.name: one for one in (PDF, JPEG, PNG, MP4, DOCX, XLSX)}
"""The types that are taken, by name."""


def media_type_of(content: bytes, *, most_bytes: int) -> MediaType:
    """Return what a file is by its content; its size is looked at first. Raises BadFile."""
    demand_size(len(content), most_bytes)
    for beginning, look in _LOOKS:
        if content.startswith(beginning):
            return look(content)
    if content[4:8] == b"ftyp":
        return _film(content)
    raise BadFile(_why_not(content))


def demand_size(size: int, most_bytes: int) -> None:
    """Refuse an empty file and one that is too large, before it is read. Raises BadFile."""
    if not size:
        raise BadFile("文件是空的，请检查后重新上传。")
    if size > most_bytes:
        raise BadFile(
            f"文件大小 {size / (1 << 20):.1f} MB 超过上限 {most_bytes >> 20} MB，"
            "请压缩图片、剪短视频或分成几个文件后重新上传。"
        )


def name_for(name: str | None, media_type: MediaType) -> str:
    """Return the name under which a file is shown, with an ending that says what it is."""
    shown = shown_name(name)
    if PurePosixPath(shown.lower()).suffix in media_type.endings:
        return shown
    ending = media_type.endings[0]
    return shown[: LONGEST_NAME - len(ending)] + ending


def _pdf(content: bytes) -> MediaType:
    if b"%%EOF" not in content[-_TAIL:]:
        raise BadFile("PDF 文件不完整，可能没有下载完，请重新取得后上传。")
    if _RUNS.search(content):
        raise BadFile("PDF 文件含有脚本或会启动其他程序，请“打印为 PDF”后重新上传。")
    return PDF


def _png(content: bytes) -> MediaType:
    if content[12:16] != b"IHDR" or b"IEND" not in content[-_TAIL:]:
        raise BadFile("PNG 图片不完整，请重新保存后上传。")
    return PNG


def _jpeg(content: bytes) -> MediaType:
    """Walk the segments up to the picture itself: what only begins like a JPEG is none."""
    at = 2
    framed = False
    while at + 4 <= len(content) and content[at] == 0xFF:
        marker = content[at + 1]
        if marker == 0xFF:  # a filling byte
            at += 1
            continue
        framed = framed or marker in _FRAMES
        if marker == 0xDA:  # the scan begins
            if framed and b"\xff\xd9" in content[at:]:
                return JPEG
            break
        at += 2 + int.from_bytes(content[at + 2 : at + 4], "big")
    raise BadFile("JPEG 图片不完整，请重新保存后上传。")


_FRAMES = set(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def _film(content: bytes) -> MediaType:
    """Read the boxes of an MP4: its brands, and that the film is whole."""
    boxes = dict(_boxes(content))
    brands = _brands(boxes.get(b"ftyp", b""))
    if brands & _STILLS and not brands & _FILMS:
        raise BadFile("文件是 HEIC 或 AVIF 图片，请转成 JPEG 后重新上传。")
    if not brands & _FILMS:
        raise BadFile(f"文件是其他格式的视频或录音，请转成 MP4 后重新上传；{_INSTEAD}")
    if not {b"moov", b"mdat"} <= boxes.keys():
        raise BadFile("MP4 视频不完整，请重新导出后上传。")
    return MP4


def _boxes(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Give the outer boxes with the beginnings of what they hold; end where one is cut off."""
    at = 0
    while at + 8 <= len(content):
        size, kind, head = int.from_bytes(content[at : at + 4], "big"), content[at + 4 : at + 8], 8
        if size == 1:  # the size is the next eight bytes
            size, head = int.from_bytes(content[at + 8 : at + 16], "big"), 16
        elif size == 0:  # up to the end of the file
            size = len(content) - at
        if size < head or at + size > len(content):
            return
        yield kind, content[at + head : at + min(size, head + 256)]
        at += size


def _brands(held: bytes) -> set[bytes]:
    """Return the major brand and the compatible ones; between them stands a version."""
    return {held[:4], *(held[at : at + 4] for at in range(8, len(held) - 3, 4))}


def _office(content: bytes) -> MediaType:
    file = BytesIO(content)
    form = form_of(file)
    if form is None:
        raise BadFile(f"文件是压缩包、其他文档或已损坏，压缩包请解压后逐个上传；{_INSTEAD}")
    demand_plain(file, form)
    return DOCX if form is DOCUMENT else XLSX


_LOOKS: tuple[tuple[bytes, Callable[[bytes], MediaType]], ...] = (
    (_PDF, _pdf),
    (_PNG, _png),
    (_JPEG, _jpeg),
    (PACKED, _office),
)


def _why_not(content: bytes) -> str:
    """Say what a file is that is not taken, and what to hand in instead."""
    start = content[:1024].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if content.startswith(_OLD_OFFICE):
        return "文件是旧版 Office 或加密的文件，请另存为不加密的 .docx、.xlsx 或 PDF 后重新上传。"
    if content.startswith(_PROGRAMS):
        return f"文件是程序，不能作为证据上传；{_INSTEAD}"
    if content.startswith(_ARCHIVES):
        return f"文件是压缩包，请解压后逐个上传；{_INSTEAD}"
    if start.startswith(_PAGES):
        return f"文件是网页，请“打印为 PDF”或截图后重新上传；{_INSTEAD}"
    return f"认不出文件的类型，或文件已损坏；{_INSTEAD}"
