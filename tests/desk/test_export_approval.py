"""Who decides on exports: every cell of the table, two at once, and the pages of it."""

import threading

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from core.errors import Refused
from core.models import Export
from desk.exports.actions import decide_export
from desk.exports.workflow import TRANSITIONS, available, deciders_of
from staff.models import User
from staff.roles import Role
from tests.desk.exporting import ask, exports, jobs_of
from tests.factories import make_bureau, make_entity, make_user

STATES = Export.Status.values


@pytest.fixture(autouse=True)
def _files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def leads(people):
    return people | {
        "other_lead": make_user(Role.DISTRICT_LEAD, people["other"].bureau),
        "second_lead": make_user(Role.DISTRICT_LEAD, people["own"].bureau),
        "second_city_lead": make_user(Role.MUNICIPAL_LEAD),
        "security": make_user(Role.SECURITY_ADMINISTRATOR),
        "system": make_user(Role.SYSTEM_ADMINISTRATOR),
    }


def waiting(filer):
    """File an export that waits for a lead."""
    make_entity(bureau=filer.bureau, contact_phone="13812345678")
    return ask(filer, unmasked=True)


def decide(export, action, by, opinion="不必带出"):
    return decide_export(export, action, by=by, opinion=opinion, at=timezone.now())


DECIDERS = {
    "own": {"own_lead", "second_lead"},
    "own_lead": {"second_lead", "city_lead", "second_city_lead"},
    "city": {"city_lead", "second_city_lead"},
    "city_lead": {"second_city_lead"},
}


@pytest.mark.parametrize("filer", DECIDERS)
def test_who_could_decide_is_named_as_the_table_says(leads, filer):
    found = {lead.pk for lead in deciders_of(waiting(leads[filer]))}
    assert found == {leads[name].pk for name in DECIDERS[filer]}


def test_where_no_other_lead_is_active_the_city_is_named(leads, client_of):
    export = waiting(leads["own_lead"])
    User.objects.filter(role__in=(Role.DISTRICT_LEAD, Role.MUNICIPAL_LEAD)).exclude(
        pk=leads["own_lead"].pk
    ).update(is_active=False)
    said = client_of("own_lead").get(page("export-detail", export.pk)).content.decode()
    assert "目前没有，请联系市局" in said


@pytest.mark.parametrize("filer", DECIDERS)
@pytest.mark.parametrize("action", ["approve", "refuse"])
def test_who_decides_for_whom(leads, filer, action):
    export = waiting(leads[filer])
    for name, person in leads.items():
        with transaction.atomic():
            if name in DECIDERS[filer]:
                assert decide(export, action, person).status == TRANSITIONS[action].target
                transaction.set_rollback(True)
            else:
                with pytest.raises(Refused):
                    decide(export, action, person)
    export.refresh_from_db()
    assert export.status == Export.Status.FILED


@pytest.mark.parametrize("filer", DECIDERS)
def test_only_the_filer_withdraws(leads, filer):
    export = waiting(leads[filer])
    for name, person in leads.items():
        if name != filer:
            with pytest.raises(Refused):
                decide(export, "withdraw", person)
    assert decide(export, "withdraw", leads[filer]).status == Export.Status.WITHDRAWN
    assert export.decided_by is None


@pytest.mark.parametrize("action", TRANSITIONS)
@pytest.mark.parametrize("state", STATES)
def test_every_cell_of_the_table(leads, action, state):
    export = waiting(leads["own"])
    person = leads["own" if TRANSITIONS[action].by_filer else "own_lead"]
    changes = {"status": state}
    if state in ("approved", "done"):
        changes |= {"decided_by": leads["second_lead"]}
    if state == "done":
        changes |= {"serial_year": 2026, "serial_number": 1, "sha256": "0" * 64}
    exports().update(**changes)
    export.refresh_from_db()
    moves = TRANSITIONS[action]
    assert (action in available(export, person)) is (state in moves.sources)
    if state in moves.sources:
        assert decide(export, action, person).status == moves.target
    else:
        with pytest.raises(Refused, match="已由他人办理或已撤回"):
            decide(export, action, person)
        export.refresh_from_db()
        assert export.status == state


def test_a_refusal_needs_an_opinion(leads):
    export = waiting(leads["own"])
    with pytest.raises(Refused, match="请填写不同意的意见"):
        decide(export, "refuse", leads["own_lead"], opinion=" ")


def test_approval_begins_the_job_of_the_filer_and_nothing_else_does(leads):
    refused, taken_back, agreed = (waiting(leads["own"]) for _ in range(3))
    decide(refused, "refuse", leads["own_lead"])
    decide(taken_back, "withdraw", leads["own"])
    assert not jobs_of().exists()
    decide(agreed, "approve", leads["own_lead"])
    job = jobs_of().get()
    assert job.started_by == leads["own"]
    assert exports().get(pk=agreed.pk).job == job


