"""Open the months ahead and drop those whose retention is over (as the owner)."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.utils import timezone

from core.arguments import day
from core.audit.partitions import open_months
from core.audit.retention import drop_expired, expired, months
from core.errors import Refused


class Command(BaseCommand):
    help = (
        "开设今后几个月的日志分区，并清除保存期已满、已封存且核验完好的月份（留有到期清除的封存）。"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--on", type=day, help="按哪一天计算保存期，默认今天")
        parser.add_argument("--dry-run", action="store_true", help="只列出，不清除")

    def handle(self, *args: Any, **options: Any) -> None:
        on = options["on"] or timezone.localdate()
        if options["dry_run"]:
            for month in months():
                until = f"保存至{month.kept_until}" if month.kept_until else "不按月清除"
                self.stdout.write(f"{month.leaf.name}：已封存{month.rows:,}行，{until}")
            names = "、".join(leaf.name for leaf in expired(on)) or "无"
            self.stdout.write(f"{on}可以清除：{names}")
            return
        with connection.cursor() as cursor:
            opened = open_months(cursor, timezone.localdate())
        try:
            gone = drop_expired(on)
        except Refused as refusal:
            raise CommandError(str(refusal)) from refusal
        names = "、".join(leaf.name for leaf in gone) or "无"
        self.stdout.write(f"新开分区{opened}个；清除到期月份：{names}。")
