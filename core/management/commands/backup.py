"""Makes a backup of everything but the keys."""

import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core.audit.access import Kind, record
from core.audit.context import acting
from core.backups.making import make
from core.errors import Refused


class Command(BaseCommand):
    """The database as of one moment, files that jobs still read, a manifest; never the keys."""

    help = "备份数据库和文件到一个新目录（不含密钥）；系统可以照常运行"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Define the folder."""
        parser.add_argument("folder", metavar="DIR", type=Path, help="备份目录，须不存在或为空")

    def handle(self, *args: Any, **options: Any) -> None:
        """Record the backup, so that it is in it, then make it."""
        os.umask(0o077)
        folder = options["folder"].resolve()
        try:
            with acting(origin="command backup", reason="备份"):
                record(Kind.MAINTENANCE, subject="备份", folder=str(folder))
            manifest = make(folder)
        except Refused as refusal:
            raise CommandError(str(refusal)) from refusal
        rows, size = sum(manifest["tables"].values()), manifest["files"]["database.dump"]["bytes"]
        self.stdout.write(
            f"已备份到 {folder}：{len(manifest['tables'])} 张表 {rows:,} 行（{size >> 10:,} KB），"
            f"待处理的上传文件 {manifest['media']:,} 个。"
        )
        self.stdout.write(
            "密钥不在备份中：恢复还需要 AUDIT_KEY 和 DATA_KEYS"
            "（来自环境变量或其 _FILE；使用内置数据库时在状态目录的 audit_key、data_keys），"
            "请另处保管。导出文件、错误文件和已处理的上传文件不在备份中。"
            "备份含个人和企业信息，请存放在加密的介质上。"
        )