def test_the_database_lets_nobody_decide_on_an_own_request(leads):
    export = waiting(leads["own_lead"])
    with pytest.raises(IntegrityError, match="second_person"), transaction.atomic():
        exports().filter(pk=export.pk).update(decided_by=leads["own_lead"])
    with pytest.raises(IntegrityError, match="needs_approval_has_it"), transaction.atomic():
        exports().filter(pk=export.pk).update(status="approved")
    with pytest.raises(IntegrityError, match="numbered_when_produced"), transaction.atomic():
        exports().filter(pk=export.pk).update(status="done", decided_by=leads["second_lead"])


@pytest.mark.usefixtures("real_commits")
def test_of_two_who_decide_at_once_one_wins_and_the_other_is_told():
    bureau = make_bureau()
    leads = [make_user(Role.DISTRICT_LEAD, bureau) for _ in range(2)]
    export = waiting(make_user(Role.DISTRICT_OFFICER, bureau))
    together, outcomes = threading.Barrier(2), []

    def decided(pk: int) -> None:
        try:
            by = User.objects.get(pk=pk)
            own = exports().get(pk=export.pk)
            together.wait(10)
            outcomes.append(decide(own, "approve", by).status)
        except Refused as refusal:
            outcomes.append(str(refusal))
        finally:
            connection.close()

    threads = [threading.Thread(target=decided, args=(lead.pk,)) for lead in leads]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(outcome[:8] for outcome in outcomes) == ["approved", "该申请已由他人办"]
    assert jobs_of().count() == 1


def page(name, *args):
    return reverse(f"desk:{name}", args=args)


@pytest.fixture
def client_of(leads):
    def client(name: str) -> Client:
        made = Client()
        made.force_login(leads[name])
        return made

    return client


def test_a_lead_sees_what_would_leave_and_approves(leads, client_of):
    export = waiting(leads["own"])
    client = client_of("own_lead")
    said = client.get(page("export-approvals")).content.decode()
    for words in (export.title, leads["own"].username, "含完整联系方式", "联系电话", export.reason):
        assert words in said
    assert "本区局管辖范围" in said
    answer = client.post(page("export-decide", export.pk), {"step": "approve"}, follow=True)
    assert "已同意。" in answer.content.decode()
    export.refresh_from_db()
    assert (export.status, export.decided_by) == ("approved", leads["own_lead"])
    assert export.title in client.get(page("export-approvals") + "?state=done").content.decode()


def test_an_own_request_waits_greyed_and_says_who_may_approve_it(leads, client_of):
    export = waiting(leads["own_lead"])
    client = client_of("own_lead")
    said = client.get(page("export-approvals")).content.decode()
    assert export.title in said
    assert 'class="greyed"' in said
    assert 'name="step"' not in said
    for words in (said, client.get(page("export-detail", export.pk)).content.decode()):
        assert "须由另一位负责人批准（" in words
        assert leads["second_lead"].name in words
        assert leads["city_lead"].name in words
        assert leads["other_lead"].name not in words
    answer = client.post(page("export-decide", export.pk), {"step": "approve"}, follow=True)
    assert "导出人不能审批自己的申请。" in answer.content.decode()


@pytest.mark.parametrize(
    ("name", "status"),
    [
        *(("own", 403), ("own_lead", 200), ("other", 403), ("other_lead", 200), ("city", 403)),
        *(("city_lead", 200), ("unit", 403), ("auditor", 403), ("security", 403), ("system", 403)),
    ],
)
def test_the_page_of_approvals_is_the_leads(leads, client_of, name, status):
    export = waiting(leads["own"])
    answer = client_of(name).get(page("export-approvals"))
    assert answer.status_code == status
    if status == 200:
        assert (export.title in answer.content.decode()) is (name == "own_lead")


@pytest.mark.parametrize(
    ("name", "status"),
    [
        *(("own", 200), ("own_lead", 200), ("other", 404), ("other_lead", 404), ("city", 404)),
        *(("city_lead", 404), ("unit", 403), ("auditor", 404), ("security", 403), ("system", 403)),
    ],
)
def test_a_request_is_seen_by_its_filer_and_who_decides(leads, client_of, name, status):
    export = waiting(leads["own"])
    client = client_of(name)
    assert client.get(page("export-detail", export.pk)).status_code == status
    for step in TRANSITIONS:
        if name not in ("own", "own_lead"):
            answer = client.post(page("export-decide", export.pk), {"step": step, "opinion": "x"})
            assert answer.status_code in (403, 404)
    export.refresh_from_db()
    assert export.status == "filed"


def test_an_unknown_step_is_no_page(leads, client_of):
    export = waiting(leads["own"])
    answer = client_of("own").post(page("export-decide", export.pk), {"step": "destroy"})
    assert answer.status_code == 404


def test_a_request_is_withdrawn_by_its_page(leads, client_of):
    export = waiting(leads["own"])
    client = client_of("own")
    assert "撤回" in client.get(page("export-detail", export.pk)).content.decode()
    client.post(page("export-decide", export.pk), {"step": "withdraw"})
    export.refresh_from_db()
    assert export.status == "withdrawn"
    assert "已由导出人撤回" in client.get(page("export-detail", export.pk)).content.decode()
