"""Whether a workbook may be opened at all: looked at as a package, before any reader touches it.

An .xlsx is a zip of XML parts. Anything in it that runs, links outward, hides another file or is
built to exhaust its reader is refused; the reader then sees a plain table. A .docx that is kept as
evidence is such a package too and looked at alike (``DOCUMENT``).
"""

from __future__ import annotations

import re
import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from xml.parsers import expat

from core.errors import BadFile

MAX_PARTS = 2000
MAX_UNPACKED_BYTES = 4 << 30
MAX_SHARED_BYTES = 200 << 20  # the shared texts of a workbook, which its reader holds in memory
MAX_RATIO = 300
"""A worksheet shrinks some 10 to 40 times when packed; a zip bomb thousands of times."""

MAX_DEPTH = 64
"""Elements within elements: a worksheet has seven, a drawing some twenty."""

ROW_DEPTH = 3
MAX_IN_ROW = 200_000
"""Elements below one row (worksheet, sheetData, row): 16,384 columns with all they may hold."""

MAX_TEXT_BYTES = 4 << 20
"""XML without any element in it; a cell holds 32,767 characters."""

_PIECE = 1 << 18
_TYPES = "[Content_Types].xml"
_TYPES_BYTES = 8 << 20
_DAMAGED = "{noun}已损坏或不是 {program} 文件，请重新另存为 {ending} 后上传。"
_STRANGE = (
    "{noun}的内部结构异常（{what}），疑似被改造过，请在 {program} 中重新另存为 {ending} 后上传。"
)
_TOO_LARGE = "{noun}解压后过大，疑似异常文件，请另存为 {plainer} 后重新上传。"
_MACROS = (
    "{noun}含有宏，不能上传，请在 {program} 中另存为不含宏的 {ending} 或 {plainer} 后重新上传。"
)
_BINARY = "文件是 .xlsb 二进制工作簿，请在 Excel 中另存为 .xlsx 或 CSV 后重新上传。"
_EMBEDDED = "{noun}嵌有其他文件或控件，不能上传，请{copy}后重新上传。"
_LINKED = "{noun}链接了其他文件或外部数据，不能上传，请{copy}后重新上传。"
_NESTED = "文件中还有压缩包或程序，不能上传，请只上传{noun}本身。"
_LOCKED = "{noun}设有打开密码，请去掉密码另存后重新上传。"
_OTHER = "文件不是 {program} 文件（可能是其他文档或压缩包），请另存为 {ending} 后上传。"


@dataclass(frozen=True)
class Form:
    """A form of Office file: what it declares itself to be, and the words of its refusals."""

    main: re.Pattern[bytes]
    noun: str
    program: str
    ending: str
    plainer: str
    copy: str

    def refusal(self, sentence: str, what: str = "") -> BadFile:
        """Return the refusal in the words of this form."""
        return BadFile(
            sentence.format(
                noun=self.noun,
                program=self.program,
                ending=self.ending,
                plainer=self.plainer,
                copy=self.copy,
                what=what,
            )
        )


_OFFICE = rb"application/vnd\.openxmlformats-officedocument\."
WORKBOOK = Form(
    re.compile(_OFFICE + rb"spreadsheetml\.sheet\.main\+xml"),
    *("工作簿", "Excel", ".xlsx", "CSV", "把数据复制到新的工作簿（只粘贴值）"),
)
DOCUMENT = Form(
    re.compile(_OFFICE + rb"wordprocessingml\.document\.main\+xml"),
    *("文档", "Word", ".docx", "PDF", "删去这些内容，或另存为 PDF "),
)

