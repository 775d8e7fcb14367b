"""Verbs on many entities: what is fixed is what is done, shown one by one, and undone."""

import pytest
from django.urls import reverse
from django.utils import timezone

from core import jobs
from core.models import Job
from desk import bulk
from entities.models import (
    FourNewMark,
    FourNewProposal,
    Operation,
    OperationItem,
    SafetyStatement,
)
from sandbox_reg.pipeline import JOBS
from tests.factories import make_bureau, make_entity

TODAY = timezone.localdate()


@pytest.fixture
def entities(people):
    return [make_entity(bureau=people["own"].bureau) for _ in range(3)]


def rows(model):
    return model.objects.for_system("a test looks")


def begin(client, verb, entities=(), **fields):
    sent = {"ids": [entity.pk for entity in entities]} | fields
    return client.post(reverse("desk:bulk-begin", args=(verb,)), sent)


MARK = {"novelties": ["form"], "since": TODAY.isoformat(), "reason": "市局研判"}
PROPOSE = {"novelties": ["model"], "reason": "本区新模式"}


def test_ticked_entities_are_counted_named_and_done(as_, entities):
    client = as_("city")
    confirm = begin(client, "mark-four-new", entities[:2])["Location"]
    said = client.get(confirm).content.decode()
    assert "data-count>2</span> 户" in said
    assert entities[0].name in said
    result = client.post(confirm, MARK)
    operation = rows(Operation).get()
    assert result["Location"] == reverse("desk:operation-detail", args=(operation.pk,))
    assert rows(FourNewMark).in_force(TODAY).count() == 2
    said = client.get(result["Location"]).content.decode()
    assert entities[1].name in said
    assert "撤销这次操作" in said


def test_all_that_match_are_fixed_when_the_confirm_page_opens(as_, people, entities):
    client = as_("city")
    query = f"bureau={people['own'].bureau_id}"
    confirm = begin(client, "mark-four-new", everything="1", query=query)["Location"]
    make_entity(bureau=people["own"].bureau)
    client.post(confirm, MARK)
    assert rows(FourNewMark).in_force(TODAY).count() == 3


def test_nothing_chosen_leads_back_with_a_sentence(as_, entities):
    answer = as_("city").post(
        reverse("desk:bulk-begin", args=("mark-four-new",)), {"query": "text=甲"}, follow=True
    )
    assert "没有选中任何主体，请先勾选后再操作。" in answer.content.decode()


def test_too_many_are_refused_before_the_form(as_, entities, monkeypatch):
    monkeypatch.setattr(bulk, "MOST", 2)
    answer = begin(as_("city"), "mark-four-new", entities)
    assert answer["Location"].startswith(reverse("desk:entity-list"))


def test_above_a_number_the_number_is_typed(as_, entities, monkeypatch):
    monkeypatch.setattr("desk.forms.bulk.TYPED_ABOVE", 2)
    client = as_("city")
    confirm = begin(client, "mark-four-new", entities)["Location"]
    said = client.post(confirm, MARK | {"typed": "2"}).content.decode()
    assert "键入的户数与3不符，请核对后重新键入。" in said
    assert client.post(confirm, MARK | {"typed": "3"}).status_code == 302


def test_foreign_entities_are_not_even_fixed(as_, people, entities):
    confirm = begin(as_("other"), "propose-four-new", entities)
    assert confirm["Location"].startswith(reverse("desk:entity-list"))
    assert not rows(FourNewProposal).exists()


@pytest.mark.parametrize(
    ("person", "verb", "status"),
    [
        ("own", "mark-four-new", 403),
        ("city", "propose-four-new", 403),
        ("auditor", "state-safety", 403),
        ("nobody", "state-safety", 302),
        ("unit", "state-safety", 302),
    ],
)
def test_who_may_begin(as_, entities, person, verb, status):
    assert begin(as_(person), verb, entities).status_code == status


