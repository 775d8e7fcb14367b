"""Verify the seals and say which range is broken first."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core.audit.verifying import verify

SHOWN = 20


class Command(BaseCommand):
    help = "核验审计封存链：指出第一处被破坏的范围，以及尚未封存的行数和时长；有破坏时以1退出。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--head", default="", help="另行保存（如抄在纸上）的链头摘要，须能在链中找到"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        verdict = verify(head=options["head"])
        self.stdout.write(f"核验封存{verdict.seals:,}条，其下{verdict.rows:,}行。")
        waiting = sum(verdict.unsealed.values())
        seconds = int(verdict.age.total_seconds())
        self.stdout.write(f"尚未封存{waiting:,}行，最早的日志已等待{seconds}秒。")
        for broken in verdict.broken[:SHOWN]:
            self.stdout.write(str(broken))
        if verdict.broken:
            more = f"（共{len(verdict.broken)}处）"
            raise CommandError(f"第一处被破坏的范围：{verdict.broken[0]}{more}")
        self.stdout.write(f"完好。链头：{verdict.head or '（尚无封存）'}")
