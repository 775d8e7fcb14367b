"""Load a table of places or industries from a file; which one it is says its header."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from core.tabular import BadFile, ErrorFile
from entities.industries import LAYOUT, load_industries
from staff.reference import load
from staff.tables import LAYOUTS, recognise

SHOWN = 20


class Command(BaseCommand):
    help = (
        "载入基础表（CSV或XLSX）：区县、街道、区划调整、市场监管所、管辖、行业；"
        "按表头识别，可重复执行。"
    )

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("file", type=Path, help="基础表文件")
        parser.add_argument("--dry-run", action="store_true", help="只说明会改什么，不写入")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        if not path.is_file():
            raise CommandError(f"找不到文件{path}，请检查路径后重试。")
        try:
            kind, rows = recognise(path, {**LAYOUTS, "industries": LAYOUT})
        except BadFile as error:
            raise CommandError(str(error)) from error
        on = timezone.localdate()
        with transaction.atomic():
            industries = kind == "industries"
            outcome = load_industries(rows, on) if industries else load(kind, rows, on=on)
            transaction.set_rollback(options["dry_run"])
        for sentence in outcome.sentences:
            self.stdout.write(("（试运行，未写入）" if options["dry_run"] else "") + sentence)
        if outcome.moved and not options["dry_run"]:
            self.stdout.write("经营主体的管辖将由后台任务重新归属。")
        self._report(path, outcome.bad)

    def _report(self, path: Path, bad: list) -> None:
        with ErrorFile.beside(path) as errors:
            for row in bad:
                errors.add(*row)
        for row in bad[:SHOWN]:
            self.stderr.write(str(row))
        if bad:
            self.stderr.write(f"共{len(bad)}处有误未载入，详见{errors.path}。")
