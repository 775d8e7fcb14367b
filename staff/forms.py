"""Login and password."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.core.exceptions import ValidationError
from django.utils import timezone

from staff import throttle

CLOSED = "登录失败次数过多，请{minutes}分钟后再试；忘记密码请联系系统管理员重置。"


class _Styled:
    """Bootstrap's class on every input."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs["class"] = "form-control"


class LoginForm(_Styled, AuthenticationForm):
    error_messages = {
        "invalid_login": "工号或密码不正确，或账户已停用；请核对后重试，"
        f"连续{throttle.MOST_FAILURES}次错误须等候。",
        "inactive": "该账户已停用，请联系系统管理员。",
    }

    def clean(self) -> dict[str, Any]:
        """Authenticate, unless this account failed too often from this address."""
        username = self.cleaned_data.get("username", "")
        address = self.request.META.get("REMOTE_ADDR", "")
        if throttle.is_closed(username, address, timezone.now()):
            minutes = int(throttle.CLOSED.total_seconds() // 60)
            raise ValidationError(CLOSED.format(minutes=minutes), code="closed")
        try:
            cleaned = super().clean()
        except ValidationError:
            throttle.record_failure(username, address, timezone.now())
            raise
        if self.user_cache is not None:
            throttle.forget(username, address)
        return cleaned


class PasswordForm(_Styled, PasswordChangeForm):
    error_messages = PasswordChangeForm.error_messages | {
        "password_incorrect": "现密码不正确，请重新输入。",  # nosec B105 # a sentence
        "password_mismatch": "两次输入的新密码不一致，请重新输入。",  # nosec B105 # a sentence
    }
