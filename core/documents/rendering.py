"""Papers from .docx templates: placeholders in, words in their place, nothing else.

A template may say ``{{ word }}`` and, around paragraphs or rows, ``{%p if word %} … {%p endif %}``;
every other piece of Jinja is refused before it is compiled, and what is left runs in a sandbox
without filters, functions or attributes. Values are escaped; they are never read as a template.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from io import BytesIO
from typing import Any, NoReturn

from docx.opc.constants import RELATIONSHIP_TYPE
from docxtpl import DocxTemplate
from jinja2 import StrictUndefined, TemplateError, Undefined, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment
from lxml import etree

from core.documents.safety import demand_plain_document
from core.errors import BadFile

_CALM = (
    *(nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name),
    *(nodes.If, nodes.Not),
)
"""What a template may be made of."""

_DROPPED = {
    RELATIONSHIP_TYPE.EXTENDED_PROPERTIES,
    RELATIONSHIP_TYPE.CUSTOM_PROPERTIES,
    RELATIONSHIP_TYPE.THUMBNAIL,
    RELATIONSHIP_TYPE.CUSTOM_XML,
}
"""What Word and WPS write beside a document; it tells of machines and persons."""

_PACKED_AT = (1980, 1, 1, 0, 0, 0)
"""The time of every part, so that the same words give the same file."""

_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_CODE = (
    "模板中有“{what}”：模板只能写{{{{ 名称 }}}}和{{%p if 名称 %}}…{{%p endif %}}，"
    "请改正后重新上传。"
)
_IN_TAG = re.compile(r"<[^<>]*\{[{%][^<>]*>")
_NOT_IN_TEXT = "模板的占位符不在文字中（如写成了底纹或合并单元格），请改为普通文字后重新上传。"
_BROKEN = "模板的占位符写断了段落或表格，请在一个段落内写完整后重新上传。"


@dataclass(frozen=True)
class Properties:
    """What the properties of a finished document say: the bureau, the paper, the day."""

    author: str
    title: str
    made_on: date


class _Template(DocxTemplate):
    """A template whose every part is looked at exactly as it is about to be rendered."""

    def __init__(self, content: bytes) -> None:
        super().__init__(BytesIO(content))
        self.names: set[str] = set()

    def render_xml_part(self, src_xml: str, part: Any, context: Any, jinja_env: Any = None) -> str:
        if _IN_TAG.search(src_xml):
            raise BadFile(_NOT_IN_TEXT)
        self.names |= _names_in(src_xml, jinja_env)
        self.current_rendering_part = part
        xml = self.resolve_listing(jinja_env.from_string(src_xml).render(context))
        try:  # docxtpl itself mends what is broken, and loses words by it
            etree.fromstring(xml.encode(), etree.XMLParser(resolve_entities=False))
        except etree.XMLSyntaxError as error:
            raise BadFile(_BROKEN) from error
        return xml

    def render_properties(self, context: Any, jinja_env: Any = None) -> None:
        """Leave the properties: they are set, not rendered."""


def _environment(undefined: type[Undefined]) -> ImmutableSandboxedEnvironment:
    made = ImmutableSandboxedEnvironment(autoescape=True, undefined=undefined)
    made.globals.clear()
    made.filters.clear()
    made.tests.clear()
    return made


def _names_in(source: str, environment: ImmutableSandboxedEnvironment) -> set[str]:
    """Return the names of a template's placeholders. Raises BadFile for anything else in it."""
    tree = environment.parse(source)
    names = set()
    for node in tree.find_all(nodes.Node):
        if not isinstance(node, _CALM):
            _refuse_code(node)
        if isinstance(node, nodes.Name):
            names.add(node.name)
    return names


_SAID = {
    nodes.For: "for 循环",
    nodes.Getattr: "点号取值",
    nodes.Getitem: "下标取值",
    nodes.Call: "函数调用",
    nodes.Filter: "| 过滤器",
    nodes.Macro: "macro",
    nodes.Include: "include",
    nodes.Import: "import",
    nodes.Assign: "set 赋值",
    nodes.Const: "运算或常量",
}


def _refuse_code(node: nodes.Node) -> NoReturn:
    raise BadFile(_CODE.format(what=_SAID.get(type(node), type(node).__name__)))


def render(template: bytes, said: Mapping[str, str], properties: Properties) -> bytes:
    """Return the .docx with the words of ``said`` in place of the template's placeholders.

    A line break in a word begins a paragraph like the one it stands in. Raises BadFile where the
    template is more than placeholders or names one that ``said`` lacks.
    """
    return _rendered(template, said, properties)[0]


def demand_template(
    content: bytes, known: Mapping[str, str], required: Iterable[str], properties: Properties
) -> bytes:
    """Refuse what cannot be a template; return its trial rendering with the words of ``known``.

    Every placeholder must be one of ``known``, every one of ``required`` must be there. It is tried
    with all words empty too, so that no condition leaves a broken file. Raises BadFile.
    """
    demand_plain_document(content)
    names = _rendered(content, {}, properties, Undefined)[1]
    if strange := sorted(names - set(known)):
        raise BadFile(
            f"模板中的占位符“{'、'.join(strange[:5])}”不是本文书的，"
            f"可用的有：{'、'.join(known)}，请改正后重新上传。"
        )
    if missing := [name for name in required if name not in names]:
        raise BadFile(f"模板缺少占位符“{'、'.join(missing)}”，请补上后重新上传。")
    return _rendered(content, known, properties)[0]


def _rendered(
    content: bytes,
    said: Mapping[str, str],
    properties: Properties,
    undefined: type[Undefined] = StrictUndefined,
) -> tuple[bytes, set[str]]:
    """Return the finished file, and the names of the placeholders that were met."""
    template = _Template(content)
    environment = _environment(undefined)
    try:
        template.render({name: _plain(text) for name, text in said.items()}, environment)
    except TemplateError as error:
        raise BadFile(_unreadable(error)) from error
    _set_properties(template, properties)
    out = BytesIO()
    template.save(out)
    return _packed(out.getvalue()), template.names


def _unreadable(error: TemplateError) -> str:
    told = " ".join(str(error.message or "").split())[:80]
    return f"模板的占位符不完整或写错（{told}），请检查花括号和名称后重新上传。"


def _plain(text: str) -> str:
    """Return a value without signs that XML forbids, its line breaks as docxtpl's paragraphs."""
    told = _ILLEGAL.sub("", str(text).replace("\r\n", "\n").replace("\r", "\n"))
    return "\a".join(line for line in told.split("\n") if line.strip())


def _set_properties(template: _Template, properties: Properties) -> None:
    """Let the properties name the bureau and the paper, and nothing of who keeps the template."""
    core, at = template.docx.core_properties, datetime.combine(properties.made_on, time())
    for name in ("category", "comments", "content_status", "identifier", "keywords", "subject"):
        setattr(core, name, "")
    core.author = core.last_modified_by = properties.author
    core.title, core.language, core.version = properties.title, "zh-CN", ""
    core.revision, core.created, core.modified = 1, at, at
    package = template.docx.part.package
    for relations in (package.rels, template.docx.part.rels):
        for key in [key for key, one in relations.items() if one.reltype in _DROPPED]:
            del relations[key]


def _packed(content: bytes) -> bytes:
    """Pack the parts anew under one fixed time."""
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(content)) as read, zipfile.ZipFile(out, "w") as written:
        for part in read.infolist():
            entry = zipfile.ZipInfo(part.filename, _PACKED_AT)
            entry.compress_type = zipfile.ZIP_DEFLATED
            written.writestr(entry, read.read(part))
    return out.getvalue()
