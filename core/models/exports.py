"""What leaves the system as a file: asked for, approved where it must be, produced once."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from core.audit.history import History
from core.models.jobs import Job
from core.scope import OwnOrDecided, ScopedModel


class Export(ScopedModel):
    """One table that a person asked for; the row outlives its file.

    What is kept is the query (``query`` as in the list's address, ``on``, ``known``), never keys:
    it is read again, as the filer, when the file is produced. ``columns`` are names of columns of
    the kind; ``conditions`` pairs of label and value, as said on the screen; ``place`` is role,
    bureau, station and unit of the filer at filing. ``counted`` are the rows at filing, ``rows``
    those of the file. The number (``serial_year``, ``serial_number``) is given with the file.
    """

    class Status(models.TextChoices):
        FILED = "filed", "待审批"
        APPROVED = "approved", "待生成"
        REFUSED = "refused", "不同意"
        WITHDRAWN = "withdrawn", "已撤回"
        DONE = "done", "已生成"

    kind = models.CharField("种类", max_length=40)
    title = models.CharField("名称", max_length=200)
    query = models.TextField("查询条件", blank=True)
    on = models.DateField("查看日期")
    known = models.DateTimeField("按何时所知", null=True, blank=True)
    columns = models.JSONField("列")
    conditions = models.JSONField("条件（文字）", default=list)
    unmasked = models.BooleanField("完整联系方式", default=False)
    place = models.JSONField("提出时的岗位")
    reason = models.TextField("用途")
    counted = models.BigIntegerField("提出时行数")
    needs_approval = models.BooleanField("须审批")
    why = models.CharField("须审批的原因", max_length=200, blank=True)
    status = models.CharField("状态", max_length=10, choices=Status, default=Status.FILED)
    filed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="导出人"
    )
    filed_at = models.DateTimeField("提出时间", db_default=Now(), editable=False)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="审批人",
    )
    decided_at = models.DateTimeField("审批时间", null=True, blank=True)
    opinion = models.TextField("意见", blank=True)
    job = models.ForeignKey(Job, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    serial_year = models.PositiveSmallIntegerField("编号年份", null=True, blank=True)
    serial_number = models.PositiveIntegerField("编号", null=True, blank=True)
    file = models.FileField("文件", upload_to="exports/", blank=True)
    sha256 = models.CharField("SHA-256", max_length=64, blank=True)
    rows = models.BigIntegerField("行数", null=True, blank=True)
    produced_at = models.DateTimeField("生成时间", null=True, blank=True)
    kept_until = models.DateTimeField("保留至", null=True, blank=True)

    scope = OwnOrDecided("filed_by")
    history = History()

    class Meta:
        verbose_name = "导出"
        verbose_name_plural = "导出"
        ordering = ("-id",)
        constraints = (
            models.CheckConstraint(
                name="an_export_is_decided_by_a_second_person",
                condition=Q(decided_by=None) | ~Q(decided_by=F("filed_by")),
                violation_error_message="导出人不能审批自己的申请。",
            ),
            models.CheckConstraint(
                name="an_export_that_needs_approval_has_it",
                condition=Q(needs_approval=False)
                | ~Q(status__in=("approved", "done"))
                | Q(decided_by__isnull=False),
                violation_error_message="须审批的导出未经批准不能生成。",
            ),
            models.CheckConstraint(
                name="an_export_is_numbered_when_produced",
                condition=(Q(status="done") & Q(serial_number__isnull=False) & ~Q(sha256=""))
                | (~Q(status="done") & Q(serial_number=None)),
                violation_error_message="已生成的导出须有编号和校验值。",
            ),
            models.UniqueConstraint(
                name="an_export_number_is_given_once",
                fields=("serial_year", "serial_number"),
                violation_error_message="该编号已经使用。",
            ),
        )
        indexes = (
            models.Index(name="export_by_filer", fields=("filed_by", "id")),
            models.Index(name="export_waiting", fields=("id",), condition=Q(status="filed")),
            models.Index(name="export_kept", fields=("kept_until",), condition=~Q(file="")),
        )

    def __str__(self) -> str:
        return self.title

    @property
    def serial(self) -> str:
        """The number as it is written: 导〔2026〕000123号; empty before there is a file."""
        if self.serial_number is None:
            return ""
        return f"导〔{self.serial_year}〕{self.serial_number:06d}号"

    def is_kept(self, at: datetime) -> bool:
        """Whether the file can still be taken."""
        return bool(self.file) and self.kept_until is not None and at < self.kept_until
