"""What a password must be, said in the staff's language."""

from __future__ import annotations

from django.contrib.auth.password_validation import MinimumLengthValidator


class LongEnough(MinimumLengthValidator):
    """Django's rule; its sentence of this version has no Chinese translation."""

    def get_error_message(self) -> str:
        return f"密码至少{self.min_length}个字符，请换一个更长的密码。"

    def get_help_text(self) -> str:
        return f"密码至少{self.min_length}个字符。"
