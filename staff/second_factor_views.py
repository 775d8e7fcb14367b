"""Pages of the second factor: one's own, and those of others for the security administrator."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.audit.access import Kind, record
from core.errors import Refused
from core.resumed import refuse_resumed
from staff import lockout, second_factor
from staff.access import allowed
from staff.forms import CodeForm
from staff.models import User

PAGE = "staff:second-factor"
SIZE = 50


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def own(request: HttpRequest) -> HttpResponse:
    """Set up or replace the second factor of the account itself."""
    user = request.user
    factor = second_factor.factor_of(user)
    secret = second_factor.offered_to(user)
    step = request.POST.get("step", "")
    form = CodeForm(request.POST if request.method == "POST" and "otp" in request.POST else None)
    if request.method == "POST":
        done = _take(request, user, step, form)
        if done is not None:
            return done
    address = second_factor.address_of(user, secret) if secret else ""
    context = {
        "form": form,
        "factor": factor,
        "secret": " ".join(secret[i : i + 4] for i in range(0, len(secret), 4)),
        "picture": second_factor.picture(address) if secret else "",
        "required": second_factor.is_required(user),
    }
    return render(request, "staff/second_factor.html", context)


def _take(request: HttpRequest, user: User, step: str, form: CodeForm) -> HttpResponse | None:
    """Do one step of the set-up; None where the form is to be shown with its error."""
    if step == "cancel":
        second_factor.withdraw_offer(user)
        return redirect(PAGE)
    replacing = second_factor.factor_of(user) is not None
    if step == "offer" and not replacing:
        second_factor.offer(user)
        return redirect(PAGE)
    if lockout.is_locked(request, user.username):
        messages.error(request, lockout.said_locked(request, user.username))
        return redirect(PAGE)
    if step not in ("offer", "confirm") or not form.is_valid():
        return None
    code, at = form.cleaned_data["otp"], timezone.now()
    if step == "offer" and second_factor.accept(user, code, at):
        second_factor.offer(user)
        return redirect(PAGE)
    if step == "confirm":
        try:
            second_factor.confirm(user, code, at=at, request=request)
        except Refused:
            pass
        else:
            messages.success(request, "动态口令已启用，下次登录时请输入手机上显示的口令。")
            return redirect(PAGE)
    lockout.count_failure(request, user.username)
    record(Kind.SECOND_FACTOR, request=request, ok=False, subject="动态口令不正确")
    form.add_error("otp", second_factor.WRONG)
    return None


@require_safe
@allowed("second_factor.reset")
def listed(request: HttpRequest) -> HttpResponse:
    """Show who has a second factor and who should, to reset it."""
    rows = User.objects.select_related("bureau", "unit", "second_factor").order_by("username")
    text = request.GET.get("text", "").strip()[:60]
    if text:
        rows = rows.filter(Q(username__icontains=text) | Q(name__icontains=text))
    state = request.GET.get("state", "")
    if state == "on":
        rows = rows.filter(second_factor__confirmed_at__isnull=False)
    elif state == "missing":
        rows = rows.filter(
            role__in=second_factor.required_roles(),
            is_active=True,
            second_factor__confirmed_at=None,
        )
    page = Paginator(rows, SIZE).get_page(request.GET.get("page"))
    lines = [
        (user, getattr(user, "second_factor", None), second_factor.is_required(user))
        for user in page
    ]
    context = {"page": page, "lines": lines, "text": text, "state": state}
    return render(request, "staff/second_factor_list.html", context)


@require_POST
@allowed("second_factor.reset")
def reset(request: HttpRequest, pk: int) -> HttpResponse:
    """Take somebody's second factor away, with a reason."""
    user = get_object_or_404(User, pk=pk)
    try:
        refuse_resumed(request)
        second_factor.reset_second_factor(
            user, by=request.user, reason=request.POST.get("reason", "").strip(), request=request
        )
        messages.success(request, f"已重置{user}的动态口令，本人下次登录时重新设置。")
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("staff:second-factor-list")
