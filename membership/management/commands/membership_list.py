"""Write the list of who is inside, and leave a line in the access log that it left."""

import csv
import getpass
import hashlib
from argparse import ArgumentParser
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from core.arguments import day, instant
from core.audit.access import Kind, record
from core.audit.context import acting
from core.notices import INTERNAL
from core.tabular import safe_cell
from membership.models import GroundName
from membership.queries import GROUND_CLAUSES, members
from policy.clauses import CLAUSES
from policy.limits import limits_in_force

HEADER = ("统一社会信用代码", "名称", "区县", "纳入情形", "自", "条款", "所在区域")
ORIGIN = "command membership_list"


class Command(BaseCommand):
    help = (
        "输出某日在沙盒内的经营主体名单（每条纳入情形一行），可按某一时刻所知。"
        "旁边另写一个“.说明.txt”，载明内部使用要求、行数和校验值；输出记入访问记录。"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--on", type=day, help="哪一天，默认今天")
        parser.add_argument("--known", type=instant, help="按何时所知，默认现在")
        parser.add_argument("--csv", required=True, type=Path, metavar="FILE", help="输出文件")

    def handle(self, *args: Any, **options: Any) -> None:
        on, known, target = options["on"] or timezone.localdate(), options["known"], options["csv"]
        if target.exists() and not target.is_file():
            raise CommandError(f"{target} 不是普通文件，请指定一个文件名。")
        # Nothing lies under the wanted name before its line is written.
        part = target.with_name(f"{target.name}.part")
        try:
            count = self._write(part, on, known)
            with part.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            with transaction.atomic(), acting(origin=ORIGIN):
                self._record(target, on, known, rows=count, sha256=digest)
                self._say_beside(target, on, known, count, digest)
                part.replace(target)
        finally:
            part.unlink(missing_ok=True)
        self.stdout.write(f"{on}在沙盒内{count}条，已写入{target}。{INTERNAL}。")

    def _write(self, part: Path, on: date, known: datetime | None) -> int:
        count = 0
        part.touch(mode=0o600)
        with part.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(HEADER)
            for cells in self._rows(on, known):
                writer.writerow([safe_cell(cell) for cell in cells])
                count += 1
        return count

    def _rows(self, on: date, known: datetime | None) -> Iterator[tuple[str, ...]]:
        found: Any = members(on, known)
        rows = (
            found.for_system("the list on the command line")
            .order_by("entity_id", "ground", "occupant")
            .values_list(
                *("entity__code", "entity__name", "entity__district__name", "ground"),
                *("occupant__zone__name", "since"),
            )
        )
        for code, name, district, ground, zone, since in rows.iterator(chunk_size=5000):
            clause = CLAUSES[GROUND_CLAUSES[GroundName(ground)]].label
            label = GroundName(ground).label
            yield code, name, district or "", label, since.isoformat(), clause, zone or ""

    def _record(self, target: Path, on: date, known: datetime | None, **detail: Any) -> None:
        record(
            Kind.EXPORT,
            subject="在沙盒内名单（命令行）",
            filter=[["查看日期", str(on)]],
            on=on,
            known=known,
            columns=list(HEADER),
            file=str(target.absolute()),
            os_user=getpass.getuser(),
            **detail,
        )

    def _say_beside(
        self, target: Path, on: date, known: datetime | None, count: int, digest: str
    ) -> None:
        """Write the cover beside the list: a line inside would break whoever reads the CSV."""
        version = limits_in_force(on, known).version
        lines = (
            INTERNAL,
            f"文件：{target.name}",
            f"内容：{on}在沙盒内的经营主体，每条纳入情形一行，全市范围",
            f"所知：{known or '生成时'}",
            f"参数版本：第{version.number}版",
            f"行数：{count}",
            f"SHA-256：{digest}",
            f"生成：{timezone.localtime():%Y-%m-%d %H:%M}，操作系统用户 {getpass.getuser()}",
        )
        beside = target.with_name(f"{target.name}.说明.txt")
        beside.write_text("\n".join(lines) + "\n", encoding="utf-8-sig")
