"""Sharing of the embedded services between the commands of one state folder.

Three lock files. `users.lock` is held shared by everybody who needs the services. `keeper.lock` is
held by the one process that owns them. `start.lock` lets one caller at a time look and start.
The keeper waits for the exclusive lock on `users.lock`: it gets it when the last user has gone,
killed ones included, and then stops the services. A user who comes at that moment waits until
they have stopped, and starts them again.
"""

import contextlib
import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from sandbox_reg.processes import STOP_SECONDS, ServicesError, lock
from sandbox_reg.services import ROOT, Embedded

CHECK_SECONDS = 0.2


def keeper_lives(folder: Path) -> bool:
    """Tell whether some process owns the services of this state folder."""
    free = lock(folder / "keeper.lock", fcntl.LOCK_SH | fcntl.LOCK_NB)
    if free:
        free.close()
    return free is None


@contextlib.contextmanager
def services(folder: Path) -> Iterator[IO[bytes]]:
    """Have the services running for the duration of the block, starting them when nobody has.

    Yields the open lock file: a child process that inherits it counts as a user too.
    """
    folder = folder.resolve()
    users = lock(folder / "users.lock", fcntl.LOCK_SH)
    assert users is not None
    try:
        _ensure_keeper(folder)
        yield users
    finally:
        _leave(folder, users)


def _ensure_keeper(folder: Path) -> None:
    with contextlib.closing(lock(folder / "start.lock", fcntl.LOCK_EX)):  # type: ignore[type-var]
        if keeper_lives(folder):
            return
        process = subprocess.Popen(
            [sys.executable, "-m", "sandbox_reg.keeper", str(folder)],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        assert process.stdout is not None
        assert process.stderr is not None
        with process.stdout, process.stderr:
            if process.stdout.readline().strip() != b"ready":
                said = process.stderr.read().decode("utf-8", "replace").strip()
                raise ServicesError(said.splitlines()[-1] if said else "内置服务没有启动。")
        process.returncode = 0  # it outlives us on purpose; no warning about it at our end


def _leave(folder: Path, users: IO[bytes]) -> None:
    """Give up the services; the last one waits for their end, so that nothing is left behind."""
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        last = True
    except BlockingIOError:
        last = False
    users.close()
    until = time.monotonic() + STOP_SECONDS
    while last and keeper_lives(folder) and time.monotonic() < until:
        time.sleep(0.02)


def keep(folder: Path) -> None:
    """Own the services until nobody holds `users.lock` any more. The keeper's whole life."""
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    mine = lock(folder / "keeper.lock", fcntl.LOCK_EX)
    embedded = Embedded(folder)
    embedded.start()
    try:
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        quiet = os.open(os.devnull, os.O_RDWR)
        os.dup2(quiet, 1)
        os.dup2(quiet, 2)
        while (alone := lock(folder / "users.lock", fcntl.LOCK_EX | fcntl.LOCK_NB)) is None:
            time.sleep(CHECK_SECONDS)
            embedded.check()
    finally:
        embedded.stop()
    # Kept to the end: a newcomer must wait until both services have stopped.
    for held in (alone, mine):
        if held:
            held.close()


if __name__ == "__main__":
    try:
        keep(Path(sys.argv[1]))
    except ServicesError as error:
        sys.exit(str(error))
