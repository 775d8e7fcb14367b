"""Lists with versions: red lines of a bureau, the city's baseline, no-penalty, no-coercion."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from core.audit.history import History
from core.people import person
from core.scope import OfBureauOrPublished, ScopedModel
from redline.choices import (
    DayKind,
    ItemGroup,
    ListKind,
    ListStatus,
    RemovalRule,
    Severity,
)
from staff.models import Bureau

PUBLISHED = (ListStatus.APPROVED, ListStatus.PROPOSAL)
"""The states in which a version and its items are everybody's to read, and immutable."""


class ListVersion(ScopedModel):
    """One version of a list. ``bureau`` is None for a list of the city (the baseline).

    A version is in force from ``since`` until the next approved version of the same list begins:
    days are never stored twice. Once approved, it and its items are immutable (a trigger), and
    read by everybody who does business, since districts compare them; before, by whose it is.
    Number 0 is the proposal that the product ships: nobody's decision, never in force, only there
    to be drafted from.
    """

    kind = models.CharField("清单", max_length=20, choices=ListKind)
    bureau = models.ForeignKey(
        Bureau,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="编制单位",
    )
    number = models.PositiveIntegerField("版次")
    status = models.CharField("状态", max_length=10, choices=ListStatus, default=ListStatus.DRAFT)
    since = models.DateField("施行日", null=True, blank=True)
    document_number = models.CharField("文号", max_length=60, blank=True)
    note = models.TextField("编制说明", blank=True)
    revision = models.PositiveIntegerField(default=0)
    based_on = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="依据版本",
    )
    drafted_by = person("起草人", optional=True)
    drafted_at = models.DateTimeField("起草时间", db_default=Now(), editable=False)
    submitted_by = person("提交人", optional=True)
    submitted_at = models.DateTimeField("提交时间", null=True, blank=True)
    approved_by = person("批准人", optional=True)
    approved_at = models.DateTimeField("批准时间", null=True, blank=True)
    edited_by = person("修改人", optional=True, editable=False)
    edited_at = models.DateTimeField("修改时间", db_default=Now(), editable=False)

    scope = OfBureauOrPublished(PUBLISHED)
    history = History(ignore=("edited_at", "edited_by_id", "revision"))

    class Meta:
        verbose_name = "清单版本"
        verbose_name_plural = "清单版本"
        ordering = ("kind", "bureau", "-number")
        constraints = (
            models.UniqueConstraint(
                name="one_number_a_list",
                fields=("kind", "bureau", "number"),
                nulls_distinct=False,
            ),
            models.UniqueConstraint(
                name="one_list_version_begins_a_day",
                fields=("kind", "bureau", "since"),
                condition=Q(status="approved"),
                nulls_distinct=False,
                violation_error_message="同一清单在这一天已有版本施行，请改施行日。",
            ),
            models.UniqueConstraint(
                name="one_open_draft_a_list",
                fields=("kind", "bureau"),
                condition=Q(status__in=("draft", "submitted")),
                nulls_distinct=False,
                violation_error_message="该清单已有正在起草或待审批的版本，请先办完。",
            ),
            models.CheckConstraint(
                name="an_approved_list_has_day_and_number",
                condition=~Q(status="approved") | (Q(since__isnull=False) & ~Q(document_number="")),
                violation_error_message="批准的清单须有施行日和文号。",
            ),
            models.CheckConstraint(
                name="a_list_is_approved_by_another",
                condition=Q(approved_by=None)
                | (
                    ~Q(approved_by=models.F("submitted_by"))
                    & ~Q(approved_by=models.F("drafted_by"))
                ),
                violation_error_message="起草人、提交人不能批准自己的清单。",
            ),
        )

    def __str__(self) -> str:
        owner = self.bureau.short_name if self.bureau_id and self.bureau else "市局"
        said = f"第{self.number}版" if self.number else "建议稿"
        return f"{owner}{self.get_kind_display()}{said}"


