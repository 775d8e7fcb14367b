"""Login, code and password."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.core.exceptions import ValidationError

from staff.controls import MOST_FAILURES
from staff.lockout import said_locked
from staff.passwords import choose_password
from staff.second_factor import DIGITS


class _Styled:
    """Bootstrap's class on every input."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs["class"] = "form-control"


class LoginForm(_Styled, AuthenticationForm):
    error_messages = {
        "invalid_login": "工号或密码不正确，或账户已停用；请核对后重试，"
        f"连续{MOST_FAILURES}次错误须等候。",
        "inactive": "工号或密码不正确，或账户已停用；请核对后重试。",
    }

    @property
    def is_locked(self) -> bool:
        """Whether the door is closed for this account or address, as axes found."""
        return bool(getattr(self.request, "axes_locked_out", False))

    def clean(self) -> dict[str, Any]:
        """Authenticate; a closed door reads the same, whatever was typed."""
        try:
            return super().clean()
        except ValidationError:
            if self.is_locked:
                said = said_locked(self.request, self.cleaned_data.get("username", ""))
                raise ValidationError(said, code="closed") from None
            raise


class CodeForm(_Styled, forms.Form):
    otp = forms.RegexField(
        rf"^\d{{{DIGITS}}}$",
        label="动态口令",
        error_messages={"invalid": f"动态口令是手机上显示的{DIGITS}位数字，请重新输入。"},
        widget=forms.TextInput(
            attrs={
                "autocomplete": "one-time-code",
                "inputmode": "numeric",
                "maxlength": DIGITS,
                "autofocus": True,
            }
        ),
    )


class PasswordForm(_Styled, PasswordChangeForm):
    error_messages = PasswordChangeForm.error_messages | {
        "password_incorrect": "原密码不正确，请重新输入。",  # nosec B105 # a sentence
        "password_mismatch": "两次输入的新密码不一致，请重新输入。",  # nosec B105 # a sentence
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["old_password"].label = "原密码"
        self.fields["new_password1"].label = "新密码"
        self.fields["new_password2"].label = "再输一次新密码"

    def save(self, commit: bool = True) -> Any:
        choose_password(self.user, self.cleaned_data["new_password1"])
        return self.user
