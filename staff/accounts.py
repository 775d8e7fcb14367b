"""Accounts and roles: the system administrator keeps accounts, the security administrator grants.

Every verb is one transaction, refuses in a sentence, and leaves a line in the access log with its
reason. They are done one at a time, because what they ask (is there another administrator left?
does another account bear this name?) must still be so when they write.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection, transaction

from core.audit.access import Kind, record
from core.errors import Refused
from staff.models import Bureau, LiveSession, RoleGrant, Station, Unit, User
from staff.passwords import give_initial_password
from staff.permissions import ACCESS_CONTROL, demand
from staff.roles import ADMINISTRATORS, Role
from staff.sessions import end_sessions

SEPARATION = ACCESS_CONTROL + "d)"
"""管理权限分离."""

ONE_PERSON = ACCESS_CONTROL + "c)"
"""避免共享账户、多余账户."""

INDISPENSABLE = (Role.SECURITY_ADMINISTRATOR, Role.SYSTEM_ADMINISTRATOR)
"""Without one of each nobody could be granted a role, or get an account."""

ACCOUNTS = 73_2024_21
"""Transaction lock: accounts are changed one at a time."""

LONGEST_NAME = 40
NUMBER = re.compile(r"[0-9A-Za-z_-]{2,30}")
"""A 工号."""


@transaction.atomic
def create_account(*, username: str, name: str, by: Any, reason: str) -> tuple[User, str]:
    """Make an account without a role; return it and its one-time password."""
    demand(by, "account.keep")
    reason = _need(reason)
    _alone()
    user = User(username=username.strip(), name=_plain_name(name))
    if not NUMBER.fullmatch(user.username):
        raise Refused("", "工号只能用字母、数字、短横和下划线，2至30位，请核对后重填。")
    _check(user)
    password = give_initial_password(user, by=by)
    _tell(user, "建立账户", by, reason)
    return user, password


@transaction.atomic
def rename_account(user: User, *, name: str, by: Any, reason: str) -> User:
    """Correct the name an account bears; a namesake of an administrator is refused."""
    demand(by, "account.keep")
    reason = _need(reason)
    user = _fresh(user)
    before, user.name = user.name, _plain_name(name)
    if user.name == before:
        raise Refused("", f"该账户的姓名已经是“{before}”，无需更改。")
    _check(user)
    if user.role:
        _demand_one_person(user, user.role, are_namesakes=False)
    user.save(update_fields=("name",))
    _tell(user, "更名", by, reason, before=before)
    return user


@transaction.atomic
def disable_account(user: User, *, by: Any, reason: str) -> User:
    """Disable an account; it keeps its role and history, and is never deleted."""
    demand(by, "account.keep")
    reason = _need(reason)
    user = _fresh(user)
    if user.pk == by.pk:
        raise Refused(SEPARATION, "不能停用自己的账户，请由另一位系统管理员办理。")
    if not user.is_active:
        raise Refused("", "该账户已经停用，无需重复办理。")
    _demand_another(user)
    user.is_active = False
    user.save(update_fields=("is_active",))
    end_sessions(user, LiveSession.Ending.DISABLED, by=by, reason=reason)
    _tell(user, "停用账户", by, reason)
    return user


@transaction.atomic
def enable_account(user: User, *, by: Any, reason: str) -> User:
    """Enable a disabled account with the role it had, unless its person has another by now."""
    demand(by, "account.keep")
    reason = _need(reason)
    user = _fresh(user)
    if user.is_active:
        raise Refused("", "该账户没有停用，无需启用。")
    if user.role:
        _demand_one_person(user, user.role, are_namesakes=_were_namesakes(user))
    user.is_active = True
    user.save(update_fields=("is_active",))
    _tell(user, "启用账户", by, reason)
    return user


@transaction.atomic
def reset_password(user: User, *, by: Any, reason: str) -> str:
    """Give an account a new one-time password and return it; its sessions end by that."""
    demand(by, "account.keep")
    reason = _need(reason)
    user = _fresh(user)
    if user.pk == by.pk:
        raise Refused("", "请在“修改密码”中更改自己的密码。")
    if not user.is_active:
        raise Refused("", "该账户已经停用，请先启用再重置密码。")
    password = give_initial_password(user, by=by)
    _tell(user, "重置密码", by, reason)
    return password


@transaction.atomic
def grant_role(
    user: User,
    *,
    role: str,
    by: Any,
    reason: str,
    bureau: Bureau | None = None,
    station: Station | None = None,
    unit: Unit | None = None,
    are_namesakes: bool = False,
) -> RoleGrant:
    """Grant a role and a place, in place of what the account had.

    ``are_namesakes`` is the granter's statement, kept in the record, that the other accounts of
    this name belong to other persons. Refuses oneself, a disabled account, a place that does not
    fit the role, and to take the last administrator of a kind away.
    """
    demand(by, "role.grant")
    reason = _need(reason)
    user = _fresh(user)
    _demand_grantable(user, by)
    if role not in Role.values:
        raise Refused("", "没有这个角色，请从列表中选择。")
    before = (user.role, user.bureau_id, user.station_id, user.unit_id)
    if user.role != role:
        _demand_another(user)
    user.role, user.bureau, user.station, user.unit = role, bureau, station, unit
    if before == (user.role, user.bureau_id, user.station_id, user.unit_id):
        raise Refused("", "该账户已经是这个角色和单位，无需重复授权。")
    _check(user)
    _demand_one_person(user, role, are_namesakes)
    return _write(user, by, reason, are_namesakes)


@transaction.atomic
def withdraw_role(user: User, *, by: Any, reason: str) -> RoleGrant:
    """Take role and place away; the account stays and sees nothing."""
    demand(by, "role.grant")
    reason = _need(reason)
    user = _fresh(user)
    _demand_grantable(user, by)
    if not user.role:
        raise Refused("", "该账户没有角色，无需收回。")
    _demand_another(user)
    user.role, user.bureau, user.station, user.unit = "", None, None, None
    return _write(user, by, reason, are_namesakes=False)


@transaction.atomic
def open_account(user: User, password: str, *, reason: str, must_change: bool = True) -> User:
    """Make an account with its role as an operator does, before anybody can log in.

    ``user`` is not saved yet. The record of the grant names no granter.
    """
    _alone()
    user.name = _plain_name(user.name)
    _check(user)
    if user.role:
        _demand_one_person(user, user.role, are_namesakes=False)
    user.set_password(password)
    user.must_change_password = must_change
    user.save()
    if user.role:
        record_grant(user, by=None, reason=reason)
    _tell(user, "建立账户", None, reason, role=user.role)
    return user


def record_grant(user: User, *, by: Any, reason: str, are_namesakes: bool = False) -> RoleGrant:
    """Write down the role and place that an account has from now on."""
    return RoleGrant.objects.for_system("recording a grant").create(
        user=user,
        role=user.role,
        bureau=user.bureau,
        station=user.station,
        unit=user.unit,
        granted_by=by,
        reason=reason,
        are_namesakes=are_namesakes,
    )


def _write(user: User, by: Any, reason: str, are_namesakes: bool) -> RoleGrant:
    """Write the copy on the account and the record together."""
    user.save(update_fields=("role", "bureau", "station", "unit"))
    end_sessions(user, LiveSession.Ending.ROLE, by=by, reason=reason)
    grant = record_grant(user, by=by, reason=reason, are_namesakes=are_namesakes)
    place = user.station or user.bureau or user.unit
    _tell(
        user,
        "授权" if user.role else "收回角色",
        by,
        reason,
        role=user.role,
        place=str(place or ""),
    )
    return grant


def _tell(user: User, verb: str, by: Any, reason: str, **detail: Any) -> None:
    record(Kind.ACCOUNT, by=by, subject=f"{verb}：{user}", reason=reason, user=user.pk, **detail)


def _alone() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ACCOUNTS])


def _fresh(user: User) -> User:
    """Return the account as it stands once nobody else changes accounts."""
    _alone()
    return User.objects.select_related("bureau", "station", "unit").get(pk=user.pk)


def _need(reason: str) -> str:
    if not reason.strip():
        raise Refused("", "请填写理由。")
    return reason.strip()


def _plain_name(name: str) -> str:
    """Write a name without spaces and in one way, so that two accounts of a person are found.

    Signs that nobody sees (zero-width, direction) would make one name two; they are refused.
    """
    plain = "".join(unicodedata.normalize("NFKC", name).split())
    if any(unicodedata.category(sign)[0] in "CZ" for sign in plain):
        raise Refused("", "姓名中有看不见的字符，请删去后重新输入。")
    if not 0 < len(plain) <= LONGEST_NAME:
        raise Refused("", f"请填写姓名，最多{LONGEST_NAME}个字。")
    return plain


def _check(user: User) -> None:
    try:
        user.full_clean(exclude=("password",))
    except ValidationError as error:
        raise Refused("", "".join(error.messages)) from error


def _demand_grantable(user: User, by: Any) -> None:
    if user.pk == by.pk:
        raise Refused(SEPARATION, "不能变更自己的角色，请由另一位安全管理员办理。")
    if not user.is_active:
        raise Refused(ONE_PERSON, "该账户已经停用，不能授权；请先由系统管理员启用。")


def _demand_another(user: User) -> None:
    """Refuse to take the last active administrator of an indispensable kind away."""
    if user.role not in INDISPENSABLE:
        return
    if not User.objects.filter(role=user.role, is_active=True).exclude(pk=user.pk).exists():
        label = Role(user.role).label
        raise Refused(SEPARATION, f"这是唯一启用的{label}，请先授权另一位{label}再办理。")


def _demand_one_person(user: User, role: str, are_namesakes: bool) -> None:
    """Refuse where another account of this name may be the same person's.

    An administrator has no other account at all; others may bear a frequent name, but not twice
    in the same bureau or unit.
    """
    if are_namesakes:
        return
    others = User.objects.filter(is_active=True, name__iexact=user.name).exclude(role="")
    for other in others.exclude(pk=user.pk):
        if role in ADMINISTRATORS or other.role in ADMINISTRATORS:
            clause, what = SEPARATION, "三员互不兼任，也不办理业务"
        elif (other.bureau_id, other.unit_id) == (user.bureau_id, user.unit_id):
            clause, what = ONE_PERSON, "一人只有一个账户"
        else:
            continue
        raise Refused(
            clause,
            f"同名账户{other}的角色是{other.role_said}；{what}。"
            "如属同名不同人，请由安全管理员核实后勾选声明再授权。",
        )


def _were_namesakes(user: User) -> bool:
    """Whether the grant in force was given with the statement about namesakes."""
    grants = RoleGrant.objects.for_system("the grant in force").filter(user=user)
    last = grants.order_by("-id").first()
    return last is not None and last.are_namesakes
