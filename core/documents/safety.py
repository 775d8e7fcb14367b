"""Whether a .docx may be opened and kept as a template: looked at before any reader touches it.

A template is text with styles. Whatever runs, links outward, hides another file, carries what the
eye does not see (comments, tracked changes, pictures) or is built to exhaust its reader is refused.
"""

from __future__ import annotations

import re
import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any
from xml.parsers import expat

from core.errors import BadFile

MAX_BYTES = 2 << 20
MAX_UNPACKED = 20 << 20
MAX_PARTS = 200
MAX_DEPTH = 60

_MAIN = b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_TYPES = "[Content_Types].xml"
_DAMAGED = "文件已损坏或不是 Word 文档，请在 Word 或 WPS 中另存为 .docx 后重新上传。"
_STRANGE = "文档的内部结构异常（{what}），请在 Word 或 WPS 中重新另存为 .docx 后上传。"
_MACROS = "文档含有宏或控件，不能用作模板，请另存为不含宏的 .docx 后重新上传。"
_LINKED = "文档链接了外部文件或网址，不能用作模板，请删去链接、断开所附模板后重新上传。"
_EMBEDDED = "文档嵌有其他文件，不能用作模板，请删去后重新上传。"
_PICTURES = "文档含有图片，图片中的字无法核对，请删去图片后重新上传。"
_REMARKS = "文档含有批注或修订，请删去批注、接受全部修订后重新上传。"
_FIELDS = "文档含有域代码“{what}”，模板只能用页码和总页数域，请改为文字后重新上传。"

_PARTS = re.compile(
    r"\[content_types\]\.xml|_rels/\.rels|docprops/(core|app|custom)\.xml|"
    r"word/(document|styles|settings|websettings|fonttable|numbering|footnotes|endnotes|"
    r"styleswitheffects|people)\.xml|word/(header|footer)\d*\.xml|word/theme/theme\d*\.xml|"
    r"(word|customxml)/_rels/[a-z0-9]+\.xml\.rels|customxml/item(props)?\d+\.xml|"
    r"docprops/thumbnail\.(jpeg|jpg|png|emf|wmf)"
)
"""The parts of a plain document, in lower case."""

_TOLD = (
    (re.compile(r"vbaproject|vbadata|activex|customui|ctrlprops|macros"), _MACROS),
    (re.compile(r"/embeddings/|oleobject|afchunk|/subdocuments/|/glossary/"), _EMBEDDED),
    (re.compile(r"/media/|/charts/|/diagrams/|/drawings/|/ink/"), _PICTURES),
    (re.compile(r"/comments"), _REMARKS),
)
"""What the name of another part tells."""

_TYPES_TOLD = (
    (re.compile(rb"macroenabled|vbaproject|activex", re.IGNORECASE), _MACROS),
    (re.compile(rb"oleobject|wordprocessingml\.document\.glossary", re.IGNORECASE), _EMBEDDED),
)
_FIELD = re.compile(r"\s*(PAGE|NUMPAGES|SECTIONPAGES)\b[\s\\*A-Za-z0-9#]*", re.IGNORECASE)
_PICTURE_TAGS = {"drawing", "pict", "object", "control", "movie", "background"}
_REMARK_TAGS = {
    *("ins", "del", "moveFrom", "moveTo", "rPrChange", "pPrChange", "sectPrChange"),
    *("tblPrChange", "tcPrChange", "trPrChange", "cellIns", "cellDel", "commentReference"),
}
_OUTSIDE_TAGS = {"altChunk", "subDoc", "attachedTemplate", "mailMerge", "dataBinding"}
_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def demand_plain_document(content: bytes) -> None:
    """Refuse what is no plain .docx. Raises BadFile with a sentence that says what to do."""
    if not content:
        raise BadFile("文件是空的，请检查后重新上传。")
    if len(content) > MAX_BYTES:
        raise BadFile(f"文件超过 {MAX_BYTES >> 20} MB，模板只含文字和样式，请精简后重新上传。")
    if not content.startswith(b"PK\x03\x04"):
        raise BadFile("文件不是 .docx，请在 Word 或 WPS 中另存为 .docx 后重新上传。")
    with _reading(), zipfile.ZipFile(BytesIO(content)) as archive:
        parts = archive.infolist()
        _refuse_shape(parts)
        for part in parts:
            _refuse_by_name(part.filename.lower())
        _refuse_types(archive.read(_TYPES))
        for part in parts:
            if not part.filename.lower().startswith("docprops/thumbnail"):
                _Look(part.filename).at(archive.read(part))


