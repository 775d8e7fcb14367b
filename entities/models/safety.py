"""Safety fields: what is derived, what it is derived from, and the term table (readings 2)."""

from __future__ import annotations

from django.db import models

from core.dated import Dated, days_in_order, no_overlap
from core.scope import OfEntity, Reference
from entities.choices import Domain, Verdict
from entities.models.register import Entity


class SafetyReading(Dated):
    """Which safety fields an entity touches, derived from all origins (readings 2).

    No row in force means: a scope is present and nothing in it, in the industry code or in a
    licence touches a field. Verdict columns: 0 none, 1 in, 2 pending. ``evidence``: a list of
    ``{"domain", "origin", "verdict", "words", "term", "row"}``.
    """

    entity = models.ForeignKey(Entity, on_delete=models.PROTECT, related_name="safety_readings")
    food_drug = models.PositiveSmallIntegerField("食品药品", choices=Verdict, default=0)
    product_quality = models.PositiveSmallIntegerField("产品质量", choices=Verdict, default=0)
    special_equipment = models.PositiveSmallIntegerField("特种设备", choices=Verdict, default=0)
    evidence = models.JSONField("依据", default=list)

    scope = OfEntity("entity")

    class Meta:
        verbose_name = "安全领域判定"
        verbose_name_plural = "安全领域判定"
        constraints = (
            no_overlap("entity_has_one_safety_reading", "entity"),
            days_in_order("safety_reading_days_in_order"),
        )


class Licence(Dated):
    """A licence that puts its holder into a safety field while it runs."""

    entity = models.ForeignKey(Entity, on_delete=models.PROTECT, related_name="licences")
    domain = models.CharField("安全领域", max_length=20, choices=Domain)
    title = models.CharField("许可证名称", max_length=100)
    number = models.CharField("许可证编号", max_length=60)

    scope = OfEntity("entity")

    class Meta:
        verbose_name = "许可证"
        verbose_name_plural = "许可证"
        constraints = (
            no_overlap("licence_number_runs_once", "entity", "number"),
            days_in_order("licence_days_in_order"),
        )


class SafetyStatement(Dated):
    """An officer's word that an entity touches a safety field, or does not, with the reason."""

    entity = models.ForeignKey(Entity, on_delete=models.PROTECT, related_name="safety_statements")
    domain = models.CharField("安全领域", max_length=20, choices=Domain)
    verdict = models.PositiveSmallIntegerField(
        "认定", choices=((Verdict.NONE, "不涉及"), (Verdict.IN, "涉及"))
    )
    reason = models.TextField("理由")

    scope = OfEntity("entity")

    class Meta:
        verbose_name = "安全领域认定"
        verbose_name_plural = "安全领域认定"
        constraints = (
            no_overlap("entity_has_one_statement_a_domain", "entity", "domain"),
            days_in_order("safety_statement_days_in_order"),
        )


class SafetyTerm(Dated):
    """One wording, or industry code, that tells a safety field (readings 2); edited by the city."""

    class By(models.TextChoices):
        TERM = "term", "经营范围用语"
        INDUSTRY = "industry", "行业代码"

    domain = models.CharField("安全领域", max_length=20, choices=Domain)
    by = models.CharField("判定方式", max_length=10, choices=By, default=By.TERM)
    words = models.CharField("用语或代码", max_length=100)
    certain = models.BooleanField("确定（否则为待核实）", default=True)
    verbs = models.CharField("限定行为", max_length=200, blank=True)
    note = models.CharField("说明", max_length=300, blank=True)

    scope = Reference()

    class Meta:
        verbose_name = "安全领域用语"
        verbose_name_plural = "安全领域用语"
        ordering = ("domain", "by", "words")
        constraints = (
            no_overlap("safety_term_stands_once", "domain", "by", "words"),
            days_in_order("safety_term_days_in_order"),
        )
