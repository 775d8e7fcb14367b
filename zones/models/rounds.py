"""Rounds of declaration (申报轮次): the notice that asks for zones, and its deadline (五(二))."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from core.audit.history import History
from core.people import person
from core.scope import Business, ScopedModel


class Round(ScopedModel):
    """A round; a declaration after its deadline is late, which is a warning (readings 9)."""

    name = models.CharField("轮次", max_length=60, unique=True)
    opens_on = models.DateField("开始日")
    deadline = models.DateField("截止日")
    document_number = models.CharField("通知文号", max_length=60, blank=True)
    note = models.TextField("说明", blank=True)
    opened_by = person("设立人", optional=True)
    recorded_at = models.DateTimeField("设立时间", db_default=Now(), editable=False)

    scope = Business()
    history = History()

    class Meta:
        verbose_name = "申报轮次"
        verbose_name_plural = "申报轮次"
        ordering = ("-deadline", "-id")
        constraints = (
            models.CheckConstraint(
                name="a_round_ends_after_it_opens",
                condition=models.Q(deadline__gte=models.F("opens_on")),
                violation_error_message="截止日不能早于开始日。",
            ),
        )

    def __str__(self) -> str:
        return self.name
