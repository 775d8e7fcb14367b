"""Violations, what they touch, their evidence, and the decision whether a case is filed."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from core.audit.history import History
from core.people import person
from core.scope import OfBureau, OfBureauOrOwn, ScopedModel
from entities.models import Entity
from redline.choices import (
    CaseDecision,
    Handling,
    MeasureKind,
    ViolationSource,
    ViolationStatus,
)
from redline.models.lists import ListItem
from staff.models import Bureau, Unit


class Violation(ScopedModel):
    """A violation as it was found (readings 8, 10).

    ``acted_from`` and ``acted_until`` are the first and last day of the act (the same, unless it
    continued): the list in force on ``acted_until`` of ``list_bureau`` (who supervised the entity
    on that day) applies. ``bureau`` deals with it today; ``found_by_bureau`` or ``found_by_unit``
    found it, and where that is another one, the record was passed on to ``bureau`` (抄告).
    ``kind_code`` names the conduct (an item's code where one fits), for "the same kind within two
    years". ``why_no_touch`` is the reason where an officer decided that no line was touched.
    ``list_bureau_reason`` is empty where the register told ``list_bureau``, else says why another.
    """

    entity = models.ForeignKey(Entity, on_delete=models.PROTECT, related_name="violations")
    bureau = models.ForeignKey(
        Bureau, on_delete=models.PROTECT, related_name="+", verbose_name="办理单位"
    )
    list_bureau = models.ForeignKey(
        Bureau, on_delete=models.PROTECT, related_name="+", verbose_name="行为时的属地监管机关"
    )
    list_bureau_reason = models.CharField("属地更正说明", max_length=300, blank=True)
    found_by_bureau = models.ForeignKey(
        Bureau,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="发现单位",
    )
    found_by_unit = models.ForeignKey(
        Unit,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="发现单位（市级单位）",
    )
    source = models.CharField("来源", max_length=12, choices=ViolationSource)
    source_number = models.CharField("来源文号或编号", max_length=100, blank=True)
    acted_from = models.DateField("行为开始日")
    acted_until = models.DateField("行为终了日")
    found_on = models.DateField("发现日")
    facts = models.TextField("违法事实")
    provision = models.CharField("违反条款", max_length=300, blank=True)
    kind_code = models.CharField("行为编号", max_length=20, blank=True)
    handling = models.CharField("处理", max_length=12, choices=Handling, default=Handling.NONE)
    handling_number = models.CharField("处理文书号", max_length=100, blank=True)
    handled_on = models.DateField("处理日", null=True, blank=True)
    status = models.CharField(
        "状态", max_length=10, choices=ViolationStatus, default=ViolationStatus.OPEN
    )
    why_no_touch = models.TextField("不属触碰的理由", blank=True)
    void_reason = models.TextField("作废理由", blank=True)
    passed_on_at = models.DateTimeField("抄告时间", null=True, blank=True)
    received_by = person("抄告接收人", optional=True)
    received_at = models.DateTimeField("抄告接收时间", null=True, blank=True)
    revision = models.PositiveIntegerField(default=0)
    recorded_by = person("登记人")
    recorded_at = models.DateTimeField("登记时间", db_default=Now(), editable=False)
    edited_by = person("修改人", optional=True, editable=False)
    edited_at = models.DateTimeField("修改时间", db_default=Now(), editable=False)

    scope = OfBureauOrOwn("recorded_by")
    history = History(ignore=("edited_at", "edited_by_id", "revision"))

    class Meta:
        verbose_name = "违法行为"
        verbose_name_plural = "违法行为"
        ordering = ("-id",)
        indexes = (
            models.Index(name="violation_by_status", fields=("bureau", "status")),
            models.Index(name="violation_by_kind", fields=("entity", "kind_code")),
        )
        constraints = (
            models.CheckConstraint(
                name="an_act_ends_after_it_begins",
                condition=Q(acted_until__gte=models.F("acted_from")),
                violation_error_message="行为终了日不能早于开始日。",
            ),
            models.CheckConstraint(
                name="somebody_found_the_violation",
                condition=Q(found_by_bureau__isnull=False) ^ Q(found_by_unit__isnull=False),
            ),
            models.CheckConstraint(
                name="an_act_is_found_after_it_began",
                condition=Q(found_on__gte=models.F("acted_from")),
                violation_error_message="发现日不能早于行为开始日。",
            ),
        )

    def __str__(self) -> str:
        return f"违法行为{self.pk}"


class Evidence(ScopedModel):
    """A file of evidence: its type by content, its size and digest; never changed or deleted."""

    append_only = True
    is_act = True

    violation = models.ForeignKey(Violation, on_delete=models.PROTECT, related_name="evidence")
    order = models.ForeignKey(
        "redline.Order", on_delete=models.PROTECT, null=True, blank=True, related_name="evidence"
    )
    title = models.CharField("说明", max_length=200)
    name = models.CharField("文件名", max_length=100)
    media_type = models.CharField("类型", max_length=80)
    size = models.PositiveIntegerField("字节")
    digest = models.CharField("SHA-256", max_length=64)
    added_by = person("上传人")
    added_at = models.DateTimeField("上传时间", db_default=Now(), editable=False)

    scope = OfBureauOrOwn("recorded_by", "violation")

    class Meta:
        verbose_name = "证据材料"
        verbose_name_plural = "证据材料"
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(
                name="a_file_is_evidence_once",
                fields=("violation", "digest"),
                violation_error_message="该文件已作为本违法行为的证据上传。",
            ),
        )

    def __str__(self) -> str:
        return self.name


class EvidenceContent(ScopedModel):
    """The bytes of a file of evidence, apart from its line so that lists stay light.

    Seals cover its line with the digest, not the bytes themselves.
    """

    append_only = True
    unsealed = ("content",)

    evidence = models.OneToOneField(Evidence, on_delete=models.PROTECT, related_name="content")
    content = models.BinaryField()

    scope = OfBureauOrOwn("recorded_by", "evidence__violation")

    class Meta:
        verbose_name = "证据内容"
        verbose_name_plural = "证据内容"

    def __str__(self) -> str:
        return str(self.evidence_id)


class Touch(ScopedModel):
    """That a violation touched a red line: confirmed with 性质, 情节, 危害程度, approved by the
    lead together with its order (readings 10).

    ``item`` names the list's version through itself. ``is_confirmed`` tells that a lead approved.
    """

    violation = models.OneToOneField(Violation, on_delete=models.PROTECT, related_name="touch")
    item = models.ForeignKey(ListItem, on_delete=models.PROTECT, related_name="touches")
    nature = models.TextField("性质")
    circumstances = models.TextField("情节")
    harm = models.TextField("危害程度")
    judged_by = person("确认人")
    judged_at = models.DateTimeField("确认时间", db_default=Now(), editable=False)
    is_confirmed = models.BooleanField("已批准", default=False)
    confirmed_by = person("批准人", optional=True)
    confirmed_at = models.DateTimeField("批准时间", null=True, blank=True)
    confirmed_on = models.DateField("批准日", null=True, blank=True)

    scope = OfBureau("violation")
    history = History()

    class Meta:
        verbose_name = "触碰红线"
        verbose_name_plural = "触碰红线"
        ordering = ("-id",)
        constraints = (
            models.CheckConstraint(
                name="a_touch_is_confirmed_by_another",
                condition=Q(confirmed_by=None) | ~Q(confirmed_by=models.F("judged_by")),
                violation_error_message="确认人不能批准自己确认的触碰。",
            ),
        )

    def __str__(self) -> str:
        return f"触碰{self.pk}"


class ListMatch(ScopedModel):
    """That an item of a no-penalty or no-coercion list was held against a violation.

    ``ticked`` are the numbers (from 0) of the item's conditions that an officer ticked; ``earlier``
    the violations of the same kind that the system found; ``applies`` whether all of it holds.
    """

    violation = models.ForeignKey(Violation, on_delete=models.PROTECT, related_name="matches")
    item = models.ForeignKey(ListItem, on_delete=models.PROTECT, related_name="matches")
    ticked = ArrayField(models.PositiveSmallIntegerField(), default=list, blank=True)
    earlier = ArrayField(models.BigIntegerField(), default=list, blank=True)
    applies = models.BooleanField("适用")
    note = models.TextField("说明", blank=True)
    judged_by = person("核对人")
    judged_at = models.DateTimeField("核对时间", db_default=Now(), editable=False)

    scope = OfBureau("violation")
    history = History()

    class Meta:
        verbose_name = "清单比对"
        verbose_name_plural = "清单比对"
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(
                name="an_item_is_held_against_a_violation_once", fields=("violation", "item")
            ),
        )

    def __str__(self) -> str:
        return f"清单比对{self.pk}"


class Case(ScopedModel):
    """The second clock of a confirmed touch: 立案 or 不予立案, within ``due_on`` (readings 11).

    It waits for no order and no order waits for it. ``outcome`` says how a filed case ended.
    """

    violation = models.OneToOneField(Violation, on_delete=models.PROTECT, related_name="case")
    begun_on = models.DateField("起算日")
    days = models.PositiveSmallIntegerField("期限（工作日）")
    due_on = models.DateField("决定期限")
    extended_by = person("批准延长人", optional=True)
    extension_days = models.PositiveSmallIntegerField("延长（工作日）", default=0)
    extension_reason = models.TextField("延长理由", blank=True)
    decision = models.CharField(
        "决定", max_length=10, choices=CaseDecision, default=CaseDecision.OPEN
    )
    reason = models.TextField("理由", blank=True)
    decided_on = models.DateField("决定日", null=True, blank=True)
    decided_by = person("决定人", optional=True)
    case_number = models.CharField("案号", max_length=100, blank=True)
    outcome = models.TextField("处理结果", blank=True)
    closed_on = models.DateField("结案日", null=True, blank=True)
    closed_by = person("结案登记人", optional=True)

    scope = OfBureau("violation")
    history = History()

    class Meta:
        verbose_name = "立案决定"
        verbose_name_plural = "立案决定"
        ordering = ("-id",)
        indexes = (
            models.Index(name="case_by_due_day", fields=("due_on",), condition=Q(decision="open")),
        )
        constraints = (
            models.CheckConstraint(
                name="a_filed_case_has_a_number",
                condition=~Q(decision="filed") | ~Q(case_number=""),
                violation_error_message="立案的须填写案号。",
            ),
        )

    def __str__(self) -> str:
        return self.case_number or f"立案决定{self.pk}"


class Measure(ScopedModel):
    """查封扣押 or 移送公安, possible on any day beside order and case (readings 11)."""

    append_only = True
    is_act = True

    violation = models.ForeignKey(Violation, on_delete=models.PROTECT, related_name="measures")
    kind = models.CharField("措施", max_length=10, choices=MeasureKind)
    taken_on = models.DateField("实施日")
    document_number = models.CharField("文书号", max_length=100)
    note = models.TextField("说明", blank=True)
    recorded_by = person("登记人")
    recorded_at = models.DateTimeField("登记时间", db_default=Now(), editable=False)

    scope = OfBureau("violation")

    class Meta:
        verbose_name = "措施"
        verbose_name_plural = "措施"
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.get_kind_display()}{self.document_number}"
