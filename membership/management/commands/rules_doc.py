"""Write docs/rules.md."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from membership.rule_book import page


class Command(BaseCommand):
    help = "由规则和条款、参数文件生成 docs/rules.md。"

    def handle(self, *args: Any, **options: Any) -> None:
        (Path(settings.BASE_DIR) / "docs" / "rules.md").write_text(page(), encoding="utf-8")