class ListItem(ScopedModel):
    """One item of a list's version.

    ``order_basis`` is the provision that lets the bureau order correction (责令改正), which every
    red-line item names; ``touching`` says what conduct touches the line. ``removal_reason`` cites
    四(一) where removal is at touch (readings 12). ``conditions`` are the sentences that must each
    hold of a no-penalty or no-coercion item; ``first_time`` asks that there be no record of the
    same kind (``code``) within ``lookback_years``. ``measure`` is the coercive measure that a
    no-coercion item is about, ``instead`` what is done in place of penalty or measure.
    ``is_proposal``: taken over from the shipped proposal, and not checked by a person yet.
    """

    version = models.ForeignKey(ListVersion, on_delete=models.CASCADE, related_name="items")
    position = models.PositiveIntegerField("序号")
    code = models.CharField("编号", max_length=20)
    group = models.CharField("类别", max_length=10, choices=ItemGroup, default=ItemGroup.OTHER)
    behaviour = models.CharField("行为", max_length=300)
    legal_basis = models.CharField("违反条款", max_length=300, blank=True)
    order_basis = models.CharField("责令改正依据", max_length=300, blank=True)
    punish_basis = models.CharField("处罚依据", max_length=300, blank=True)
    touching = models.TextField("何为触碰", blank=True)
    severity = models.CharField(
        "严重程度", max_length=10, choices=Severity, default=Severity.SERIOUS
    )
    days = models.PositiveSmallIntegerField("改正期限", default=15)
    day_kind = models.CharField(
        "期限单位", max_length=10, choices=DayKind, default=DayKind.CALENDAR
    )
    stop_at_once = models.BooleanField("须立即停止", default=False)
    removal = models.CharField(
        "移出", max_length=10, choices=RemovalRule, default=RemovalRule.OVERDUE
    )
    removal_reason = models.CharField("触碰即移出的理由", max_length=300, blank=True)
    measure = models.CharField("强制措施", max_length=100, blank=True)
    instead = models.CharField("配套措施", max_length=300, blank=True)
    conditions = models.JSONField("适用条件", default=list, blank=True)
    first_time = models.BooleanField("须为首次", default=False)
    lookback_years = models.PositiveSmallIntegerField("同类记录回溯年数", default=2)
    is_proposal = models.BooleanField("建议项", default=False)

    scope = OfBureauOrPublished(PUBLISHED, "version")
    history = History()

    class Meta:
        verbose_name = "清单事项"
        verbose_name_plural = "清单事项"
        ordering = ("position", "id")
        constraints = (
            models.UniqueConstraint(
                name="one_code_a_list_version",
                fields=("version", "code"),
                violation_error_message="编号在本版清单中已有，请改用其他编号。",
            ),
            models.CheckConstraint(
                name="removal_at_touch_has_a_reason",
                condition=~Q(removal="touch") | ~Q(removal_reason=""),
                violation_error_message="触碰即移出的事项须写明依四（一）的理由。",
            ),
        )

    def __str__(self) -> str:
        return f"{self.code} {self.behaviour}"


class ListStep(ScopedModel):
    """One step of a list's version: who, when, from where to where, with which opinion."""

    append_only = True
    is_act = True

    version = models.ForeignKey(ListVersion, on_delete=models.PROTECT, related_name="steps")
    action = models.CharField("步骤", max_length=20)
    source = models.CharField("原状态", max_length=10, blank=True)
    target = models.CharField("现状态", max_length=10)
    opinion = models.TextField("意见", blank=True)
    done_by = person("办理人", optional=True)
    role_then = models.CharField("当时角色", max_length=30, blank=True)
    recorded_at = models.DateTimeField("时间", db_default=Now(), editable=False)

    scope = OfBureauOrPublished(PUBLISHED, "version")

    class Meta:
        verbose_name = "清单步骤"
        verbose_name_plural = "清单步骤"
        ordering = ("id",)

    def __str__(self) -> str:
        return self.action
