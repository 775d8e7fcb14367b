"""Edits of the term tables by the city: dated rows, and a job that derives everything anew."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Q

from core.dated import in_force
from core.errors import Refused
from core.jobs import enqueue
from core.models import Job
from entities.actions.base import action, need
from entities.choices import Domain, Novelty
from entities.derivation import bare_code
from entities.locks import terms_change
from entities.models import FourNewTerm, SafetyTerm
from staff.models import User
from staff.permissions import demand

SAFETY_JOB = "derive_safety"
FOUR_NEW_JOB = "derive_four_new"

Term = SafetyTerm | FourNewTerm


@action
def add_safety_term(
    *,
    domain: str,
    way: str,
    words: str,
    certain: bool,
    since: date,
    by: User,
    verbs: str = "",
    note: str = "",
) -> SafetyTerm:
    """Add a wording or an industry code (``way``) that tells a safety field from a day on.

    ``verbs`` are doings separated by 、 of which one must govern the wording.
    """
    _check(by, "readings 2", way, words)
    if domain not in Domain.values:
        raise Refused("readings 2", "请选择安全领域：食品药品、产品质量或特种设备。")
    row = SafetyTerm(
        domain=domain, by=way, words=words.strip(), certain=certain, verbs=verbs, note=note,
        since=since, recorded_by=by, source=by.name,
    )  # fmt: skip
    _insert(row, domain=domain, by=way, words=row.words)
    _derive(SAFETY_JOB, row, by)
    return row


@action
def add_four_new_term(
    *, way: str, words: str, marks: bool, novelty: str, since: date, by: User, note: str = ""
) -> FourNewTerm:
    """Add a wording or an industry code that marks by itself, or that only points (``marks``)."""
    _check(by, "readings 3", way, words)
    if novelty not in Novelty.values:
        raise Refused("readings 3", "请选择四新类别：新技术、新产业、新业态或新模式。")
    row = FourNewTerm(
        by=way, words=words.strip(), marks=marks, novelty=novelty, note=note,
        since=since, recorded_by=by, source=by.name,
    )  # fmt: skip
    _insert(row, by=way, words=row.words)
    _derive(FOUR_NEW_JOB, row, by)
    return row


@action
def end_term(term: Term, *, until: date, by: User) -> Term | None:
    """Let a term count no more from ``until`` on; return the closed row, if it ever counted."""
    demand(by, "terms.edit")
    terms_change()
    if term.until is not None and term.until <= until:
        raise Refused("readings 2", f"“{term.words}”自{term.until}起已不再使用，无需终止。")
    closed = term.close(until, by=by)
    kind = SAFETY_JOB if isinstance(term, SafetyTerm) else FOUR_NEW_JOB
    _enqueue(kind, f"终止“{term.words}”后重新判定", max(until, term.since), by)
    return closed


def _check(by: User, clause: str, way: str, words: str) -> None:
    demand(by, "terms.edit")
    text = need(words, "用语或行业代码", clause)
    if way == SafetyTerm.By.INDUSTRY and not (
        bare_code(text).isdigit() or (len(text) == 1 and text.isalpha())
    ):
        raise Refused(clause, f"“{text}”不是GB/T 4754行业代码，应形如C13或1310，请核对。")
    if way == SafetyTerm.By.TERM and len(text) < 2:
        raise Refused(clause, "经营范围用语至少两个字，请补全。")


def _insert(row: Term, **keys: Any) -> None:
    """Insert a term, or refuse where the same one already counts on these days."""
    terms_change()
    rows = type(row).objects.for_system("editing a term table").current()
    if rows.filter(in_force(row.since) | _later_than(row.since), **keys).exists():
        raise Refused("readings 2", f"“{row.words}”在该日或以后已在表中，请先终止原有的一条。")
    row.save(force_insert=True)


def _later_than(day: date) -> Q:
    return Q(since__gt=day)


def _derive(kind: str, row: Term, by: User) -> Job:
    return _enqueue(kind, f"新增“{row.words}”后重新判定", row.since, by)


def _enqueue(kind: str, title: str, from_day: date, by: User) -> Job:
    return enqueue(kind, title, by=by, params={"from_day": from_day.isoformat()})
