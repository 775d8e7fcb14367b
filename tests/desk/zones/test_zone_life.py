"""Proposals, notes, the liaison log, tasks, contacts and handing over, from their pages."""

from datetime import timedelta

import pytest
from django.urls import reverse

from core.models import Job
from staff.models import Bureau
from tests.desk.zones.making import TODAY
from tests.factories import make_bureau, make_entity
from tests.zones.living import make_zone, on_roster, standing_on
from zones.actions.liaison import make_task, record
from zones.actions.proposals import propose
from zones.models import (
    LiaisonEntry,
    LiaisonTask,
    RosterChange,
    RosterProposal,
    ZoneBureau,
    ZoneContact,
    ZoneNote,
)

pytestmark = pytest.mark.django_db

PROPOSALS, NOTES = reverse("desk:roster-proposals"), reverse("desk:roster-notes")
BEGIN, REJECT = reverse("desk:roster-proposal-begin"), reverse("desk:roster-proposal-reject")
SETTLE, TASKS, HAND = (
    reverse(f"desk:{name}") for name in ("roster-note-settle", "task-list", "zone-hand")
)
SAID = {"since": TODAY.isoformat(), "reason": "已到现场核实"}


def rows(model):
    return model.objects.for_system("test")


@pytest.fixture
def proposals(zone):
    for number in range(2):
        make_entity(bureau=zone.bureau, address=f"光电园{number}号", established_on=TODAY)
    propose(TODAY.replace(day=1), TODAY)
    return list(rows(RosterProposal).order_by("pk"))


def test_proposals_are_confirmed_in_bulk(as_, zone, proposals):
    client = as_("own")
    text = client.get(f"{PROPOSALS}?zone={zone.pk}&kind=founded&month={TODAY:%Y-%m}")
    assert text.content.decode().count('name="ids"') == 2
    answer = client.post(BEGIN, {"ids": [row.pk for row in proposals]})
    place = answer["Location"]
    page = client.get(place).content.decode()
    assert "data-count>2<" in page
    assert "新设 2 条" in page
    assert client.post(f"{place}effect/", SAID).status_code == 200
    assert not standing_on(zone, TODAY)
    client.post(place, SAID)
    change = rows(RosterChange).get()
    assert {row.status for row in rows(RosterProposal)} == {"confirmed"}
    assert rows(RosterProposal).filter(change=change).count() == 2
    assert client.get(place).status_code == 302


def test_proposals_are_rejected_with_an_answer(as_, proposals):
    client = as_("own")
    sent = {"ids": [proposals[0].pk]}
    assert "请填写不采纳的理由。" in client.post(REJECT, sent, follow=True).content.decode()
    client.post(REJECT, sent | {"answer": "同名路，不在区内"})
    proposals[0].refresh_from_db()
    assert (proposals[0].status, proposals[0].answer) == ("rejected", "同名路，不在区内")
    done = client.get(f"{PROPOSALS}?status=rejected").content.decode()
    assert "同名路，不在区内" in done


def test_matching_is_asked_for_and_shows_its_progress(as_, zone):
    answer = as_("own").post(reverse("desk:roster-proposal-ask"))
    job = Job.objects.for_system("test").get(kind="propose_rosters")
    assert answer["Location"] == reverse("desk:job-detail", args=(job.pk,))


@pytest.mark.parametrize("address", [
    BEGIN, REJECT, SETTLE, reverse("desk:roster-proposal-ask"),
])  # fmt: skip
@pytest.mark.parametrize(("person", "status"), [
    ("station", 403), ("city", 403), ("unit", 403), ("auditor", 403), ("nobody", 302),
])  # fmt: skip
def test_who_may_not_answer(as_, proposals, address, person, status):
    sent = {"ids": [proposals[0].pk], "answer": "试验"}
    assert as_(person).post(address, sent).status_code == status
    assert rows(RosterProposal).filter(status="open").count() == 2


def test_another_district_answers_nothing(as_, proposals):
    client = as_("other")
    assert proposals[0].entity.name not in client.get(PROPOSALS).content.decode()
    for address in (BEGIN, REJECT):
        client.post(address, {"ids": [proposals[0].pk], "answer": "试验"})
    assert rows(RosterProposal).filter(status="open").count() == 2


@pytest.fixture
def renamed(zone):
    made = on_roster(zone, 2)
    for entity in made:
        entity.name = f"{entity.name}（新名）"
        entity.save()
    return [
        ZoneNote.objects.create(
            zone=zone, entity=entity, kind="renamed", text="名称已变更。", raised_on=TODAY
        )
        for entity in made
    ]


