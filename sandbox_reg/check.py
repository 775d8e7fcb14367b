"""`make check`: every gate in order, each under its name; the first failure ends the run.

Format, lint, types, insecure code, missing migrations, the tests on the embedded services (layers
are among them), the tests in a browser, and the tests once more on the machine's own PostgreSQL
and Redis where these answer.
"""

import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import psycopg2
import redis

from sandbox_reg.services import ROOT

PYTEST = (sys.executable, "-m", "pytest", "-q", "-n", "auto")
MACHINE_DATABASE = "postgresql://{}@127.0.0.1:5432/postgres"
MACHINE_REDIS = "redis://127.0.0.1:6379"
PRODUCT = (
    *("core", "staff", "policy", "entities", "zones", "redline", "membership", "desk"),
    *("sandbox_reg", "manage.py"),
)
GATES = (
    ("格式", (sys.executable, "-m", "ruff", "format", "--check", "--quiet", ".")),
    ("规范", (sys.executable, "-m", "ruff", "check", "--quiet", ".")),
    ("类型", (sys.executable, "-m", "mypy", ".")),
    ("安全", (sys.executable, "-m", "bandit", "--quiet", "-c", "pyproject.toml", "-r", *PRODUCT)),
    ("迁移", (sys.executable, "manage.py", "makemigrations", "--check", "--dry-run")),
    ("测试（内置服务）", (*PYTEST, "-m", "not browser")),
)


def gate(name: str, command: tuple[str, ...], **environment: str) -> None:
    """Run one gate, and end the whole check where it fails."""
    print(f"== {name}", flush=True)
    done = subprocess.run(command, cwd=ROOT, env=os.environ | environment)
    if done.returncode:
        sys.exit(f"检查未通过：{name}")


def chromium() -> str | None:
    """Return the path of Chromium, installed from the distribution where root may do that."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if not found and os.geteuid() == 0 and shutil.which("apt-get"):
        print("正在安装 chromium 和 fonts-noto-cjk ……", flush=True)
        wanted = ("chromium", "fonts-noto-cjk")
        for command in (("update",), ("install", "-y", "--no-install-recommends", *wanted)):
            subprocess.run(
                ("apt-get", "-qq", *command),
                stdout=subprocess.DEVNULL,
                env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"},
            )
        found = shutil.which("chromium")
    return found


def browser() -> None:
    """Run the tests that need a browser, or say why not."""
    if not any((ROOT / "tests" / "browser").glob("test_*.py")):
        print("== 浏览器测试：还没有用例")
        return
    found = chromium()
    if not found:
        print(
            "== 浏览器测试：跳过，本机没有也不能安装 Chromium；Debian 可用 apt install chromium。"
        )
        return
    install = subprocess.run(("make", "--no-print-directory", "install-browser"), cwd=ROOT)
    if install.returncode:
        sys.exit("检查未通过：浏览器测试的依赖装不上。")
    gate(
        "浏览器测试", (*PYTEST, "-n", "0", "-m", "browser", "tests/browser"), SANDBOX_CHROMIUM=found
    )


def known_holes() -> None:
    """Ask for known holes of the pinned packages where pip-audit is installed and has a network."""
    if find_spec("pip_audit") is None:
        print("== 依赖漏洞：跳过，没有安装 pip-audit；它要联网查询，可在有网络的机器上另行执行。")
        return
    for group in ("base", "embedded", "dev"):
        lock = f"requirements/{group}.txt"
        gate(f"依赖漏洞（{group}）", (sys.executable, "-m", "pip_audit", "--no-deps", "-r", lock))


def machine_database() -> str | None:
    """Return the address of a PostgreSQL of this machine that lets us make databases."""
    for user in ("postgres", "root", Path.home().name):
        address = MACHINE_DATABASE.format(user)
        try:
            connection = psycopg2.connect(address, connect_timeout=2)
        except psycopg2.OperationalError:
            continue
        with connection.cursor() as cursor:
            cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
            row = cursor.fetchone()
        connection.close()
        if row and row[0]:
            return address
    return None


def machine_redis() -> str | None:
    """Return the address of a Redis of this machine."""
    client = redis.Redis.from_url(MACHINE_REDIS, socket_connect_timeout=1, socket_timeout=2)
    try:
        client.ping()
    except redis.RedisError:
        return None
    finally:
        client.close()
    return MACHINE_REDIS


def main() -> None:
    """Run all gates."""
    for name, command in GATES:
        gate(name, command)
    known_holes()
    browser()
    found, broker = machine_database(), machine_redis()
    if found and broker:
        gate(
            "测试（本机的 PostgreSQL 和 Redis）",
            (*PYTEST, "-m", "not browser and not slow"),
            SANDBOX_TEST_DATABASE_URL=found,
            SANDBOX_TEST_REDIS_URL=broker,
        )
    else:
        print("== 测试（本机的 PostgreSQL 和 Redis）：跳过，本机 5432 或 6379 端口没有可用的服务。")
    print("检查全部通过。")


if __name__ == "__main__":
    main()
