"""What a password must be, how long it lasts, and who chose it.

Django calls ``password_changed`` of every validator whenever a password was set and saved,
whichever page or command did it: that is where the history is written.
"""

from __future__ import annotations

import re
import secrets
import string
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import check_password
from django.contrib.auth.password_validation import (
    CommonPasswordValidator,
    MinimumLengthValidator,
    UserAttributeSimilarityValidator,
)
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from staff.controls import PASSWORD_CLASSES, PASSWORD_HISTORY, PASSWORD_LIFE
from staff.models import LiveSession, PasswordRecord, User
from staff.sessions import end_sessions

CLASSES = ("大写字母", "小写字母", "数字", "其他符号")
LEGIBLE = "".join(sorted(set(string.ascii_letters + string.digits) - set("0O1lI")))
GENERATED_LENGTH = 14
EDGES = re.compile(r"^[\W\d_]+|[\W\d_]+$")
BETWEEN = re.compile(r"[\W\d_]+")
LEET = str.maketrans("@4831!0$57", "aabeiiosst")
OURS = re.compile(
    "(shahe|sandbox|jianguan|chongqing|yuzhong|liangjiang|scjgj|scjg|shichang|jiandu|guanli"
    "|gongshang|xinyong|admin|password|cqscjgj|cqscjg"
    "|沙盒|监管|重庆|市场|监督|管理|信用|密码)+"
)
"""Words that belong to this place and system, alone or in a row."""
WRITTEN = ("password", "password_set_at", "must_change_password")
"""All that a new password writes: role and state may have changed since the account was read."""


class LongEnough(MinimumLengthValidator):
    """Django's rule; its sentence of this version has no Chinese translation."""

    def get_error_message(self) -> str:
        return f"密码至少{self.min_length}个字符，请换一个更长的密码。"

    def get_help_text(self) -> str:
        return f"密码至少{self.min_length}个字符。"


class ManifoldEnough:
    """At least three of the four kinds of signs."""

    def validate(self, password: str, user: Any = None) -> None:
        if len(kinds_of(password)) < PASSWORD_CLASSES:
            raise ValidationError(
                f"密码须含{'、'.join(CLASSES)}中的至少{PASSWORD_CLASSES}类，请补充后重试。",
                code="password_too_plain",
            )

    def get_help_text(self) -> str:
        return f"须含{'、'.join(CLASSES)}中的至少{PASSWORD_CLASSES}类。"


def kinds_of(password: str) -> set[str]:
    """Return which kinds of signs stand in a password."""
    tests = (str.isupper, str.islower, str.isdigit)
    return {
        next((name for name, is_so in zip(CLASSES, tests, strict=False) if is_so(sign)), CLASSES[3])
        for sign in password
    }


class NotOneself(UserAttributeSimilarityValidator):
    """Neither the 工号 nor the name of the account may stand in its password, nor nearly so."""

    def validate(self, password: str, user: Any = None) -> None:
        """Refuse what holds either; else what Django finds to be too much like either."""
        for said in (getattr(user, "username", ""), getattr(user, "name", "")):
            if said and said.casefold() in password.casefold():
                raise ValidationError(
                    "密码中不能含有本人的工号或姓名，请换一个密码。", code="password_names_account"
                )
        super().validate(password, user)

    def get_error_message(self) -> str:
        return "密码与本人的工号或姓名太相似，请换一个密码。"

    def get_help_text(self) -> str:
        return "不能含有本人的工号或姓名，也不能与之相似。"


class NotCommon(CommonPasswordValidator):
    """No word that everybody tries first, whatever stands around it: Django's list and our own.

    Compared in small letters, without the digits and signs before and behind, and with the digits
    that stand for letters read as letters.
    """

    def validate(self, password: str, user: Any = None) -> None:
        super().validate(password, user)
        core = EDGES.sub("", password.lower())
        for word in {core, core.translate(LEET)}:
            if word in self.passwords or OURS.fullmatch(BETWEEN.sub("", word)):
                raise ValidationError(self.get_error_message(), code="password_too_common")

    def get_error_message(self) -> str:
        return "密码太常见，容易被猜到；常用词加数字或符号也不行，请换一个密码。"

    def get_help_text(self) -> str:
        return "不能是常用词（如单位、地名、系统名的拼音）加数字或符号。"


class NotUsedBefore:
    """The last few passwords do not come back; the one in use is the last of them."""

    def validate(self, password: str, user: Any = None) -> None:
        if user is None or user.pk is None:
            return
        earlier = PasswordRecord.objects.for_system("comparing with earlier passwords")
        hashes = earlier.filter(user=user).order_by("-pk").values_list("hashed", flat=True)
        known = {user.password, *hashes[:PASSWORD_HISTORY]}
        if any(check_password(password, hashed) for hashed in known):
            raise ValidationError(
                f"不能使用最近{PASSWORD_HISTORY}次用过的密码，请换一个密码。", code="password_used"
            )

    def password_changed(self, password: str, user: Any = None) -> None:
        """Keep the hash of a password that was just set and saved."""
        PasswordRecord.objects.for_system("keeping a password's hash").create(
            user=user, hashed=user.password
        )

    def get_help_text(self) -> str:
        return f"不能使用最近{PASSWORD_HISTORY}次用过的密码。"


def must_change(user: User, at: datetime) -> bool:
    """Return whether the account has to choose a new password before anything else.

    The known password of the demonstration does not expire.
    """
    return user.must_change_password or (
        not settings.DEMO and at - user.password_set_at >= PASSWORD_LIFE
    )


def generate(user: User) -> str:
    """Return a random password that keeps the rules and can be read aloud."""
    while True:
        made = "".join(secrets.choice(LEGIBLE) for _ in range(GENERATED_LENGTH))
        if len(kinds_of(made)) == PASSWORD_CLASSES and made[0].isalpha():
            try:
                NotOneself().validate(made, user)
            except ValidationError:
                continue
            return made


@transaction.atomic
def give_initial_password(user: User, *, by: User | None = None) -> str:
    """Set a random password that opens the password page only, and return it to be handed over.

    For a new account and for a reset; whoever may do that, and the line in the access log, is the
    caller's business. Sessions of the account end.
    """
    password = generate(user)
    user.set_password(password)
    user.save(update_fields=WRITTEN if user.pk else None)
    end_sessions(user, LiveSession.Ending.PASSWORD, by=by)
    return password


@transaction.atomic
def choose_password(user: User, password: str) -> None:
    """Set the password that the account chose for itself, already validated."""
    user.set_password(password)
    user.must_change_password = False
    user.save(update_fields=WRITTEN)


def days_left(user: User, at: datetime | None = None) -> int:
    """Return in how many days the password expires; 0 on the last day and later."""
    left = user.password_set_at + PASSWORD_LIFE - (at or timezone.now())
    return max(left.days, 0)
