"""Where people work: bureaus, districts with their dated changes, stations and units."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from core.audit.history import History
from core.dated import Dated, days_in_order, no_overlap
from core.scope import Reference


class Field(models.TextChoices):
    """Fields in which a municipal unit reads the city (readings 4)."""

    FOOD_DRUG = "food_drug", "食品药品"
    PRODUCT_QUALITY = "product_quality", "产品质量"
    SPECIAL_EQUIPMENT = "special_equipment", "特种设备"
    INTELLECTUAL_PROPERTY = "intellectual_property", "知识产权"


class District(models.Model):
    """A county-level division (GB/T 2260), also one that no longer exists."""

    code = models.CharField("代码", max_length=6, unique=True)
    name = models.CharField("名称", max_length=40)
    short_name = models.CharField("简称", max_length=20)
    former_names = ArrayField(
        models.CharField(max_length=40), default=list, blank=True, verbose_name="曾用名"
    )
    since = models.DateField("设立", null=True, blank=True)
    until = models.DateField("撤销（不含）", null=True, blank=True)
    successor = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, verbose_name="继任区县"
    )

    scope = Reference()
    history = History()

    class Meta:
        verbose_name = "区县"
        verbose_name_plural = "区县"
        ordering = ("code",)

    def __str__(self) -> str:
        return self.name


class Street(models.Model):
    """A street (街道) or town (镇、乡); where it lies on a day says StreetPlacement."""

    code = models.CharField("代码", max_length=12, unique=True)
    name = models.CharField("名称", max_length=60)
    former_codes = ArrayField(
        models.CharField(max_length=12), default=list, blank=True, verbose_name="原代码"
    )

    scope = Reference()
    history = History()

    class Meta:
        verbose_name = "街道（镇、乡）"
        verbose_name_plural = "街道（镇、乡）"
        ordering = ("code",)

    def __str__(self) -> str:
        return self.name


class StreetPlacement(Dated):
    """The district in which a street lies, from a day (domain: reorganisation of 2025-11-06)."""

    street = models.ForeignKey(
        Street, on_delete=models.PROTECT, related_name="placements", verbose_name="街道（镇、乡）"
    )
    district = models.ForeignKey(
        District, on_delete=models.PROTECT, related_name="placements", verbose_name="区县"
    )

    scope = Reference()

    class Meta:
        verbose_name = "街道所属区县"
        verbose_name_plural = "街道所属区县"
        constraints = (
            no_overlap("street_lies_in_one_district", "street"),
            days_in_order("street_placement_days_in_order"),
        )


class DistrictChange(models.Model):
    """A street, or all the rest of a district, that went to another district on a day.

    A row with a street goes before the row of the whole district (``street_name`` empty).
    """

    effective_on = models.DateField("生效日")
    from_district = models.ForeignKey(
        District, on_delete=models.PROTECT, related_name="changes_from", verbose_name="原区县"
    )
    street_name = models.CharField("街道（镇、乡）", max_length=60, blank=True)
    to_district = models.ForeignKey(
        District, on_delete=models.PROTECT, related_name="changes_to", verbose_name="现区县"
    )

    scope = Reference()
    history = History()

    class Meta:
        verbose_name = "区划调整"
        verbose_name_plural = "区划调整"
        ordering = ("effective_on", "from_district", "street_name")
        constraints = (
            models.UniqueConstraint(
                name="one_change_a_street_a_day",
                fields=("effective_on", "from_district", "street_name"),
                violation_error_message="该街道在这一天已有区划调整记录。",
            ),
            models.CheckConstraint(
                name="a_change_leads_elsewhere",
                condition=~Q(from_district=models.F("to_district")),
                violation_error_message="原区县与现区县不能相同。",
            ),
        )

    def __str__(self) -> str:
        return f"{self.effective_on} {self.street_name or '全部'}"


class Bureau(models.Model):
    """A market regulation bureau: the city's, a district's or a functional area's."""

    class Kind(models.TextChoices):
        CITY = "city", "市局"
        DISTRICT = "district", "区县局"
        AREA = "area", "功能区局"

    code = models.SlugField("代码", max_length=20, unique=True)
    name = models.CharField("名称", max_length=60)
    short_name = models.CharField("简称", max_length=20)
    kind = models.CharField("类别", max_length=10, choices=Kind)
    document_word = models.CharField("机关代字", max_length=20, blank=True)
    review_organ = models.CharField("行政复议机关", max_length=60, blank=True)
    court = models.CharField("诉讼法院", max_length=60, blank=True)
    since = models.DateField("设立", null=True, blank=True)
    until = models.DateField("撤销（不含）", null=True, blank=True)

    scope = Reference()
    history = History()

    class Meta:
        verbose_name = "市场监管局"
        verbose_name_plural = "市场监管局"
        ordering = ("id",)

    def __str__(self) -> str:
        return self.short_name


