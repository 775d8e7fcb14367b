"""A backup comes back whole into an empty database, or it does not count as one."""

import io
import json
import os
import secrets
import signal
import subprocess
import sys
import tarfile
import time
from types import SimpleNamespace
from urllib.parse import quote

import pytest
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command
from django.db import connection

from core.audit.sealing import Sealer
from core.audit.verifying import verify
from core.backups import clients, contents
from core.errors import Refused
from core.models import Access, Job
from tests.conftest import process_environment
from tests.factories import make_entity

NEEDED = ("jobs/queued.data", "jobs/running.data")
FILES = (
    *NEEDED,
    *("jobs/done.data", "jobs/failed.data", "jobs/cancelled.data", "jobs/errors.data"),
    *("jobs/orphan.data", "exports/1.xlsx"),
)


@pytest.fixture
def filled(real_commits, settings, tmp_path):
    """A database with entities and a sealed log; files of jobs and exports, two of them needed."""
    settings.MEDIA_ROOT = tmp_path / "files"
    for name in FILES:
        path = settings.MEDIA_ROOT / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(f"{name} 13900000000".encode())
    for status in Job.Status.values:
        Job.objects.for_system("a test").create(
            kind="import_register",
            title="导入",
            status=status,
            input_file=f"jobs/{status}.data",
            error_file="jobs/errors.data",
        )
    gone = Job(kind="import_register", title="文件已不在", input_file="jobs/vanished.data")
    gone.save()
    for n in range(3):
        make_entity(letter="A", contact_phone=f"1380000000{n}")
    settings.SANDBOX_VAR = tmp_path / "state"
    assert Sealer().seal() > 0
    connection.close()


def back_up(as_owner, folder):
    said = io.StringIO()
    with as_owner():
        call_command("backup", str(folder), stdout=said)
    return said.getvalue()


@pytest.fixture
def backup(filled, as_owner, tmp_path):
    folder = tmp_path / "备份 一"
    return SimpleNamespace(folder=folder, said=back_up(as_owner, folder))


@pytest.fixture
def empty(owner_connection, owner_address, tmp_path):
    """A second, empty database, and the variables by which commands reach it as its owner."""
    name = f"restored_{os.getpid()}"
    with owner_connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name} TEMPLATE template0")
    secret = f":{quote(owner_address['PASSWORD'])}" if owner_address["PASSWORD"] else ""
    host = quote(str(owner_address["HOST"]), safe="/")
    port = f"&port={owner_address['PORT']}" if owner_address["PORT"] else ""
    url = f"postgresql://{owner_address['USER']}{secret}@/{name}?host={host}{port}"
    yield (
        os.environ
        | process_environment()
        | {
            "DATABASE_URL": url,
            "DATABASE_OWNER_URL": url,
            "SANDBOX_VAR": str(tmp_path / "restored"),
        }
    )
    with owner_connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")


def manage(environment, *arguments):
    return subprocess.run(
        [sys.executable, "manage.py", *map(str, arguments)],
        cwd=django_settings.BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )


LOOK = """
import json
from django.db import connection
from core.backups import contents
from entities.models import Entity
with connection.cursor() as cursor:
    found = contents.counts(cursor)
    cursor.execute("SELECT current_user, has_table_privilege('core_access', 'DELETE')")
    who = cursor.fetchone()
phones = Entity.objects.for_system("a test looks").order_by("id")
print(json.dumps([found, list(phones.values_list("contact_phone", flat=True)), who]))
"""


def test_a_backup_comes_back_whole(backup, empty, tmp_path):
    manifest = json.loads((backup.folder / "manifest.json").read_text("utf-8"))
    assert manifest["tables"]["entities_entity"] == 3
    assert manifest["audit_head"]["digest"] == verify().head
    assert manifest["media"] == 2
    done = manage(empty, "restore", backup.folder)
    assert done.returncode == 0, done.stderr
    assert "行数、结构和日志封存链与清单一致" in done.stdout
    assert "封存密钥" not in done.stdout
    files = tmp_path / "restored" / "files"
    found = {str(path.relative_to(files)) for path in files.rglob("*") if path.is_file()}
    assert found == set(NEEDED)
    for name in NEEDED:
        assert (files / name).read_text("utf-8") == f"{name} 13900000000"
    done = manage(empty | {"DATABASE_OWNER_URL": ""}, "shell", "-v0", "-c", LOOK)
    counts, phones, who = json.loads(done.stdout)
    # The restored database has one line more: that it was restored.
    assert counts == manifest["tables"] | {"core_access": manifest["tables"]["core_access"] + 1}
    assert phones == [f"1380000000{n}" for n in range(3)]
    assert who == ["sandbox_app", False]
    assert manage(empty, "migrate", "--check").returncode == 0


def test_the_backup_tells_of_itself_and_holds_no_key(backup):
    assert "密钥不在备份中" in backup.said
    lines = Access.objects.for_system("a test looks").filter(kind=Access.Kind.MAINTENANCE)
    assert [line.detail["folder"] for line in lines] == [str(backup.folder)]
    for path in backup.folder.iterdir():
        content = path.read_bytes()
        assert path.stat().st_mode & 0o077 == 0
        for key in (
            django_settings.SECRET_KEY,
            *django_settings.AUDIT_KEYS,
            *django_settings.DATA_KEYS,
        ):
            assert key.encode() not in content
    assert b"13800000000" not in (backup.folder / "database.dump").read_bytes()


