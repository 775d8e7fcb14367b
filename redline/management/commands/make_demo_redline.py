"""Make the red lines of the demonstration, and what was touched."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from core.errors import Refused
from redline.demo.load import make


class Command(BaseCommand):
    help = "用演示主体建立红线清单、违法行为、责令改正和移出，只在演示模式可用。"

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            made = make(timezone.localdate())
        except Refused as refusal:
            raise CommandError(str(refusal)) from refusal
        if options["verbosity"]:
            self.stdout.write(f"已建立{made.total()}件演示责令改正。")
