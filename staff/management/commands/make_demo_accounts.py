"""Make the accounts of the demonstration."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from core.errors import Refused
from staff.demo import create


class Command(BaseCommand):
    help = "建立演示账号（每个角色一个，三个区县），只在演示模式可用；可重复执行。"

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            made = create(timezone.localdate())
        except Refused as refusal:
            raise CommandError(str(refusal)) from refusal
        if options["verbosity"]:
            self.stdout.write(f"演示账号已就绪，新建{made}个。")
