"""The city's edits of the words of the check of papers: dated rows, added and ended, never changed.

A word counts from the day on which it is added, so that no paper is judged by a day to come.
"""

from __future__ import annotations

from datetime import date

from django.db import connection

from core.dated import DatedQuerySet
from core.documents.squeezing import squeeze
from core.errors import Refused
from core.models import PaperWord
from entities.actions.base import action, need
from staff.models import User
from staff.permissions import demand

CLAUSE = "readings 18"
VERB = "paper.template"
WHY = "editing the words of the check of papers"
SHORTEST, LONGEST, LONGEST_INSTEAD = 2, 40, 200
WORDS = 73_2024_19
"""Names the lock under which one transaction at a time edits the words."""
Effect = PaperWord.Effect


@action
def add_word(word: str, effect: str, *, instead: str = "", by: User, on: date) -> PaperWord:
    """Add a word to the check from today on; refuses one that is there already."""
    demand(by, VERB)
    text, told = need(word, "用语", CLAUSE), instead.strip()
    letters = squeeze(text).letters
    if effect not in Effect.values:
        raise Refused(CLAUSE, "请选择作用：禁用、提示或可用。")
    if len(letters) < SHORTEST:
        raise Refused(CLAUSE, f"“{text}”太短，用语至少{SHORTEST}个字，否则处处都会命中。")
    if len(text) > LONGEST or len(told) > LONGEST_INSTEAD:
        raise Refused(CLAUSE, f"用语最多{LONGEST}字，改写建议最多{LONGEST_INSTEAD}字，请删减。")
    _alone()
    for row in _rows().filter(until=None):
        if squeeze(row.word).letters == letters:
            raise Refused(
                CLAUSE,
                f"“{row.word}”已在表中（{row.get_effect_display()}），要改的请先终止原有的一条。",
            )
    if effect == Effect.ALLOWED:
        _demand_longer(text, letters)
    made = PaperWord(
        word=text, effect=effect, instead=told, since=on, recorded_by=by, source=by.name
    )
    made.save(force_insert=True)
    return made


def _demand_longer(text: str, letters: str) -> None:
    """Refuse an allowed wording within which no word of the table lies: it would do nothing."""
    others = _rows().filter(until=None).exclude(effect=Effect.ALLOWED)
    if not any(squeeze(row.word).letters in letters for row in others):
        raise Refused(
            CLAUSE,
            f"“{text}”中没有禁用词或提示词，无需登记为可用；可用语须是含有禁用词的更长的说法。",
        )


@action
def end_word(row: PaperWord, *, by: User, on: date) -> None:
    """Let a word count no more from today on; it stays readable."""
    demand(by, VERB)
    _alone()
    found = _rows().filter(pk=row.pk).first()
    if found is None or found.until is not None:
        raise Refused(CLAUSE, f"“{row.word}”已终止，请刷新后查看。")
    left = _rows().filter(until=None, effect=Effect.BLOCKED).exclude(pk=found.pk)
    if found.effect == Effect.BLOCKED and not left.exists():
        raise Refused(CLAUSE, "这是最后一个禁用词，终止后不能核对文书用语，请先增加其他禁用词。")
    found.close(on, by=by)


def _alone() -> None:
    """Be the one transaction that edits the words, until it ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [WORDS])


def _rows() -> DatedQuerySet:
    return PaperWord.objects.for_system(WHY).current()
