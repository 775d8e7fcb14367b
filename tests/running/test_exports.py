"""Exports with real processes: killed in the middle, produced side by side, refused midway."""

import os
import signal
import subprocess
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path

import openpyxl
import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from core import jobs
from core.models import Access, Export, Job
from desk.exports import actions, producing
from sandbox_reg.pipeline import do
from staff.roles import Role
from tests.conftest import process_environment
from tests.desk.exporting import ask, exports, produce
from tests.factories import make_bureau, make_entity, make_user

pytestmark = pytest.mark.usefixtures("real_commits")
MANY = 900
WORKER = "from sandbox_reg import pipeline; pipeline.do_waiting_jobs()"


@pytest.fixture
def officer(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"
    return make_user(Role.DISTRICT_OFFICER, make_bureau())


def work(tmp_path: Path) -> subprocess.Popen[bytes]:
    """Do the waiting jobs in a process of their own, with the files of this test."""
    return subprocess.Popen(
        [sys.executable, "-c", f"import django; django.setup(); {WORKER}"],
        cwd=settings.BASE_DIR,
        env=os.environ | process_environment() | {"SANDBOX_VAR": str(tmp_path)},
        start_new_session=True,
    )


def lines():
    return Access.objects.for_system("a test looks").filter(kind="export")


def test_a_killed_export_is_done_by_the_next_attempt_with_one_file_and_one_number(
    officer, tmp_path
):
    for _ in range(MANY):
        make_entity(bureau=officer.bureau, status=None)
    export = ask(officer)
    folder = tmp_path / "files" / "exports"
    # Somebody else holds the lock of the numbers, so that the job dies between rows and file.
    with connection.cursor() as cursor:
        year = timezone.localdate().year
        cursor.execute("SELECT pg_advisory_lock(%s, %s)", [producing.SERIALS, year])
        process = work(tmp_path)
        until = time.monotonic() + 60
        while time.monotonic() < until and not _waits_for_its_number():
            time.sleep(0.05)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [producing.SERIALS, year])
    left = [path.name for path in folder.iterdir()]
    assert left == [f"{export.pk}.1"]
    assert exports().get().status == Export.Status.APPROVED
    assert not lines().exists()
    Job.objects.for_system("test").update(lease_until=timezone.now() - timedelta(seconds=1))
    done = produce(export)
    assert done.status == Export.Status.DONE, done.job.error
    assert [path.name for path in folder.iterdir()] == [f"{export.pk}.xlsx"]
    assert done.serial.endswith("000001号")
    assert done.rows == MANY
    assert lines().count() == 1
    sheet = openpyxl.load_workbook(done.file.path).worksheets[1]
    assert sheet.max_row == MANY + 1


def _waits_for_its_number() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted "
            "AND classid = %s",
            [producing.SERIALS],
        )
        return cursor.fetchone()[0] > 0


def test_exports_produced_side_by_side_get_each_number_once(officer):
    make_entity(bureau=officer.bureau)
    asked = [ask(officer) for _ in range(6)]
    together = threading.Barrier(len(asked))

    def done(export: Export) -> None:
        try:
            job = jobs.claim(export.job_id)
            together.wait(20)
            jobs.run(job, do)
        finally:
            connection.close()

    threads = [threading.Thread(target=done, args=(export,)) for export in asked]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    numbers = exports().order_by("serial_number").values_list("serial_number", flat=True)
    assert list(numbers) == [1, 2, 3, 4, 5, 6]
    assert lines().count() == 6


def test_of_slices_asked_for_at_once_no_more_leave_than_one_export_might(officer, monkeypatch):
    make_entity(bureau=officer.bureau)
    monkeypatch.setattr(actions, "free_rows", lambda: 2)
    together = threading.Barrier(5)

    def asked() -> None:
        try:
            together.wait(20)
            ask(officer)
        finally:
            connection.close()

    threads = [threading.Thread(target=asked) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert exports().filter(needs_approval=True).count() == 3
    assert exports().filter(needs_approval=False).count() == 2


def test_an_attempt_thought_dead_writes_nothing_over_the_next_one(officer):
    make_entity(bureau=officer.bureau)
    export = ask(officer)
    first = jobs.claim(export.job_id)
    Job.objects.for_system("test").update(lease_until=timezone.now() - timedelta(seconds=1))
    done = produce(export)
    jobs.run(first, do)
    again = exports().get()
    assert (again.sha256, again.serial) == (done.sha256, done.serial)
    assert lines().count() == 1


def test_a_refusal_in_the_middle_of_reading_is_written_to_the_job(officer, monkeypatch):
    """The reading transaction can write nothing, so it must have ended by then."""
    make_entity(bureau=officer.bureau)
    export = ask(officer)
    for _ in range(4):
        make_entity(bureau=officer.bureau)
    monkeypatch.setattr(producing, "BATCH", 2)
    monkeypatch.setattr(producing, "free_rows", lambda: 1)
    failed = produce(export)
    assert failed.job.status == Job.Status.FAILED
    assert "已超过可以导出的行数" in failed.job.error
    assert not any(producing._folder_of(export).iterdir())


def test_a_cancelled_export_gives_no_file(officer, monkeypatch):
    for _ in range(4):
        make_entity(bureau=officer.bureau)
    export = ask(officer)
    monkeypatch.setattr(producing, "BATCH", 2)

    def cancelled(handle):
        raise jobs.JobCancelled

    monkeypatch.setattr(jobs.Handle, "check", cancelled)
    gone = produce(export)
    assert (gone.status, gone.job.status) == (Export.Status.APPROVED, Job.Status.CANCELLED)
    assert not any(producing._folder_of(export).iterdir())


def test_rows_are_read_as_of_one_moment(officer, monkeypatch):
    """What is committed between two batches does not enter the file."""
    made = [make_entity(bureau=officer.bureau, name=f"重庆旧名{n}有限公司") for n in range(4)]
    monkeypatch.setattr(producing, "BATCH", 2)
    export = ask(officer, columns=["name"])
    renamed = threading.Event()

    def progress(handle, done, total=None, phase=None):
        if done == 2 and not renamed.is_set():
            thread = threading.Thread(target=_rename, args=(made[3],))
            thread.start()
            thread.join(20)
            renamed.set()

    monkeypatch.setattr(jobs.Handle, "progress", progress)
    done = produce(export)
    assert renamed.is_set()
    made[3].refresh_from_db()
    assert made[3].name == "重庆新名有限公司"
    sheet = openpyxl.load_workbook(done.file.path).worksheets[1]
    names = [row[0] for row in sheet.iter_rows(min_row=2, values_only=True)]
    assert names == [f"重庆旧名{n}有限公司" for n in range(4)]


def _rename(entity) -> None:
    try:
        entity.name = "重庆新名有限公司"
        entity.save()
    finally:
        connection.close()
