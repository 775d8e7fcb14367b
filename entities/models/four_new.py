"""Four-new (四新): marks, vetoes, proposals and the municipal rule table (readings 3)."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from core.audit.history import History
from core.dated import Dated, days_in_order, no_overlap
from core.scope import OfEntity, Reference, ScopedModel
from entities.choices import MarkOrigin, Novelty
from entities.models.register import Entity


class FourNewMark(Dated):
    """That an entity is four-new (四新), who says so and what is new about it (readings 3)."""

    entity = models.ForeignKey(Entity, on_delete=models.PROTECT, related_name="four_new_marks")
    origin = models.CharField("来源", max_length=10, choices=MarkOrigin)
    novelties = ArrayField(models.CharField(max_length=12, choices=Novelty), default=list)
    evidence = models.JSONField("依据", default=list)

    scope = OfEntity("entity")

    class Meta:
        verbose_name = "“四新”标识"
        verbose_name_plural = "“四新”标识"
        constraints = (
            no_overlap("entity_has_one_four_new_mark", "entity"),
            days_in_order("four_new_mark_days_in_order"),
        )


class FourNewVeto(Dated):
    """That the city decided an entity is not four-new: an accepted 异议, or a mark taken away.

    While it holds, neither the rule table nor a district's proposal marks the entity; a later mark
    of the city ends it. It lies beside FourNewMark, so that a mark's row always says yes.
    """

    entity = models.ForeignKey(Entity, on_delete=models.PROTECT, related_name="four_new_vetoes")
    reason = models.TextField("理由")

    scope = OfEntity("entity")

    class Meta:
        verbose_name = "不认定“四新”的决定"
        verbose_name_plural = "不认定“四新”的决定"
        constraints = (
            no_overlap("entity_has_one_four_new_veto", "entity"),
            days_in_order("four_new_veto_days_in_order"),
        )


class FourNewProposal(ScopedModel):
    """A district's 认定建议 or 异议, which the city decides within 10 working days (readings 3)."""

    class Kind(models.TextChoices):
        PROPOSE = "propose", "认定建议"
        OBJECT = "object", "异议"

    class Status(models.TextChoices):
        FILED = "filed", "待市局决定"
        ACCEPTED = "accepted", "已采纳"
        REJECTED = "rejected", "未采纳"
        WITHDRAWN = "withdrawn", "已撤回"

    entity = models.ForeignKey(Entity, on_delete=models.PROTECT, related_name="four_new_proposals")
    kind = models.CharField("类别", max_length=10, choices=Kind)
    novelties = ArrayField(
        models.CharField(max_length=12, choices=Novelty), default=list, blank=True
    )
    reason = models.TextField("理由")
    status = models.CharField("状态", max_length=10, choices=Status, default=Status.FILED)
    batch = models.UUIDField(null=True, blank=True)
    filed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    filed_at = models.DateTimeField("提出时间", db_default=Now(), editable=False)
    due_on = models.DateField("市局决定期限")
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField("决定时间", null=True, blank=True)
    opinion = models.TextField("市局意见", blank=True)

    scope = OfEntity("entity")
    history = History()

    class Meta:
        verbose_name = "“四新”认定建议"
        verbose_name_plural = "“四新”认定建议"
        ordering = ("due_on", "id")
        constraints = (
            models.UniqueConstraint(
                name="one_open_proposal_an_entity",
                fields=("entity",),
                condition=Q(status="filed"),
                violation_error_message="该主体已有待决定的建议或异议。",
            ),
            models.CheckConstraint(
                name="a_proposal_is_decided_by_a_second_person",
                condition=Q(decided_by=None) | ~Q(decided_by=models.F("filed_by")),
                violation_error_message="提出人不能决定自己的建议。",
            ),
        )


class FourNewTerm(Dated):
    """One industry code or scope wording of the municipal rule table (readings 3)."""

    class By(models.TextChoices):
        TERM = "term", "经营范围用语"
        INDUSTRY = "industry", "行业代码"

    by = models.CharField("判定方式", max_length=10, choices=By)
    words = models.CharField("用语或代码", max_length=100)
    marks = models.BooleanField("自动认定（否则仅提示）", default=False)
    novelty = models.CharField("四新类别", max_length=12, choices=Novelty)
    note = models.CharField("说明", max_length=300, blank=True)

    scope = Reference()

    class Meta:
        verbose_name = "“四新”判定规则"
        verbose_name_plural = "“四新”判定规则"
        ordering = ("by", "words")
        constraints = (
            no_overlap("four_new_term_stands_once", "by", "words"),
            days_in_order("four_new_term_days_in_order"),
        )
