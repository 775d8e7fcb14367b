"""Work that runs outside a request."""

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q

from core.audit.history import History
from core.scope import OwnOrCity, ScopedModel, Viewer

LOG_KINDS = ("verify_audit", "export_log")
"""Jobs over the logs: what they found is for the auditor's eyes."""


class OfJob(OwnOrCity):
    """Jobs, seen by whoever started them and by the city; those over the logs by the auditor."""

    def condition(self, viewer: Viewer) -> Q:
        over_logs = Q(kind__in=LOG_KINDS)
        if viewer.reads_logs():
            return over_logs | Q(**{self.field: viewer.pk})
        return super().condition(viewer) & ~over_logs


class Job(ScopedModel):
    """One piece of work for the workers; the row is the record, the broker only wakes.

    ``params``: the arguments of the kind. ``checkpoint``: where a restarted attempt goes on.
    ``result``: counts and sentences shown when done. ``attempt`` is the fencing token.
    ``input_file`` and ``error_file`` are empty again when the files are kept no longer.
    """

    class Status(models.TextChoices):
        QUEUED = "queued", "等待"
        RUNNING = "running", "进行中"
        DONE = "done", "完成"
        FAILED = "failed", "失败"
        CANCELLED = "cancelled", "已取消"

    kind = models.CharField("种类", max_length=40)
    title = models.CharField("事项", max_length=200)
    status = models.CharField("状态", max_length=10, choices=Status, default=Status.QUEUED)
    params = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    checkpoint = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    result = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    error = models.TextField("错误", blank=True)
    phase = models.CharField("阶段", max_length=100, blank=True)
    done = models.BigIntegerField("已处理", default=0)
    total = models.BigIntegerField("总数", null=True, blank=True)
    attempt = models.PositiveIntegerField("次数", default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    cancel_asked = models.BooleanField(default=False)
    input_file = models.FileField("文件", upload_to="jobs/%Y/%m/", blank=True)
    error_file = models.FileField("错误文件", upload_to="jobs/%Y/%m/", blank=True)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="发起人",
    )
    created_at = models.DateTimeField("发起时间", auto_now_add=True)
    started_at = models.DateTimeField("开始时间", null=True, blank=True)
    finished_at = models.DateTimeField("结束时间", null=True, blank=True)

    scope = OfJob("started_by")
    history = History(ignore=("lease_until", "done", "total", "phase", "checkpoint", "result"))

    class Meta:
        verbose_name = "任务"
        verbose_name_plural = "任务"
        ordering = ("-id",)
        indexes = (
            models.Index(
                name="job_waiting",
                fields=("id",),
                condition=Q(status__in=("queued", "running")),
            ),
        )

    def __str__(self) -> str:
        return self.title

    @property
    def is_open(self) -> bool:
        return self.status in (self.Status.QUEUED, self.Status.RUNNING)
