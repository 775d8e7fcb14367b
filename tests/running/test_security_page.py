"""docs/security.md names only what exists."""

import ast
import re
from pathlib import Path

import pytest
from django.conf import settings

BASE = Path(settings.BASE_DIR)
PAGE = (BASE / "docs" / "security.md").read_text("utf-8")
NAMED = sorted(set(re.findall(r"`((?:[a-z_]+/)+[a-zA-Z0-9_.]+(?:::[a-zA-Z0-9_:]+)?)`", PAGE)))


def functions(path: Path) -> set[str]:
    """Return the tests of a file, those of classes as Class::test."""
    found = set()
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, ast.FunctionDef):
            found.add(node.name)
        if isinstance(node, ast.ClassDef):
            inner = {one.name for one in node.body if isinstance(one, ast.FunctionDef)}
            found |= {f"{node.name}::{name}" for name in inner}
    return found


def test_the_page_names_code_and_tests():
    assert len([name for name in NAMED if "::" in name]) >= 15
    assert len([name for name in NAMED if name.startswith(("core/", "sandbox_reg/"))]) >= 10


@pytest.mark.parametrize("name", NAMED)
def test_what_the_page_names_exists(name):
    path, _, test = name.partition("::")
    assert (BASE / path).exists()
    if test:
        assert test in functions(BASE / path)


def test_every_row_of_the_table_names_code_and_a_test():
    table = PAGE.partition("## Controls")[2]
    rows = [line for line in table.splitlines() if line.startswith("| ") and "---" not in line][1:]
    assert rows
    for row in rows:
        _, code, test = [cell.strip() for cell in row.strip("|").split("|")][1:]
        assert "/" in code, row
        assert test.startswith("`tests/"), row
