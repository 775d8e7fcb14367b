"""The order to correct (责令限期改正): its service, extension, hold, report and rechecks."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from core.audit.history import History
from core.people import person
from core.scope import OfBureau, ScopedModel
from core.secrets import EncryptedTextField
from entities.models import Entity
from redline.choices import (
    AddressBasis,
    DayKind,
    DeadlineForm,
    ExtensionStatus,
    OrderOrigin,
    OrderStatus,
    RecheckFinding,
    RecheckWay,
    ServiceOutcome,
    ServiceWay,
)
from redline.models.violations import Touch, Violation
from staff.models import Bureau, PaperNumber


class Order(ScopedModel):
    """One order to correct, of a touch or of an ordinary violation (readings 11).

    What it says on paper: ``facts``, ``violated`` (违反条款), ``basis`` (责令依据), ``demands``,
    the deadline, ``contact_*``. It cites law only (readings 18).
    ``start_on`` is the day from which the deadline counts (the service; a new time: the recheck),
    ``due_on`` its last day as it stands after extension and hold; ``due_provisional`` tells that a
    year without calendar decided it. Nothing counts days: overdue is ``due_on`` having passed with
    nothing reported (``redline.overdue``). ``mended_on`` is the recheck that found it corrected.
    ``recheck_due_on`` runs from ``reported_on``, the day the report was posted or handed in.
    """

    origin = models.CharField("来源", max_length=10, choices=OrderOrigin)
    violation = models.ForeignKey(Violation, on_delete=models.PROTECT, related_name="orders")
    touch = models.ForeignKey(
        Touch, on_delete=models.PROTECT, null=True, blank=True, related_name="orders"
    )
    entity = models.ForeignKey(Entity, on_delete=models.PROTECT, related_name="orders")
    bureau = models.ForeignKey(
        Bureau, on_delete=models.PROTECT, related_name="+", verbose_name="制发单位"
    )
    status = models.CharField("状态", max_length=12, choices=OrderStatus, default=OrderStatus.DRAFT)
    number = models.OneToOneField(
        PaperNumber,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="文号",
    )
    facts = models.TextField("违法事实")
    violated = models.CharField("违反条款", max_length=300)
    basis = models.CharField("责令改正依据", max_length=300)
    demands = models.TextField("改正内容及要求")
    stop_at_once = models.BooleanField("责令立即停止", default=False)
    form = models.CharField(
        "期限写法", max_length=10, choices=DeadlineForm, default=DeadlineForm.RELATIVE
    )
    days = models.PositiveSmallIntegerField("期限", null=True, blank=True)
    day_kind = models.CharField(
        "期限单位", max_length=10, choices=DayKind, default=DayKind.CALENDAR
    )
    fixed_on = models.DateField("固定日期", null=True, blank=True)
    contact_name = models.CharField("联系人", max_length=60, blank=True)
    contact_phone = EncryptedTextField("联系电话", max_length=40, blank=True)
    officer = person("承办人")
    drafted_at = models.DateTimeField("起草时间", db_default=Now(), editable=False)
    submitted_by = person("提交人", optional=True)
    submitted_at = models.DateTimeField("提交时间", null=True, blank=True)
    approved_by = person("批准人", optional=True)
    approved_at = models.DateTimeField("批准时间", null=True, blank=True)
    issued_on = models.DateField("签发日", null=True, blank=True)
    issued_by = person("签发人", optional=True)
    served_on = models.DateField("送达日", null=True, blank=True)
    start_on = models.DateField("起算日", null=True, blank=True)
    due_on = models.DateField("改正期限届满日", null=True, blank=True)
    due_provisional = models.BooleanField("期限为暂定", default=False)
    reported_on = models.DateField("改正情况报告日", null=True, blank=True)
    recheck_due_on = models.DateField("复查期限", null=True, blank=True)
    new_time_given = models.BooleanField("已再限期", default=False)
    mended_on = models.DateField("改正确认日", null=True, blank=True)
    closed_on = models.DateField("办结日", null=True, blank=True)
    replaces = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="replaced_by",
        verbose_name="重新制发自",
    )
    revision = models.PositiveIntegerField(default=0)
    edited_by = person("修改人", optional=True, editable=False)
    edited_at = models.DateTimeField("修改时间", db_default=Now(), editable=False)

    scope = OfBureau()
    history = History(ignore=("edited_at", "edited_by_id", "revision"), hidden=("contact_phone",))

    class Meta:
        verbose_name = "责令改正"
        verbose_name_plural = "责令改正"
        ordering = ("-id",)
        indexes = (
            models.Index(name="order_by_status", fields=("bureau", "status")),
            models.Index(name="order_by_due_day", fields=("due_on",), condition=Q(status="served")),
            models.Index(
                name="order_by_recheck",
                fields=("recheck_due_on",),
                condition=Q(status="reported"),
            ),
        )
        constraints = (
            models.CheckConstraint(
                name="an_order_is_approved_by_another",
                condition=Q(approved_by=None)
                | (~Q(approved_by=models.F("submitted_by")) & ~Q(approved_by=models.F("officer"))),
                violation_error_message="起草人、提交人不能批准自己的责令改正。",
            ),
            models.CheckConstraint(
                name="an_order_says_its_deadline_one_way",
                condition=(Q(form="relative") & Q(days__gte=1))
                | (Q(form="fixed") & Q(fixed_on__isnull=False)),
                violation_error_message="请写明改正期限：天数，或固定日期。",
            ),
            models.CheckConstraint(
                name="a_red_line_order_has_a_touch",
                condition=Q(origin="redline", touch__isnull=False)
                | Q(origin="ordinary", touch__isnull=True),
            ),
            models.CheckConstraint(
                name="a_running_order_is_due_on_a_day",
                condition=~Q(status__in=("served", "reported", "overdue", "not_mended"))
                | (Q(due_on__isnull=False) & Q(served_on__isnull=False)),
            ),
            models.UniqueConstraint(
                name="one_open_order_a_violation",
                fields=("violation",),
                condition=~Q(
                    status__in=(
                        "refused",
                        "void",
                        "mended",
                        "mended_late",
                        "ended",
                        "referred",
                    )
                ),
                violation_error_message="该违法行为已有办理中的责令改正。",
            ),
        )

    def __str__(self) -> str:
        return str(self.number) if self.number_id and self.number else f"责令改正{self.pk}"


class OrderStep(ScopedModel):
    """One step of an order: who, when, from where to where, with which opinion.

    ``done_by`` is None where the scan of dates did it.
    """

    append_only = True
    is_act = True

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="steps")
    action = models.CharField("步骤", max_length=20)
    source = models.CharField("原状态", max_length=12, blank=True)
    target = models.CharField("现状态", max_length=12)
    opinion = models.TextField("意见", blank=True)
    on = models.DateField("办理日")
    done_by = person("办理人", optional=True)
    role_then = models.CharField("当时角色", max_length=30, blank=True)
    recorded_at = models.DateTimeField("时间", db_default=Now(), editable=False)

    scope = OfBureau("order")

    class Meta:
        verbose_name = "责令改正步骤"
        verbose_name_plural = "责令改正步骤"
        ordering = ("id",)

    def __str__(self) -> str:
        return self.action


class Service(ScopedModel):
    """An attempt to serve an order (送达, readings 14). ``served_on`` is the day that counts.

    ``sent_on`` is the day it was handed over, posted, sent or published; by public notice it is
    served 30 days after publication. ``witness`` names the witness or the recording of a document
    left behind. ``basis`` allows electronic service.
    """

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="services")
    way = models.CharField("送达方式", max_length=12, choices=ServiceWay)
    sent_on = models.DateField("送出日")
    address = EncryptedTextField("送达地址", max_length=300, blank=True)
    basis = models.CharField("电子送达依据", max_length=12, choices=AddressBasis, blank=True)
    receiver = models.CharField("收件人", max_length=60, blank=True)
    witness = models.CharField("见证人或影像", max_length=200, blank=True)
    tracking = models.CharField("邮件号或公告载体", max_length=100, blank=True)
    entrusted_to = models.CharField("受托单位", max_length=100, blank=True)
    outcome = models.CharField(
        "结果", max_length=10, choices=ServiceOutcome, default=ServiceOutcome.OPEN
    )
    served_on = models.DateField("送达日", null=True, blank=True)
    why_failed = models.CharField("未能送达的原因", max_length=200, blank=True)
    recorded_by = person("登记人")
    recorded_at = models.DateTimeField("登记时间", db_default=Now(), editable=False)

    scope = OfBureau("order")
    history = History(hidden=("address",))

    class Meta:
        verbose_name = "送达"
        verbose_name_plural = "送达"
        ordering = ("id",)
        constraints = (
            models.CheckConstraint(
                name="what_is_served_has_a_day",
                condition=~Q(outcome="served") | Q(served_on__isnull=False),
            ),
            models.CheckConstraint(
                name="electronic_service_has_a_basis",
                condition=~Q(way="electronic") | ~Q(basis=""),
                violation_error_message="电子送达须有送达地址确认书或公示系统登记的送达地址。",
            ),
            models.UniqueConstraint(
                name="an_order_is_served_once", fields=("order",), condition=Q(outcome="served")
            ),
        )

    def __str__(self) -> str:
        return self.get_way_display()


class Extension(ScopedModel):
    """What the firm asked before the due day, and what the lead decided: once (readings 13)."""

    order = models.OneToOneField(Order, on_delete=models.PROTECT, related_name="extension")
    asked_on = models.DateField("申请日")
    days = models.PositiveSmallIntegerField("申请延长")
    reason = models.TextField("申请理由")
    status = models.CharField(
        "状态", max_length=10, choices=ExtensionStatus, default=ExtensionStatus.ASKED
    )
    due_before = models.DateField("原届满日")
    due_after = models.DateField("延长后届满日", null=True, blank=True)
    opinion = models.TextField("决定理由", blank=True)
    recorded_by = person("登记人")
    recorded_at = models.DateTimeField("登记时间", db_default=Now(), editable=False)
    decided_by = person("决定人", optional=True)
    decided_on = models.DateField("决定日", null=True, blank=True)

    scope = OfBureau("order")
    history = History()

    class Meta:
        verbose_name = "延期改正"
        verbose_name_plural = "延期改正"
        ordering = ("id",)
        constraints = (
            models.CheckConstraint(
                name="an_extension_is_decided_by_another",
                condition=Q(decided_by=None) | ~Q(decided_by=models.F("recorded_by")),
                violation_error_message="登记延期申请的人不能决定该申请。",
            ),
        )

    def __str__(self) -> str:
        return self.get_status_display()


class Hold(ScopedModel):
    """The one hold of an order, at most ``orders.hold_working_days`` (readings 13)."""

    append_only = True
    is_act = True

    order = models.OneToOneField(Order, on_delete=models.PROTECT, related_name="hold")
    held_on = models.DateField("暂缓起")
    days = models.PositiveSmallIntegerField("暂缓（工作日）")
    reason = models.TextField("理由")
    due_before = models.DateField("原届满日")
    due_after = models.DateField("暂缓后届满日")
    held_by = person("办理人")
    recorded_at = models.DateTimeField("登记时间", db_default=Now(), editable=False)

    scope = OfBureau("order")

    class Meta:
        verbose_name = "暂缓"
        verbose_name_plural = "暂缓"

    def __str__(self) -> str:
        return f"暂缓{self.days}个工作日"


class MendingReport(ScopedModel):
    """改正情况报告 as it came in. Posted in time it is in time: ``posted_on`` goes first."""

    append_only = True
    is_act = True

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="reports")
    received_on = models.DateField("收到日")
    posted_on = models.DateField("交寄日", null=True, blank=True)
    text = models.TextField("内容")
    recorded_by = person("登记人")
    recorded_at = models.DateTimeField("登记时间", db_default=Now(), editable=False)

    scope = OfBureau("order")

    class Meta:
        verbose_name = "改正情况报告"
        verbose_name_plural = "改正情况报告"
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.received_on}"


class Recheck(ScopedModel):
    """A recheck (复查): on site by two officers, by video or by papers, and what it found.

    ``corrected_on`` is the day on which it was corrected, where that is known to lie before the
    recheck. ``new_days`` is the one new time after a partial correction, of ``new_day_kind``.
    """

    append_only = True
    is_act = True

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="rechecks")
    way = models.CharField("复查方式", max_length=10, choices=RecheckWay)
    done_on = models.DateField("复查日")
    officers = ArrayField(models.CharField(max_length=60), verbose_name="复查人员")
    finding = models.CharField("复查结果", max_length=12, choices=RecheckFinding)
    corrected_on = models.DateField("实际改正日", null=True, blank=True)
    found = models.TextField("复查情况")
    new_days = models.PositiveSmallIntegerField("再限期", null=True, blank=True)
    new_day_kind = models.CharField("再限期单位", max_length=10, choices=DayKind, blank=True)
    due_after = models.DateField("再限期届满日", null=True, blank=True)
    recorded_by = person("登记人")
    recorded_at = models.DateTimeField("登记时间", db_default=Now(), editable=False)

    scope = OfBureau("order")

    class Meta:
        verbose_name = "复查"
        verbose_name_plural = "复查"
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.done_on} {self.get_finding_display()}"


class OrderNotice(ScopedModel):
    """That officer and lead were told of a day that comes near, once for each day (``due_on``)."""

    append_only = True

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="notices")
    due_on = models.DateField("届满日")
    made_on = models.DateField("提醒日")
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)

    scope = OfBureau("order")

    class Meta:
        verbose_name = "届满提醒"
        verbose_name_plural = "届满提醒"
        ordering = ("due_on", "id")
        constraints = (
            models.UniqueConstraint(name="one_notice_a_due_day", fields=("order", "due_on")),
        )

    def __str__(self) -> str:
        return f"{self.order_id} {self.due_on}"
