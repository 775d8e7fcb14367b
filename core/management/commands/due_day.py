"""Compute the last day of a deadline on the command line."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core.arguments import day
from core.due_days import BASIS, Kind, said_day
from core.workdays import due_day

MOST = 3650
BAD_INPUT = 2
USAGE = "请写明起算日、天数和计算方式，如 --from 2026-09-28 --days 15 --kind calendar。"


def number(text: str) -> int:
    """Read a number of days, at least one and at most ten years."""
    value = int(text) if text.isascii() and text.isdecimal() and len(text) <= 5 else 0
    if not 1 <= value <= MOST:
        raise ArgumentTypeError(f"天数“{text}”应为1至{MOST}的整数。")
    return value


def kind(text: str) -> Kind:
    try:
        return Kind(text)
    except ValueError:
        raise ArgumentTypeError(
            f"计算方式“{text}”应为 working（工作日）或 calendar（日历日）。"
        ) from None


class Command(BaseCommand):
    help = "推算期限的最后一日，列出跳过的日子和原因；参数有误时退出码为2。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--from", dest="start", type=day, help="起算日，不计入")
        parser.add_argument("--days", type=number, help="天数")
        parser.add_argument("--kind", type=kind, help="working（工作日）或 calendar（日历日）")

    def handle(self, *args: Any, **options: Any) -> None:
        start, days, sort = (options[name] for name in ("start", "days", "kind"))
        if None in (start, days, sort):
            raise CommandError(USAGE, returncode=BAD_INPUT)
        try:
            found = due_day(start, days, sort)
        except OverflowError:
            raise CommandError(
                f"自{start}起{days}天超出了日历的范围，请核对日期。", returncode=BAD_INPUT
            ) from None
        first, *others = found.sentences()
        self.stdout.write(first)
        if found.skipped:
            self.stdout.write(f"跳过{len(found.skipped)}天：")
            for one in found.skipped:
                self.stdout.write(f"  {said_day(one.day)}{one.why}")
        else:
            self.stdout.write("没有跳过的日子。")
        for sentence in others:
            self.stdout.write(f"注意：{sentence}")
        self.stdout.write(f"依据：{BASIS}。")
