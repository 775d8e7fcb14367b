"""Imports the municipal list of four-new entities."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from entities.imports.foreground import print_result, run_here
from entities.imports.four_new import work


class Command(BaseCommand):
    """Import in this process, with progress; the same file again changes nothing."""

    help = "导入市局“四新”名单（CSV或XLSX）"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Define the file, its first day, whether it is the whole list, and a trial."""
        parser.add_argument("file", metavar="FILE", help="名单文件")
        parser.add_argument("--since", metavar="YYYY-MM-DD", help="起始日，默认今天")
        parser.add_argument("--replace", action="store_true", help="本文件为全部名单，其余退出")
        parser.add_argument("--dry-run", action="store_true", help="只核对，不写入")
        parser.add_argument("--json", action="store_true", help="以JSON输出结果")

    def handle(self, *args: Any, **options: Any) -> None:
        """Import and print the result."""
        names = ("since", "replace", "dry_run")
        params = {name: options[name] for name in names if options[name]}
        title = f"导入“四新”名单：{Path(options['file']).name}"
        result = run_here("import_four_new", title, work, options["file"], params, sys.stderr)
        print_result(result, options["json"], self.stdout)
