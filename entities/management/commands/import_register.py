"""Imports a register file."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from entities.imports.foreground import print_result, run_here
from entities.imports.register import work


class Command(BaseCommand):
    """Import in this process, with progress; a killed command goes on where it was."""

    help = "导入登记信息（CSV或XLSX）"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Define the file, the status where the file has none, and a trial."""
        parser.add_argument("file", metavar="FILE", help="登记信息文件")
        parser.add_argument("--status", help="文件没有登记状态列时采用的状态，默认存续")
        parser.add_argument("--dry-run", action="store_true", help="只核对，不写入")
        parser.add_argument("--json", action="store_true", help="以JSON输出结果")

    def handle(self, *args: Any, **options: Any) -> None:
        """Import and print the result."""
        params = {name: options[name] for name in ("status", "dry_run") if options[name]}
        title = f"导入登记信息：{Path(options['file']).name}"
        result = run_here("import_register", title, work, options["file"], params, sys.stderr)
        print_result(result, options["json"], self.stdout)
