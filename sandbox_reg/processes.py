"""Child processes and files: as whom they run, how they end, and who holds which lock."""

import contextlib
import ctypes
import fcntl
import os
import pwd
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

PR_SET_PDEATHSIG = 1
CLONE_NEWUSER = 0x10000000
NOBODY = 65534
STOP_SECONDS = 30


class ServicesError(Exception):
    """The embedded services cannot run; the message is a sentence for the person at the screen."""


def die_with_parent(sign: int) -> None:
    """Ask the kernel to send `sign` to this process when its parent ends. For preexec_fn."""
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, int(sign), 0, 0, 0)


def enter_namespace() -> None:
    """Become user 65534 in a new user namespace while the files still see root. For preexec_fn.

    initdb and postgres refuse to run as user 0; this way data and binaries under a closed /root
    need no change of owner. Raises OSError where the system forbids it (some containers).
    """
    outer_user, outer_group = os.geteuid(), os.getegid()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWUSER) != 0:
        raise OSError(ctypes.get_errno(), "unshare")
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{NOBODY} {outer_user} 1")
    Path("/proc/self/gid_map").write_text(f"{NOBODY} {outer_group} 1")


def namespace_allowed() -> bool:
    """Try out whether this system lets root open a user namespace."""
    try:
        subprocess.run(
            [sys.executable, "-S", "-c", ""],
            preexec_fn=enter_namespace,
            check=True,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return True


def reachable_by_others(path: Path) -> bool:
    """Tell whether every folder above `path` lets other users pass."""
    return all(parent.stat().st_mode & stat.S_IXOTH for parent in path.resolve().parents)


class Account:
    """As whom PostgreSQL runs: ourselves; root in a namespace; or nobody, where that is refused."""

    def __init__(self, *, allow_namespace: bool = True) -> None:
        root = os.geteuid() == 0
        self.namespace = root and allow_namespace and namespace_allowed()
        self.user = "nobody" if root and not self.namespace else None

    def prepare(self, sign: int) -> Callable[[], None]:
        """Return the function that a child runs before the program."""

        def before() -> None:
            if self.namespace:
                enter_namespace()
            if self.user:
                entry = pwd.getpwnam(self.user)
                os.setgroups([])
                os.setgid(entry.pw_gid)
                os.setuid(entry.pw_uid)
            die_with_parent(sign)  # last, because a change of user forgets it

        return before

    def own(self, folder: Path) -> None:
        """Make a private folder that this account can use."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if folder.is_symlink() or folder.stat().st_uid not in {os.geteuid(), self.uid}:
            raise ServicesError(f"目录 {folder} 属于别的用户，请由该用户删除后重试。")
        folder.chmod(0o700)
        if self.user:
            entry = pwd.getpwnam(self.user)
            os.chown(folder, entry.pw_uid, entry.pw_gid)

    @property
    def uid(self) -> int:
        """Return the user number that owns the files."""
        return pwd.getpwnam(self.user).pw_uid if self.user else os.geteuid()


def tail(path: Path, size: int = 2000) -> bytes:
    """Return the last bytes of a log."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - size))
        return file.read()


def await_orphan(pid_file: Path, marker: bytes, sign: int) -> None:
    """Let a service that outlived its keeper end before a new one starts on the same files.

    A stale number may by now belong to a stranger; `marker` in its command line tells.
    """
    with contextlib.suppress(OSError, ValueError, IndexError):
        command = Path("/proc") / pid_file.read_text().split()[0] / "cmdline"
        until = time.monotonic() + STOP_SECONDS
        while marker in command.read_bytes():
            os.kill(int(command.parent.name), sign if time.monotonic() < until else signal.SIGKILL)
            time.sleep(0.1)


def lock(path: Path, kind: int) -> IO[bytes] | None:
    """Take a file lock and return the open file that holds it, or None when LOCK_NB finds it held.

    The lock ends with the last process that has the file open, so a killed holder frees it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    file = path.open("ab")
    try:
        fcntl.flock(file, kind)
    except BlockingIOError:
        file.close()
        return None
    return file