# What a part's name tells, in lower case; the content types say it again for renamed parts.
_NAMES = (
    (re.compile(r"vbaproject|vbadata|/macrosheets/|/dialogsheets/|customui/"), _MACROS),
    (re.compile(r"/embeddings/|/activex/|/ctrlprops/|oleobject|/webextensions/"), _EMBEDDED),
    (re.compile(r"/externallinks/|/connections\.xml$|/querytables/|/model/"), _LINKED),
    (re.compile(r"\.(zip|xls[xmb]?|docx?|docm|rar|7z|gz|exe|dll|bat|cmd|js|vbs|ps1)$"), _NESTED),
)
_CONTENT_TYPES = (
    (re.compile(rb"macroenabled|vbaproject|macrosheet|dialogsheet", re.IGNORECASE), _MACROS),
    (re.compile(rb"sheet\.binary", re.IGNORECASE), _BINARY),
    (re.compile(rb"oleobject|activex", re.IGNORECASE), _EMBEDDED),
    (re.compile(rb"externallink\+xml|connections\+xml", re.IGNORECASE), _LINKED),
)
_RELATION = re.compile(rb"<(?:\w+:)?Relationship\b[^>]*>", re.IGNORECASE)
_OUTWARD = re.compile(rb"TargetMode\s*=\s*[\"']External", re.IGNORECASE)
_HYPERLINK = re.compile(rb"/hyperlink[\"']", re.IGNORECASE)
_BEGINNINGS = (
    b"PK\x03\x04",
    b"\xd0\xcf\x11\xe0",
    b"MZ",
    b"\x7fELF",
    b"Rar!",
    b"7z\xbc\xaf",
    b"%PDF",
)


def form_of(file: IO[bytes]) -> Form | None:
    """Return the form that the parts of a package speak for; None where it is another or broken.

    Whether it is plain, and truly of that form, says ``demand_plain``.
    """
    try:
        with _opened(file) as archive:
            folders = {name.lower().partition("/")[0] for name in archive.namelist()}
    except _Unfit:
        return None
    return DOCUMENT if "word" in folders else WORKBOOK if "xl" in folders else None


def demand_plain(file: Path | IO[bytes], form: Form = WORKBOOK) -> None:
    """Look at names, types and relations of a workbook; raises BadFile. Quick at any size."""
    with _in_words_of(form), _opened(file) as archive:
        parts = archive.infolist()
        _refuse_shape(parts)
        _refuse_bomb(parts)
        for part in parts:
            for pattern, sentence in _NAMES:
                if pattern.search(f"/{part.filename.lower()}"):
                    raise _Unfit(sentence)
        _refuse_types(archive, form)
        for part in parts:
            if part.filename.lower().endswith(".rels"):
                _refuse_relations(_head(archive, part, _TYPES_BYTES))
            elif not _is_xml(part.filename) and _head(archive, part, 8).startswith(_BEGINNINGS):
                raise _Unfit(_NESTED)


def demand_shallow(path: Path) -> None:
    """Read every XML part once, as a stream in flat memory, and refuse what would choke a reader.

    Document types are refused with their entities, so are depth, endless rows and endless texts.
    Raises BadFile. Costs a tenth of reading the table itself.
    """
    with _in_words_of(WORKBOOK), _opened(path) as archive:
        for part in archive.infolist():
            if _is_xml(part.filename):
                with _reading(), archive.open(part) as stream:
                    _scan(stream)


class _Unfit(Exception):
    """What is wrong with a package, still without the words of its form."""

    def __init__(self, sentence: str, what: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.what = what


@contextmanager
def _in_words_of(form: Form) -> Iterator[None]:
    try:
        yield
    except _Unfit as unfit:
        raise form.refusal(unfit.sentence, unfit.what) from unfit


@contextmanager
def _opened(file: Path | IO[bytes]) -> Iterator[zipfile.ZipFile]:
    with _reading():
        archive = zipfile.ZipFile(file)
    with archive:
        yield archive


@contextmanager
def _reading() -> Iterator[None]:
    """Turn whatever is wrong with an archive or its XML into one sentence."""
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, expat.ExpatError, KeyError, EOFError) as error:
        raise _Unfit(_DAMAGED) from error
    except (NotImplementedError, RuntimeError, UnicodeError, OSError, ValueError) as error:
        raise _Unfit(_DAMAGED) from error