def test_a_token_of_another_session_is_unknown(as_, entities):
    confirm = begin(as_("city"), "mark-four-new", entities)["Location"]
    answer = as_("city_lead").post(confirm, MARK)
    assert answer["Location"] == reverse("desk:entity-list")
    assert not rows(Operation).exists()


def test_what_was_done_already_is_skipped_and_said(as_, entities):
    client = as_("own")
    form = {"domain": "food_drug", "verdict": "1", "since": TODAY.isoformat(), "reason": "核查"}
    client.post(begin(client, "state-safety", entities[:1])["Location"], form)
    result = client.post(begin(client, "state-safety", entities)["Location"], form)
    said = client.get(result["Location"]).content.decode()
    assert "无需重复认定" in said
    assert rows(OperationItem).filter(done=False).count() == 1


def test_an_operation_is_undone_by_its_own_person(as_, people, entities):
    client = as_("city")
    client.post(begin(client, "mark-four-new", entities)["Location"], MARK)
    operation = rows(Operation).get()
    undo = reverse("desk:operation-undo", args=(operation.pk,))
    as_("city_lead").post(undo)
    assert rows(FourNewMark).in_force(TODAY).count() == 3
    client.post(undo, {"reason": "选错"})
    assert rows(FourNewMark).in_force(TODAY).count() == 0
    said = client.get(reverse("desk:operation-detail", args=(operation.pk,))).content.decode()
    assert "撤销这次操作" not in said


def test_a_district_proposes_in_bulk_and_takes_the_batch_back(as_, entities):
    client = as_("own")
    client.post(begin(client, "propose-four-new", entities[:1])["Location"], PROPOSE)
    confirm = begin(client, "propose-four-new", entities)["Location"]
    assert "1 户不能办理，将跳过" in client.get(confirm).content.decode()
    result = client.post(confirm, PROPOSE)
    assert rows(FourNewProposal).filter(status="filed").count() == 3
    batch = rows(FourNewProposal).exclude(batch=None).first().batch
    assert str(batch) in result["Location"]
    client.post(reverse("desk:proposal-withdraw"), {"batch": str(batch)})
    assert rows(FourNewProposal).filter(status="withdrawn").count() == 2


def test_many_become_a_job_that_is_done_once(as_, entities, monkeypatch):
    monkeypatch.setattr(bulk, "DIRECT", 2)
    client = as_("city")
    result = client.post(begin(client, "mark-four-new", entities)["Location"], MARK)
    job = rows(Job).get()
    assert result["Location"] == reverse("desk:job-detail", args=(job.pk,))
    assert not rows(FourNewMark).in_force(TODAY).exists()
    claimed = jobs.claim(job.pk)
    handle = jobs.Handle(claimed)
    once = JOBS[job.kind].do(handle)
    again = JOBS[job.kind].do(handle)
    assert once == again
    assert rows(Operation).count() == 1
    handle.finish(Job.Status.DONE, result=once)
    said = client.get(result["Location"]).content.decode()
    assert "已办理3户。" in said
    assert reverse("desk:operation-detail", args=(once["operation"],)) in said


def test_operations_of_others_are_the_citys_to_see(as_, people, entities):
    client = as_("own")
    form = {"domain": "food_drug", "verdict": "1", "since": TODAY.isoformat(), "reason": "核查"}
    client.post(begin(client, "state-safety", entities)["Location"], form)
    page = reverse("desk:operation-detail", args=(rows(Operation).get().pk,))
    assert as_("other").get(page).status_code == 404
    assert as_("city").get(page).status_code == 200
    assert "认定安全领域" in as_("city").get(reverse("desk:operation-list")).content.decode()


def test_an_entity_that_moved_away_is_named_as_left_out(as_, people, entities):
    client = as_("own")
    confirm = begin(client, "state-safety", entities)["Location"]
    entities[0].bureau = make_bureau()
    entities[0].save()
    assert "1 户已不在您的管辖范围内" in client.get(confirm).content.decode()
    form = {"domain": "food_drug", "verdict": "1", "since": TODAY.isoformat(), "reason": "核查"}
    client.post(confirm, form)
    assert rows(SafetyStatement).current().count() == 2
