"""Encrypts personal data anew under the current key."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core.audit.access import Kind, record
from core.audit.context import acting
from core.rotation import rotate, sealed_by
from core.secrets import ring


class Command(BaseCommand):
    """Can be killed and given again; says at the end which old keys nothing needs any more."""

    help = "把个人信息改用 DATA_KEYS 中的第一把（当前）密钥加密；中断后重新执行即可继续"

    def handle(self, *args: Any, **options: Any) -> None:
        """Rotate, say the counts and which keys may go."""
        unknown = set(sealed_by()) - set(ring().ids)
        if unknown:
            raise CommandError(
                f"有数据由密钥 {'、'.join(sorted(unknown))} 加密，而 DATA_KEYS 中没有；"
                "请把它们补到 DATA_KEYS 的末尾后重新执行。"
            )
        with acting(origin="command rotate_data_keys", reason="更换数据密钥"):
            record(Kind.MAINTENANCE, subject="更换数据密钥：开始", key=ring().current)
            counts = rotate(self._tell)
            record(Kind.MAINTENANCE, subject="更换数据密钥：完成", key=ring().current, rows=counts)
        for table, rows in counts.items():
            self.stdout.write(f"{table}：改用当前密钥 {rows:,} 行。")
        self._say_which_may_go()

    def _tell(self, table: str, done: int, total: int) -> None:
        end = "\r" if sys.stderr.isatty() else "\n"
        self.stderr.write(f"{table} {done:,}/{total:,}   ", ending=end)

    def _say_which_may_go(self) -> None:
        """Look once more: a process that still has the old order of keys seals by the old one."""
        used = sealed_by()
        old = [(place, name) for place, name in enumerate(ring().ids, 1) if name != ring().current]
        free = [f"第{place}把（编号 {name}）" for place, name in old if not used[name]]
        kept = [
            f"第{place}把（编号 {name}，{used[name]:,} 个值）" for place, name in old if used[name]
        ]
        if free:
            self.stdout.write(
                f"DATA_KEYS 中的{'、'.join(free)}不再使用，可以删去；"
                "旧备份仍要用它解密，请随旧备份另行保管。"
            )
        if kept:
            raise CommandError(
                f"DATA_KEYS 中的{'、'.join(kept)}仍在使用，可能有进程还未换上新的 DATA_KEYS；"
                "请重新启动全部进程后再执行一次。"
            )
        if not old:
            self.stdout.write("DATA_KEYS 中只有当前密钥，没有可以删去的旧密钥。")