def _refuse_shape(parts: list[zipfile.ZipInfo]) -> None:
    """Refuse names that lead elsewhere, twice the same name, links, passwords, too many parts."""
    names = [part.filename for part in parts]
    for part in parts:
        steps = part.filename.replace("\\", "/").split("/")
        odd = "\\" in part.filename or ":" in part.filename or not part.filename.isprintable()
        if odd or ".." in steps or steps[0] == "" or len(part.filename) > 200:
            raise _Unfit(_STRANGE, "部件名称越界")
        if stat.S_ISLNK(part.external_attr >> 16):
            raise _Unfit(_STRANGE, "含有符号链接")
        if part.flag_bits & 1:
            raise _Unfit(_LOCKED)
    if len({name.lower() for name in names}) < len(names):
        raise _Unfit(_STRANGE, "有重名部件")
    if len(names) > MAX_PARTS:
        raise _Unfit(_STRANGE, f"部件超过 {MAX_PARTS} 个")


def _refuse_bomb(parts: list[zipfile.ZipInfo]) -> None:
    unpacked, packed = (sum(p.file_size for p in parts), sum(p.compress_size for p in parts) or 1)
    shared = sum(
        part.file_size for part in parts if part.filename.lower().endswith("sharedstrings.xml")
    )
    too_dense = unpacked > 50 << 20 and unpacked / packed > MAX_RATIO
    if shared > MAX_SHARED_BYTES or unpacked > MAX_UNPACKED_BYTES or too_dense:
        raise _Unfit(_TOO_LARGE)


def _refuse_types(archive: zipfile.ZipFile, form: Form) -> None:
    """Refuse what is not of the form by the types it declares, whatever its parts are named."""
    with _reading():
        types = _head(archive, archive.getinfo(_TYPES), _TYPES_BYTES)
    for pattern, sentence in _CONTENT_TYPES:
        if pattern.search(types):
            raise _Unfit(sentence)
    if not form.main.search(types):
        raise _Unfit(_OTHER)


def _refuse_relations(relations: bytes) -> None:
    """Refuse links to anything outside; addresses that a reader of the sheet may click may stay."""
    for relation in _RELATION.findall(relations):
        if _OUTWARD.search(relation) and not _HYPERLINK.search(relation):
            raise _Unfit(_LINKED)


def _head(archive: zipfile.ZipFile, part: zipfile.ZipInfo, size: int) -> bytes:
    with _reading(), archive.open(part) as stream:
        return stream.read(size)


def _is_xml(name: str) -> bool:
    return name.lower().endswith((".xml", ".rels", ".vml"))


def _scan(stream: IO[bytes]) -> None:
    """Count depth and breadth of one XML part; nothing of it is kept."""
    depth = below = 0
    quiet = True

    def begins(name: str, attributes: list[str]) -> None:
        nonlocal depth, below, quiet
        depth += 1
        below = below + 1 if depth > ROW_DEPTH else 0
        quiet = False
        if depth > MAX_DEPTH or below > MAX_IN_ROW:
            raise _Unfit(_STRANGE, "XML 嵌套过深或一行过长")

    def ends(name: str) -> None:
        nonlocal depth
        depth -= 1

    def has_type(*declaration: object) -> None:
        raise _Unfit(_STRANGE, "XML 含有文档类型或实体声明")

    parser = expat.ParserCreate()
    parser.ordered_attributes = True
    parser.StartElementHandler, parser.EndElementHandler = begins, ends
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = has_type
    silent = 0
    while piece := stream.read(_PIECE):
        quiet = True
        parser.Parse(piece)
        silent = silent + len(piece) if quiet else 0
        if silent > MAX_TEXT_BYTES:
            raise _Unfit(_STRANGE, "XML 含有超长文本")
    parser.Parse(b"", True)
