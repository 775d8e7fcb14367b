"""House rules that no linter knows: layers, sizes, imports, and how rows are reached."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from sandbox_reg import settings_doc

ROOMS = (
    "core",
    "staff",
    "policy",
    "entities",
    "zones",
    "redline",
    "membership",
    "desk",
    "sandbox_reg",
)
LONGEST_FILE = 400
LONGEST_FUNCTION = 40
BASE = Path(settings.BASE_DIR)
FILES = sorted(
    path.relative_to(BASE)
    for room in ROOMS
    for path in (BASE / room).rglob("*.py")
    if "migrations" not in path.parts
)
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def tree(path: Path) -> ast.Module:
    return ast.parse((BASE / path).read_text("utf-8"))


def test_every_room_knows_only_the_rooms_below_it():
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=BASE,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", FILES, ids=str)
def test_a_file_and_its_functions_are_short(path):
    text = (BASE / path).read_text("utf-8")
    assert text.count("\n") <= LONGEST_FILE, f"{path} is longer than {LONGEST_FILE} lines."
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, FUNCTIONS):
            length = node.end_lineno - node.lineno + 1
            assert length <= LONGEST_FUNCTION, f"{path}: {node.name} has {length} lines."


@pytest.mark.parametrize("path", FILES, ids=str)
def test_imports_stand_at_the_top_and_are_absolute(path):
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno} imports relatively."
        if isinstance(node, FUNCTIONS):
            inner = [n for n in ast.walk(node) if isinstance(n, ast.Import | ast.ImportFrom)]
            assert not inner, f"{path}: {node.name} imports inside the function."


@pytest.mark.parametrize("path", FILES, ids=str)
def test_rows_are_reached_through_a_scope(path):
    """`_default_manager` and unscoped reverse managers are for models (and for Django itself)."""
    if path.stem in {"models", "scope"} or "models" in path.parts:
        return
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Attribute):
            assert node.attr not in {"_default_manager", "_base_manager"}, f"{path}:{node.lineno}"
            reverse = node.attr.endswith("_set") and node.attr not in {"is_set"}
            assert not reverse, f"{path}:{node.lineno} reaches rows through {node.attr}."


def test_signals_are_not_used():
    for path in FILES:
        used = re.search(
            r"django\.db\.models\.signals|@receiver\b", (BASE / path).read_text("utf-8")
        )
        assert not used, f"{path} uses signals."


def test_the_page_of_settings_is_not_stale():
    assert settings_doc.PAGE.read_text("utf-8") == settings_doc.page(), "Run make rules-doc."


def test_the_requirements_name_no_host_and_no_second_driver():
    for path in (BASE / "requirements").glob("*.txt"):
        text = path.read_text("utf-8")
        assert "://" not in text, f"{path.name} names a host."
        assert not re.search(r"^psycopg==", text, re.MULTILINE), f"{path.name} brings psycopg 3."
