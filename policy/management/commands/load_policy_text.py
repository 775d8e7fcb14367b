"""Load the official wording of the policy from a text file."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core.errors import Refused
from policy.loading import load_text, read_file


class Command(BaseCommand):
    help = "载入政策原文（纯文本），按条款显示在系统摘要旁边；可重复执行。"

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("file", type=Path, help="政策正文，纯文本，UTF-8或GB18030")
        parser.add_argument("--document", default="", help="文件名称，缺省取正文标题")
        parser.add_argument("--number", default="", help="文号，缺省取正文中的文号")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        if not path.is_file():
            raise CommandError(f"找不到文件{path}，请检查路径后重试。")
        try:
            done = load_text(read_file(path), options["document"], options["number"])
        except Refused as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(f"政策原文：新增{done.new}条，变更{done.changed}条，未变{done.same}条。")
