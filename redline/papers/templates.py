"""Versions of the papers' templates: which is in force, and how the city loads a further one."""

from __future__ import annotations

import hashlib
from datetime import date

from django.db import connection

from core.documents import Properties, WordCheck, demand_template, texts_of
from core.errors import BadFile, Refused
from entities.actions.base import action
from redline.choices import PaperKind
from redline.models import PaperTemplate
from redline.papers.drawing import drawn
from redline.papers.kinds import SORTS
from staff.models import User
from staff.permissions import demand

CLAUSE = "readings 18"
VERB = "paper.template"
SHIPPED = "随系统附带"
FIRST_DAY = date(2024, 8, 1)
LONGEST_NOTE = 200
LOADING = 73_2024_18
"""Names the lock under which one transaction at a time loads a template."""


def template_in_force(kind: str, on: date) -> PaperTemplate:
    """Return the newest version that papers of a kind are made with on a day."""
    rows = PaperTemplate.objects.filter(kind=kind, since__lte=on)
    found = rows.order_by("-number").first()
    if found is None:
        raise Refused(CLAUSE, f"{on}没有启用的“{PaperKind(kind).label}”模板，请市局先载入模板。")
    return found


@action
def load_template(
    kind: str, content: bytes, *, since: date, note: str = "", by: User, on: date
) -> PaperTemplate:
    """Load a further version of a template; it is looked at, tried, and never changed afterwards.

    Raises BadFile for what is no template of this kind, Refused for what its text must not say.
    """
    demand(by, VERB)
    if kind not in PaperKind.values:
        raise Refused(CLAUSE, "请选择文书。")
    if since < on:
        raise Refused(CLAUSE, f"启用日{since}早于今天{on}，请改为今天或以后的日期。")
    if len(note) > LONGEST_NOTE:
        raise Refused(CLAUSE, f"说明最多{LONGEST_NOTE}字，请删减。")
    _demand_fit(kind, content, on)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOADING])
    newest = PaperTemplate.objects.filter(kind=kind).order_by("-number").first()
    digest = hashlib.sha256(content).hexdigest()
    if newest and newest.digest == digest:
        raise Refused(CLAUSE, f"该文件与第{newest.number}版完全相同，无需再次载入。")
    row = PaperTemplate(
        kind=kind,
        number=newest.number + 1 if newest else 1,
        since=since,
        digest=digest,
        content=content,
        note=note.strip(),
        loaded_by=by,
    )
    row.save(force_insert=True)
    return row


def _demand_fit(kind: str, content: bytes, on: date) -> None:
    """Refuse what is no template of this kind, or says what no paper may say."""
    sort = SORTS[kind]
    properties = Properties("示例机关", sort.kind.label, on)
    trial = demand_template(content, sort.examples, sort.required, properties)
    texts = texts_of(trial)
    if any(sign in text for text in texts.values() for sign in ("{{", "}}", "{%", "%}")):
        raise BadFile("模板中有没有替换的占位符（可能在尾注或文本框中），请移到正文后重新上传。")
    said = {f"模板{label}": text for label, text in texts.items()}
    own = {f"模板{label}": text for label, text in texts_of(content).items()}
    warnings = WordCheck.in_force().demand(said | own)
    if warnings:
        told = "；".join(str(one) for one in warnings)
        raise Refused(CLAUSE, f"{told}，模板用于每一份文书，不得写入，请改写。")


def seed_templates() -> int:
    """Write the shipped templates of the kinds that have none; return how many."""
    present = set(PaperTemplate.objects.values_list("kind", flat=True))
    missing = [kind for kind in SORTS if kind not in present]
    for kind in missing:
        content = drawn(kind)
        PaperTemplate(
            kind=kind,
            number=1,
            since=FIRST_DAY,
            digest=hashlib.sha256(content).hexdigest(),
            content=content,
            note=SHIPPED,
        ).save(force_insert=True)
    return len(missing)
