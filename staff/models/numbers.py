"""Numbers of papers that leave the house: 机关代字 + kind word〔year〕n 号 (readings 19)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from core.audit.history import History
from core.people import person
from core.scope import Reference
from staff.models.places import Bureau


class KindWord(models.Model):
    """The word that a kind of paper has in its number, for example 责改."""

    kind = models.SlugField("文书类别", max_length=20, unique=True)
    title = models.CharField("文书", max_length=60)
    word = models.CharField(
        "文种代字",
        max_length=10,
        unique=True,
        error_messages={"unique": "另一种文书已用这个代字，两种文书的文号会重复，请另定。"},
    )

    scope = Reference()
    history = History()

    class Meta:
        verbose_name = "文种代字"
        verbose_name_plural = "文种代字"
        ordering = ("kind",)

    def __str__(self) -> str:
        return self.word


class NumberSeries(models.Model):
    """The running number of one bureau, kind and year; the row is locked while one is given."""

    bureau = models.ForeignKey(Bureau, on_delete=models.PROTECT, related_name="+")
    kind = models.SlugField("文书类别", max_length=20)
    year = models.PositiveSmallIntegerField("年份")
    last = models.PositiveIntegerField("已用到", default=0)

    scope = Reference()
    history = History()

    class Meta:
        verbose_name = "文号序列"
        verbose_name_plural = "文号序列"
        ordering = ("year", "bureau", "kind")
        constraints = (
            models.UniqueConstraint(
                name="one_series_a_bureau_kind_and_year", fields=("bureau", "kind", "year")
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind}〔{self.year}〕"


class PaperNumber(models.Model):
    """A number that was given. It is never given again; a void one stays, marked 作废."""

    series = models.ForeignKey(NumberSeries, on_delete=models.PROTECT, related_name="numbers")
    serial = models.PositiveIntegerField("序号")
    text = models.CharField("文号", max_length=60)
    given_by = person("签发人", optional=True)
    given_at = models.DateTimeField("取号时间", db_default=Now(), editable=False)
    voided_at = models.DateTimeField("作废时间", null=True, blank=True)
    voided_by = person("作废人", optional=True)
    void_reason = models.CharField("作废原因", max_length=200, blank=True)

    scope = Reference()
    history = History()

    class Meta:
        verbose_name = "文号"
        verbose_name_plural = "文号"
        ordering = ("series", "serial")
        constraints = (
            models.UniqueConstraint(name="one_serial_a_series", fields=("series", "serial")),
            models.UniqueConstraint(name="a_number_is_given_once", fields=("text",)),
            models.CheckConstraint(
                name="a_void_number_says_why",
                condition=Q(voided_at=None) | ~Q(void_reason=""),
                violation_error_message="作废文号须写明原因。",
            ),
        )

    def __str__(self) -> str:
        return f"{self.text}（作废）" if self.voided_at else self.text
