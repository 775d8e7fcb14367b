"""The second factor: a code that the person's telephone makes anew every thirty seconds (TOTP)."""

from __future__ import annotations

import hmac
from datetime import datetime

import pyotp
import segno
from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest
from django.utils.safestring import SafeString, mark_safe

from core.audit.access import Kind, record
from core.errors import Refused
from staff.controls import CODE_STEPS
from staff.models import LiveSession, SecondFactor, User
from staff.permissions import demand
from staff.roles import ADMINISTRATORS, Role
from staff.sessions import end_sessions

REQUIRED = ADMINISTRATORS | {Role.DISTRICT_LEAD, Role.MUNICIPAL_LEAD}
ISSUER = "沙盒监管"
STEP_SECONDS = 30
DIGITS = 6
WRONG = "动态口令不正确或已用过，请核对手机时间，等下一个口令出现后重新输入。"


def required_roles() -> frozenset[Role]:
    """Return the roles that need a second factor; in the demonstration none does."""
    return frozenset() if settings.DEMO else REQUIRED


def is_required(user: User) -> bool:
    """Return whether the account's role needs a second factor."""
    return user.role in required_roles()


def _of(user: User) -> SecondFactor | None:
    factors = SecondFactor.objects.for_system("the account's own second factor")
    return factors.filter(user=user).first()


def factor_of(user: User) -> SecondFactor | None:
    """Return the confirmed second factor of an account, if it has one."""
    found = _of(user)
    return found if found is not None and found.confirmed_at else None


def offered_to(user: User) -> str:
    """Return the secret that waits for its first code, or an empty string."""
    found = _of(user)
    return found.offered if found is not None else ""


@transaction.atomic
def offer(user: User) -> None:
    """Make a secret that waits for its first code; one that waits already stays."""
    rows = SecondFactor.objects.for_system("offering a secret")
    row, _ = rows.select_for_update().get_or_create(user=user)
    if not row.offered:
        row.offered = pyotp.random_base32()
        row.save(update_fields=["offered"])


def withdraw_offer(user: User) -> None:
    """Forget the secret that waits; what was confirmed stays."""
    SecondFactor.objects.for_system("forgetting a secret").filter(user=user).update(offered="")


def address_of(user: User, secret: str) -> str:
    """Return the otpauth address that a telephone reads."""
    return pyotp.TOTP(secret).provisioning_uri(name=user.username, issuer_name=ISSUER)


def picture(address: str) -> SafeString:
    """Return the address as a QR code: an SVG element without style, safe under our policy."""
    drawn = segno.make(address, error="m").svg_inline(
        scale=4, border=2, svgclass="qr", lineclass=""
    )
    return mark_safe(drawn)  # nosec B308, B703 # by segno, squares only


def step_of(secret: str, code: str, at: datetime) -> int | None:
    """Return the time step whose code this is, or None; every step is compared in equal time."""
    totp = pyotp.TOTP(secret, digits=DIGITS, interval=STEP_SECONDS)
    now = int(at.timestamp()) // STEP_SECONDS
    found = None
    for step in range(now - CODE_STEPS, now + CODE_STEPS + 1):
        if hmac.compare_digest(totp.generate_otp(step).encode(), code.encode()):
            found = step
    return found


def accept(user: User, code: str, at: datetime) -> bool:
    """Take a code of the confirmed factor; the same or an earlier one is not taken again."""
    factor = factor_of(user)
    step = step_of(factor.secret, code, at) if factor is not None else None
    if factor is None or step is None:
        return False
    rows = SecondFactor.objects.for_system("taking a code")
    unused = Q(last_step=None) | Q(last_step__lt=step)
    return bool(rows.filter(unused, pk=factor.pk).update(last_step=step))


@transaction.atomic
def confirm(user: User, code: str, *, at: datetime, request: HttpRequest) -> None:
    """Make the offered secret the account's own. Raises Refused for a wrong code."""
    rows = SecondFactor.objects.for_system("confirming a second factor")
    row = rows.select_for_update().filter(user=user).first()
    step = step_of(row.offered, code, at) if row is not None and row.offered else None
    if row is None or step is None:
        raise Refused("", WRONG)
    subject = "更换" if row.confirmed_at else "启用"
    row.secret, row.offered, row.confirmed_at, row.last_step = row.offered, "", at, step
    row.save()
    record(Kind.SECOND_FACTOR, request=request, by=user, subject=subject)


@transaction.atomic
def reset_second_factor(
    user: User, *, by: User | None, reason: str, request: HttpRequest | None = None
) -> None:
    """Take the second factor away, so that the next login sets up a new one; sessions end.

    ``by`` is the security administrator, or nobody for the command on the server. Raises Refused
    without the right or a reason, for one's own, and where there is none.
    """
    if by is not None:
        demand(by, "second_factor.reset")
        if by.pk == user.pk:
            raise Refused("", "不能重置本人的动态口令，请由另一位安全管理员办理。")
    if not reason:
        raise Refused("", "请写明重置动态口令的理由后再提交。")
    rows = SecondFactor.objects.for_system("resetting a second factor")
    blank = dict.fromkeys(("secret", "offered"), "")
    if not rows.filter(user=user, confirmed_at__isnull=False).update(
        **blank, confirmed_at=None, last_step=None
    ):
        raise Refused("", "该账户没有启用动态口令，无需重置。")
    record(
        Kind.SECOND_FACTOR,
        request=request,
        by=by,
        subject=f"重置：{user}",
        reason=reason,
        username=user.username,
    )
    end_sessions(user, LiveSession.Ending.FORCED, by=by, reason=reason, request=request)
