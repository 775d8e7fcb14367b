"""The register: business entities, their industries and their registration status."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from core.audit.history import History
from core.dated import Dated, days_in_order, no_overlap
from core.scope import OfEntity, Reference, ScopedModel
from core.secrets import EncryptedTextField
from entities.choices import Kind, Status
from staff.models import Bureau, District, Station, Street


class Industry(models.Model):
    """A section, division, group or class of GB/T 4754-2017."""

    code = models.CharField("代码", max_length=5, unique=True)
    name = models.CharField("名称", max_length=100)
    level = models.PositiveSmallIntegerField("层级")
    section = models.CharField("门类", max_length=1)

    scope = Reference()
    history = History()

    class Meta:
        verbose_name = "行业"
        verbose_name_plural = "行业"
        ordering = ("code",)

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class Entity(ScopedModel):
    """A business entity (经营主体) under a key of our own: codes change, entities stay."""

    code = models.CharField("统一社会信用代码／注册号", max_length=18, unique=True)
    code_problem = models.CharField("代码提示", max_length=200, blank=True)
    name = models.CharField("名称", max_length=200)
    former_names = ArrayField(models.CharField(max_length=200), default=list, blank=True)
    name_bigrams = ArrayField(models.IntegerField(), default=list, editable=False)
    kind = models.CharField("类型", max_length=20, choices=Kind, default=Kind.OTHER)
    kind_text = models.CharField("类型（原文）", max_length=60, blank=True)
    status = models.CharField("登记状态", max_length=12, choices=Status, default=Status.ACTIVE)
    established_on = models.DateField("成立日期", null=True, blank=True)
    capital = models.CharField("注册资本（原文）", max_length=60, blank=True)
    industry = models.CharField("行业代码", max_length=5, blank=True)
    business_scope = models.TextField("经营范围", blank=True)
    address = models.CharField("住所（经营场所）", max_length=300, blank=True)
    district = models.ForeignKey(
        District, on_delete=models.PROTECT, null=True, blank=True, verbose_name="区县"
    )
    street = models.ForeignKey(
        Street, on_delete=models.PROTECT, null=True, blank=True, verbose_name="街道"
    )
    bureau = models.ForeignKey(
        Bureau,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        verbose_name="属地监管机关",
    )
    station = models.ForeignKey(
        Station,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        verbose_name="市场监管所",
    )
    fields = ArrayField(models.CharField(max_length=30), default=list, blank=True)
    registrar = models.CharField("登记机关", max_length=100, blank=True)
    representative = models.CharField("法定代表人／负责人／经营者", max_length=60, blank=True)
    trade_name = models.CharField("字号", max_length=100, blank=True)
    contact_name = EncryptedTextField("联系人", max_length=60, blank=True)
    contact_phone = EncryptedTextField("联系电话", max_length=40, blank=True)
    service_address = EncryptedTextField("送达地址", max_length=300, blank=True)
    service_confirmed_on = models.DateField("送达地址确认书日期", null=True, blank=True)
    predecessor = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="successors",
        db_index=False,
        verbose_name="前身（个转企、换码、迁移）",
    )
    recorded_at = models.DateTimeField("首次登记时间", db_default=Now(), editable=False)
    updated_at = models.DateTimeField("更新时间", db_default=Now(), editable=False)

    scope = OfEntity()
    # A new entity comes with a dated status, which says who made it and from what.
    history = History(
        ignore=("name_bigrams", "updated_at"),
        hidden=("contact_name", "contact_phone", "service_address"),
        inserts=False,
    )

    class Meta:
        verbose_name = "经营主体"
        verbose_name_plural = "经营主体"
        ordering = ("id",)
        indexes = (
            # The status rides along, so that a bureau's entities are counted in the index alone.
            models.Index(name="entity_by_bureau", fields=("bureau", "id"), include=("status",)),
            models.Index(
                name="entity_by_industry",
                fields=("industry",),
                opclasses=("varchar_pattern_ops",),
            ),
            models.Index(
                name="entity_by_station",
                fields=("station", "id"),
                condition=Q(station__isnull=False),
            ),
            GinIndex(name="entity_by_name", fields=("name_bigrams",)),
            GinIndex(name="entity_by_field", fields=("fields",)),
        )

    def __str__(self) -> str:
        return self.name


class EntityStatus(Dated):
    """Registration status (登记状态), from a day."""

    entity = models.ForeignKey(Entity, on_delete=models.PROTECT, related_name="statuses")
    status = models.CharField("登记状态", max_length=12, choices=Status)

    scope = OfEntity("entity")

    class Meta:
        verbose_name = "登记状态"
        verbose_name_plural = "登记状态"
        constraints = (
            no_overlap("entity_has_one_status", "entity"),
            days_in_order("entity_status_days_in_order"),
        )
