"""The record of roles: who was granted what, where, by whom and why; rows are only added."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from core.scope import ScopedModel, SystemTable
from staff.roles import Role


class RoleGrant(ScopedModel):
    """What an account may be from an instant on; an empty role is a withdrawal.

    ``granted_by`` is empty where an operator did it by a command. ``are_namesakes`` keeps the
    granter's statement that other accounts of the same name belong to other persons.
    """

    append_only = True

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="grants"
    )
    role = models.CharField("角色", max_length=30, choices=Role, blank=True)
    bureau = models.ForeignKey(
        "staff.Bureau", on_delete=models.PROTECT, null=True, related_name="+", verbose_name="所属局"
    )
    station = models.ForeignKey(
        "staff.Station",
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name="监管所",
    )
    unit = models.ForeignKey(
        "staff.Unit", on_delete=models.PROTECT, null=True, related_name="+", verbose_name="单位"
    )
    granted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name="授权人",
    )
    granted_at = models.DateTimeField("授权时间", db_default=Now(), editable=False)
    reason = models.TextField("理由")
    are_namesakes = models.BooleanField("声明为同名不同人", default=False)

    scope = SystemTable()

    class Meta:
        verbose_name = "授权记录"
        verbose_name_plural = "授权记录"
        ordering = ("-id",)
        constraints = (
            models.CheckConstraint(
                name="nobody_grants_to_himself",
                condition=Q(granted_by=None) | ~Q(granted_by=F("user")),
                violation_error_message="不能给自己授权。",
            ),
        )
        indexes = (models.Index(name="grant_by_user", fields=("user", "id")),)

    def __str__(self) -> str:
        return f"{self.user_id} {self.role or '收回'}"
