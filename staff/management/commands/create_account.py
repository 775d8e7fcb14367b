"""Make an account from the command line: the first administrator, before anybody can log in."""

import getpass
import sys
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from core.audit.context import acting
from core.errors import Refused
from staff.accounts import open_account
from staff.models import Bureau, Station, Unit, User
from staff.roles import Role

PLACES = {"bureau": Bureau, "station": Station, "unit": Unit}


class Command(BaseCommand):
    help = "建立账户；密码从终端输入，或用--password-stdin从标准输入读取一行。"

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("username", help="工号")
        parser.add_argument("name", help="姓名")
        parser.add_argument("--role", default=Role.SYSTEM_ADMINISTRATOR, choices=Role.values)
        for place in PLACES:
            parser.add_argument(f"--{place}", help=f"{place}的代码")
        parser.add_argument("--reason", default="系统管理人员以命令建立", help="记入授权记录的理由")
        parser.add_argument("--password-stdin", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        found = {name: self._place(name, options[name]) for name in PLACES if options[name]}
        if "station" in found:
            found.setdefault("bureau", found["station"].bureau)
        user = User(
            username=options["username"], name=options["name"], role=options["role"], **found
        )
        try:
            user.full_clean(exclude=("password",))
            password = self._password(options["password_stdin"])
            validate_password(password, user)
        except ValidationError as error:
            raise CommandError("；".join(error.messages)) from error
        try:
            with acting(origin="command create_account"):
                open_account(user, password, reason=options["reason"])
        except Refused as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(f"已建立账户{user}，角色：{user.role_said}；首次登录须修改密码。")

    def _place(self, name: str, code: str) -> Any:
        row = PLACES[name].objects.filter(code=code).first()
        if row is None:
            label = PLACES[name]._meta.verbose_name
            raise CommandError(f"没有代码为{code}的{label}，请核对后重试。")
        return row

    def _password(self, from_stdin: bool) -> str:
        if from_stdin:
            return sys.stdin.readline().rstrip("\n")
        password = getpass.getpass("密码：")
        if getpass.getpass("再输一次：") != password:
            raise CommandError("两次输入的密码不一致，请重新执行。")
        return password
