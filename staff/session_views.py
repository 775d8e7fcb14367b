"""Pages of sessions: who is logged in, what is locked, and one's own logins."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from core.errors import Refused
from core.resumed import refuse_resumed
from staff import lockout, sessions
from staff.access import allowed
from staff.entry import failures_of
from staff.models import LiveSession
from staff.roles import Role

SIZE = 50
OWN_SHOWN = 30


@require_safe
@allowed("session.end")
def listed(request: HttpRequest) -> HttpResponse:
    """Show the sessions that are open now, and the accounts that are locked."""
    at = timezone.now()
    rows = LiveSession.objects.visible_to(request.user).filter(
        ended_at=None,
        last_seen_at__gt=at - timedelta(minutes=settings.SESSION_IDLE_MINUTES),
        started_at__gt=at - timedelta(hours=settings.SESSION_HOURS),
    )
    text = request.GET.get("text", "").strip()[:60]
    if text:
        rows = rows.filter(
            Q(user__username__icontains=text)
            | Q(user__name__icontains=text)
            | Q(address__startswith=text)
        )
    role = request.GET.get("role", "")
    if role in Role.values:
        rows = rows.filter(user__role=role)
    rows = rows.select_related("user__bureau", "user__unit").order_by("-last_seen_at", "-pk")
    context = {
        "page": Paginator(rows, SIZE).get_page(request.GET.get("page")),
        "text": text,
        "role": role,
        "roles": Role.choices,
        "locked": lockout.locked_now(),
    }
    return render(request, "staff/session_list.html", context)


@require_POST
@allowed("session.end")
def end(request: HttpRequest, pk: int) -> HttpResponse:
    """End somebody's session, with a reason."""
    live = get_object_or_404(
        LiveSession.objects.visible_to(request.user).select_related("user"), pk=pk
    )
    reason = request.POST.get("reason", "").strip()
    try:
        refuse_resumed(request)
        sessions.force_out(live, by=request.user, reason=reason, request=request)
        messages.success(request, f"已强制退出{live.user}，其下一次操作时会看到提示。")
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("staff:session-list")


@require_POST
@allowed("session.end")
def unlock(request: HttpRequest) -> HttpResponse:
    """Open the door again for one account at one address, with a reason."""
    try:
        refuse_resumed(request)
        lockout.lift(
            username=request.POST.get("username", "")[:60],
            address=request.POST.get("address", "")[:64],
            by=request.user,
            reason=request.POST.get("reason", "").strip(),
            request=request,
        )
        messages.success(request, "已解除锁定，可以重新登录。")
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("staff:session-list")


@require_safe
@login_required
def own(request: HttpRequest) -> HttpResponse:
    """Show the last logins of the account itself, and the failed ones under its 工号."""
    user = request.user
    mine = LiveSession.objects.visible_to(user).filter(user=user).order_by("-pk")
    context = {
        "lines": mine[:OWN_SHOWN],
        "failures": failures_of(user).order_by("-pk")[:OWN_SHOWN],
        "here": sessions.session_of(request),
    }
    return render(request, "staff/own_logins.html", context)
