"""`make run`: services, migrations, first data, web server, workers and clock in one process tree.

What dies is started again, after a pause that grows while it keeps dying. Ctrl-C and SIGTERM stop
everything in order: the web first, so that nobody waits for a half-stopped system, the services
last. Every child also ends when the supervisor is killed.
"""

import contextlib
import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import IO

import django
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import get_commands
from django.db import connection, connections
from django.utils.module_loading import import_string

from sandbox_reg.keeper import services
from sandbox_reg.processes import ServicesError, die_with_parent, lock
from sandbox_reg.services import ROOT

MANAGE = (sys.executable, "manage.py")
CELERY = (sys.executable, "-m", "celery", "--app", "sandbox_reg", "--quiet")
LONGEST_PAUSE = 30.0
HEARTBEATS = "/tmp"  # nosec B108 # gunicorn's heartbeat files have no name there
STEADY_SECONDS = 60.0  # after living this long, a program's earlier deaths are forgotten
STOP_SECONDS = 20.0
START_SECONDS = 60.0


@dataclass(frozen=True)
class Step:
    """One command that is run to its end before the programs start."""

    said: str
    arguments: tuple[str, ...]
    wanted: Callable[[], bool] = lambda: True


def first_start() -> bool:
    """Tell whether demonstration data is asked for and no entity exists yet."""
    if not settings.DEMO:
        return False
    with contextlib.closing(connection), connection.cursor() as cursor:
        cursor.execute("SELECT NOT EXISTS (SELECT FROM entities_entity)")
        return bool(cursor.fetchone()[0])


def zoneless() -> bool:
    """Tell whether demonstration data still waits for its zones."""
    if not settings.DEMO:
        return False
    with contextlib.closing(connection), connection.cursor() as cursor:
        cursor.execute(
            "SELECT NOT EXISTS (SELECT FROM zones_zone)"
            " AND NOT EXISTS (SELECT FROM zones_declaration)"
        )
        return bool(cursor.fetchone()[0])


def without_red_lines() -> bool:
    """Tell whether demonstration data still waits for violations and orders."""
    if not settings.DEMO:
        return False
    with contextlib.closing(connection), connection.cursor() as cursor:
        cursor.execute("SELECT NOT EXISTS (SELECT FROM redline_violation)")
        return bool(cursor.fetchone()[0])


def untagged() -> bool:
    """Tell whether demonstration data still waits for its first tagging."""
    if not settings.DEMO:
        return False
    with contextlib.closing(connection), connection.cursor() as cursor:
        cursor.execute("SELECT NOT EXISTS (SELECT FROM membership_run)")
        return bool(cursor.fetchone()[0])


STEPS = (
    Step("更新数据库结构", ("migrate", "--verbosity", "0")),
    Step("载入基础数据", ("seed_reference", "--verbosity", "0")),
    Step("建立演示账号", ("make_demo_accounts", "--verbosity", "0"), lambda: bool(settings.DEMO)),
    Step("生成演示数据", ("make_demo", "--entities", "5000", "--seed", "1"), first_start),
    Step("建立演示区域", ("make_demo_zones", "--verbosity", "0"), zoneless),
    Step("首次打标", ("retag", "--release", "演示数据首次打标"), untagged),
    # After the tagging, so that what red lines take out was inside before.
    Step("建立演示红线数据", ("make_demo_redline", "--verbosity", "0"), without_red_lines),
    Step("整理静态文件", ("collectstatic", "--noinput", "--verbosity", "0")),
)


def programs() -> dict[str, tuple[str, ...]]:
    """Return the command of each long-running program, in the order of their start."""
    worker = (*CELERY, "worker", "--without-gossip", "--without-mingle", "--loglevel", "WARNING")
    return {
        "settle": (*worker, "--hostname", "settle@%h", "--queues", "settle", "--concurrency", "1"),
        "jobs": (*worker, "--hostname", "jobs@%h", "--queues", "jobs", "--concurrency", "2"),
        "beat": (*CELERY, "beat", "--loglevel", "WARNING", "--pidfile="),
        "web": (
            *(sys.executable, "-m", "gunicorn", "sandbox_reg.wsgi", "--bind", address()),
            *("--workers", "2", "--worker-class", "gthread", "--threads", "4"),
            *("--timeout", "120", "--log-level", "warning", "--worker-tmp-dir", HEARTBEATS),
            # A list of pasted codes is part of the page's address: thousands of them fit.
            *("--limit-request-line", "0"),
        ),
    }


def address() -> str:
    """Return host and port of the web server, as gunicorn and browsers write them."""
    host = settings.HOST
    return f"[{host}]:{settings.PORT}" if ":" in host else f"{host}:{settings.PORT}"


