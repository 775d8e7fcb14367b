"""Credit-risk classes by monthly file, and the lists of dishonesty."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from core.audit.history import History
from core.dated import Dated, days_in_order, no_overlap
from core.scope import OfEntity, Reference, ScopedModel
from entities.choices import Letter, ListName
from entities.models.register import Entity

RISK_SCHEME = "general"
"""The scheme of 企业信用风险分类 (通用型); other A-D scales exist and never mix with it."""


class ClassFile(ScopedModel):
    """One monthly file of credit-risk classes; ``month`` is its first day."""

    scheme = models.CharField("分类体系", max_length=20, default=RISK_SCHEME)
    month = models.DateField("月份")
    file_name = models.CharField("文件名", max_length=200)
    file_hash = models.CharField("SHA-256", max_length=64)
    rows = models.PositiveIntegerField("行数", default=0)
    imported_at = models.DateTimeField("导入时间", db_default=Now(), editable=False)
    imported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    scope = Reference()
    history = History()

    class Meta:
        verbose_name = "信用风险分类文件"
        verbose_name_plural = "信用风险分类文件"
        ordering = ("-month", "-id")
        constraints = (
            models.UniqueConstraint(name="one_class_file_a_month", fields=("scheme", "month")),
        )


class CreditClass(Dated):
    """Credit-risk class (企业信用风险分类), imported, never computed (readings 1).

    ``month`` is the first day of the month since which files, or a correction, gave this letter
    without interruption: it stays while the letter stays. It is as known when the row was written;
    a file imported late for an earlier month changes rows behind its own days only by cutting them.
    ``missed`` counts the newest files, one after another, in which the entity was not found.
    """

    entity = models.ForeignKey(Entity, on_delete=models.PROTECT, related_name="credit_classes")
    scheme = models.CharField("分类体系", max_length=20, default=RISK_SCHEME)
    letter = models.CharField("类别", max_length=1, choices=Letter)
    month = models.DateField("分类月份")
    missed = models.PositiveSmallIntegerField("未出现的文件数", default=0)

    scope = OfEntity("entity")

    class Meta:
        verbose_name = "信用风险分类"
        verbose_name_plural = "信用风险分类"
        constraints = (
            no_overlap("entity_has_one_class_a_scheme", "entity", "scheme"),
            days_in_order("credit_class_days_in_order"),
        )


class Listing(Dated):
    """That an entity stands on 经营异常名录 or 严重违法失信名单."""

    entity = models.ForeignKey(Entity, on_delete=models.PROTECT, related_name="listings")
    list_name = models.CharField("名单", max_length=10, choices=ListName)
    reason = models.CharField("列入事由", max_length=200, blank=True)
    document_number = models.CharField("文号", max_length=100, blank=True)

    scope = OfEntity("entity")

    class Meta:
        verbose_name = "名单记录"
        verbose_name_plural = "名单记录"
        constraints = (
            no_overlap("entity_stands_once_on_a_list", "entity", "list_name"),
            days_in_order("listing_days_in_order"),
        )
