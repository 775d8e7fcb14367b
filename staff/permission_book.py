"""The permission table as a document: object, verb, roles and basis."""

from __future__ import annotations

from core.errors import clause_said
from staff.permissions import by_object
from staff.roles import Role

HEAD = """# 权限表

谁可以对什么做什么，以及依据。本页由 `make rules-doc` 从 `staff/permissions.py` 生成，请勿手改；
系统内“权限表”页出自同一张表。

有权办理的，只能在自己的管辖或业务范围内办理：监管所限其街道，区县局限本局，市级单位限其领域，市局及全市。
批准的人不能是提出的人。三员（审计管理员、安全管理员、系统管理员）互不兼任，也不办理业务；未授权的账户没有任何权限。
依据写政策条款、“政策理解”条目，或 GB/T 22239-2019 第三级的控制点。
"""
MARK = "●"


def page() -> str:
    """Return the whole page."""
    roles = list(Role)
    lines = [HEAD]
    for name, rows in by_object():
        lines += [
            f"## {name}\n",
            f"| 权限 | {' | '.join(role.label for role in roles)} | 依据 |",
            f"|---|{':-:|' * len(roles)}---|",
        ]
        for row in rows:
            marks = (MARK if role in row.roles else "" for role in roles)
            cells = (f"{row.label}（`{row.verb}`）", *marks, clause_said(row.basis))
            lines.append(f"| {' | '.join(cells)} |")
        lines.append("")
    return "\n".join(lines)
