"""The right is asked again when a worker takes a job; without it the job fails and says so."""

import pytest

from core import jobs
from core.models import Export, Job
from desk.bulk import BULK_VERBS
from entities.imports.uploads import IMPORTS
from entities.models import FourNewMark
from membership.models import Run
from policy.limits import seed_first_version
from sandbox_reg import pipeline
from staff.permissions import PERMISSIONS, may
from staff.roles import Role
from tests.factories import make_entity, make_user

pytestmark = pytest.mark.django_db

VERBS = {
    "import_register": ({}, "register.import"),
    "import_credit_classes": ({}, "class.import"),
    "import_four_new": ({}, "four_new.import"),
    "derive_safety": ({}, None),
    "derive_four_new": ({}, None),
    "place_entities": ({}, None),
    "run": ({}, "run.start"),
    "run, a release": ({"release": "已核对"}, "run.release"),
    "rehearse_version": ({}, "policy.draft"),
    "export": ({}, "entity.export"),
    "export_log": ({}, "log.export"),
    "verify_audit": ({}, "log.read"),
    "propose_rosters": ({}, "roster.change"),
    "bulk, propose": ({"verb": "propose-four-new"}, "four_new.propose"),
    "bulk, mark": ({"verb": "mark-four-new"}, "four_new.decide"),
    "bulk, unmark": ({"verb": "unmark-four-new"}, "four_new.decide"),
    "bulk, safety": ({"verb": "state-safety"}, "safety.state"),
}


def kind_of(case: str) -> str:
    return case.split(",")[0]


def waiting(case: str, by) -> Job:
    params = VERBS[case][0]
    if case == "export":
        params = {"export": make_export(by or make_user()).pk}
    return jobs.enqueue(kind_of(case), "任务", by=by, params=params)


def make_export(filer) -> Export:
    return Export.objects.for_system("a test").create(
        kind="entities",
        title="试验",
        on="2026-01-02",
        columns=["name"],
        place=[],
        reason="试验",
        counted=1,
        needs_approval=False,
        status=Export.Status.APPROVED,
        filed_by=filer,
    )


def refusal(job: Job) -> str:
    """What the worker says before the work begins; empty where it may begin."""
    began = []
    work = pipeline.JOBS[job.kind]
    taken = jobs.claim(job.pk)
    try:
        pipeline.JOBS[job.kind] = work._replace(do=lambda handle: began.append(handle) or {})
        jobs.run(taken, pipeline.do)
    finally:
        pipeline.JOBS[job.kind] = work
    job.refresh_from_db()
    assert bool(began) == (job.status == Job.Status.DONE)
    return job.error


def test_every_kind_and_every_verb_of_bulk_is_tried_here():
    assert {kind_of(case) for case in VERBS} == set(pipeline.JOBS)
    assert {kind: VERBS[kind][1] for kind in IMPORTS} == {
        kind: sort.permission for kind, sort in IMPORTS.items()
    }
    tried = {params["verb"] for params, _ in VERBS.values() if "verb" in params}
    assert tried == set(BULK_VERBS)


@pytest.mark.parametrize("role", [*Role, ""])
@pytest.mark.parametrize("case", VERBS)
def test_the_right_is_asked_again_when_the_job_is_taken(case, role):
    starter = make_user(role)
    verb = VERBS[case][1]
    said = refusal(waiting(case, starter))
    if verb is None or may(starter, verb):
        assert said == ""
    else:
        assert f"{starter}不再有权“{PERMISSIONS[verb].label}”，任务没有执行" in said


@pytest.mark.parametrize("case", VERBS)
def test_a_disabled_account_s_jobs_end_with_it(case):
    starter = make_user(Role.MUNICIPAL_LEAD)
    job = waiting(case, starter)
    starter.is_active = False
    starter.save()
    assert ("账户已停用" in refusal(job)) == (VERBS[case][1] is not None)


@pytest.mark.parametrize("case", VERBS)
def test_what_nobody_started_needs_no_right(case):
    assert refusal(waiting(case, None)) == ""


@pytest.mark.parametrize("change", ["disabled", "other role"])
def test_work_that_was_asked_for_before_the_change_writes_nothing(change):
    seed_first_version()
    entity, starter = make_entity(), make_user(Role.MUNICIPAL_OFFICER)
    data = {"novelties": ["form"], "reason": "认定", "since": "2026-01-01"}
    params = {"verb": "mark-four-new", "data": data, "ids": [entity.pk], "on": "2026-01-02"}
    job = jobs.enqueue("bulk", "标为“四新”（1户）", by=starter, params=params)
    if change == "disabled":
        starter.is_active = False
    else:
        starter.role = Role.AUDITOR
    starter.save()
    assert pipeline.do_waiting_jobs() == 1
    job.refresh_from_db()
    assert job.status == Job.Status.FAILED
    assert "任务没有执行；请由市局人员、市局负责人重新发起。" in job.error
    assert not FourNewMark.objects.for_system("test").exists()


def test_a_release_does_not_outlive_the_right_to_release():
    seed_first_version()
    lead = make_user(Role.MUNICIPAL_LEAD)
    job = jobs.enqueue("run", "放行", by=lead, params={"on": "2026-03-01", "release": "已核对"})
    lead.role = Role.MUNICIPAL_OFFICER
    lead.save()
    pipeline.do_waiting_jobs()
    job.refresh_from_db()
    assert "不再有权“放行暂停的评估”" in job.error
    assert not Run.objects.for_system("test").exists()