def test_only_what_jobs_still_read_lies_in_plain_in_a_backup(backup):
    with tarfile.open(backup.folder / "files.tar") as packed:
        assert packed.getnames() == list(NEEDED)
    assert "待处理的上传文件 2 个" in backup.said
    assert "错误文件和已处理的上传文件不在备份中" in backup.said


def test_a_restore_without_the_keys_says_which_ones_are_missing(backup, empty):
    done = manage(empty | {"AUDIT_KEY": secrets.token_urlsafe(48)}, "restore", backup.folder)
    assert done.returncode == 0, done.stderr
    assert "本系统缺少备份所用的封存密钥" in done.stdout


def test_a_full_database_is_not_restored_into(backup, as_owner):
    with as_owner(), pytest.raises(CommandError, match="不是空的，不能恢复"):
        call_command("restore", str(backup.folder))


def test_full_files_are_not_overwritten(backup, empty, tmp_path):
    (tmp_path / "restored" / "files").mkdir(parents=True)
    (tmp_path / "restored" / "files" / "丙").touch()
    done = manage(empty, "restore", backup.folder)
    assert done.returncode == 1
    assert "文件目录" in done.stderr


@pytest.mark.parametrize("name", ["database.dump", "files.tar"])
def test_an_altered_backup_is_refused(backup, empty, name):
    with (backup.folder / name).open("r+b") as file:
        file.seek(600)
        file.write(b"altered")
    done = manage(empty, "restore", backup.folder)
    assert done.returncode == 1
    assert f"{name} 缺失或已被改动" in done.stderr


def with_manifest(folder, change):
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text("utf-8"))
    change(manifest)
    path.write_text(json.dumps(manifest), "utf-8")


def test_everything_that_does_not_agree_with_the_manifest_is_said(backup, empty):
    def change(manifest):
        manifest["tables"]["entities_entity"] = 4
        manifest["audit_head"]["digest"] = "b" * 64
        manifest["migrations"].append("core.9999")
        manifest["media"] = 3

    with_manifest(backup.folder, change)
    done = manage(empty, "restore", backup.folder)
    assert done.returncode == 1
    for said in (
        "表 entities_entity 应有 4 行，实有 3 行",
        "日志封存链的末端与备份清单不符",
        "数据库结构的版本",
        "文件数",
        "请勿启用",
    ):
        assert said in done.stderr


@pytest.mark.parametrize(
    ("change", "said"),
    [({"server_major": 99}, "备份来自 PostgreSQL 99"), ({"format": 0}, "其他版本的系统")],
)
def test_a_backup_of_another_version_is_refused(backup, empty, change, said):
    with_manifest(backup.folder, lambda manifest: manifest.update(change))
    done = manage(empty, "restore", backup.folder)
    assert done.returncode == 1
    assert said in done.stderr


def test_a_folder_with_content_is_not_backed_up_into(filled, as_owner, tmp_path):
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "y").touch()
    with pytest.raises(CommandError, match="不是空目录"):
        back_up(as_owner, tmp_path / "x")
    assert sorted(path.name for path in (tmp_path / "x").iterdir()) == ["y"]


def test_a_killed_backup_leaves_nothing_under_its_name(filled, as_owner, owner_address, tmp_path):
    folder = tmp_path / "killed"
    partial = tmp_path / "killed.partial"
    secret = f":{quote(owner_address['PASSWORD'])}" if owner_address["PASSWORD"] else ""
    host = quote(str(owner_address["HOST"]), safe="/")
    port = f"&port={owner_address['PORT']}" if owner_address["PORT"] else ""
    name = connection.settings_dict["NAME"]
    url = f"postgresql://{owner_address['USER']}{secret}@/{name}?host={host}{port}"
    process = subprocess.Popen(
        [sys.executable, "manage.py", "backup", str(folder)],
        cwd=django_settings.BASE_DIR,
        env=os.environ | process_environment() | {"DATABASE_URL": url, "DATABASE_OWNER_URL": url},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    until = time.monotonic() + 30
    while not partial.exists() and time.monotonic() < until:
        time.sleep(0.002)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert partial.exists()
    assert not folder.exists()
    back_up(as_owner, folder)
    assert (folder / "manifest.json").exists()
    assert not partial.exists()


def test_a_client_older_than_the_server_is_refused(db, settings, tmp_path):
    with pytest.raises(Refused, match="PostgreSQL 99，本机的 pg_dump（.*）不够新.*client-99"):
        clients.find("pg_dump", 99)
    settings.PG_BINDIR = str(tmp_path)
    with pytest.raises(Refused, match="没有"):
        clients.find("pg_dump", clients.server_major())


def test_the_program_of_the_servers_own_version_is_taken(db):
    program = clients.find("pg_dump", clients.server_major())
    said = subprocess.run([program, "--version"], capture_output=True, text=True).stdout
    assert f"(PostgreSQL) {clients.server_major()}" in said


def test_an_empty_database_may_have_extensions(owner_connection, real_commits):
    with connection.cursor() as cursor:
        assert not contents.is_empty(cursor)
