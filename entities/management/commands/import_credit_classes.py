"""Imports a monthly file of credit-risk classes."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from entities.imports.classes import work
from entities.imports.foreground import print_result, run_here


class Command(BaseCommand):
    """Import in this process, with progress; the same file again changes nothing."""

    help = "导入一个月的企业信用风险分类文件（CSV或XLSX）"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Define the file, its month, a trial and the form of the result."""
        parser.add_argument("file", metavar="FILE", help="分类文件")
        parser.add_argument("--month", required=True, metavar="YYYY-MM", help="分类月份")
        parser.add_argument("--dry-run", action="store_true", help="只核对，不写入")
        parser.add_argument("--json", action="store_true", help="以JSON输出结果")

    def handle(self, *args: Any, **options: Any) -> None:
        """Import and print the result."""
        params = {"month": options["month"]} | ({"dry_run": True} if options["dry_run"] else {})
        title = f"导入信用风险分类：{Path(options['file']).name}"
        result = run_here("import_credit_classes", title, work, options["file"], params, sys.stderr)
        print_result(result, options["json"], self.stdout)
