"""Business entities and their dated facts (docs/architecture.md, facts on two time axes).

The wide ``Entity`` row is the display copy and the search target; rules read only the dated
tables below it. Scope columns (bureau, station, fields) follow today's jurisdiction.
"""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from core.dated import Dated, days_in_order, no_overlap
from core.scope import OfEntity, OwnOrCity, Reference, ScopedModel
from entities.choices import Domain, Kind, Letter, ListName, MarkOrigin, Novelty, Status, Verdict
from staff.models import Bureau, District, Station, Street

RISK_SCHEME = "general"
"""The scheme of 企业信用风险分类 (通用型); other A-D scales exist and never mix with it."""


class Industry(models.Model):
    """A section, division, group or class of GB/T 4754-2017."""

    code = models.CharField("代码", max_length=5, unique=True)
    name = models.CharField("名称", max_length=100)
    level = models.PositiveSmallIntegerField("层级")
    section = models.CharField("门类", max_length=1)

    scope = Reference()

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
    contact_name = models.CharField("联系人", max_length=60, blank=True)
    contact_phone = models.CharField("联系电话", max_length=40, blank=True)
    service_address = models.CharField("送达地址", max_length=300, blank=True)
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

    class Meta:
        verbose_name = "经营主体"
        verbose_name_plural = "经营主体"
        ordering = ("id",)
        indexes = (
            models.Index(name="entity_by_bureau", fields=("bureau", "id")),
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

    class Meta:
        verbose_name = "信用风险分类文件"
        verbose_name_plural = "信用风险分类文件"
        ordering = ("-month", "-id")
        constraints = (
            models.UniqueConstraint(name="one_class_file_a_month", fields=("scheme", "month")),
        )


class CreditClass(Dated):
    """Credit-risk class (企业信用风险分类), imported, never computed (readings 1).

    ``month`` is the first day of the newest file that gave it; ``missed`` counts the monthly files
    since then in which the entity was not found.
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


class Operation(ScopedModel):
    """One verb done by a person to one or many entities, with the reason; undone by another one.

    ``params`` are the verb's own arguments, as the page shows them. An operation that takes another
    back names it in ``undoes``; that one is then undone, wholly or with the conflicts listed.
    """

    append_only = True

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

    ``taken_by`` is the key of the membership run that judged it.
    """

    entity = models.ForeignKey(Entity, on_delete=models.PROTECT, related_name="+", db_index=False)
    from_day = models.DateField("自")
    cause = models.CharField("事由", max_length=60)
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

    class Meta:
        verbose_name = "事实变动"
        verbose_name_plural = "事实变动"
        indexes = (
            models.Index(
                name="fact_change_waiting", fields=("entity",), condition=Q(taken_by=None)
            ),
            models.Index(name="fact_change_of_run", fields=("taken_by", "entity")),
        )
