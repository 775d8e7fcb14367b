"""Make the zones of the demonstration."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from core.errors import Refused
from zones.demo.load import make


class Command(BaseCommand):
    help = "用演示主体建立演示区域、申报和对接记录，只在演示模式可用。"

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            made = make(timezone.localdate())
        except Refused as refusal:
            raise CommandError(str(refusal)) from refusal
        if options["verbosity"]:
            self.stdout.write(f"已建立{made}个演示区域。")
