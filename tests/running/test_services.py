"""The embedded services: shared by commands, ended with the last one, and back after any kill."""

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest
from django.conf import settings

from sandbox_reg.keeper import keeper_lives, services
from sandbox_reg.services import APPLICATION, OWNER, Embedded, Places, copy_programs

BASE = Path(settings.BASE_DIR)


@pytest.fixture
def folder() -> Iterator[Path]:
    """Give a state folder whose path has a space and Chinese, closed to other users."""
    with tempfile.TemporaryDirectory(prefix="sandbox-run-") as parent:
        path = Path(parent) / "状态 目录"
        yield path
        kill_all(path)
        shutil.rmtree(Places(path).sockets, ignore_errors=True)
        shutil.rmtree(Places(path).reachable, ignore_errors=True)


def bare(folder: Path, **more: str) -> dict[str, str]:
    """Give an environment as `env -i` leaves it: no language, no services."""
    return {"PATH": "/usr/local/bin:/usr/bin:/bin", "SANDBOX_VAR": str(folder), "DEMO": "0"} | more


def start(*arguments: str, folder: Path, **more: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, *arguments],
        cwd=BASE,
        env=bare(folder, **more),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def processes_of(folder: Path) -> list[int]:
    """List the processes that name this state folder, its sockets or its lock files."""
    found = []
    marks = (os.fsencode(folder), os.fsencode(Places(folder).sockets))
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            command, environment = (entry / "cmdline").read_bytes(), b""
            with contextlib.suppress(OSError):
                environment = (entry / "environ").read_bytes()
            if int(entry.name) != os.getpid() and any(m in command + environment for m in marks):
                found.append(int(entry.name))
    return found


def kill_all(folder: Path) -> None:
    until = time.monotonic() + 10
    while (found := processes_of(folder)) and time.monotonic() < until:
        for pid in found:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.05)


def eventually(condition, seconds: float = 15) -> bool:
    until = time.monotonic() + seconds
    while not condition() and time.monotonic() < until:
        time.sleep(0.05)
    return bool(condition())


def free_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


def ask(folder: Path, statement: str, role: str = OWNER):
    connection = psycopg2.connect(Places(folder).database_url(role))
    connection.autocommit = True
    with contextlib.closing(connection), connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchone() if cursor.description else None


def test_a_second_user_keeps_the_services_when_the_first_one_leaves(folder):
    with contextlib.ExitStack() as second:
        with services(folder):
            second.enter_context(services(folder))
        assert keeper_lives(folder)
        assert ask(folder, "SELECT current_user", APPLICATION) == (APPLICATION,)
    assert not keeper_lives(folder)
    assert not Places(folder).sockets.exists()


def test_after_a_kill_of_everything_the_committed_rows_are_there(folder):
    with services(folder):
        ask(folder, "CREATE TABLE kept AS SELECT 7 AS n")
        kill_all(folder)
    with services(folder):
        assert ask(folder, "SELECT n FROM kept") == (7,)


def test_nothing_is_left_when_the_keeper_is_killed(folder):
    with services(folder):
        keeper = next(
            pid
            for pid in processes_of(folder)
            if b"sandbox_reg.keeper" in Path(f"/proc/{pid}/cmdline").read_bytes()
        )
        os.kill(keeper, signal.SIGKILL)
        assert eventually(lambda: not processes_of(folder))


def test_nothing_listens_on_the_network_and_the_sockets_are_private(folder):
    with services(folder):
        assert Places(folder).sockets.stat().st_mode & 0o777 == 0o700
        assert ask(folder, "SHOW listen_addresses") == ("",)
        # Under the ctype C the trigram index knows no Chinese.
        ask(folder, "CREATE EXTENSION pg_trgm")
        assert len(ask(folder, "SELECT show_trgm('重庆市万州区')")[0]) == 7


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become nobody")
def test_root_without_namespaces_runs_the_database_as_nobody(folder):
    embedded = Embedded(folder, throwaway=True, allow_namespace=False)
    # Programs in a closed folder, like a checkout under /root, must be copied to where nobody gets.
    embedded.home = copy_programs(embedded.home, folder.parent / "closed")
    embedded.start()
    try:
        assert embedded.home.is_relative_to(Places(folder).reachable)
        assert ask(folder, "SELECT current_user") == (OWNER,)
        pid = embedded.data.joinpath("postmaster.pid").read_text().split()[0]
        assert Path(f"/proc/{pid}").stat().st_uid == embedded.account.uid != 0
    finally:
        embedded.stop()


def test_a_command_brings_its_services_and_takes_them_away(folder):
    done = start("manage.py", "showmigrations", "core", folder=folder)
    assert "0001" in done.communicate(timeout=60)[0]
    assert done.returncode == 0
    assert not processes_of(folder)


def test_a_wrong_setting_is_answered_by_a_sentence(folder):
    done = start("manage.py", "check", folder=folder, PORT="八千")
    assert re.search(r"^环境变量 PORT 的值是 八千，.*。$", done.communicate(timeout=30)[0])
    assert done.returncode == 1


@pytest.mark.slow
def test_the_system_starts_once_survives_kills_and_stops_cleanly(folder):
    port = free_port()
    page = f"http://127.0.0.1:{port}/admin/login/"
    first = start("-m", "sandbox_reg.supervisor", folder=folder, PORT=port)
    assert eventually(lambda: answers(page), 90)

    second = start("-m", "sandbox_reg.supervisor", folder=folder, PORT=free_port())
    said = second.communicate(timeout=30)[0]
    assert second.returncode == 1
    assert f"进程 {first.pid}" in said
    assert f"127.0.0.1:{port}" in said

    kill_all(folder)
    first.communicate(timeout=10)
    third = start("-m", "sandbox_reg.supervisor", folder=folder, PORT=port)
    assert eventually(lambda: answers(page), 90)
    for pid in (p for p in processes_of(folder) if b"gunicorn" in command_of(p)):
        os.kill(pid, signal.SIGKILL)
    assert eventually(lambda: not answers(page), 5)
    assert eventually(lambda: answers(page), 30)

    third.send_signal(signal.SIGINT)
    assert "状态目录" in third.communicate(timeout=180)[0]  # its work is let finish
    assert third.returncode == 0
    assert eventually(lambda: not processes_of(folder))


def command_of(pid: int) -> bytes:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    return b""


def answers(page: str) -> bool:
    with contextlib.suppress(OSError), urllib.request.urlopen(page, timeout=5) as response:
        return response.status == 200
    return False
