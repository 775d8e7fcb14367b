"""Seal now what waits for it."""

from typing import Any

from django.core.management.base import BaseCommand

from core.audit.sealing import Sealer

PATIENCE = 30.0


class Command(BaseCommand):
    help = "立即封存日志和只增表中尚未封存的行（平时由后台每10秒进行）。"

    def handle(self, *args: Any, **options: Any) -> None:
        done = Sealer().seal(patience=PATIENCE)
        self.stdout.write(f"新增封存{done}条。")