def test_several_renamed_are_settled_at_once(as_, zone, renamed):
    client = as_("own")
    assert client.get(NOTES).content.decode().count('name="ids"') == 2
    client.post(SETTLE, {"ids": [note.pk for note in renamed], "way": "name"})
    assert not rows(ZoneNote).filter(settled_at=None).exists()
    text = client.get(reverse("desk:zone-detail", args=(zone.pk,))).content.decode()
    assert "（新名）</a>" in text
    assert "data-count" not in client.get(NOTES).content.decode()


def test_a_note_is_settled_by_asking_to_take_off(as_, zone):
    entity = on_roster(zone)[0]
    note = ZoneNote.objects.create(
        zone=zone, entity=entity, kind="left_district", text="已迁出辖区。", raised_on=TODAY
    )
    client = as_("own")
    refused = client.post(SETTLE, {"ids": [note.pk], "way": "stay"}, follow=True)
    assert "请填写处理说明。" in refused.content.decode()
    client.post(SETTLE, {"ids": [note.pk], "way": "off", "answer": "已搬离"})
    assert rows(RosterChange).get().zone_id == zone.pk
    assert "已搬离" in client.get(f"{NOTES}?settled=yes").content.decode()


def log(zone, kind="clue"):
    return reverse("desk:liaison-add", args=(zone.pk, kind))


@pytest.mark.parametrize("kind", ["meeting", "clue", "request", "help"])
def test_an_entry_is_written(as_, zone, members, kind):
    client = as_("station")
    assert client.get(log(zone, kind)).status_code == 200
    sent = {"day": TODAY.isoformat(), "title": "二楼有新入驻", "code": members[0].code}
    answer = client.post(log(zone, kind), sent)
    entry = rows(LiaisonEntry).get()
    assert (entry.kind, entry.entity_id) == (kind, members[0].pk)
    assert answer["Location"] == reverse("desk:liaison-entry", args=(entry.pk,))
    tab = client.get(reverse("desk:zone-detail", args=(zone.pk,)) + f"?tab=liaison&kind={kind}")
    assert "二楼有新入驻" in tab.content.decode()


def test_an_entry_of_a_stranger_or_tomorrow_is_a_sentence(as_, zone, people):
    foreign = make_entity(bureau=people["other"].bureau)
    client = as_("own")
    sent = {"day": TODAY.isoformat(), "title": "线索", "code": foreign.code}
    assert "没有找到这个代码的主体" in client.post(log(zone), sent).content.decode()
    sent = {"day": (TODAY + timedelta(days=1)).isoformat(), "title": "线索"}
    answer = client.post(log(zone), sent)
    assert answer.status_code == 409
    assert "晚于今天" in answer.content.decode()


@pytest.fixture
def clue(zone, people):
    return record(zone, "clue", TODAY, "疑似无照", by=people["own"], on=TODAY)


def test_a_clue_is_answered_and_becomes_a_task_that_is_finished(as_, zone, clue, people):
    client = as_("own")
    page = reverse("desk:liaison-entry", args=(clue.pk,))
    assert "记下答复" in client.get(page).content.decode()
    client.post(reverse("desk:liaison-answer", args=(clue.pk,)), {"text": "已派员核查"})
    client.get(page)
    assert "记下答复" not in client.get(page).content.decode()
    task = {"title": "上门核查", "assignee": people["station"].pk, "due_on": TODAY.isoformat()}
    client.post(reverse("desk:task-add", args=(clue.pk,)), task)
    made = rows(LiaisonTask).get()
    assert made.assignee == people["station"]
    station = as_("station")
    assert "上门核查" in station.get(TASKS).content.decode()
    assert "上门核查" not in as_("lead").get(TASKS).content.decode()
    assert "上门核查" in as_("lead").get(f"{TASKS}?whose=all").content.decode()
    finish = reverse("desk:task-finish", args=(made.pk,))
    assert "请填写办理结果。" in station.post(finish, {}, follow=True).content.decode()
    station.post(finish, {"result": "已办照"})
    made.refresh_from_db()
    assert (made.status, made.result) == ("done", "已办照")
    assert "已办照" in station.get(f"{TASKS}?state=closed").content.decode()


