"""Making a backup: one moment of the database, files that jobs still read, and a manifest.

Exports, files of bad rows and files that were read lie there unencrypted, and can be made or handed
in again: they are not in it.
Everything is written into a folder beside the wanted one and moved at the end, so that a backup
under its final name is whole. Keys are never in it: who finds a backup cannot open it with itself.
"""

from __future__ import annotations

import json
import os
import shutil
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg2
from django.conf import settings
from django.db import connection
from django.utils import timezone

from core.backups import contents
from core.backups.clients import find, run, server_major
from core.backups.contents import DUMP, FILES, FORMAT, MANIFEST
from core.errors import Refused

UNFINISHED = ".partial"


def make(folder: Path) -> dict[str, Any]:
    """Back everything up into a new folder; return the manifest. Refuses a folder with content."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Refused("", f"{folder} 已经存在且不是空目录，请换一个目录名后重试。")
    find("pg_dump", server_major())
    begun = folder.with_name(folder.name + UNFINISHED)
    shutil.rmtree(begun, ignore_errors=True)  # what a killed backup left
    begun.mkdir(mode=0o700, parents=True)
    try:
        manifest = _fill(begun)
        if folder.exists():
            folder.rmdir()
        begun.rename(folder)
    except BaseException:
        shutil.rmtree(begun, ignore_errors=True)
        raise
    _flush(folder.parent)
    return manifest


def _fill(begun: Path) -> dict[str, Any]:
    keys = contents.data_keys()
    with _one_moment() as (cursor, snapshot):
        run(
            "pg_dump",
            f"--snapshot={snapshot}",
            "--format=custom",
            "--no-owner",
            "--no-privileges",
            "--no-comments",
            f"--file={begun / DUMP}",
        )
        cursor.execute("SELECT current_setting('server_version')")
        manifest = {
            "format": FORMAT,
            "made_at": timezone.localtime().isoformat(timespec="seconds"),
            "server": cursor.fetchone()[0],
            "server_major": server_major(),
            "tables": contents.counts(cursor),
            "migrations": contents.migrations(cursor),
            "audit_head": contents.audit_head(cursor),
            "data_keys": keys,
        }
        files = contents.needed_files(cursor)
    manifest["media"] = _pack(Path(settings.MEDIA_ROOT), files, begun / FILES)
    manifest["files"] = {name: contents.described(begun / name) for name in (DUMP, FILES)}
    (begun / MANIFEST).write_text(json.dumps(manifest, ensure_ascii=False, indent=1), "utf-8")
    for path in begun.iterdir():
        path.chmod(0o600)
        _flush(path)
    return manifest


@contextmanager
def _one_moment() -> Iterator[tuple[Any, str]]:
    """Hold one moment of the database for pg_dump and the counts, on a connection of its own."""
    opened = psycopg2.connect(**connection.get_connection_params() | {"cursor_factory": None})
    opened.set_session(isolation_level="REPEATABLE READ", readonly=True)
    try:
        with opened.cursor() as cursor:
            cursor.execute("SELECT pg_export_snapshot()")
            yield cursor, cursor.fetchone()[0]
    finally:
        opened.close()


def _pack(media: Path, names: list[str], archive: Path) -> int:
    """Pack the named files; return how many. What vanished meanwhile is left out."""
    count = 0
    with tarfile.open(archive, "w") as packed:
        for name in names:
            try:
                packed.add(media / name, arcname=name, recursive=False)
            except FileNotFoundError:
                continue  # its job has ended since
            count += 1
    return count


def _flush(path: Path) -> None:
    """Let what was written reach the disk."""
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
