"""Failed logins close the door for a while: django-axes, told our two limits.

One account from one address has few tries; one address has more over all accounts. What axes keeps
is bookkeeping, without anything that was typed; the access log is the record.
"""

from __future__ import annotations

from copy import copy
from datetime import timedelta
from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from axes.handlers.proxy import AxesProxyHandler
from axes.models import AccessAttempt
from django.conf import settings
from django.db import transaction
from django.db.models import Max, Sum
from django.http import HttpRequest, QueryDict
from django.utils import timezone

from core.audit.access import Kind, record
from core.errors import Refused
from staff.controls import CLOSED, MOST_FAILURES, MOST_FROM_ADDRESS
from staff.models import User
from staff.permissions import demand

ADVICE = "忘记密码请联系系统管理员重置，急需登录请联系安全管理员解除锁定。"


class Lockout(AxesDatabaseHandler):
    """Axes' handler with a limit for each of the two ways of counting."""

    def get_failures(self, request: HttpRequest, credentials: dict | None = None) -> int:
        """Return the failures that count against the one limit axes knows (MOST_FAILURES)."""
        account, address = (
            attempts.aggregate(n=Sum("failures_since_start"))["n"] or 0
            for attempts in self.get_user_attempts(request, credentials)
        )
        return max(account, address * MOST_FAILURES // MOST_FROM_ADDRESS)

    def user_login_failed(
        self, sender: Any, credentials: dict, request: HttpRequest | None = None, **kwargs: Any
    ) -> None:
        """Count a failure; nothing that was sent is kept, not even masked."""
        bare: Any = copy(request)
        bare.GET = bare.POST = QueryDict()
        super().user_login_failed(sender, credentials, bare, **kwargs)
        request.axes_locked_out = bare.axes_locked_out  # type: ignore[union-attr]
        # A try while the door is closed is not counted, so it closes nothing.
        counted = bare.axes_failures_since_start is not None
        request.axes_closed_now = counted and bare.axes_locked_out  # type: ignore[union-attr]

    def reset_user_attempts(self, request: HttpRequest, credentials: dict | None = None) -> int:
        """Forget this account's failures from this address; those of other accounts stay."""
        account, _ = self.get_user_attempts(request, credentials)
        return account.delete()[0]


def is_locked(request: HttpRequest, username: str) -> bool:
    """Return whether tries of this account must wait, or any from this address."""
    return not AxesProxyHandler.is_allowed(request, {"username": username})


def count_failure(request: HttpRequest, username: str) -> bool:
    """Count a wrong code or old password; return whether the door is closed now."""
    AxesProxyHandler.user_login_failed(
        sender=__name__, credentials={"username": username}, request=request
    )
    return bool(request.axes_locked_out)  # type: ignore[attr-defined]


def closed_now(request: HttpRequest) -> bool:
    """Return whether this very request closed the door; later tries find it closed."""
    return bool(getattr(request, "axes_closed_now", False))


def said_locked(request: HttpRequest, username: str) -> str:
    """Return the sentence for who finds the door closed, with the clock time until when."""
    account, address = AxesProxyHandler.get_implementation().get_user_attempts(
        request, {"username": username}
    )
    failures = account.aggregate(n=Sum("failures_since_start"))["n"] or 0
    counted = account if failures >= MOST_FAILURES else address
    last = counted.aggregate(at=Max("attempt_time"))["at"] or timezone.now()
    # To the next full minute: nobody is told to come while it is still closed.
    until = timezone.localtime(last + CLOSED + timedelta(seconds=59))
    return f"登录失败次数过多，已锁定至{until:%H:%M}，请届时再试；{ADVICE}"


def locked_now() -> list[dict[str, Any]]:
    """Return the accounts (as typed) that are closed now: username, ip_address, failures, until."""
    recent = AccessAttempt.objects.filter(
        attempt_time__gt=timezone.now() - settings.AXES_COOLOFF_TIME
    )
    rows = recent.order_by("username", "ip_address").values(
        "username", "ip_address", "attempt_time"
    )
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for row in rows.annotate(failures=Sum("failures_since_start")):
        line = found.setdefault(
            (row["username"], row["ip_address"]), row | {"failures": 0, "until": None}
        )
        line["failures"] += row["failures"]
        until = row["attempt_time"] + CLOSED
        line["until"] = max(line["until"] or until, until)
    return [line for line in found.values() if line["failures"] >= MOST_FAILURES]


@transaction.atomic
def lift(*, username: str, address: str, by: User, reason: str, request: HttpRequest) -> None:
    """Open the door again for one account at one address.

    Raises Refused without the right, without a reason, or where nothing is closed.
    """
    demand(by, "session.end")
    if not reason:
        raise Refused("", "请写明解除锁定的理由后再提交。")
    if not AxesProxyHandler.reset_attempts(username=username, ip_address=address):
        raise Refused("", "该账户已不在锁定中，请刷新页面。")
    record(
        Kind.ACCOUNT,
        request=request,
        by=by,
        subject="解除登录锁定",
        reason=reason,
        username=username,
        locked_address=address,
    )
