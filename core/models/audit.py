"""What happened: changes of rows, acts of people, and the seals over both.

The logs are partitioned by month (owner command ``keep_logs``), so that what is past its retention
goes as whole sealed partitions. They name people and rows by key without constraints: a log
outlives what it tells of.
"""

from __future__ import annotations

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q

from core.scope import AuditLog, ScopedModel


class Logged(ScopedModel):
    """Who did it, as whom, from where, and together with what.

    ``operation`` is shared by everything that one request, job attempt or command did. ``origin``
    says which: ``POST /entities/3/…``, ``job 12 bulk``, ``command retag``; empty for direct SQL.
    """

    append_only = True

    at = models.DateTimeField("时间", editable=False)
    operation = models.UUIDField("批次", null=True)
    origin = models.CharField("来源", max_length=200, blank=True)
    actor_id = models.BigIntegerField("操作人", null=True)
    role = models.CharField("角色", max_length=30, blank=True)
    address = models.CharField("地址", max_length=64, blank=True)
    entity_id = models.BigIntegerField("经营主体", null=True)
    reason = models.TextField("理由", blank=True)

    scope = AuditLog()

    class Meta:
        abstract = True


class Change(Logged):
    """One row of one table, inserted, changed, deleted or superseded; written by triggers alone.

    ``before`` and ``after`` hold the columns that changed (after a deletion: ``before`` the whole
    row). An insert names its row only, which tells the rest itself. ``login`` is the database's.
    """

    class Verb(models.TextChoices):
        INSERT = "insert", "新增"
        UPDATE = "update", "修改"
        DELETE = "delete", "删除"
        SUPERSEDE = "supersede", "取代"

    table_name = models.CharField("表", max_length=63)
    row_key = models.BigIntegerField("行")
    verb = models.CharField("动作", max_length=10, choices=Verb)
    before = models.JSONField("原值", null=True)
    after = models.JSONField("现值", null=True)
    login = models.CharField("数据库登录名", max_length=63)

    class Meta:
        verbose_name = "变更记录"
        verbose_name_plural = "变更记录"
        ordering = ("-id",)
        indexes = (
            models.Index(name="change_by_actor", fields=("actor_id", "id")),
            models.Index(
                name="change_by_entity",
                fields=("entity_id", "id"),
                condition=Q(entity_id__isnull=False),
            ),
            models.Index(name="change_by_operation", fields=("operation",)),
            models.Index(name="change_by_row", fields=("table_name", "row_key")),
            models.Index(name="change_direct", fields=("id",), condition=Q(origin="")),
        )

    def __str__(self) -> str:
        return f"{self.table_name} {self.row_key} {self.verb}"


class Access(Logged):
    """One act of a person that changes no row, or more than rows tell: logins, reveals, exports.

    ``subject`` names what it was about, ``detail`` the rest by kind; an export's is
    ``{"filter", "columns", "rows", "sha256", "serial"}``. ``username`` is what was typed, where
    nobody is logged in.
    """

    class Kind(models.TextChoices):
        LOGIN = "login", "登录"
        LOGIN_FAILED = "login_failed", "登录失败"
        LOCKED = "locked", "登录锁定"
        LOGOUT = "logout", "退出"
        SESSION_ENDED = "session_ended", "会话结束"
        PASSWORD = "password", "修改密码"
        SECOND_FACTOR = "second_factor", "动态口令"
        ACCOUNT = "account", "账户管理"
        REVEAL = "reveal", "查看完整信息"
        EXPORT = "export", "导出"
        DOWNLOAD = "download", "下载"
        PRINT = "print", "打印"
        UPLOAD = "upload", "上传"
        DENIED = "denied", "拒绝访问"
        AUDIT = "audit", "查阅日志"
        MAINTENANCE = "maintenance", "系统维护"

    kind = models.CharField("事项", max_length=20, choices=Kind)
    ok = models.BooleanField("成功", default=True)
    username = models.CharField("工号（所填）", max_length=60, blank=True)
    subject = models.CharField("对象", max_length=200, blank=True)
    detail = models.JSONField("详情", default=dict, encoder=DjangoJSONEncoder)

    class Meta:
        verbose_name = "访问记录"
        verbose_name_plural = "访问记录"
        ordering = ("-id",)
        indexes = (
            models.Index(name="access_by_actor", fields=("actor_id", "kind", "id")),
            models.Index(
                name="access_by_entity",
                fields=("entity_id", "id"),
                condition=Q(entity_id__isnull=False),
            ),
            models.Index(name="access_by_operation", fields=("operation",)),
            models.Index(
                name="access_by_username", fields=("username", "id"), condition=~Q(username="")
            ),
        )

    def __str__(self) -> str:
        return f"{self.at} {self.get_kind_display()}"


class Seal(ScopedModel):
    """That a range of rows of one log stood so when it was sealed; each seal covers the one before.

    ``log`` is a table or a monthly partition of one. A ``rows`` seal covers keys ``first`` to
    ``last`` with ``rows`` rows in them; ``rows_hash`` is the SHA-256 of those rows as canonical
    JSON arrays of ``columns``. ``digest`` is an HMAC, with a key kept outside the database, over
    all of that and the digest of the seal before. A ``tombstone`` stands for a dropped partition.
    """

    append_only = True

    class Kind(models.TextChoices):
        ROWS = "rows", "封存"
        TOMBSTONE = "tombstone", "到期清除"

    kind = models.CharField("种类", max_length=10, choices=Kind, default=Kind.ROWS)
    log = models.CharField("日志", max_length=63)
    first = models.BigIntegerField()
    last = models.BigIntegerField()
    rows = models.BigIntegerField("行数")
    columns = models.JSONField()
    rows_hash = models.CharField(max_length=64)
    previous = models.CharField(max_length=64, blank=True)
    digest = models.CharField(max_length=64, unique=True)
    key_name = models.CharField("密钥编号", max_length=20)
    sealed_at = models.DateTimeField("封存时间")

    scope = AuditLog()

    class Meta:
        verbose_name = "封存"
        verbose_name_plural = "封存"
        ordering = ("id",)
        indexes = (models.Index(name="seal_by_log", fields=("log", "last")),)

    def __str__(self) -> str:
        return f"{self.log} {self.first}–{self.last}"
