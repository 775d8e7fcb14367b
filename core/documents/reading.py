"""All the words of a .docx, wherever they stand: what the word check and the tests read.

Runs are put together, so that a word that was formatted in two pieces is one word again. Headers,
footers, notes, comments, properties and what stands in attributes (alternative texts, authors of
changes, instructions of fields) are read like the body.
"""

from __future__ import annotations

import zipfile
from io import BytesIO
from typing import Any

from lxml import etree

APART = "；"
"""Between things that are no running text: a word is not looked for across it."""

_SIGNS = {"p": "\n", "br": "\n", "cr": "\n", "tab": "\t"}
_NOT_RUNNING = ("文档属性", "附加数据", "样式和设置", "文件结构")
_LABELS = (
    ("word/document", "正文"),
    ("word/header", "页眉"),
    ("word/footer", "页脚"),
    ("word/footnotes", "脚注"),
    ("word/endnotes", "尾注"),
    ("word/comments", "批注"),
    ("docProps/", "文档属性"),
    ("customXml/", "附加数据"),
    ("word/", "样式和设置"),
)


def texts_of(content: bytes) -> dict[str, str]:
    """Return the words of each part of a .docx by what the part is called (正文, 页眉, …).

    Text and attributes of a part stand apart, as 正文 and 正文的属性.
    """
    found: dict[str, list[str]] = {}
    with zipfile.ZipFile(BytesIO(content)) as archive:
        for part in archive.infolist():
            label = label_of(part.filename)
            if part.filename.endswith((".xml", ".rels")) and part.file_size:
                root = etree.fromstring(archive.read(part), _parser())
                found.setdefault(label, []).append(_running(root, label))
                found.setdefault(f"{label}的属性", []).append(_attributes(root))
        names = [part.filename for part in archive.infolist()]
        found["文件结构"] = [APART.join([*names, archive.comment.decode("utf-8", "replace")])]
    return {label: APART.join(texts) for label, texts in found.items() if any(texts)}


def text_of(content: bytes) -> str:
    """Return the running text of all parts, attributes left out."""
    return "\n".join(
        text
        for label, text in texts_of(content).items()
        if not label.endswith("的属性") and label != "文件结构"
    )


def label_of(name: str) -> str:
    """Return what staff call a part."""
    return next((label for start, label in _LABELS if name.startswith(start)), "文件结构")


def _parser() -> etree.XMLParser:
    return etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)


def _running(root: Any, label: str) -> str:
    """Return an element's text in reading order, a line for each paragraph."""
    if label in _NOT_RUNNING:
        return APART.join(text for text in map(str, root.itertext()) if text.strip())
    pieces: list[str] = []
    for event, element in etree.iterwalk(root, events=("start", "end", "comment")):
        if event == "comment":
            pieces.append(f"{APART}{element.text or ''}{APART}")
        elif event == "start":
            pieces.append(element.text or "")
        else:
            pieces.append(_SIGNS.get(etree.QName(element).localname, ""))
            pieces.append(element.tail or "")
    return "".join(pieces).strip()


def _attributes(root: Any) -> str:
    values = [value for element in root.iter() for value in element.attrib.values()]
    return APART.join(value for value in dict.fromkeys(values) if value)
