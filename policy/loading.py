"""Reads the official wording of the policy clause by clause from the document's plain text."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, NamedTuple

from django.db import transaction
from django.utils import timezone

from core.errors import Refused
from policy.clauses import CLAUSES
from policy.models import OfficialText
from staff.permissions import demand

NUMERALS = "一二三四五六七八九十"
BOOKMARK = re.compile(r"\[bookmark:[^\]]*\]")
CHAPTER = re.compile(rf"([{NUMERALS}])、")
ITEM = re.compile(rf"[（(]([{NUMERALS}])[）)]|([{NUMERALS}])是")
INLINE_ITEM = re.compile(rf"(?<=。)(?=[{NUMERALS}]是)")
ENDS = re.compile(r"附件|重庆市市场监督管理局$|（此件")
DOCUMENT_NUMBER = re.compile(r"\S{1,12}〔\d{4}〕\s*\d+号")
HEAD_LINES = 10


class Loaded(NamedTuple):
    """How many clauses got a wording, a changed wording, or had this one already."""

    new: int
    changed: int
    same: int


def read_file(path: Path) -> str:
    """Return a text file's contents, UTF-8 or GB18030. Refuses anything else."""
    raw = path.read_bytes()
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise Refused("", "文件不是纯文本，请把文件另存为纯文本（.txt）后再载入。")


def split_clauses(text: str) -> dict[str, str]:
    """Return the wording by clause number ("3.2"), for the chapters too that have no items.

    Items are （一）… under a chapter or, as in chapter 三, worded 一是…. Refuses a text in which
    a clause occurs twice.
    """
    found: dict[str, list[str]] = {}
    chapter = item = ""
    for line in _lines(text):
        opens = CHAPTER.match(line)
        begins = ITEM.match(line)
        if chapter and ENDS.match(line):
            break
        if opens:
            chapter, item = str(NUMERALS.index(opens[1]) + 1), ""
            _begin(found, chapter)
        elif chapter and begins and _number(chapter, begins) in CLAUSES:
            item = _number(chapter, begins)
            _begin(found, item)
        if chapter:
            found[item or chapter].append(line)
    return {number: "\n".join(lines) for number, lines in found.items() if number in CLAUSES}


def _lines(text: str) -> list[str]:
    plain = BOOKMARK.sub("", text).replace("\u3000", " ")
    pieces = [piece for line in plain.splitlines() for piece in INLINE_ITEM.split(line)]
    return [piece.strip() for piece in pieces if piece.strip()]


def _number(chapter: str, begins: re.Match[str]) -> str:
    return f"{chapter}.{NUMERALS.index(begins[1] or begins[2]) + 1}"


def _begin(found: dict[str, list[str]], number: str) -> None:
    if number in found:
        label = CLAUSES[number].label if number in CLAUSES else number
        raise Refused("", f"文件中条款{label}出现了两次，请只保留正文后再载入。")
    found[number] = []


@transaction.atomic
def load_text(text: str, document: str = "", document_number: str = "", by: Any = None) -> Loaded:
    """Store the wording of every clause; what it replaces is kept as superseded.

    Title and number of the document are read from its head where they are not given. Refuses a
    text in which clauses are missing, naming them, and then stores nothing.
    """
    if by is not None:
        demand(by, "policy.load")
    wording = split_clauses(text)
    missing = [clause.label for number, clause in CLAUSES.items() if number not in wording]
    if len(missing) == len(CLAUSES):
        raise Refused("", "文件中没有找到任何条款（一、…，（一）…），请确认是政策正文的纯文本。")
    if missing:
        raise Refused("", f"文件中没有找到条款{'、'.join(missing)}，请核对正文是否完整后再载入。")
    head = _lines(text)[:HEAD_LINES]
    numbers = [match[0] for line in head if (match := DOCUMENT_NUMBER.search(line))]
    document = document.strip() or head[0][:200]
    document_number = document_number.strip() or (numbers[0] if numbers else "")
    return _store(wording, document, document_number, by)


def _store(wording: dict[str, str], document: str, document_number: str, by: Any) -> Loaded:
    now = timezone.now()
    current = OfficialText.objects.select_for_update(of=("self",)).filter(superseded_at=None)
    present = {row.clause: row for row in current}
    facts = {number: (text, document, document_number) for number, text in wording.items()}
    replaced = [
        number
        for number, row in present.items()
        if number in facts and (row.text, row.document, row.document_number) != facts[number]
    ]
    new = [number for number in facts if number not in present]
    OfficialText.objects.filter(
        pk__in=[present[number].pk for number in replaced], superseded_at=None
    ).update(superseded_at=now)
    OfficialText.objects.bulk_create(
        OfficialText(
            clause=number,
            text=wording[number],
            document=document,
            document_number=document_number,
            recorded_at=now,
            recorded_by=by,
        )
        for number in [*replaced, *new]
    )
    return Loaded(len(new), len(replaced), len(facts) - len(new) - len(replaced))
