"""The policy as dated data: published versions of its limits, and its official wording."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from core.audit.history import History
from core.scope import Reference


class PolicyVersion(models.Model):
    """One published set of all limits, in force from its day until the next one's.

    Because a day belongs to the latest version begun by then, there is no gap and no overlap.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", "草案"
        PUBLISHED = "published", "已发布"
        WITHDRAWN = "withdrawn", "已撤回"

    number = models.PositiveIntegerField("版本号", unique=True)
    title = models.CharField("说明", max_length=200)
    status = models.CharField("状态", max_length=10, choices=Status, default=Status.DRAFT)
    since = models.DateField("施行日")
    drafted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    drafted_at = models.DateTimeField(db_default=Now(), editable=False)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    approved_at = models.DateTimeField(null=True, blank=True)

    scope = Reference()
    history = History()

    class Meta:
        verbose_name = "参数版本"
        verbose_name_plural = "参数版本"
        ordering = ("-number",)
        constraints = (
            models.UniqueConstraint(
                name="one_published_version_a_day",
                fields=("since",),
                condition=Q(status="published"),
                violation_error_message="该日已有施行的参数版本。",
            ),
            models.CheckConstraint(
                name="a_version_is_approved_by_a_second_person",
                condition=Q(approved_by=None)
                | Q(drafted_by=None)
                | ~Q(approved_by=models.F("drafted_by")),
                violation_error_message="起草人不能批准自己起草的版本。",
            ),
        )

    def __str__(self) -> str:
        return f"第{self.number}版"


class LimitValue(models.Model):
    """One limit's value in one version; written with its draft, never changed afterwards.

    Another value is another draft, so that a second person approves what was drafted.
    """

    append_only = True

    version = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, related_name="values")
    key = models.CharField("参数", max_length=60)
    value = models.JSONField("值", null=True, blank=True)
    source = models.CharField("来源", max_length=300)

    scope = Reference()

    class Meta:
        verbose_name = "参数值"
        verbose_name_plural = "参数值"
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(name="one_value_a_limit", fields=("version", "key")),
        )

    def __str__(self) -> str:
        return f"{self.key}={self.value}"


class OfficialText(models.Model):
    """The official wording of one clause, as a document the bureau loaded says it."""

    append_only = True

    clause = models.CharField("条款", max_length=20)
    text = models.TextField("原文")
    document = models.CharField("文件", max_length=200)
    document_number = models.CharField("文号", max_length=60, blank=True)
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    superseded_at = models.DateTimeField(null=True, blank=True)

    scope = Reference()

    class Meta:
        verbose_name = "政策原文"
        verbose_name_plural = "政策原文"
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(
                name="one_current_wording_a_clause",
                fields=("clause",),
                condition=Q(superseded_at=None),
            ),
        )

    def __str__(self) -> str:
        return f"{self.document} {self.clause}"