class Jurisdiction(Dated):
    """What a bureau supervises: a whole district, or a street taken out of one (功能区)."""

    bureau = models.ForeignKey(
        Bureau, on_delete=models.PROTECT, related_name="jurisdictions", verbose_name="市场监管局"
    )
    district = models.ForeignKey(
        District,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="jurisdictions",
        verbose_name="区县",
    )
    street = models.ForeignKey(
        Street,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="jurisdictions",
        verbose_name="街道（镇、乡）",
    )

    scope = Reference()

    class Meta:
        verbose_name = "管辖区域"
        verbose_name_plural = "管辖区域"
        constraints = (
            no_overlap("district_has_one_bureau", "district", condition=Q(district__isnull=False)),
            no_overlap("street_has_one_bureau", "street", condition=Q(street__isnull=False)),
            models.CheckConstraint(
                name="jurisdiction_is_district_or_street",
                condition=Q(district=None) ^ Q(street=None),
                violation_error_message="管辖区域须为一个区县或一个街道，二者选一。",
            ),
            days_in_order("jurisdiction_days_in_order"),
        )


class Station(models.Model):
    """A 市场监管所 below a bureau."""

    code = models.SlugField("代码", max_length=30, unique=True)
    name = models.CharField("名称", max_length=60)
    bureau = models.ForeignKey(
        Bureau, on_delete=models.PROTECT, related_name="stations", verbose_name="市场监管局"
    )

    scope = Reference()
    history = History()

    class Meta:
        verbose_name = "市场监管所"
        verbose_name_plural = "市场监管所"
        ordering = ("code",)

    def __str__(self) -> str:
        return self.name


class StationStreet(Dated):
    """The station that looks after a street, from a day."""

    station = models.ForeignKey(
        Station, on_delete=models.PROTECT, related_name="streets", verbose_name="监管所"
    )
    street = models.ForeignKey(
        Street, on_delete=models.PROTECT, related_name="stations", verbose_name="街道（镇、乡）"
    )

    scope = Reference()

    class Meta:
        verbose_name = "监管所辖区"
        verbose_name_plural = "监管所辖区"
        constraints = (
            no_overlap("street_has_one_station", "street"),
            days_in_order("station_street_days_in_order"),
        )


class Unit(models.Model):
    """A municipal unit (市药监局, 市知识产权局, 处室, 直属单位) and the fields it reads."""

    code = models.SlugField("代码", max_length=30, unique=True)
    name = models.CharField("名称", max_length=60)
    fields = ArrayField(
        models.CharField(max_length=30, choices=Field),
        default=list,
        blank=True,
        verbose_name="查看的领域",
    )
    whole_city = models.BooleanField("全市各领域", default=False)

    scope = Reference()
    history = History()

    class Meta:
        verbose_name = "市级单位（处室）"
        verbose_name_plural = "市级单位（处室）"
        ordering = ("id",)

    def __str__(self) -> str:
        return self.name


def in_office(on: Any, prefix: str = "") -> Q:
    """Return the condition that a district or bureau exists on a day."""
    begun = Q(**{f"{prefix}since": None}) | Q(**{f"{prefix}since__lte": on})
    lasting = Q(**{f"{prefix}until": None}) | Q(**{f"{prefix}until__gt": on})
    return begun & lasting
