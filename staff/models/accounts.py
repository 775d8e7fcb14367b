"""Accounts: one person, one role, one place."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone

from core.audit.history import History
from core.errors import Refused
from core.scope import NOTHING, ScopedQuerySet, SystemTable
from staff.models.places import Bureau, Station, Unit
from staff.roles import BUSINESS_ROLES, CITY_ROLES, DISTRICT_ROLES, Role


class UserManager(BaseUserManager):
    def create_user(self, username: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(username=username, **fields)
        user.set_password(password)
        user.full_clean(exclude=("password",))
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str) -> User:
        return self.get(username=username)


class User(AbstractBaseUser):
    """An account: one person, one role, one place. Accounts are disabled, never deleted.

    One role each, so that the three administrators (三员) exclude one another by construction; no
    role (未授权) until the security administrator grants one. Role and place are the copy by which
    pages ask; RoleGrant is the record. Pages read ``accounts``, ``objects`` is Django's own.
    """

    never_deleted = True

    username = models.CharField(
        "工号", max_length=30, unique=True, error_messages={"unique": "该工号已有账户。"}
    )
    name = models.CharField("姓名", max_length=40)
    role = models.CharField("角色", max_length=30, choices=Role, blank=True)
    bureau = models.ForeignKey(
        Bureau, on_delete=models.PROTECT, null=True, blank=True, verbose_name="所属局"
    )
    station = models.ForeignKey(
        Station, on_delete=models.PROTECT, null=True, blank=True, verbose_name="监管所"
    )
    unit = models.ForeignKey(
        Unit, on_delete=models.PROTECT, null=True, blank=True, verbose_name="单位（处室）"
    )
    is_active = models.BooleanField("启用", default=True)
    created_at = models.DateTimeField("建立时间", auto_now_add=True)
    must_change_password = models.BooleanField("须修改密码", default=True)
    password_set_at = models.DateTimeField("密码设置时间", default=timezone.now)

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS = ("name",)
    scope = SystemTable()
    history = History(ignore=("last_login",), hidden=("password",))
    objects = UserManager()
    accounts = models.Manager.from_queryset(ScopedQuerySet)()

    class Meta:
        verbose_name = "账户"
        verbose_name_plural = "账户"
        ordering = ("username",)
        constraints = (
            models.CheckConstraint(
                name="account_stands_where_its_role_says",
                condition=(
                    Q(role=Role.STATION_OFFICER, station__isnull=False, bureau__isnull=False)
                    | Q(
                        role__in=(Role.DISTRICT_OFFICER, Role.DISTRICT_LEAD),
                        bureau__isnull=False,
                        station=None,
                    )
                    | Q(role=Role.UNIT_OFFICER, unit__isnull=False)
                    | Q(role="", bureau=None, station=None, unit=None)
                    | Q(
                        role__in=sorted(set(Role) - DISTRICT_ROLES - {Role.UNIT_OFFICER}),
                        station=None,
                    )
                ),
                violation_error_message="角色与所属局、监管所或单位不相符。",
            ),
        )

    def __str__(self) -> str:
        return f"{self.name}（{self.username}）"

    def clean(self) -> None:
        super().clean()
        if self.station is not None and self.station.bureau_id != self.bureau_id:
            raise ValidationError({"station": "该监管所不属于所选的局，请核对所属局和监管所。"})

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise Refused("", "账户只能停用，不能删除。")

    @property
    def role_said(self) -> str:
        return self.get_role_display() or "未授权"

    def set_password(self, raw_password: str | None) -> None:
        """Set a password, chosen by somebody else until staff.passwords says otherwise."""
        super().set_password(raw_password)
        self.password_set_at = timezone.now()
        self.must_change_password = True

    # What Django's admin asks; system tables are open to the system administrator alone.
    @property
    def is_staff(self) -> bool:
        return self.keeps_system()

    def has_perm(self, perm: str, obj: object = None) -> bool:
        return self.is_active and self.keeps_system()

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_active and self.keeps_system()

    # What core.scope asks.
    def territory(self, prefix: str) -> Q:
        """Return the condition on an entity's scope columns for this account (readings 4)."""
        if not self.is_active:
            return NOTHING
        if self.role == Role.STATION_OFFICER:
            return Q(**{f"{prefix}station_id": self.station_id})
        if self.role in DISTRICT_ROLES:
            return Q(**{f"{prefix}bureau_id": self.bureau_id})
        if self.role in CITY_ROLES or (self.role == Role.UNIT_OFFICER and self.unit.whole_city):
            return Q()
        if self.role == Role.UNIT_OFFICER:
            return Q(**{f"{prefix}fields__overlap": self.unit.fields})
        return NOTHING

    def of_bureau(self, prefix: str) -> Q:
        """Return the condition on rows of a bureau's own work for this account (readings 4)."""
        if not self.is_active:
            return NOTHING
        if self.role in DISTRICT_ROLES:
            return Q(**{f"{prefix}bureau_id": self.bureau_id})
        if self.role in CITY_ROLES or (self.role == Role.UNIT_OFFICER and self.unit.whole_city):
            return Q()
        return NOTHING

    def sees_city(self) -> bool:
        return self.is_active and self.role in CITY_ROLES

    def does_business(self) -> bool:
        return self.is_active and self.role in BUSINESS_ROLES

    def keeps_system(self) -> bool:
        return self.is_active and self.role == Role.SYSTEM_ADMINISTRATOR

    def keeps_accounts(self) -> bool:
        return self.keeps_system() or (self.is_active and self.role == Role.SECURITY_ADMINISTRATOR)

    def reads_logs(self) -> bool:
        return self.is_active and self.role == Role.AUDITOR

    def guards_accounts(self) -> bool:
        return self.is_active and self.role == Role.SECURITY_ADMINISTRATOR

    def decides_for(self, prefix: str) -> Q:
        """Return the condition on accounts whose requests this lead decides.

        A district's lead decides for the bureau; the city's for the city, its units and for the
        leads of districts, since a bureau may have no second one.
        """
        if self.is_active and self.role == Role.DISTRICT_LEAD:
            return Q(**{f"{prefix}role__in": DISTRICT_ROLES, f"{prefix}bureau_id": self.bureau_id})
        if self.is_active and self.role == Role.MUNICIPAL_LEAD:
            others = {Role.UNIT_OFFICER, Role.DISTRICT_LEAD}
            return Q(**{f"{prefix}role__in": CITY_ROLES | others})
        return NOTHING
