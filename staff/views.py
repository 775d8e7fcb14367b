"""Pages before any business: login, code, logout, password."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout, update_session_auth_hash, views
from django.contrib.auth.views import RedirectURLMixin
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import REASON_BAD_ORIGIN
from django.shortcuts import redirect, resolve_url
from django.urls import reverse, reverse_lazy
from django.utils import timezone
from django.views.csrf import csrf_failure
from django.views.generic import FormView

from core.audit.access import Kind, record
from staff import lockout, second_factor, sessions
from staff.controls import CODE_WAIT
from staff.entry import ask_for_code, enter, record_failure, whose_code
from staff.forms import CodeForm, LoginForm, PasswordForm
from staff.middleware import ENTRANCES
from staff.models import LiveSession
from staff.passwords import days_left, must_change
from staff.resuming import FAREWELL, keep_stale

LATE = f"动态口令没有在{int(CODE_WAIT.total_seconds() // 60)}分钟内输入，请重新登录。"


class Login(views.LoginView):
    """Log in by 工号, then go where one wanted to go."""

    form_class = LoginForm
    template_name = "staff/login.html"
    redirect_authenticated_user = True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "farewell": self.request.session.get(FAREWELL, "")
        }

    def form_valid(self, form: LoginForm) -> HttpResponse:
        user = form.get_user()
        if second_factor.factor_of(user) is None:
            return enter(self.request, user, self.get_success_url())
        ask_for_code(self.request, user)
        wanted = {self.redirect_field_name: self.get_redirect_url()}
        return redirect(f"{reverse('staff:code')}?{urlencode(wanted)}")

    def form_invalid(self, form: LoginForm) -> HttpResponse:
        username = form.cleaned_data.get("username", "")
        if username and "password" in form.cleaned_data:  # else nothing was tried
            record_failure(self.request, username, step="password")
        return super().form_invalid(form)


class Code(RedirectURLMixin, FormView):
    """Ask for the code of the second factor, after the password and before any session."""

    form_class = CodeForm
    template_name = "staff/code.html"
    next_page = settings.LOGIN_REDIRECT_URL

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.account = whose_code(request)
        if self.account is None:
            if not request.user.is_authenticated:
                messages.error(request, LATE)
            return redirect("staff:login")
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"next": self.get_redirect_url()}

    def form_valid(self, form: CodeForm) -> HttpResponse:
        if lockout.is_locked(self.request, self.account.username):
            return self._turned_away()
        if second_factor.accept(self.account, form.cleaned_data["otp"], timezone.now()):
            return enter(self.request, self.account, self.get_success_url())
        if lockout.count_failure(self.request, self.account.username):
            return self._turned_away()
        record_failure(self.request, self.account.username, step="code")
        form.add_error("otp", second_factor.WRONG)
        return self.form_invalid(form)

    def _turned_away(self) -> HttpResponse:
        said = lockout.said_locked(self.request, self.account.username)
        record_failure(self.request, self.account.username, step="code")
        self.request.session.flush()
        messages.error(self.request, said)
        return redirect("staff:login")


class Logout(views.LogoutView):
    """Log out, by POST only."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        live = sessions.session_of(request)
        if live is not None and request.user.is_authenticated:
            at = timezone.now()
            with transaction.atomic():
                sessions.close(live, LiveSession.Ending.LOGOUT, at=at, request=request)
                record(Kind.LOGOUT, request=request, username=live.user.username)
        logout(request)
        return HttpResponseRedirect(resolve_url(settings.LOGOUT_REDIRECT_URL))


class Password(views.PasswordChangeView):
    """Change one's own password, because one wants to or has to."""

    form_class = PasswordForm
    template_name = "staff/password.html"
    success_url = reverse_lazy("desk:home")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user = self.request.user
        return super().get_context_data(**kwargs) | {
            "initial": user.must_change_password,
            "expired": must_change(user, timezone.now()),
            "days": days_left(user),
        }

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if lockout.is_locked(request, request.user.username):
            messages.error(request, lockout.said_locked(request, request.user.username))
            return redirect("staff:password")
        return super().post(request, *args, **kwargs)

    def form_invalid(self, form: PasswordForm) -> HttpResponse:
        if form.has_error("old_password", "password_incorrect"):
            lockout.count_failure(self.request, self.request.user.username)
            record(Kind.PASSWORD, request=self.request, ok=False, subject="原密码不正确")
        return super().form_invalid(form)

    def form_valid(self, form: PasswordForm) -> HttpResponse:
        with transaction.atomic():
            form.save()
            record(Kind.PASSWORD, request=self.request, subject="本人修改")
        update_session_auth_hash(self.request, form.user)
        messages.success(self.request, "密码已修改，下次登录请使用新密码。")
        return HttpResponseRedirect(self.get_success_url())


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form whose token is wrong; one of ours, of before a login elsewhere, comes back."""
    ours = not reason.startswith(REASON_BAD_ORIGIN.partition("%")[0])
    here = request.resolver_match.view_name if request.resolver_match else ""
    if ours and here in ENTRANCES:
        return redirect("staff:login")
    if ours and request.method == "POST" and keep_stale(request):
        return HttpResponseRedirect(request.get_full_path())
    return csrf_failure(request, reason)
