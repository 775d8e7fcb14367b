"""Checks a declaration's workbook with the same findings as the page."""

import json
import sys
from argparse import ArgumentParser
from collections import Counter
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from core.errors import BadFile
from staff.models import Bureau
from zones.checking.annotating import annotate
from zones.checking.checks import check, pick_round
from zones.checking.reading import read
from zones.checking.shapes import SEVERITY_LABELS, Finding, Place, Severity


class Command(BaseCommand):
    """Read, check, print; ends with 1 where an error stands."""

    help = "核对区域申报表工作簿"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Define the file, the form of the answer, and for which day and bureau."""
        parser.add_argument("file", metavar="FILE", help="申报表工作簿（.xlsx）")
        parser.add_argument("--json", action="store_true", help="以JSON输出核对结果")
        parser.add_argument("--out", metavar="FILE", help="把带批注的工作簿写到这里")
        parser.add_argument("--on", metavar="DATE", help="按哪一天核对（YYYY-MM-DD），默认今天")
        parser.add_argument("--bureau", metavar="CODE", help="申报单位代码，默认按填报区县认定")

    def handle(self, *args: Any, **options: Any) -> None:
        """Check one workbook."""
        path = Path(options["file"])
        if not path.is_file():
            raise CommandError(f"找不到文件 {path}，请检查路径后重试。")
        on = _day(options["on"])
        bureau = _bureau(options["bureau"])
        try:
            findings = check(read(path), bureau=bureau, round=pick_round(on), on=on)
        except BadFile as bad:
            findings = [Finding(Place("", 0), Severity.ERROR, "file.unreadable", str(bad))]
        else:
            if options["out"]:
                findings += _write_back(path, findings, Path(options["out"]))
        if options["json"]:
            self.stdout.write(
                json.dumps([one.as_json() for one in findings], ensure_ascii=False, indent=1)
            )
        else:
            self._print(findings)
        if any(one.severity is Severity.ERROR for one in findings):
            sys.exit(1)

    def _print(self, findings: list[Finding]) -> None:
        for sheet, some in groupby(findings, key=lambda one: one.place.sheet):
            self.stdout.write(f"【{sheet or '文件'}】")
            for one in some:
                where = f"第{one.place.row}行{one.place.column}列 " if one.place.row else ""
                self.stdout.write(f"  {SEVERITY_LABELS[one.severity]} {where}{one.message}")
        counts = Counter(one.severity for one in findings)
        said = "，".join(f"{SEVERITY_LABELS[one]}{counts[one]}项" for one in Severity)
        self.stdout.write(f"合计：{said}。")


def _write_back(path: Path, findings: list[Finding], out: Path) -> list[Finding]:
    """Write the workbook with the findings in it; return what kept it from being written."""
    try:
        annotate(path, findings, out)
    except BadFile as bad:
        return [Finding(Place("", 0), Severity.WARNING, "file.not_written", str(bad))]
    return []


def _day(text: str | None) -> date:
    if not text:
        return timezone.localdate()
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise CommandError(f"日期 {text} 不是 YYYY-MM-DD 的形式，请改正后重试。") from None


def _bureau(code: str | None) -> Bureau | None:
    if not code:
        return None
    bureau = Bureau.objects.filter(code=code).exclude(kind=Bureau.Kind.CITY).first()
    if bureau is None:
        raise CommandError(f"没有代码为 {code} 的区县局，请核对后重试。")
    return bureau
