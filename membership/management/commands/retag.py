"""Judge everyone on a day, in the foreground."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from core.arguments import day
from core.errors import Refused
from membership import gate
from membership.gate import named
from membership.models import Run
from membership.runs import Order, execute, rehearse
from staff.models import Bureau


class Command(BaseCommand):
    help = "评估全部经营主体，并按结果移入、移出；首次打标和被闸门暂停的评估须用 --release 放行。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--on", type=day, help="评估日，默认今天（YYYY-MM-DD）")
        parser.add_argument("--dry-run", action="store_true", help="只计数，不改变任何主体")
        parser.add_argument("--release", default="", metavar="REASON", help="放行理由")
        parser.add_argument("--json", action="store_true", help="结果以 JSON 输出")

    def handle(self, *args: Any, **options: Any) -> None:
        on = options["on"] or timezone.localdate()
        if on > timezone.localdate() and not options["dry_run"]:
            raise CommandError(
                f"{on}晚于今天，不能提前生效；请加 --dry-run 查看那一天的情况，或到当日再评估。"
            )
        order = Order(
            on=on,
            release=options["release"].strip(),
            report=self._silent if options["json"] else self._progress,
        )
        try:
            result = rehearse(order) if options["dry_run"] else self._run(order)
        except Refused as refusal:
            raise CommandError(str(refusal)) from refusal
        if options["json"]:
            self.stdout.write(json.dumps(result, ensure_ascii=False, default=str, indent=1))
        elif options["dry_run"]:
            self._say_rehearsal(result)
        else:
            self._say(result)
        if result.get("status") == Run.Status.HELD:
            raise CommandError(
                f"评估{result['run']}已暂停：{result['held_reason']}。核对无误后，"
                "以 retag --release “理由” 放行。",
                returncode=2,
            )

    def _run(self, order: Order) -> dict[str, Any]:
        run = execute(order)
        return {
            "run": run.pk,
            "on": run.on,
            "status": run.status,
            "held_reason": named(run.held_reason) if run.status == Run.Status.HELD else "",
            "gate": run.gate,
            **run.counts,
        }

    def _silent(self, phase: str, done: int, total: int) -> None:
        return

    def _progress(self, phase: str, done: int, total: int) -> None:
        self.stderr.write(f"{phase} {done}/{total}")

    def _say(self, result: dict[str, Any]) -> None:
        if result["status"] != Run.Status.DONE:
            return
        moved_in, moved_out = sum(result["opened"].values()), sum(result["closed"].values())
        self.stdout.write(
            f"评估{result['run']}（{result['on']}）完成：评估{result['judged']}户，"
            f"移入{moved_in}条，移出{moved_out}条，"
            f"在册{result['members'].get(str(gate.CITY), 0)}户，"
            f"用时{result['seconds']}秒。"
        )
        if result["unexplained"]:
            self.stdout.write(
                f"缺陷：{result['unexplained']}户的变动没有任何事实变动可以解释，请报告。"
            )

    def _say_rehearsal(self, result: dict[str, Any]) -> None:
        self.stdout.write(
            f"{result['on']}试算（不改变任何主体）：评估{result['judged']}户，"
            f"将移入{result['in']}户，移出{result['out']}户。"
        )
        names = dict(Bureau.objects.values_list("pk", "short_name"))
        for bureau_id, counts in sorted(result["by_bureau"].items()):
            self.stdout.write(f"  {names[bureau_id]}：移入{counts['in']}，移出{counts['out']}")
        if result["crossed"] or result["first"]:
            self.stdout.write("正式评估时将暂停，须以 --release 放行。")
