"""The calendar of working days, as the State Council publishes it year by year."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from core.scope import Reference


class CalendarYear(models.Model):
    """The published arrangement of one year; a year without a current row is provisional.

    Append-only: another arrangement of the same year supersedes the row, and its days with it.
    """

    append_only = True
    is_act = True

    year = models.PositiveSmallIntegerField("年份")
    document = models.CharField("文号", max_length=60, blank=True)
    source = models.CharField("来源", max_length=200)
    recorded_at = models.DateTimeField("登记时间", db_default=Now(), editable=False)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="登记人",
    )
    superseded_at = models.DateTimeField("被取代时间", null=True, blank=True, editable=False)

    scope = Reference()

    class Meta:
        verbose_name = "年度工作日历"
        verbose_name_plural = "年度工作日历"
        ordering = ("year", "id")
        constraints = (
            models.UniqueConstraint(
                name="one_current_calendar_a_year",
                fields=("year",),
                condition=Q(superseded_at=None),
                violation_error_message="该年度已有工作日历。",
            ),
        )

    def __str__(self) -> str:
        return f"{self.year}年工作日历"


class SpecialDay(models.Model):
    """One day that is not what its weekday says: a holiday, or a weekend that is worked."""

    append_only = True

    calendar = models.ForeignKey(
        CalendarYear, on_delete=models.PROTECT, related_name="days", verbose_name="年度工作日历"
    )
    day = models.DateField("日期")
    is_working = models.BooleanField("上班")
    name = models.CharField("名称", max_length=40)

    scope = Reference()

    class Meta:
        verbose_name = "节假日和调休日"
        verbose_name_plural = "节假日和调休日"
        ordering = ("day", "id")
        constraints = (
            models.UniqueConstraint(
                name="a_day_stands_once_in_a_calendar",
                fields=("calendar", "day"),
                violation_error_message="同一日期只能写一次。",
            ),
        )

    def __str__(self) -> str:
        return f"{self.day} {self.name}"
