"""What is asked of runs is done once, for the run that was meant, and loses nothing on the way."""

from datetime import date, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError
from django.utils import timezone

from core import jobs
from core.errors import Refused
from core.models import Job
from entities.changes import record_changes
from entities.models import CreditClass, EntityStatus
from membership import locks, runs
from membership.actions import release_run
from membership.models import Decision, Ground, Run, Watch
from membership.runs import Order, execute
from membership.settle import settle
from sandbox_reg import pipeline
from staff.roles import Role
from tests.factories import make_user

pytestmark = pytest.mark.django_db

BEGAN = date(2026, 3, 1)
DAY = BEGAN + timedelta(days=5)
A = {"letter": "A", "month": date(2026, 2, 1), "since": date(2026, 2, 1)}


def rows(model):
    return model.objects.for_system("test")


def fall(entities, letter, since):
    for row in rows(CreditClass).current().filter(entity__in=entities, until=None):
        row.close(since)
    CreditClass.objects.for_system("test").bulk_create(
        CreditClass(entity=entity, letter=letter, month=since.replace(day=1), since=since)
        for entity in entities
    )
    record_changes([e.pk for e in entities], since, "信用风险分类导入")


def do(job: Job) -> Job:
    pipeline.do_waiting_jobs()
    job.refresh_from_db()
    return job


@pytest.fixture
def tagged(build):
    city = [build(credit_class=[A]) for _ in range(60)]
    execute(Order(on=BEGAN, release="首次打标"))
    return city


def test_a_release_lets_the_run_go_on_that_was_meant_and_no_other(tagged, people):
    fall(tagged[:30], "B", DAY)
    held = execute(Order(on=DAY))
    job = release_run(held, by=people["city_lead"], reason="已核对", on=DAY)
    fall(tagged[30:], "B", DAY)
    other = execute(Order(on=DAY))  # stands in for the one that was looked at
    assert other.status == Run.Status.HELD

    job = do(job)

    assert job.status == Job.Status.FAILED
    assert "已由" in job.error
    other.refresh_from_db()
    assert other.status == Run.Status.HELD
    assert rows(Ground).current().filter(until=None).count() == 60


def test_a_release_tried_again_after_it_was_done_begins_no_other_run(tagged, people):
    fall(tagged[:30], "B", DAY)
    held = execute(Order(on=DAY))
    job = release_run(held, by=people["city_lead"], reason="已核对", on=DAY)
    assert do(job).result["run"] == held.pk
    # The worker dies after the run is done and before its job is.
    Job.objects.for_system("test").filter(pk=job.pk).update(status=Job.Status.QUEUED)
    fall(tagged[30:], "B", DAY)  # what nobody looked at must not ride on that word

    assert do(job).result["run"] == held.pk
    assert rows(Run).exclude(kind=Run.Kind.SETTLE).count() == 2
    assert rows(Ground).current().filter(until=None).count() == 30


def test_a_release_lets_through_what_was_looked_at_and_not_much_more(tagged, people):
    fall(tagged[:30], "B", DAY)
    held = execute(Order(on=DAY))
    job = release_run(held, by=people["city_lead"], reason="已核对", on=DAY)
    fall(tagged[30:], "B", DAY)
    assert do(job).result["status"] == Run.Status.HELD
    held.refresh_from_db()
    assert (held.status, held.release_reason) == (Run.Status.HELD, "")
    assert "移出60户" in held.held_reason
    assert rows(Ground).current().filter(until=None).count() == 60
    job = release_run(held, by=people["city_lead"], reason="再次核对", on=DAY)
    assert do(job).result["status"] == Run.Status.DONE
    assert rows(Ground).current().filter(until=None).count() == 0


def test_a_job_of_a_kind_that_is_gone_fails_with_a_sentence(seeded):
    job = jobs.enqueue("gone", "旧任务")
    assert do(job).status == Job.Status.FAILED
    assert "没有“gone”类任务" in job.error


def test_days_that_pass_while_a_run_is_held_turn_all_the_same(tagged):
    held_on = BEGAN + timedelta(days=600)  # facts are recorded ahead of the clock
    later, turning = held_on + timedelta(days=2), held_on + timedelta(days=1)
    fall(tagged[:30], "B", held_on)
    execute(Order(on=held_on))
    entity = tagged[50]
    rows(CreditClass).current().get(entity=entity).close(turning)
    CreditClass.objects.create(entity=entity, letter="B", month=BEGAN, since=turning)

    run = execute(Order(on=later, release="已核对"))

    assert rows(Decision).get(run=run, entity=entity).day == turning
    assert run.counts["unexplained"] == 0


