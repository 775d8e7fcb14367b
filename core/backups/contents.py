"""What a database holds, as a manifest tells it: counts, migrations, head of the audit chain."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from django.conf import settings

from core.audit.sealing import key_name
from core.models import Job, Seal
from core.rotation import sealed_by
from core.secrets import ring

DUMP, FILES, MANIFEST = "database.dump", "files.tar", "manifest.json"
FORMAT = 1

# A partitioned log counts once, under its own name.
TABLES = """
SELECT relname FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
ORDER BY 1
"""

# What an extension brings does not make a database full.
RELATIONS = """
SELECT count(*) FROM pg_class c WHERE relnamespace = 'public'::regnamespace
AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
"""


def counts(cursor: Any) -> dict[str, int]:
    """Return the rows of every table, as the cursor's transaction sees them."""
    cursor.execute(TABLES)
    names = [name for (name,) in cursor.fetchall()]
    found = {}
    for name in names:
        cursor.execute(f'SELECT count(*) FROM public."{name}"')
        found[name] = cursor.fetchone()[0]
    return found


def needed_files(cursor: Any) -> list[str]:
    """Return the names of the files that jobs have still to read, as the transaction sees them."""
    cursor.execute(
        f"SELECT input_file FROM {Job._meta.db_table} "
        "WHERE status = ANY(%s) AND input_file <> '' ORDER BY id",
        [[Job.Status.QUEUED, Job.Status.RUNNING]],
    )
    return [name for (name,) in cursor.fetchall()]


def migrations(cursor: Any) -> list[str]:
    """Return the migrations that the database has seen, as app.name."""
    cursor.execute("SELECT app || '.' || name FROM django_migrations ORDER BY 1")
    return [name for (name,) in cursor.fetchall()]


def audit_head(cursor: Any) -> dict[str, Any] | None:
    """Return the last seal over the logs, which covers all before it; None before the first."""
    cursor.execute(
        f"SELECT id, digest, key_name FROM {Seal._meta.db_table} ORDER BY id DESC LIMIT 1"
    )
    row = cursor.fetchone()
    return dict(zip(("seal", "digest", "key_name"), row, strict=True)) if row else None


def is_empty(cursor: Any) -> bool:
    """Return whether a database holds nothing of its own yet."""
    cursor.execute(RELATIONS)
    return cursor.fetchone()[0] == 0


def data_keys() -> dict[str, int]:
    """Return the ids of the keys that encrypted columns need, and for how many values."""
    return dict(sealed_by())


def missing_keys(manifest: dict[str, Any]) -> list[str]:
    """Say which keys of a backup this system does not have."""
    said = [
        f"数据密钥 {name}（DATA_KEYS）" for name in manifest["data_keys"] if name not in ring().ids
    ]
    head = manifest["audit_head"]
    if head and head["key_name"] not in map(key_name, settings.AUDIT_KEYS):
        said.append(f"封存密钥 {head['key_name']}（AUDIT_KEY）")
    return said


def described(path: Path) -> dict[str, Any]:
    """Return size and SHA-256 of a file."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {"bytes": path.stat().st_size, "sha256": digest}
