"""The page of a job: who sees it, how far it is, cancelling, the file of bad rows."""

from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse
from django.utils import timezone

from core.models import Access, Job
from membership.models import Run
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


def test_bad_rows_are_handed_out_and_recorded(as_, people, job):
    job.params = {"file_name": "登记.csv"}
    job.error_file.save("bad.csv", ContentFile("行号,问题\n".encode()))
    answer = as_("own").post(page(job, "job-errors"))
    assert b"".join(answer.streaming_content).decode() == "行号,问题\n"
    line = Access.objects.for_system("a test looks").get(kind="download")
    assert (line.actor_id, line.detail["job"]) == (people["own"].pk, job.pk)
    assert len(line.detail["sha256"]) == 64
    assert as_("other").post(page(job, "job-errors")).status_code == 404
    assert as_("own").get(page(job, "job-errors")).status_code == 405


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
