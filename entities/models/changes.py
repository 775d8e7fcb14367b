"""What people did to entities, and what the rules have to look at again."""

from __future__ import annotations

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from core.scope import OfEntity, OwnOrCity, ScopedModel
from entities.models.register import Entity


class Operation(ScopedModel):
    """One verb done by a person to one or many entities, with the reason; undone by another one.

    ``params`` are the verb's own arguments, as the page shows them. An operation that takes another
    back names it in ``undoes``; that one is then undone, wholly or with the conflicts listed.
    """

    append_only = True
    is_act = True

    class Verb(models.TextChoices):
        CORRECT_CLASS = "correct_class", "更正信用风险分类"
        CHANGE_STATUS = "change_status", "更正登记状态"
        STATE_SAFETY = "state_safety", "认定安全领域"
        WITHDRAW_SAFETY = "withdraw_safety", "撤回安全领域认定"
        RECORD_LICENCE = "record_licence", "登记许可证"
        END_LICENCE = "end_licence", "终止许可证"
        LIST = "list", "列入名单"
        DELIST = "delist", "移出名单"
        MARK_FOUR_NEW = "mark_four_new", "标为“四新”"
        UNMARK_FOUR_NEW = "unmark_four_new", "取消“四新”标识"
        DECIDE_PROPOSALS = "decide_proposals", "决定“四新”建议"
        UNDO = "undo", "撤销操作"

    verb = models.CharField("操作", max_length=20, choices=Verb)
    reason = models.TextField("理由")
    params = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    done_at = models.DateTimeField("时间", db_default=Now(), editable=False)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="操作人"
    )
    undoes = models.OneToOneField(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="undone_by",
        verbose_name="撤销的操作",
    )

    scope = OwnOrCity("done_by")

    class Meta:
        verbose_name = "操作记录"
        verbose_name_plural = "操作记录"
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"{self.get_verb_display()}（{self.pk}）"


class OperationItem(ScopedModel):
    """What an operation did to one entity: the dated rows it inserted and superseded.

    ``rows`` maps a table (model name) to ``{"inserted": [keys], "superseded": [keys]}``. ``note``
    says why nothing was done, where ``done`` is false.
    """

    append_only = True

    operation = models.ForeignKey(Operation, on_delete=models.PROTECT, related_name="items")
    entity = models.ForeignKey(Entity, on_delete=models.PROTECT, related_name="operation_items")
    done = models.BooleanField("已办理", default=True)
    from_day = models.DateField("自", null=True, blank=True)
    rows = models.JSONField(default=dict)
    note = models.CharField("说明", max_length=300, blank=True)

    scope = OfEntity("entity")

    class Meta:
        verbose_name = "操作明细"
        verbose_name_plural = "操作明细"
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(
                name="an_operation_touches_an_entity_once", fields=("operation", "entity")
            ),
        )


class FactChange(ScopedModel):
    """That something a rule reads changed for an entity from a day on; settle takes these rows.

    ``taken_by`` is the key of the membership run that judged it. ``bulk`` marks what came by
    thousands (files, term tables, the passing of a day): one officer's change goes before it.
    """

    append_only = True

    entity = models.ForeignKey(Entity, on_delete=models.PROTECT, related_name="+", db_index=False)
    from_day = models.DateField("自")
    cause = models.CharField("事由", max_length=60)
    bulk = models.BooleanField(db_default=False, default=False)
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )
    taken_by = models.BigIntegerField(null=True, blank=True)
    taken_at = models.DateTimeField(null=True, blank=True)

    scope = OfEntity("entity")
    bookkeeping = ("taken_by", "taken_at")

    class Meta:
        verbose_name = "事实变动"
        verbose_name_plural = "事实变动"
        indexes = (
            models.Index(
                name="fact_change_waiting", fields=("entity",), condition=Q(taken_by=None)
            ),
            models.Index(
                name="fact_change_of_people",
                fields=("entity",),
                condition=Q(taken_by=None, bulk=False),
            ),
            models.Index(name="fact_change_of_run", fields=("taken_by", "entity")),
        )
