"""Write docs/permissions.md."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from staff.permission_book import page


class Command(BaseCommand):
    help = "由权限表生成 docs/permissions.md。"

    def handle(self, *args: Any, **options: Any) -> None:
        (Path(settings.BASE_DIR) / "docs" / "permissions.md").write_text(page(), encoding="utf-8")