def test_a_day_to_come_is_only_rehearsed(tagged):
    tomorrow = timezone.localdate() + timedelta(days=1)
    with pytest.raises(CommandError, match="晚于今天"):
        call_command("retag", "--on", str(tomorrow))
    call_command("retag", "--on", str(tomorrow), "--dry-run", "--json")


def test_a_night_begins_once(seeded):
    pipeline.begin_night(DAY)
    pipeline.begin_night(DAY)
    assert rows(Job).filter(kind="run").count() == 1
    pipeline.begin_night(DAY + timedelta(days=1))
    assert rows(Job).filter(kind="run").count() == 2


def test_a_night_waits_for_the_run_before_it(tagged, monkeypatch):
    def busy(sql, key):
        return False

    with monkeypatch.context() as patch:
        patch.setattr(locks, "_call", busy)
        pipeline.begin_night(DAY)
        pipeline.do_waiting_jobs()
        job = rows(Job).get(kind="run")
        assert (job.status, job.error) == (Job.Status.QUEUED, "")
    assert do(job).status == Job.Status.DONE


def test_moves_of_a_run_that_is_still_applied_count_for_the_brake(tagged, monkeypatch):
    fall(tagged[:20], "B", DAY)
    whole = runs.write_manifest

    class Killed(BaseException):
        pass

    def dying(*args):
        raise Killed

    monkeypatch.setattr(runs, "write_manifest", dying)
    monkeypatch.setattr(runs, "_pass_gate", lambda run: _let_through(run))
    with pytest.raises(Killed):
        execute(Order(on=DAY))
    monkeypatch.setattr(runs, "write_manifest", whole)
    fall(tagged[30:34], "B", DAY)
    assert settle(DAY).status == Run.Status.HELD


def _let_through(run):
    run.status = Run.Status.APPLYING
    run.save()
    return True


def interrupted(monkeypatch, meanwhile):
    """Let something happen once between staging and applying."""
    whole, done = runs._apply_range, []

    def apply_range(run, part):
        if not done:
            done.append(True)
            meanwhile()
        whole(run, part)

    monkeypatch.setattr(runs, "_apply_range", apply_range)


def test_a_watch_settled_between_staging_and_applying_stands(tagged, monkeypatch):
    entity = tagged[0]
    row = rows(EntityStatus).current().filter(entity=entity).first()
    row.close(DAY)
    record_changes([entity.pk], DAY, "登记状态缺失")

    def cleared():
        EntityStatus.objects.create(entity=entity, status="active", since=DAY)
        record_changes([entity.pk], DAY, "更正登记状态")
        settle(DAY)

    interrupted(monkeypatch, cleared)
    execute(Order(on=DAY))

    assert not rows(Watch).in_force(DAY).filter(entity=entity).exists()


def test_moves_settled_between_staging_and_applying_are_not_made_twice(tagged, monkeypatch):
    entity = tagged[0]
    back = DAY - timedelta(days=2)
    fall([entity], "B", BEGAN + timedelta(days=1))
    fall([entity], "A", back)

    def again():
        record_changes([entity.pk], BEGAN, "信用风险分类更正")
        settle(DAY)

    interrupted(monkeypatch, again)
    execute(Order(on=DAY))

    moves = rows(Decision).filter(entity=entity).order_by("id").values_list("move", "day")
    assert list(moves) == [
        ("open", BEGAN),
        ("close", BEGAN + timedelta(days=1)),
        ("open", back),
    ]


def test_nobody_releases_what_he_started_in_the_action_the_job_and_the_database(tagged, people):
    lead = people["city_lead"]
    fall(tagged[:30], "B", DAY)
    held = execute(Order(on=DAY, by=lead))
    assert (held.status, held.started_by) == (Run.Status.HELD, lead)
    with pytest.raises(Refused, match="发起人不能放行"):
        release_run(held, by=lead, reason="已核对", on=DAY)
    for named in (held.pk, None):
        with pytest.raises(Refused, match="发起人不能放行"):
            execute(Order(on=DAY, by=lead, release="已核对", held=named))
    with pytest.raises(IntegrityError, match="a_run_is_released_by_a_second_person"):
        rows(Run).filter(pk=held.pk).update(released_by=lead)


def test_another_lead_releases_it(tagged, people):
    fall(tagged[:30], "B", DAY)
    held = execute(Order(on=DAY, by=people["city_lead"]))
    other = make_user(Role.MUNICIPAL_LEAD)
    assert do(release_run(held, by=other, reason="已核对", on=DAY)).status == Job.Status.DONE
    held.refresh_from_db()
    assert (held.status, held.released_by) == (Run.Status.DONE, other)


def test_a_person_does_not_start_and_release_in_one_breath(build, people):
    build(credit_class=[A])
    run = execute(Order(on=BEGAN, by=people["city_lead"], release="首次打标"))
    assert (run.status, run.release_reason) == (Run.Status.HELD, "")
