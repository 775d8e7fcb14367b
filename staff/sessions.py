"""Sessions: one open for an account, ended by time, by another login, or by somebody.

Django's session only carries the key of a ``LiveSession``; whether anybody is logged in says its
row, at every request. So a browser whose session was ended can still be told why.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth import login
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from core.audit.access import Kind, record
from core.errors import Refused
from core.models import Access
from core.network import client_address
from staff.controls import SEEN_EVERY
from staff.models import LiveSession, User
from staff.permissions import demand

KEY = "live"
BACKEND = "django.contrib.auth.backends.ModelBackend"
Ending = LiveSession.Ending


def _all(reason: str) -> LiveSession.objects.__class__:  # type: ignore[name-defined]
    return LiveSession.objects.for_system(reason)


def lapsed(live: LiveSession, at: datetime) -> str:
    """Return why an open session may not go on at this instant: an Ending, or an empty string."""
    if not live.user.is_active:
        return Ending.DISABLED
    if at - live.started_at >= timedelta(hours=settings.SESSION_HOURS):
        return Ending.ABSOLUTE
    if at - live.last_seen_at >= timedelta(minutes=settings.SESSION_IDLE_MINUTES):
        return Ending.IDLE
    return ""


@transaction.atomic
def open_session(request: HttpRequest, user: User) -> LiveSession:
    """Log the account in: the session's key changes, an older session of it ends."""
    at = timezone.now()
    User.objects.select_for_update().get(pk=user.pk)  # of two logins at once, one is the older
    for older in _all("one session an account").filter(user=user, ended_at=None):
        close(older, lapsed(older, at) or Ending.SUPERSEDED, at=at, request=request)
    login(request, user, backend=BACKEND)
    live = _all("logging in").create(
        user=user,
        address=client_address(request),
        agent=request.headers.get("User-Agent", "")[:300],
        started_at=at,
        last_seen_at=at,
    )
    request.session[KEY] = live.pk
    record(Kind.LOGIN, request=request, by=user, username=user.username)
    return live


def session_of(request: HttpRequest) -> LiveSession | None:
    """Return the session that this browser carries, open or ended."""
    key = request.session.get(KEY)
    if key is None:
        return None
    return _all("whose browser this is").select_related("user").filter(pk=key).first()


@transaction.atomic
def close(
    live: LiveSession,
    because: str,
    *,
    at: datetime,
    by: User | None = None,
    reason: str = "",
    request: HttpRequest | None = None,
) -> bool:
    """End a session, and say so in the access log; return whether it was open."""
    ended = _all("ending a session").filter(pk=live.pk, ended_at=None)
    if not ended.update(ended_at=at, ended_because=because, ended_by=by):
        return False
    live.ended_at, live.ended_because, live.ended_by = at, because, by
    record(
        Kind.SESSION_ENDED,
        request=request,
        by=by or live.user,
        subject=f"{live.user}：{Ending(because).label}",
        reason=reason,
        username=live.user.username,
        session=live.pk,
        because=str(because),
        began_at=live.started_at,
        from_address=live.address,
    )
    return True


def end_sessions(
    user: User,
    because: str,
    *,
    by: User | None = None,
    reason: str = "",
    request: HttpRequest | None = None,
) -> int:
    """End what is open of an account, in the caller's transaction; return how many ended."""
    open_ones = _all("ending sessions of an account").filter(user=user, ended_at=None)
    at = timezone.now()
    return sum(
        close(live, because, at=at, by=by, reason=reason, request=request)
        for live in open_ones.select_related("user")
    )


@transaction.atomic
def force_out(live: LiveSession, *, by: User, reason: str, request: HttpRequest) -> None:
    """End somebody's session. Raises Refused without right or reason, or when it has ended."""
    demand(by, "session.end")
    if not reason:
        raise Refused("", "请写明强制退出的理由后再提交。")
    if live.user_id == by.pk:
        raise Refused("", "这是您本人的会话，请用页面右上角的“退出”。")
    if not close(live, Ending.FORCED, at=timezone.now(), by=by, reason=reason, request=request):
        raise Refused("", "该会话已经结束，请刷新页面。")


def saw(live: LiveSession, at: datetime) -> None:
    """Write down that the session was used, once a minute at most."""
    if at - live.last_seen_at >= SEEN_EVERY:
        _all("noting a request").filter(pk=live.pk, ended_at=None, last_seen_at__lt=at).update(
            last_seen_at=at
        )


def _reason(live: LiveSession) -> str:
    """Return the reason that was given for ending a session, as it stands in the access log."""
    if live.ended_because != Ending.FORCED:
        return ""
    lines = Access.objects.for_system("why a person's own session was ended").filter(
        username=live.user.username, kind=Kind.SESSION_ENDED, detail__session=live.pk
    )
    reason = next(iter(lines.order_by("-pk").values_list("reason", flat=True)), "")
    return f"（理由：{reason}）" if reason else ""


def farewell(live: LiveSession) -> str:
    """Return the sentence that tells a browser why its session ended."""
    when = f"{timezone.localtime(live.ended_at):%Y-%m-%d %H:%M}"
    sentences = {
        Ending.IDLE: f"您超过{settings.SESSION_IDLE_MINUTES}分钟没有操作，已自动退出，请重新登录。",
        Ending.ABSOLUTE: f"本次登录已满{settings.SESSION_HOURS}小时，已自动退出，请重新登录。",
        Ending.FORCED: f"安全管理员于{when}结束了您的会话{_reason(live)}，有疑问请与其联系。",
        Ending.DISABLED: "您的账户已停用，本次会话已结束；如有疑问请联系系统管理员。",
        Ending.PASSWORD: f"您的密码于{when}被重置，请用新密码登录；如非本人申请请联系安全管理员。",
        Ending.ROLE: f"您的角色或单位于{when}调整，请重新登录。",
        Ending.LOGOUT: "您已退出，请重新登录。",
    }
    if live.ended_because != Ending.SUPERSEDED:
        return sentences[Ending(live.ended_because)]
    newer = _all("where the newer login was").filter(user=live.user, started_at=live.ended_at)
    where = next(iter(newer.values_list("address", flat=True)), "") or "别处"
    return f"您的账户于{when}在{where}登录，本次会话已结束；如非本人操作请立即联系安全管理员。"
