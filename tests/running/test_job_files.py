"""How long the files of jobs are kept, with real processes that are killed."""

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings as site
from django.core.files.base import ContentFile
from django.utils import timezone

from core import job_files, jobs
from core.errors import Refused
from core.models import Job
from policy.limits import limits_in_force
from sandbox_reg import pipeline
from staff.roles import Role
from tests.conftest import process_environment
from tests.factories import make_user

pytestmark = pytest.mark.usefixtures("real_commits")
KEPT = timedelta(days=7)


@pytest.fixture(autouse=True)
def _files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"


def queued() -> Job:
    upload = ContentFile("统一社会信用代码,名称\n".encode(), name="登记.csv")
    params = {"file_name": "登记.csv"}
    return jobs.enqueue("import_register", "导入", by=make_user(), params=params, upload=upload)


def row(job: Job) -> Job:
    return Job.objects.for_system("a test looks").get(pk=job.pk)


def change(job: Job, **fields) -> None:
    Job.objects.for_system("a test arranges").filter(pk=job.pk).update(**fields)


def files() -> list[Path]:
    return [path for path in Path(site.MEDIA_ROOT).rglob("*") if path.is_file()]


def refuse(handle):
    raise Refused("", "不行。")


def fail(handle):
    raise LookupError("A test breaks it.")


def stop(handle):
    raise jobs.JobCancelled


@pytest.mark.parametrize(
    ("work", "status"),
    [(lambda handle: {}, "done"), (refuse, "failed"), (fail, "failed"), (stop, "cancelled")],
)
def test_what_was_handed_in_goes_when_its_job_has_ended(work, status):
    job = queued()
    assert len(files()) == 1
    jobs.run(jobs.claim(job.pk), work)
    ended = row(job)
    assert (ended.status, ended.input_file.name, files()) == (status, "", [])
    assert ended.params["file_name"] == "登记.csv"


def postpone(handle):
    raise jobs.NotNow("", "稍后。")


def lose(handle):
    raise jobs.JobLost


@pytest.mark.parametrize("work", [postpone, lose])
def test_what_is_tried_again_keeps_its_file(work):
    job = queued()
    jobs.run(jobs.claim(job.pk), work)
    assert row(job).is_open
    assert [str(path) for path in files()] == [row(job).input_file.path]
    job_files.expire(timezone.now() + timedelta(days=99), KEPT)
    assert len(files()) == 1


def test_an_attempt_that_was_thought_dead_leaves_the_file_to_the_next():
    job = queued()
    dead = jobs.Handle(jobs.claim(job.pk))
    change(job, attempt=2)
    assert not dead.finish(Job.Status.DONE)
    assert len(files()) == 1


def test_a_job_cancelled_while_it_waits_keeps_no_file():
    job = queued()
    jobs.cancel(job, by=make_user(Role.MUNICIPAL_OFFICER))
    assert (row(job).status, row(job).input_file.name, files()) == ("cancelled", "", [])


SLOW = """
import django, time
django.setup()
from core import jobs
jobs.run(jobs.claim({pk}), lambda handle: print("begun", flush=True) or time.sleep(60))
"""


def test_a_job_killed_midway_finds_its_file_again(tmp_path):
    job = queued()
    process = subprocess.Popen(
        [sys.executable, "-c", SLOW.format(pk=job.pk)],
        cwd=site.BASE_DIR,
        env=os.environ | process_environment() | {"SANDBOX_VAR": str(tmp_path)},
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stdout.readline() == b"begun\n"
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()
    change(job, lease_until=timezone.now() - timedelta(seconds=1))
    seen = []
    jobs.run(
        jobs.claim(job.pk),
        lambda handle: seen.append(Path(handle.job.input_file.path).is_file()) or {},
    )
    assert seen == [True]
    assert files() == []


def ended(at, **fields) -> Job:
    """Return a job that ended at an instant, with both files still there."""
    job = queued()
    job.error_file.save("x.data", ContentFile(b"1"))
    change(job, status="done", finished_at=at, **fields)
    return row(job)


def test_bad_rows_go_when_their_time_is_over_and_the_row_stays():
    now = timezone.now()
    job = ended(now, result={"sentences": ["新增1户。"]})
    assert job_files.expire(now, KEPT) == 1  # what was handed in, which ended before this rule
    assert job_files.expire(now + KEPT - timedelta(minutes=1), KEPT) == 0
    assert len(files()) == 1
    assert job_files.expire(now + KEPT, KEPT) == 1
    assert job_files.expire(now + KEPT, KEPT) == 0
    kept = row(job)
    assert (kept.input_file.name, kept.error_file.name, files()) == ("", "", [])
    assert kept.result == {"sentences": ["新增1户。"], "errors_expired": True}


def test_a_file_that_is_gone_already_hinders_nothing():
    job = ended(timezone.now())
    for path in files():
        path.unlink()
    assert job_files.expire(timezone.now() + KEPT, KEPT) == 2
    assert not row(job).error_file


def test_what_no_row_names_goes_after_a_day_and_what_one_names_stays():
    waits, now = queued(), timezone.now()
    left = Path(site.MEDIA_ROOT) / "jobs" / "2026" / "left.data"
    left.parent.mkdir(parents=True, exist_ok=True)
    left.write_bytes(b"1")
    os.utime(row(waits).input_file.path, (0, 0))
    assert job_files.expire(now, KEPT) == 0  # its row may be about to be written
    long_ago = time.time() - job_files.UNCLAIMED.total_seconds() - 60
    os.utime(left, (long_ago, long_ago))
    assert job_files.expire(now, KEPT) == 1
    assert [str(path) for path in files()] == [row(waits).input_file.path]


def test_the_night_removes_them_after_the_days_of_the_policy():
    days = limits_in_force(timezone.localdate())["export.kept_days"]
    young = ended(timezone.now() - timedelta(days=days) + timedelta(hours=1))
    old = ended(timezone.now() - timedelta(days=days))
    for _ in range(2):
        pipeline.begin_night(timezone.localdate())
    assert (bool(row(young).error_file), bool(row(old).error_file)) == (True, False)
    assert not row(young).input_file
