"""Generates a plausible city of business entities."""

import sys
import time
from argparse import ArgumentParser
from datetime import UTC, date, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from core.errors import Refused
from entities.demo.load import make_city


class Command(BaseCommand):
    """Fill an empty site, or add to one with --add; the same seed gives the same city."""

    help = "生成演示用的经营主体、信用风险分类、四新名单和名录"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Define size, seed, month and --add."""
        parser.add_argument("--entities", type=int, default=2000, help="户数，默认2000")
        parser.add_argument("--seed", type=int, default=1, help="随机种子，相同种子结果相同")
        parser.add_argument("--classes-for", metavar="YYYY-MM", help="最新分类文件的月份，默认本月")
        parser.add_argument("--add", action="store_true", help="已有经营主体时仍追加")

    def handle(self, *args: Any, **options: Any) -> None:
        """Generate, showing how far it is."""
        if options["entities"] < 1:
            raise CommandError("--entities 须为正整数，请改正后重试。")
        on = timezone.localdate()
        month = month_given(options["classes_for"]) or on.replace(day=1)
        begun = time.monotonic()
        try:
            counts = make_city(
                options["entities"],
                options["seed"],
                month,
                on,
                add=options["add"],
                tell=self._tell if options["verbosity"] else lambda text: None,
            )
        except Refused as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(
            f"已生成{counts['entities_entity']:,}户经营主体，"
            f"信用风险分类{counts['entities_creditclass']:,}条，"
            f"“四新”标识{counts['entities_fournewmark']:,}条，"
            f"用时{time.monotonic() - begun:.0f}秒。"
        )

    def _tell(self, text: str) -> None:
        end = "\r" if sys.stderr.isatty() else "\n"
        self.stderr.write(f"{text}        ", ending=end)


def month_given(text: str | None) -> date | None:
    """Return the first day of YYYY-MM, None for nothing; refuse anything else."""
    if not text:
        return None
    try:
        return datetime.strptime(text, "%Y-%m").replace(tzinfo=UTC).date()
    except ValueError:
        raise CommandError(f"月份“{text}”应写成YYYY-MM，例如2026-11，请改正后重试。") from None
