"""Pages before any business: login, logout, password."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth import views
from django.http import HttpResponse
from django.urls import reverse_lazy

from staff.forms import LoginForm, PasswordForm


class Login(views.LoginView):
    """Log in by 工号, then go where one wanted to go."""

    form_class = LoginForm
    template_name = "staff/login.html"
    redirect_authenticated_user = True


class Logout(views.LogoutView):
    """Log out, by POST only."""


class Password(views.PasswordChangeView):
    """Change one's own password; other sessions of the account end by it."""

    form_class = PasswordForm
    template_name = "staff/password.html"
    success_url = reverse_lazy("desk:home")

    def form_valid(self, form: Any) -> HttpResponse:
        messages.success(self.request, "密码已修改，下次登录请使用新密码。")
        return super().form_valid(form)
