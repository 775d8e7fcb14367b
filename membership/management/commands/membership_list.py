"""Write the list of who is inside."""

import csv
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from core.arguments import day, instant
from core.tabular import safe_cell
from membership.models import GroundName
from membership.queries import GROUND_CLAUSES, members
from policy.clauses import CLAUSES

HEADER = ("统一社会信用代码", "名称", "区县", "纳入情形", "自", "条款")


class Command(BaseCommand):
    help = "输出某日在沙盒内的经营主体名单（每条纳入情形一行），可按某一时刻所知。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--on", type=day, help="哪一天，默认今天")
        parser.add_argument("--known", type=instant, help="按何时所知，默认现在")
        parser.add_argument("--csv", required=True, type=Path, metavar="FILE", help="输出文件")

    def handle(self, *args: Any, **options: Any) -> None:
        on = options["on"] or timezone.localdate()
        rows = (
            members(on, options["known"])
            .for_system("the list on the command line")
            .order_by("entity_id", "ground")
            .values_list(
                "entity__code", "entity__name", "entity__district__name", "ground", "since"
            )
        )
        count = 0
        with options["csv"].open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(HEADER)
            for code, name, district, ground, since in rows.iterator(chunk_size=5000):
                label = GroundName(ground).label
                clause = CLAUSES[GROUND_CLAUSES[GroundName(ground)]].label
                cells = (code, name, district or "", label, since.isoformat(), clause)
                writer.writerow([safe_cell(cell) for cell in cells])
                count += 1
        self.stdout.write(f"{on}在沙盒内{count}条，已写入{options['csv']}。")
