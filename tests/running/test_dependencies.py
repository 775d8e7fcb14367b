"""Every dependency is pinned, explained and hashed; no request handler builds SQL from text."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

BASE = Path(settings.BASE_DIR)
GROUPS = ("base", "embedded", "dev", "browser")
PINNED = re.compile(r"^([a-zA-Z0-9-]+)(?:\[[a-z,]+\])?(==|~=)")
BUILT_SQL = {
    "desk/terms.py": "the table of a term table's model",
}
"""Files that handle requests and put SQL together: what they put into it."""


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def wanted(group: str) -> dict[str, str]:
    """Return the direct dependencies of a group and how each is bound."""
    found = {}
    for line in (BASE / "requirements" / f"{group}.in").read_text("utf-8").splitlines():
        if line and not line.startswith(("#", "-c")):
            match = PINNED.match(line)
            assert match, f"{group}.in: {line} has no version."
            found[plain(match[1])] = match[2]
    return found


def locked(group: str) -> dict[str, int]:
    """Return the packages of a lock file with the number of their hashes."""
    text = (BASE / "requirements" / f"{group}.txt").read_text("utf-8")
    blocks = re.split(r"\n(?=[a-zA-Z0-9])", text)
    return {
        plain(re.match(r"[a-zA-Z0-9_.-]+", block)[0]): block.count("--hash=sha256:")
        for block in blocks
        if re.match(r"[a-zA-Z0-9]", block)
    }


def explained() -> set[str]:
    """Return the packages that docs/dependencies.md has a line for."""
    found = set()
    for line in (BASE / "docs" / "dependencies.md").read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in line.split("|")]
        if len(cells) == 5 and cells[1] not in {"Package", "---"}:
            assert all(cells[1:4]), f"{line} says too little."
            found |= {plain(name.split("[")[0].strip()) for name in cells[1].split(",")}
    return found


def test_every_direct_dependency_has_its_line_and_every_line_its_dependency():
    direct = {name for group in GROUPS for name in wanted(group)}
    # Bound to nothing of its own: openpyxl and django-stubs bring their parts themselves.
    assert direct == explained()


@pytest.mark.parametrize("group", GROUPS)
def test_every_package_is_locked_with_hashes(group):
    lock = locked(group)
    assert lock
    assert set(wanted(group)) <= set(lock)
    assert all(lock.values()), [name for name, hashes in lock.items() if not hashes]


def bandit(*arguments: str) -> dict:
    done = subprocess.run(
        [sys.executable, "-m", "bandit", "--quiet", "--format", "json", *arguments],
        cwd=BASE,
        capture_output=True,
        text=True,
    )
    return json.loads(done.stdout)


PRODUCT = (
    *("core", "staff", "policy", "entities", "membership", "desk"),
    *("sandbox_reg", "manage.py"),
)


def test_bandit_finds_nothing_that_is_not_explained():
    found = bandit("-c", "pyproject.toml", "-r", *PRODUCT)
    assert not found["errors"]
    told = [
        f"{one['filename']}:{one['line_number']} {one['issue_text']}" for one in found["results"]
    ]
    assert told == []
    assert found["metrics"]["_totals"]["loc"] > 10_000


def handles_requests(name: str) -> bool:
    path = Path(name)
    return path.parts[0] == "desk" or bool({path.stem, *path.parts} & {"views", "forms", "admin"})


def test_what_handles_requests_builds_no_sql_that_is_not_explained():
    found = bandit("--tests", "B608,B610,B611", "-r", *PRODUCT)
    assert {
        one["filename"] for one in found["results"] if handles_requests(one["filename"])
    } == set(BUILT_SQL)
