"""The way in: password, then code where there is one, then a session."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from core.audit.access import Kind, record
from core.models import Access
from staff import resuming, sessions
from staff.controls import CODE_WAIT
from staff.lockout import closed_now
from staff.models import LiveSession, User

PENDING = "pending"


def ask_for_code(request: HttpRequest, user: User) -> None:
    """Remember, under a new session key, that the password was right; this opens nothing."""
    request.session.cycle_key()
    request.session[PENDING] = {
        "user": user.pk,
        "at": timezone.now().isoformat(),
        "hash": user.get_session_auth_hash(),
    }


def whose_code(request: HttpRequest) -> User | None:
    """Return the account whose password was right a short while ago and has not changed since."""
    pending = request.session.get(PENDING)
    if not pending:
        return None
    user = User.objects.filter(pk=pending["user"], is_active=True).first()
    waited = timezone.now() - datetime.fromisoformat(pending["at"])
    if (
        user is None
        or waited > CODE_WAIT
        or not constant_time_compare(pending["hash"], user.get_session_auth_hash())
    ):
        del request.session[PENDING]
        return None
    return user


def enter(request: HttpRequest, user: User, target: str) -> HttpResponseRedirect:
    """Open a session and lead to the page wanted, with what an ended session left."""
    request.session.pop(PENDING, None)
    left = resuming.take_left(request, user)
    before = _last_time(user)
    sessions.open_session(request, user)
    resuming.give_back(request, left)
    if before:
        level = messages.warning if "失败" in before else messages.info
        level(request, before)
    if left.get("dropped"):  # the page of a form that is not this person's
        target = resolve_url(settings.LOGIN_REDIRECT_URL)
    return HttpResponseRedirect(target)


def record_failure(request: HttpRequest, username: str, *, step: str) -> None:
    """Write a failed login down, and once that it closed the door."""
    username = as_kept(username)
    record(Kind.LOGIN_FAILED, request=request, ok=False, username=username, step=step)
    if closed_now(request):
        record(Kind.LOCKED, request=request, ok=False, username=username)


def as_kept(typed: str) -> str:
    """Return what was typed as 工号 as the log keeps it for years.

    People type their password into the wrong field: what is no account's is not kept whole.
    """
    if User.objects.filter(username=typed).exists():
        return typed
    return f"{typed[:2]}…（无此工号，{len(typed)}个字符）"


def _last_time(user: User) -> str:
    """Return what a person should know at login: the last one, and failures since."""
    last = LiveSession.objects.visible_to(user).filter(user=user).order_by("-pk").first()
    if last is None:
        return ""
    failures = failures_of(user).filter(at__gt=last.started_at).count()
    said = f"上次登录：{timezone.localtime(last.started_at):%Y-%m-%d %H:%M}，{last.address}。"
    if failures:
        said += f"此后有{failures}次登录失败，如非本人操作请联系安全管理员。"
    return said


def failures_of(user: User) -> Any:
    """Return the failed logins under this account's 工号, for its own eyes."""
    lines = Access.objects.for_system("an account's own failed logins")
    return lines.filter(username=user.username, kind=Kind.LOGIN_FAILED)
