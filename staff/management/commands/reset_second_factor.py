"""Reset a second factor from the server: for the last security administrator who lost the phone."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core.audit.context import acting
from core.errors import Refused
from staff.models import User
from staff.second_factor import reset_second_factor


class Command(BaseCommand):
    help = (
        "重置一个账户的动态口令，用于没有其他安全管理员可以办理时；会话随之结束，并记入访问记录。"
    )

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("username", help="工号")
        parser.add_argument("--reason", required=True, help="理由")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(username=options["username"]).first()
        if user is None:
            raise CommandError(f"没有工号为{options['username']}的账户，请核对后重试。")
        try:
            with acting(origin="command reset_second_factor", reason=options["reason"]):
                reset_second_factor(user, by=None, reason=options["reason"].strip())
        except Refused as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(f"已重置{user}的动态口令，本人下次登录时重新设置。")
