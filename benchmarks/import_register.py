"""Register import against a bare COPY into the same tables with the same indexes.

    .venv/bin/python -m benchmarks.import_register [--rows 1000000] [--seed 1]

Makes a database of its own folder under the system's temporary folder, generates a register file
from the demo city, imports it by the command, then empties the tables and copies the very rows that
the import wrote into them again. Prints both times, their ratio, and the peak of the import's
resident memory, read from the kernel when the process ends.
"""

from __future__ import annotations

import argparse
import csv
import os
import secrets
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg2

from sandbox_reg.services import APPLICATION, OWNER, Embedded

ROOT = Path(__file__).resolve().parent.parent
HEADER = (
    "企业名称,统一社会信用代码,注册日期,企业类型,注册资金,经营范围,地区,注册地址,行业代码,登记状态"
)
WRITTEN = (
    "entities_entity", "entities_entitystatus", "entities_safetyreading", "entities_fournewmark",
    "entities_factchange",
)  # fmt: skip
EXPORT = (
    "SELECT e.name, e.code, e.established_on, e.kind_text, e.capital, e.business_scope, "
    "d.short_name, e.address, e.industry, CASE e.status WHEN 'active' THEN '存续' "
    "WHEN 'dormant' THEN '歇业' WHEN 'liquidating' THEN '清算' WHEN 'deregistered' THEN '注销' "
    "WHEN 'revoked' THEN '吊销' WHEN 'cancelled' THEN '撤销' ELSE '迁出' END "
    "FROM entities_entity e JOIN staff_district d ON d.id = e.district_id ORDER BY e.id"
)


def main() -> None:
    """Run the comparison once and print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="sandbox-bench-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        services = Embedded(folder / "var")
        services.start()
        try:
            compare(services, folder, given.rows, given.seed)
        finally:
            services.stop()


def compare(services: Embedded, folder: Path, count: int, seed: int) -> None:
    """Generate, import, copy; print the figures."""
    manage(services, OWNER, "migrate", "--verbosity", "0")
    manage(services, OWNER, "seed_reference", "--verbosity", "0")
    made, _ = manage(services, OWNER, "make_demo", "--entities", str(count), "--seed", str(seed))
    print(f"make_demo {count:,}: {made:.1f} s")
    owner = psycopg2.connect(services.places.database_url(OWNER))
    owner.autocommit = True
    register = folder / "register.csv"
    with register.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerow(HEADER.split(","))
        owner.cursor().copy_expert(f"COPY ({EXPORT}) TO STDOUT (FORMAT csv)", file)
    empty(owner)
    owner.cursor().execute("CHECKPOINT")
    imported, peak = manage(services, APPLICATION, "import_register", str(register))
    again, _ = manage(services, APPLICATION, "import_register", str(register))
    copied = copy(owner, folder)
    print(f"import_register {count:,}: {imported:.1f} s ({count / imported:,.0f} rows/s)")
    print(f"the same file again: {again:.1f} s")
    print(f"COPY of the same rows into {len(WRITTEN)} tables, same indexes: {copied:.1f} s")
    print(f"ratio: {imported / copied:.2f}; peak memory of the import: {peak:.0f} MB")


def copy(owner: psycopg2.extensions.connection, folder: Path) -> float:
    """Copy out what the import wrote, empty the tables, copy it in; return the seconds of that."""
    cursor = owner.cursor()
    for table in WRITTEN:
        with (folder / table).open("wb") as file:
            cursor.copy_expert(f"COPY {table} TO STDOUT", file)
    empty(owner)
    cursor.execute("CHECKPOINT")
    begun = time.monotonic()
    for table in WRITTEN:
        with (folder / table).open("rb") as file:
            cursor.copy_expert(f"COPY {table} FROM STDIN", file)
    return time.monotonic() - begun


def empty(owner: psycopg2.extensions.connection) -> None:
    """Empty the entity tables and all that points to them."""
    cursor = owner.cursor()
    cursor.execute("SET sandbox.maintenance = 'on'")
    cursor.execute("TRUNCATE entities_entity RESTART IDENTITY CASCADE")


def manage(services: Embedded, login: str, *arguments: str) -> tuple[float, float]:
    """Run a command under a database login; return its seconds and its peak memory in MB."""
    environment = os.environ | {
        "DATABASE_URL": services.places.database_url(login),
        "DATABASE_OWNER_URL": services.places.database_url(OWNER),
        "REDIS_URL": services.places.redis_url,
        **{name: secrets.token_urlsafe(48) for name in ("SECRET_KEY", "AUDIT_KEY", "DATA_KEYS")},
    }
    begun = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=environment,
        stderr=subprocess.DEVNULL,
    )
    # The kernel's own record of this one process, which subprocess.run throws away.
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"manage.py {' '.join(arguments)} ended with {process.returncode}.")
    return time.monotonic() - begun, usage.ru_maxrss / 1024


if __name__ == "__main__":
    main()
