"""Declarations: the policy's annex as a file of the office, its steps, comments and workbooks."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from core.audit.history import History, Unlogged
from core.people import person
from core.scope import OfBureau, ScopedModel
from core.secrets import EncryptedTextField
from entities.models import Entity
from staff.models import Bureau
from zones.choices import (
    DeclarationKind,
    DeclarationStatus,
    FilingWay,
    Outcome,
    ZoneType,
)
from zones.models.rounds import Round


class Declaration(ScopedModel):
    """A declaration (申报) of zones, or of a change to one, from draft to decision.

    ``revision`` grows by one with every edit: whoever saves or decides names the revision that was
    seen. ``explanations`` maps the code of a warning that belongs to no row to its explanation.
    ``handler`` is whoever took it (受理), at the bureau or in the city. ``filed_by`` drafted it or
    entered it (代录), ``submitted_by`` answers for it, ``reviewed_by`` is the lead.
    ``since``: the first day of what is declared; the day of approval where empty.
    """

    kind = models.CharField(
        "申报类别", max_length=10, choices=DeclarationKind, default=DeclarationKind.NEW
    )
    bureau = models.ForeignKey(
        Bureau, on_delete=models.PROTECT, related_name="+", verbose_name="申报单位"
    )
    round = models.ForeignKey(
        Round,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="declarations",
        verbose_name="申报轮次",
    )
    status = models.CharField(
        "状态", max_length=10, choices=DeclarationStatus, default=DeclarationStatus.DRAFT
    )
    way = models.CharField("填报方式", max_length=10, choices=FilingWay, default=FilingWay.BROWSER)
    contact_name = models.CharField("联系人", max_length=60, blank=True)
    contact_phone = EncryptedTextField("联系电话", max_length=40, blank=True)
    reason = models.TextField("变更理由", blank=True)
    since = models.DateField("生效日", null=True, blank=True)
    explanations = models.JSONField("说明", default=dict, blank=True)
    mail_received_on = models.DateField("内网邮件收到日", null=True, blank=True)
    mail_source = models.CharField("内网邮件来源", max_length=200, blank=True)
    revision = models.PositiveIntegerField(default=0)
    filed_by = person("填报人")
    filed_at = models.DateTimeField("建立时间", db_default=Now(), editable=False)
    submitted_by = person("提交人", optional=True)
    submitted_at = models.DateTimeField("提交时间", null=True, blank=True)
    reviewed_by = person("审核人", optional=True)
    reviewed_at = models.DateTimeField("审核时间", null=True, blank=True)
    handler = person("经办人", optional=True)
    decided_by = person("批准人", optional=True)
    decided_at = models.DateTimeField("决定时间", null=True, blank=True)
    edited_at = models.DateTimeField("修改时间", db_default=Now(), editable=False)
    edited_by = person("修改人", optional=True, editable=False)

    scope = OfBureau()
    history = History(ignore=("edited_at", "edited_by_id", "revision"), hidden=("contact_phone",))

    class Meta:
        verbose_name = "区域申报"
        verbose_name_plural = "区域申报"
        ordering = ("-id",)
        indexes = (models.Index(name="declaration_by_status", fields=("status", "bureau")),)
        constraints = (
            models.CheckConstraint(
                name="a_declaration_is_reviewed_by_another",
                condition=Q(reviewed_by=None)
                | (~Q(reviewed_by=models.F("submitted_by")) & ~Q(reviewed_by=models.F("filed_by"))),
                violation_error_message="填报人、提交人不能审核自己的申报。",
            ),
            models.CheckConstraint(
                name="a_declaration_is_decided_by_another",
                condition=Q(decided_by=None)
                | (
                    ~Q(decided_by=models.F("submitted_by"))
                    & ~Q(decided_by=models.F("filed_by"))
                    & ~Q(decided_by=models.F("reviewed_by"))
                ),
                violation_error_message="填报、提交、审核过该申报的人不能批准它。",
            ),
            models.CheckConstraint(
                name="mail_is_told_with_day_and_source",
                condition=~Q(way="mail") | (Q(mail_received_on__isnull=False) & ~Q(mail_source="")),
                violation_error_message="代录的申报须写明内网邮件的收到日和来源。",
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()}（{self.pk}）"


class DeclaredZone(ScopedModel):
    """A line of the annex: a zone, or for a change declaration the zone that it changes.

    ``target`` is the zone that is extended, merged away or ended; ``into`` the one it goes into.
    ``zone`` is what approval made of the line. ``sheet`` and ``line`` say where the uploaded
    workbook has it, ``sheet`` of its annex table in ``roster_sheet``.
    """

    declaration = models.ForeignKey(Declaration, on_delete=models.CASCADE, related_name="zones")
    position = models.PositiveIntegerField("序号")
    name = models.CharField("申报名称", max_length=200, blank=True)
    zone_type = models.CharField("所属类型", max_length=20, choices=ZoneType, blank=True)
    type_text = models.CharField("类型（原文）", max_length=100, blank=True)
    address = models.CharField("注册登记地址", max_length=300, blank=True)
    declared_count = models.PositiveIntegerField("填报户数", null=True, blank=True)
    target = models.ForeignKey(
        "zones.Zone",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="变更的区域",
    )
    into = models.ForeignKey(
        "zones.Zone",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="并入的区域",
    )
    zone = models.ForeignKey(
        "zones.Zone",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="批准的区域",
    )
    explanations = models.JSONField("说明", default=dict, blank=True)
    outcome = models.CharField("结果", max_length=10, choices=Outcome, default=Outcome.OPEN)
    opinion = models.TextField("意见", blank=True)
    sheet = models.CharField(max_length=100, blank=True)
    line = models.PositiveIntegerField(null=True, blank=True)
    roster_sheet = models.CharField(max_length=100, blank=True)

    scope = OfBureau("declaration")
    history = History()

    class Meta:
        verbose_name = "申报区域"
        verbose_name_plural = "申报区域"
        ordering = ("position", "id")

    def __str__(self) -> str:
        return self.name

    @property
    def own_words(self) -> str:
        """The wording of the type where it says more than the type itself."""
        return "" if self.type_text == self.get_zone_type_display() else self.type_text


class DeclaredEntity(ScopedModel):
    """A line of the annex's 附表: a name and a code as filed, and the entity they were found to be.

    ``code`` is normalised, ``filed_code`` as it was written. ``outcome`` REFUSED leaves the row out
    of an approval in part.
    """

    declared_zone = models.ForeignKey(DeclaredZone, on_delete=models.CASCADE, related_name="roster")
    position = models.PositiveIntegerField("序号")
    name = models.CharField("名称", max_length=300, blank=True)
    code = models.CharField("统一社会信用代码", max_length=64, blank=True)
    filed_code = models.CharField("统一社会信用代码（原文）", max_length=64, blank=True)
    entity = models.ForeignKey(
        Entity, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    explanations = models.JSONField("说明", default=dict, blank=True)
    outcome = models.CharField("结果", max_length=10, choices=Outcome, default=Outcome.OPEN)
    opinion = models.TextField("意见", blank=True)
    sheet = models.CharField(max_length=100, blank=True)
    line = models.PositiveIntegerField(null=True, blank=True)

    scope = OfBureau("declared_zone__declaration")
    history = History()

    class Meta:
        verbose_name = "申报明细"
        verbose_name_plural = "申报明细"
        ordering = ("position", "id")
        indexes = (models.Index(name="declared_code", fields=("code",)),)

    def __str__(self) -> str:
        return self.name


class DeclarationStep(ScopedModel):
    """One step of a declaration: who, when, from where to where, with which opinion."""

    append_only = True
    is_act = True

    declaration = models.ForeignKey(Declaration, on_delete=models.PROTECT, related_name="steps")
    action = models.CharField("步骤", max_length=20)
    source = models.CharField("原状态", max_length=10, blank=True)
    target = models.CharField("现状态", max_length=10)
    opinion = models.TextField("意见", blank=True)
    revision = models.PositiveIntegerField("所见稿次", default=0)
    done_by = person("办理人")
    role_then = models.CharField("当时角色", max_length=30)
    handed_to = person("转交给", optional=True)
    recorded_at = models.DateTimeField("时间", db_default=Now(), editable=False)

    scope = OfBureau("declaration")

    class Meta:
        verbose_name = "申报步骤"
        verbose_name_plural = "申报步骤"
        ordering = ("id",)

    def __str__(self) -> str:
        return self.action


class DeclarationComment(ScopedModel):
    """A comment pinned to a field or a row, for the correction (退回补正).

    ``field`` is a column of the pinned row: of the roster row, else the zone, else the declaration.
    """

    declaration = models.ForeignKey(Declaration, on_delete=models.CASCADE, related_name="comments")
    declared_zone = models.ForeignKey(
        DeclaredZone, on_delete=models.CASCADE, null=True, blank=True, related_name="comments"
    )
    declared_entity = models.ForeignKey(
        DeclaredEntity, on_delete=models.CASCADE, null=True, blank=True, related_name="comments"
    )
    field = models.CharField("栏目", max_length=30, blank=True)
    text = models.TextField("意见")
    made_by = person("提出人")
    made_at = models.DateTimeField("提出时间", db_default=Now(), editable=False)
    settled_by = person("改正人", optional=True)
    settled_at = models.DateTimeField("改正时间", null=True, blank=True)

    scope = OfBureau("declaration")
    history = History()

    class Meta:
        verbose_name = "补正意见"
        verbose_name_plural = "补正意见"
        ordering = ("id",)

    def __str__(self) -> str:
        return self.text[:30]


class DeclarationFile(ScopedModel):
    """A workbook as it was uploaded, kept so that it can come back with the errors in it."""

    declaration = models.ForeignKey(Declaration, on_delete=models.CASCADE, related_name="files")
    name = models.CharField("文件名", max_length=100)
    digest = models.CharField("SHA-256", max_length=64)
    content = models.BinaryField()
    uploaded_by = person("上传人")
    uploaded_at = models.DateTimeField("上传时间", db_default=Now(), editable=False)

    scope = OfBureau("declaration")
    history = Unlogged("a file is added with the step that names its digest, and never changed")

    class Meta:
        verbose_name = "申报工作簿"
        verbose_name_plural = "申报工作簿"
        ordering = ("-id",)

    def __str__(self) -> str:
        return self.name
