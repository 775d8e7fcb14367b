"""Restores a backup into an empty database."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core.audit.access import Kind, record
from core.audit.context import acting
from core.backups.contents import missing_keys
from core.backups.restoring import restore
from core.errors import Refused


class Command(BaseCommand):
    """Counts, files and the head of the audit chain are compared with the manifest."""

    help = "把备份恢复到空数据库，并与清单核对行数、文件和日志封存链"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Define the folder."""
        parser.add_argument("folder", metavar="DIR", type=Path, help="备份目录")

    def handle(self, *args: Any, **options: Any) -> None:
        """Restore, compare, record."""
        folder = options["folder"].resolve()
        try:
            manifest = restore(folder)
        except Refused as refusal:
            raise CommandError(str(refusal)) from refusal
        with acting(origin="command restore", reason="恢复"):
            record(
                Kind.MAINTENANCE, subject="恢复", folder=str(folder), made_at=manifest["made_at"]
            )
        self.stdout.write(
            f"已恢复 {manifest['made_at']} 的备份：{len(manifest['tables'])} 张表 "
            f"{sum(manifest['tables'].values()):,} 行、文件 {manifest['media']:,} 个，"
            "行数、结构和日志封存链与清单一致。"
        )
        if missing := missing_keys(manifest):
            self.stdout.write(
                f"本系统缺少备份所用的{'、'.join(missing)}，请补上后再启用，"
                "否则联系信息不能解密、日志封存不能校验。"
            )
        self.stdout.write("请执行 python manage.py migrate 补齐新版本的结构变化，再启动系统。")
