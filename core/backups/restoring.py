"""Restoring a backup into an empty database, and comparing what came back with its manifest."""

from __future__ import annotations

import json
import shutil
import tarfile
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils import timezone

from core import roles
from core.audit.verifying import verify
from core.backups import contents
from core.backups.clients import find, run, server_major
from core.backups.contents import DUMP, FILES, FORMAT, MANIFEST
from core.errors import Refused


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return the manifest of a backup whose files are as they were made. Refuses any other."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise Refused("", f"{folder} 中没有可读的 {MANIFEST}，不是一份完整的备份。") from error
    if manifest.get("format") != FORMAT:
        raise Refused("", "备份由其他版本的系统制作，请用制作它的版本恢复后再升级。")
    for name, wanted in manifest["files"].items():
        path = folder / name
        if not path.is_file() or contents.described(path) != wanted:
            raise Refused("", f"备份文件 {name} 缺失或已被改动（校验和不符），请改用另一份备份。")
    return manifest


def restore(folder: Path) -> dict[str, Any]:
    """Restore everything; return the manifest. Nothing is restored where anything is there already.

    The database comes back in one transaction, so that a killed restore leaves it empty.
    """
    manifest = read_manifest(folder)
    media = Path(settings.MEDIA_ROOT)
    _demand_room(manifest, media)
    roles.prepare(connection)
    run(
        "pg_restore",
        "--single-transaction",
        "--exit-on-error",
        "--no-owner",
        "--no-privileges",
        str(folder / DUMP),
    )
    roles.apply(connection)
    _unpack(folder / FILES, media)
    _compare(manifest, media)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    _set_heads_aside()
    # With the key that no backup holds; where it is missing, the command says which one is wanted.
    if not contents.missing_keys(manifest) and (broken := verify().broken):
        raise Refused("", f"数据已经恢复，但日志封存核验不通过：{broken[0]}")
    return manifest


def _set_heads_aside() -> None:
    """Keep the heads noted by what ran here before: the restored chain ends where it was saved."""
    heads = Path(settings.AUDIT_HEADS)
    if heads.exists():
        heads.rename(heads.with_name(f"{heads.stem}-{timezone.now():%Y%m%d%H%M%S}{heads.suffix}"))


def _demand_room(manifest: dict[str, Any], media: Path) -> None:
    with connection.cursor() as cursor:
        if not contents.is_empty(cursor):
            raise Refused(
                "",
                f"数据库 {connection.settings_dict['NAME']} 不是空的，不能恢复到其中；"
                "请新建一个空数据库，或先把现有数据库改名保留。",
            )
    if media.is_dir() and any(media.iterdir()):
        raise Refused("", f"文件目录 {media} 不是空的，请先移走其中的文件后重试。")
    if server_major() < manifest["server_major"]:
        raise Refused(
            "",
            f"备份来自 PostgreSQL {manifest['server_major']}，本服务器是 {server_major()}，"
            "请恢复到同版本或更新的服务器。",
        )
    find("pg_restore", server_major())


def _unpack(archive: Path, media: Path) -> None:
    """Unpack beside the place of the files, then move: half the files never count."""
    begun = media.with_name(media.name + ".restoring")
    shutil.rmtree(begun, ignore_errors=True)
    begun.mkdir(mode=0o700, parents=True)
    with tarfile.open(archive) as packed:
        packed.extractall(begun, filter="data")
    if media.is_dir():
        media.rmdir()
    begun.rename(media)


def _compare(manifest: dict[str, Any], media: Path) -> None:
    """Refuse where anything differs from what was backed up; nobody should work with it."""
    with connection.cursor() as cursor:
        here = contents.counts(cursor)
        head = contents.audit_head(cursor)
        seen = contents.migrations(cursor)
    names = sorted(here.keys() | manifest["tables"].keys())
    wrong = [
        f"表 {name} 应有 {manifest['tables'].get(name)} 行，实有 {here.get(name)} 行"
        for name in names
        if here.get(name) != manifest["tables"].get(name)
    ]
    if head != manifest["audit_head"]:
        wrong.append("日志封存链的末端与备份清单不符")
    if seen != manifest["migrations"]:
        wrong.append("数据库结构的版本与备份清单不符")
    if sum(1 for path in media.rglob("*") if path.is_file()) != manifest["media"]:
        wrong.append("文件数与备份清单不符")
    if wrong:
        raise Refused("", f"恢复后核对不符：{'；'.join(wrong)}。请勿启用，改用另一份备份。")
