"""The page of a job: who sees it, how far it is, cancelling, the file of bad rows."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse
from django.utils import timezone

from core import job_files
from core.models import Access, Job
from entities.imports.uploads import IMPORTS
from membership.models import Run
from policy.limits import limits_in_force
from staff.roles import Role
from tests.desk.making import make_run


@pytest.fixture
def job(people, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return Job.objects.create(
        kind="import_register", title="导入登记信息", started_by=people["own"]
    )


def page(job, name="job-detail"):
    return reverse(f"desk:{name}", args=(job.pk,))


def change(job, **fields):
    Job.objects.for_system("a test arranges").filter(pk=job.pk).update(**fields)


@pytest.mark.parametrize(
    ("person", "status"),
    [("own", 200), ("own_lead", 404), ("other", 404), ("city", 200), ("unit", 404),
     ("auditor", 403), ("nobody", 302)],
)  # fmt: skip
def test_a_job_is_seen_by_who_began_it_and_by_the_city(as_, job, person, status):
    assert as_(person).get(page(job)).status_code == status
    listed = as_(person).get(reverse("desk:job-list"))
    if listed.status_code == 200:
        assert (page(job) in listed.content.decode()) is (status == 200)


def test_progress_is_told(as_, job):
    now = timezone.now()
    change(
        job,
        status="running",
        phase="读取文件",
        done=250,
        total=1000,
        started_at=now - timedelta(seconds=10),
        lease_until=now + timedelta(seconds=30),
    )
    said = as_("own").get(page(job)).content.decode()
    assert "25%，已处理 250 / 1,000，每秒 25，预计剩余 0:00:30。" in said
    assert 'hx-trigger="every 1s"' in said


def test_the_fragment_is_the_part_of_the_page(as_, job):
    client = as_("own")
    change(job, status="done", result={"sentences": ["新增2户。"]}, finished_at=timezone.now())
    whole = client.get(page(job)).content.decode()
    part = client.get(page(job), headers={"HX-Request": "true"}).content.decode()
    assert "新增2户。" in part
    assert "<html" not in part
    assert "hx-trigger" not in part
    assert part.split("下载")[0].split("<form")[0].strip() in whole


def test_a_queue_that_nobody_takes_is_named(as_, job):
    assert "worker 未运行" not in as_("own").get(page(job)).content.decode()
    change(job, created_at=timezone.now() - timedelta(seconds=31))
    assert "worker 未运行" in as_("own").get(page(job)).content.decode()
    Job.objects.create(
        kind="run", title="别的", status="running",
        lease_until=timezone.now() + timedelta(seconds=20),
    )  # fmt: skip
    assert "worker 未运行" not in as_("own").get(page(job)).content.decode()


@pytest.mark.parametrize(("person", "status"), [("own", "cancelled"), ("other", "queued")])
def test_cancelling(as_, job, person, status):
    as_(person).post(page(job, "job-cancel"))
    job.refresh_from_db()
    assert job.status == status


def test_a_finished_job_is_not_cancelled(as_, job):
    change(job, status="done")
    said = as_("own").post(page(job, "job-cancel"), follow=True).content.decode()
    assert "该任务已经结束，不能取消。" in said


@pytest.fixture
def bad_rows(people, job):
    """The import of the city's officer, with its file of bad rows."""
    job.params, job.started_by = {"file_name": "登记.csv"}, people["city"]
    job.status, job.finished_at = "done", timezone.now()
    job.error_file.save("bad.csv", ContentFile("行号,问题\n".encode()))
    return job


def test_bad_rows_are_handed_out_and_recorded(as_, people, bad_rows):
    answer = as_("city").post(page(bad_rows, "job-errors"))
    assert b"".join(answer.streaming_content).decode() == "行号,问题\n"
    line = Access.objects.for_system("a test looks").get(kind="download")
    assert (line.actor_id, line.detail["job"]) == (people["city"].pk, bad_rows.pk)
    assert len(line.detail["sha256"]) == 64
    assert as_("other").post(page(bad_rows, "job-errors")).status_code == 404
    assert as_("city").get(page(bad_rows, "job-errors")).status_code == 405


@pytest.mark.parametrize("kind", IMPORTS)
def test_who_may_no_longer_import_takes_no_bad_rows(as_, people, bad_rows, kind):
    change(bad_rows, kind=kind)
    moved = people["city"]
    moved.role, moved.bureau = Role.DISTRICT_OFFICER, people["own"].bureau
    moved.save()
    client = as_("city")
    said = client.get(page(bad_rows)).content.decode()
    assert "只能由现在有权导入该类文件的人员下载" in said
    assert page(bad_rows, "job-errors") not in said
    assert client.post(page(bad_rows, "job-errors")).status_code == 403
    assert not Access.objects.for_system("a test looks").filter(kind="download").exists()


def test_a_job_of_another_kind_hands_out_nothing(as_, bad_rows):
    change(bad_rows, kind="bulk")
    assert as_("city").post(page(bad_rows, "job-errors")).status_code == 404


def test_the_page_says_until_when_bad_rows_are_kept_and_that_they_are_gone(as_, bad_rows):
    days = timedelta(days=limits_in_force(timezone.localdate())["export.kept_days"])
    client = as_("city")
    until = timezone.localtime(bad_rows.finished_at + days)
    assert f"保留至 {until:%Y-%m-%d %H:%M}" in client.get(page(bad_rows)).content.decode()
    job_files.expire(until, days)
    said = client.get(page(bad_rows)).content.decode()
    assert "错误文件已超过保留期限并清除" in said
    assert page(bad_rows, "job-errors") not in said
    assert client.post(page(bad_rows, "job-errors")).status_code == 404


def test_bad_rows_that_no_backup_brought_back_are_a_sentence(as_, bad_rows):
    Path(bad_rows.error_file.path).unlink()
    said = as_("city").post(page(bad_rows, "job-errors"), follow=True).content.decode()
    assert "错误文件已不在服务器上" in said


@pytest.mark.parametrize(("status", "gone"), [("queued", False), ("done", True)])
def test_the_page_says_that_the_uploaded_file_is_gone(as_, job, status, gone):
    change(job, status=status, params={"file_name": "登记.csv"})
    assert ("上传的文件在任务结束时已清除" in as_("own").get(page(job)).content.decode()) is gone


@pytest.mark.parametrize(
    ("status", "release", "said", "unsaid"),
    [
        ("held", "", "评估已暂停：全市移出12户。", "已放行"),
        ("held", "已核对", "评估已暂停：全市移出12户。", "已放行"),
        ("done", "已核对", "已放行，评估已生效。", "评估已暂停"),
    ],
)
def test_a_release_that_took_effect_is_said(as_, job, status, release, said, unsaid):
    run = make_run(Run.Kind.NIGHTLY, status=status, release_reason=release)
    result = {"run": run.pk, "held_reason": "全市移出12户"}
    change(job, kind="run", status="done", result=result)
    text = as_("city").get(page(job)).content.decode()
    assert said in text
    assert unsaid not in text
