"""The way of a fact with real processes: worker, broker, kill -9."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from datetime import date

import pytest
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from core import jobs
from core.errors import Refused
from entities.changes import record_changes
from entities.models import CreditClass, Entity, EntityStatus, FactChange
from membership.models import Decision, Ground, Run, RunRange
from membership.runs import Order, execute, rehearse
from sandbox_reg import pipeline
from sandbox_reg.celery import app as celery_app
from tests.conftest import process_environment

BEGAN = date(2026, 3, 1)
SECONDS = 5
ENTITIES = 400

RUN = """
import django
django.setup()
from datetime import date
from django.conf import settings
from membership.runs import Order, execute
settings.RUN_RANGE_SIZE = 10
execute(Order(on=date(2026, 3, 1), release="首次打标"))
"""


def rows(model):
    return model.objects.for_system("test")


def make_members(number):
    entities = rows(Entity).bulk_create(
        Entity(code=f"W{n:017d}", name=f"重庆工人{n}有限公司") for n in range(number)
    )
    rows(EntityStatus).bulk_create(
        EntityStatus(entity=e, status="active", since=date(2020, 1, 1)) for e in entities
    )
    rows(CreditClass).bulk_create(
        CreditClass(entity=e, letter="A", month=date(2026, 2, 1), since=date(2026, 2, 1))
        for e in entities
    )
    return entities


def fall(entity):
    today = timezone.localdate()
    with transaction.atomic():
        rows(CreditClass).current().get(entity=entity, until=None).close(today)
        CreditClass.objects.create(
            entity=entity, letter="B", month=today.replace(day=1), since=today
        )
        record_changes([entity.pk], today, "信用风险分类更正")


def is_inside(entity):
    return rows(Ground).current().filter(entity=entity, until=None).exists()


def wait_until(happened, seconds):
    until = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < until, f"It did not happen within {seconds} s."
        time.sleep(0.1)


def test_a_worker_moves_a_changed_entity_within_seconds(celery_worker_process):
    (entity,) = make_members(1)
    execute(Order(on=BEGAN, release="首次打标"))
    fall(entity)
    wait_until(lambda: not is_inside(entity), SECONDS)
    assert rows(Decision).filter(move="close").get().cause == "信用风险分类更正"


def test_with_the_broker_stopped_a_change_is_saved_and_the_sweep_settles_it(
    real_commits, monkeypatch, tmp_path, caplog
):
    (entity,) = make_members(1)
    execute(Order(on=BEGAN, release="首次打标"))
    monkeypatch.setattr(celery_app.conf, "broker_url", f"redis+socket://{tmp_path}/stopped.sock")
    monkeypatch.setattr(celery_app, "_pool", None)
    celery_app.amqp.__dict__.pop("_producer_pool", None)
    try:
        fall(entity)
    finally:
        monkeypatch.undo()
        celery_app.amqp.__dict__.pop("_producer_pool", None)
    assert "The broker did not take sandbox.settle" in caplog.text
    assert is_inside(entity)
    assert rows(FactChange).filter(taken_by=None).count() == 1
    pipeline.sweep(timezone.localdate())
    assert not is_inside(entity)


def test_a_run_killed_in_the_middle_is_completed_by_the_next_one(real_commits, tmp_path):
    make_members(ENTITIES)
    process = subprocess.Popen(
        [sys.executable, "-c", RUN],
        cwd=settings.BASE_DIR,
        env=os.environ | process_environment(),
        start_new_session=True,
    )
    wait_until(lambda: RunRange.objects.filter(applied_at__isnull=False).count() > 3, 60)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    left = RunRange.objects.filter(applied_at=None).count()
    assert left > 0, "The run ended before it was killed."

    wait_until(lambda: _completes(), 20)

    assert rows(Run).count() == 1
    assert rows(Decision).count() == ENTITIES
    assert rows(Decision).values("entity").distinct().count() == ENTITIES
    assert rows(Ground).current().filter(until=None).count() == ENTITIES
    assert rehearse(Order(on=BEGAN))["in"] == 0


def _completes():
    """The dead session's lock is let go when the server notices, which may take a moment."""
    with contextlib.suppress(Refused):
        return execute(Order(on=BEGAN)).status == Run.Status.DONE
    return False


def test_a_job_whose_worker_died_is_done_by_another(real_commits, monkeypatch):
    job = jobs.enqueue("run", "评估", params={"on": "2026-03-01", "release": "首次打标"})
    dead = jobs.claim(job.pk)
    assert dead is not None
    assert jobs.claim(job.pk) is None
    rows(jobs.Job).filter(pk=job.pk).update(lease_until=timezone.now())
    assert pipeline.do_waiting_jobs() == 1
    job.refresh_from_db()
    assert (job.status, job.attempt) == ("done", 2)
    assert not jobs.Handle(dead).finish("failed")


@pytest.mark.parametrize("kind", sorted(pipeline.JOBS))
def test_every_kind_of_job_has_its_work(kind):
    assert callable(pipeline.JOBS[kind].do)
