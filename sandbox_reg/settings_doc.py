"""Write docs/settings.md from the variables that the settings read."""

from pathlib import Path

from sandbox_reg import settings
from sandbox_reg.environment import VARIABLES

PAGE = Path(settings.BASE_DIR) / "docs" / "settings.md"
HEAD = """# 配置

全部配置来自环境变量。本页由 `make rules-doc` 从 `sandbox_reg/settings.py` 生成，请勿手改。

| 变量 | 默认值 | 含义 |
|---|---|---|
"""


def page() -> str:
    """Return the whole page."""
    rows = (f"| `{v.name}` | {v.default or '（无）'} | {v.meaning} |" for v in VARIABLES.values())
    return HEAD + "\n".join(rows) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
