"""What getting in leaves behind: earlier passwords, second factors, sessions."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from core.audit.history import History, Unlogged
from core.scope import NOTHING, Scope, ScopedModel, SystemOnly, Viewer
from core.secrets import EncryptedTextField


class OfAccount(Scope):
    """Rows about one account: seen by it, and all of them by the security administrator."""

    def condition(self, viewer: Viewer) -> Q:
        if viewer.guards_accounts():
            return Q()
        return Q(user_id=viewer.pk) if viewer.is_active else NOTHING


class PasswordRecord(ScopedModel):
    """The hash of a password that an account had, so that it does not come back."""

    append_only = True

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="passwords"
    )
    hashed = models.CharField("摘要", max_length=128)
    set_at = models.DateTimeField("设置时间", default=timezone.now)

    scope = SystemOnly()

    class Meta:
        verbose_name = "曾用密码"
        verbose_name_plural = "曾用密码"
        indexes = (models.Index(name="passwords_of_account", fields=("user", "-id")),)

    def __str__(self) -> str:
        return f"{self.user_id} {self.set_at}"


class SecondFactor(ScopedModel):
    """The secret an account shares with its telephone.

    ``offered`` waits for its first code; then it becomes ``secret``. ``last_step`` is the time step
    of the last code that was taken, so that no code is taken twice.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="second_factor"
    )
    secret = EncryptedTextField("密钥", max_length=64, blank=True)
    offered = EncryptedTextField("待确认密钥", max_length=64, blank=True)
    confirmed_at = models.DateTimeField("启用时间", null=True)
    last_step = models.BigIntegerField(null=True)

    scope = SystemOnly()
    history = History(ignore=("last_step",), hidden=("secret", "offered"))

    class Meta:
        verbose_name = "动态口令"
        verbose_name_plural = "动态口令"

    def __str__(self) -> str:
        return f"{self.user_id} {self.confirmed_at}"


class LiveSession(ScopedModel):
    """One login of an account, from where, and how it ended; open while ``ended_at`` is empty.

    Django's session names it under the key ``live``; without an open one nobody is logged in.
    """

    class Ending(models.TextChoices):
        LOGOUT = "logout", "退出"
        IDLE = "idle", "超时未操作"
        ABSOLUTE = "absolute", "达到最长时限"
        SUPERSEDED = "superseded", "在别处登录"
        FORCED = "forced", "强制退出"
        DISABLED = "disabled", "账户停用"
        PASSWORD = "password", "密码重置"
        ROLE = "role", "角色调整"

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="live_sessions",
        verbose_name="账户",
    )
    address = models.CharField("地址", max_length=64)
    agent = models.CharField("浏览器", max_length=300, blank=True)
    started_at = models.DateTimeField("登录时间")
    last_seen_at = models.DateTimeField("最近操作")
    ended_at = models.DateTimeField("结束时间", null=True)
    ended_because = models.CharField("结束原因", max_length=20, choices=Ending, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name="结束人",
    )

    scope = OfAccount()
    history = Unlogged("the access log tells of each login and of each end")

    class Meta:
        verbose_name = "会话"
        verbose_name_plural = "会话"
        constraints = (
            models.UniqueConstraint(
                name="one_open_session_an_account", fields=("user",), condition=Q(ended_at=None)
            ),
            models.CheckConstraint(
                name="an_ended_session_says_why",
                condition=Q(ended_at=None, ended_because="")
                | Q(ended_at__isnull=False) & ~Q(ended_because=""),
            ),
        )
        indexes = (models.Index(name="sessions_of_account", fields=("user", "-id")),)

    def __str__(self) -> str:
        return f"{self.user_id} {self.address} {self.started_at}"