@contextmanager
def _reading() -> Iterator[None]:
    """Turn whatever is wrong with an archive or its XML into one sentence."""
    try:
        yield
    except BadFile:
        raise
    except (
        *(zipfile.BadZipFile, zlib.error, expat.ExpatError, KeyError, EOFError),
        *(NotImplementedError, RuntimeError, UnicodeError, OSError, ValueError),
    ) as error:
        raise BadFile(_DAMAGED) from error


def _refuse_shape(parts: list[zipfile.ZipInfo]) -> None:
    if len(parts) > MAX_PARTS:
        raise BadFile(_STRANGE.format(what=f"部件超过 {MAX_PARTS} 个"))
    if sum(part.file_size for part in parts) > MAX_UNPACKED:
        raise BadFile(_STRANGE.format(what="解压后过大"))
    if len({part.filename.lower() for part in parts}) < len(parts):
        raise BadFile(_STRANGE.format(what="有重名部件"))
    for part in parts:
        if part.flag_bits & 1:
            raise BadFile("文档设有打开密码，请去掉密码另存后重新上传。")
        if stat.S_ISLNK(part.external_attr >> 16):
            raise BadFile(_STRANGE.format(what="含有符号链接"))


def _refuse_by_name(name: str) -> None:
    for pattern, sentence in _TOLD:
        if pattern.search(f"/{name}"):
            raise BadFile(sentence)
    if not _PARTS.fullmatch(name) and not name.endswith("/"):
        raise BadFile(_STRANGE.format(what=f"含有部件 {name[:60]}"))


def _refuse_types(types: bytes) -> None:
    for pattern, sentence in _TYPES_TOLD:
        if pattern.search(types):
            raise BadFile(sentence)
    if _MAIN not in types:
        raise BadFile("文件不是 Word 文档（可能是表格、模板文件或压缩包），请另存为 .docx 后上传。")


class _Look:
    """One reading of an XML part: depth, what its elements are, where its relations lead."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.depth = 0
        self.instruction: list[str] | None = None
        self.in_instruction = False

    def at(self, xml: bytes) -> None:
        if not xml.strip():
            return
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartElementHandler, parser.EndElementHandler = self._begins, self._ends
        parser.CharacterDataHandler = self._says
        parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = self._has_type
        parser.Parse(xml, True)
        if self.instruction is not None:
            self._judge("".join(self.instruction))

    def _has_type(self, *declaration: object) -> None:
        raise BadFile(_STRANGE.format(what="XML 含有文档类型或实体声明"))

    def _begins(self, tag: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise BadFile(_STRANGE.format(what="XML 嵌套过深"))
        local = tag.rpartition(" ")[2]
        if local == "Relationship":
            self._refuse_relation(attributes)
        elif self.name.lower().startswith("word/"):
            self._refuse_element(local, attributes)

    def _refuse_relation(self, attributes: dict[str, str]) -> None:
        target = attributes.get("Target", "")
        if attributes.get("TargetMode", "").lower() == "external" or "://" in target:
            raise BadFile(_LINKED)

    def _refuse_element(self, local: str, attributes: dict[str, Any]) -> None:
        if local in _PICTURE_TAGS:
            raise BadFile(_PICTURES)
        if local in _REMARK_TAGS:
            raise BadFile(_REMARKS)
        if local in _OUTSIDE_TAGS:
            raise BadFile(_LINKED)
        if local == "fldSimple":
            self._judge(attributes.get(f"{_WORD} instr", ""))
        elif local == "fldChar":
            kind = attributes.get(f"{_WORD} fldCharType", "")
            if self.instruction is not None:
                self._judge("".join(self.instruction))
            self.instruction = [] if kind == "begin" else None
        self.in_instruction = local == "instrText"

    def _judge(self, instruction: str) -> None:
        if instruction and not _FIELD.fullmatch(instruction):
            what = " ".join(instruction.split())[:30]
            raise BadFile(_FIELDS.format(what=what))

    def _says(self, text: str) -> None:
        if not self.in_instruction:
            return
        if self.instruction is None:
            self._judge(text)
        else:
            self.instruction.append(text)

    def _ends(self, tag: str) -> None:
        self.depth -= 1
        self.in_instruction = False