class Program:
    """A long-running child and its restarts."""

    def __init__(self, name: str, command: tuple[str, ...], log: Path, users: IO[bytes] | None):
        self.name = name
        self.command = command
        self.log = log
        self.users = users
        self.process: subprocess.Popen[bytes] | None = None
        self.pause = 0.5
        self.started_at = 0.0
        self.next_at = 0.0

    def start(self) -> None:
        """Start the program; it inherits the lock that keeps the services running."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=lambda: die_with_parent(signal.SIGTERM),
                pass_fds=[self.users.fileno()] if self.users else [],
            )
        self.started_at = time.monotonic()

    def watch(self) -> None:
        """Start the program again when it has died and its pause is over."""
        now = time.monotonic()
        if self.process is None:
            if now >= self.next_at:
                self.start()
            return
        if self.process.poll() is None:
            return
        if now - self.started_at > STEADY_SECONDS:
            self.pause = 0.5
        say(
            f"{self.name} 已退出（{self.process.returncode}），{self.pause:g} 秒后重启，"
            f"日志 {self.log}"
        )
        self.process = None
        self.next_at = now + self.pause
        self.pause = min(self.pause * 2, LONGEST_PAUSE)

    def ask_to_stop(self) -> None:
        """Ask the program to finish what it is doing."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()

    def await_end(self) -> None:
        """Wait for the program's end, and kill its whole group when it takes too long."""
        if self.process is None:
            return
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


def say(sentence: str) -> None:
    """Print one line at once, even into a pipe."""
    print(sentence, flush=True)


def refuse_second_start(folder: Path) -> IO[bytes]:
    """Take this state folder for us, or stop with a sentence that names who has it."""
    note = folder / "supervisor.txt"
    mine = lock(folder / "supervisor.lock", fcntl.LOCK_EX | fcntl.LOCK_NB)
    if mine is None:
        who = note.read_text("utf-8") if note.exists() else ""
        sys.exit(
            f"状态目录 {folder} 的系统已在运行（{who}），"
            "请先停止它，或用 SANDBOX_VAR 指定另一目录。"
        )
    note.write_text(f"进程 {os.getpid()}，http://{address()}/", "utf-8")
    return mine


def refuse_taken_port() -> None:
    """Stop with a sentence when some other program listens on our port."""
    family = socket.AF_INET6 if ":" in settings.HOST else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        until = time.monotonic() + 10  # our own killed predecessor may still be closing
        while time.monotonic() < until:
            with contextlib.suppress(OSError):
                probe.bind((settings.HOST, settings.PORT))
                return
            time.sleep(0.2)
    sys.exit(
        f"端口 {settings.PORT} 已被别的程序占用，请用 PORT=8001 make run 这样的方式换一个端口。"
    )


def run_step(step: Step) -> None:
    """Run one start-up command, and stop with its own words when it fails."""
    if step.arguments[0] not in get_commands():
        return
    say(f"{step.said} ……")
    done = subprocess.run(
        (*MANAGE, *step.arguments),
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        preexec_fn=lambda: die_with_parent(signal.SIGTERM),
    )
    if done.returncode:
        sys.exit(f"启动步骤“{step.said}”失败，请按上面的说明处理后重试。")


def await_web() -> None:
    """Wait until the web server takes connections, or say where its log is."""
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        with contextlib.suppress(OSError):
            socket.create_connection((settings.HOST, settings.PORT), 1).close()
            return
        time.sleep(0.05)
    sys.exit(f"网页服务没有启动，原因见 {settings.SANDBOX_VAR / 'log' / 'web.log'}。")


def greet() -> None:
    """Print where to go and as whom."""
    say(f"\n沙盒监管已启动：http://{address()}/")
    if settings.DEMO and find_spec("staff.demo"):
        say("演示账号（仅供演示）：")
        changes = import_string("staff.demo.known_changes")()
        connections.close_all()  # nothing else here asks the database
        for username, password, role, bureau in import_string("staff.demo.accounts")():
            said = f"（{changes[username]}）" if username in changes else ""
            say(f"  {username:<12} {password:<14} {role}　{bureau}{said}")
    say(f"状态目录：{settings.SANDBOX_VAR}")
    say("按 Ctrl-C 停止。")


def serve(users: IO[bytes] | None) -> None:
    """Run the programs until a signal asks to stop; then stop them, the web first."""
    logs = settings.SANDBOX_VAR / "log"
    logs.mkdir(parents=True, exist_ok=True)
    for step in STEPS:
        if step.wanted():
            run_step(step)
    refuse_taken_port()
    running = [
        Program(name, command, logs / f"{name}.log", users) for name, command in programs().items()
    ]
    try:
        for program in running:
            program.start()
        await_web()
        greet()
        while True:
            time.sleep(0.5)
            for program in running:
                program.watch()
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        say("\n正在停止 ……")
        *others, web = running
        web.ask_to_stop()
        web.await_end()
        for program in others:
            program.ask_to_stop()
        for program in others:
            program.await_end()


def main() -> None:
    """Hold the state folder and its services while the system runs."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    django.setup()
    mine = refuse_second_start(settings.SANDBOX_VAR)
    with contextlib.ExitStack() as stack:
        stack.callback(mine.close)
        users = (
            stack.enter_context(services(settings.SANDBOX_VAR)) if settings.NEEDS_EMBEDDED else None
        )
        serve(users)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sandbox_reg.settings")
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(0)
    except (ServicesError, ImproperlyConfigured) as failure:
        sys.exit(str(failure))
