"""Words that a paper which leaves the house must not carry (readings 18)."""

from __future__ import annotations

from django.db import models

from core.dated import Dated, days_in_order, no_overlap
from core.scope import Reference


class PaperWord(Dated):
    """One word of the check of papers; the city adds and ends them, none is changed.

    ``allowed`` is a longer wording in which a blocked or warned word may stand (移出 within
    移出经营异常名录). A word counts from the day on which it is added: none lies in the future.
    """

    class Effect(models.TextChoices):
        BLOCKED = "blocked", "禁用"
        WARNED = "warned", "提示"
        ALLOWED = "allowed", "可用"

    word = models.CharField("用语", max_length=40)
    effect = models.CharField("作用", max_length=10, choices=Effect)
    instead = models.CharField("改写建议", max_length=200, blank=True)

    scope = Reference()
    is_act = True

    class Meta:
        verbose_name = "文书禁用词"
        verbose_name_plural = "文书禁用词"
        ordering = ("effect", "word")
        constraints = (
            no_overlap("paper_word_stands_once", "word"),
            days_in_order("paper_word_days_in_order"),
        )

    def __str__(self) -> str:
        return self.word