def test_a_task_without_its_fields_is_a_sentence(as_, clue):
    answer = as_("own").post(reverse("desk:task-add", args=(clue.pk,)), {}, follow=True)
    assert "请填写任务。" in answer.content.decode()


def test_the_due_light_says_it_in_words(as_, zone, clue, people):
    make_task(clue, "核查", assignee=people["own"], due_on=TODAY, by=people["lead"], on=TODAY)
    rows(LiaisonTask).update(due_on=TODAY - timedelta(days=2))
    assert "逾期 2 天" in as_("own").get(TASKS).content.decode()


@pytest.mark.parametrize(("person", "status"), [
    ("city", 403), ("other", 404), ("unit", 403), ("auditor", 403), ("nobody", 302),
])  # fmt: skip
def test_who_may_not_liaise(as_, zone, clue, people, person, status):
    task = make_task(
        clue, "核查", assignee=people["own"], due_on=TODAY, by=people["lead"], on=TODAY
    )
    client = as_(person)
    for name, key in (
        ("liaison-answer", clue.pk), ("task-add", clue.pk), ("task-finish", task.pk),
        ("contact-add", zone.pk),
    ):  # fmt: skip
        assert client.post(reverse(f"desk:{name}", args=(key,)), {}).status_code == status, name
    assert client.post(log(zone), {}).status_code == status


def test_contacts_are_added_changed_and_ended(as_, zone):
    client = as_("own")
    page = reverse("desk:zone-detail", args=(zone.pk,))
    sent = {"role": "manager", "organisation": "试验物业", "phone": "13912345678"}
    client.post(reverse("desk:contact-add", args=(zone.pk,)), sent)
    contact = rows(ZoneContact).get()
    change = reverse("desk:contact-change", args=(contact.pk,))
    assert "13912345678" not in client.get(change).content.decode()
    client.post(change, {"role": "manager", "organisation": "改名物业"})
    contact.refresh_from_db()
    assert (contact.organisation, contact.phone) == ("改名物业", "13912345678")
    assert "改名物业" in client.get(page).content.decode()
    client.post(change, {"end": "1"})
    assert "改名物业" not in client.get(page).content.decode()


@pytest.fixture
def old(people):
    """A zone of a bureau that is no more, for which nobody is responsible yet."""
    return make_zone(make_bureau("撤销局", until=TODAY), name="江北嘴片区")


def test_a_zone_is_handed_over_after_its_name_was_confirmed(as_, old, people):
    client = as_("city")
    assert "撤销局已撤销" in client.get(HAND).content.decode()
    sent = {"ids": [old.pk], "since": TODAY.isoformat(), "reason": "区划调整"}
    missing = client.post(HAND, sent)
    assert "请为江北嘴片区选择接收的监管机关" in missing.content.decode()
    sent |= {f"to-{old.pk}": people["own"].bureau_id}
    page = client.post(HAND, sent).content.decode()
    assert "撤销局 → 本区局" in page
    assert not rows(ZoneBureau).filter(bureau=people["own"].bureau_id).exists()
    client.post(HAND, sent | {"confirmed": "1"})
    old.refresh_from_db()
    assert old.bureau_id == people["own"].bureau_id
    assert "没有需要移交的区域" in client.get(HAND).content.decode()
    history = as_("own").get(reverse("desk:zone-detail", args=(old.pk,)) + "?tab=history")
    assert "区域移交：区划调整" in history.content.decode()
    assert Bureau.objects.get(pk=old.bureau_id).name in history.content.decode()


@pytest.mark.parametrize(("person", "status"), [
    ("own", 403), ("lead", 403), ("station", 403), ("unit", 403), ("auditor", 403),
    ("nobody", 302), ("city_lead", 200),
])  # fmt: skip
def test_who_may_hand_over(as_, old, person, status):
    assert as_(person).get(HAND).status_code == status


@pytest.mark.parametrize("address", [PROPOSALS, NOTES, TASKS])
def test_lists_ask_a_fixed_number_of_queries(
    as_, zone, clue, people, proposals, address, django_assert_max_num_queries
):
    client = as_("own")
    client.get(f"{address}?whose=all")
    for entity in on_roster(zone, 6):
        ZoneNote.objects.create(
            zone=zone, entity=entity, kind="renamed", text="更名", raised_on=TODAY
        )
        make_task(clue, "核查", assignee=people["own"], due_on=TODAY, by=people["lead"], on=TODAY)
    with django_assert_max_num_queries(20):
        client.get(f"{address}?whose=all")
