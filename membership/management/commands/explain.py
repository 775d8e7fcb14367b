"""Explain one entity."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from core.arguments import day, instant
from core.notices import INTERNAL
from entities.models import Entity
from membership.findings import Effect, Explanation, Finding, Outcome
from membership.queries import explain

SIGNS = {Outcome.MET: "✓", Outcome.NOT_MET: "✗", Outcome.UNDECIDED: "？"}


def is_quiet(finding: Finding) -> bool:
    """Return whether a finding only says that nothing excludes; such share one line."""
    return finding.effect == Effect.EXCLUDES and finding.outcome == Outcome.MET


class Command(BaseCommand):
    help = "说明一户经营主体为何在沙盒内或沙盒外：结论、各情形、条款、事实及来源、何时会变。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("code", help="统一社会信用代码或注册号")
        parser.add_argument("--on", type=day, help="哪一天，默认今天")
        parser.add_argument("--known", type=instant, help="按何时所知，默认现在")
        parser.add_argument("--json", action="store_true", help="以 JSON 输出")

    def handle(self, *args: Any, **options: Any) -> None:
        code = options["code"].strip().upper()
        entity = Entity.objects.for_system("the command line").filter(code=code).first()
        if entity is None:
            raise CommandError(f"登记信息中没有代码为{code}的经营主体，请核对代码。")
        found = explain(entity, options["on"] or timezone.localdate(), options["known"])
        if options["json"]:
            self.stdout.write(json.dumps(asdict(found), ensure_ascii=False, default=str, indent=1))
        else:
            self._say(found)

    def _say(self, found: Explanation) -> None:
        self.stdout.write(INTERNAL)
        self.stdout.write(f"{found.name}（{found.code}） {found.on}")
        self.stdout.write(f"结论：{found.verdict}")
        for ground in found.grounds:
            since = f"，自{ground.open_since}" if ground.open_since else ""
            self.stdout.write(
                f"{SIGNS[ground.outcome]} {ground.label}（{ground.clause_label}）{since}"
            )
            quiet = [f for f in ground.findings if is_quiet(f)]
            for finding in ground.findings:
                if finding not in quiet:
                    self._say_finding(finding)
            if quiet:
                self.stdout.write(f"   ✓ 没有移出情形：{''.join(f.sentence for f in quiet)}")
        for finding in found.review:
            self.stdout.write(f"！重点关注：{finding.sentence}")
        if found.pending:
            self.stdout.write("有事实变动正在评估，结论可能即将更新。")
        if found.next_turning:
            self.stdout.write(f"下一个变化日：{found.next_turning}")

    def _say_finding(self, finding: Finding) -> None:
        self.stdout.write(
            f"   {SIGNS[finding.outcome]} {finding.sentence}"
            f"〔{finding.clause_label} {finding.summary}〕"
        )
        for fact in finding.facts[:1]:
            if fact.since:
                self.stdout.write(f"      来源：{fact.source or '登记信息'}，自{fact.since}")
        if finding.change:
            self.stdout.write(f"      {finding.change}")
