"""Changing a roster from its page: chosen, confirmed, filed, decided, noted, reversed."""

import pytest
from django.urls import reverse

from membership.models import Run
from policy.limits import limits_in_force
from tests.desk.zones.making import SINCE, TODAY, approved, filed
from tests.factories import make_entity
from tests.zones.living import standing_on
from zones.models import RosterChange, RosterChangeRow

pytestmark = pytest.mark.django_db

CHANGES, NOTE = reverse("desk:roster-changes"), reverse("desk:roster-change-note")
SAID = {"since": TODAY.isoformat(), "reason": "租赁合同已核实"}


def changes():
    return RosterChange.objects.for_system("test")


def begin(zone):
    return reverse("desk:roster-begin", args=(zone.pk,))


def url(name, change):
    return reverse(f"desk:roster-change{name}", args=(change.pk,))


@pytest.fixture
def tagging_began(people):
    version = limits_in_force(SINCE).version
    return Run.objects.create(
        kind=Run.Kind.NIGHTLY, status=Run.Status.DONE, on=SINCE, policy_version=version
    )


def confirm_page(client, zone, **data):
    answer = client.post(begin(zone), data)
    assert answer.status_code == 302
    return answer["Location"]


def test_ticked_rows_leave_after_a_confirmation(as_, zone, members):
    client = as_("own")
    place = confirm_page(client, zone, move="remove", ids=[e.pk for e in members[:2]])
    text = client.get(place).content.decode()
    assert "data-count>2<" in text
    assert members[0].name in text
    answer = client.post(place, SAID)
    change = changes().get()
    assert answer["Location"] == url("", change)
    moves = RosterChangeRow.objects.for_system("test").values_list("entity", "move")
    assert set(moves) == {(e.pk, "remove") for e in members[:2]}
    assert standing_on(zone, TODAY) == {e.pk for e in members}


def test_a_form_sent_twice_files_once(as_, zone, members):
    client = as_("own")
    place = confirm_page(client, zone, move="remove", ids=[members[0].pk])
    for _ in range(2):
        client.post(place, SAID | {"once": "1" * 32})
    assert changes().count() == 1


def test_pasted_lines_are_found_by_code_and_by_name(as_, zone, people):
    own = make_entity(bureau=zone.bureau)
    named = make_entity(bureau=zone.bureau, name="重庆粘贴名称有限公司")
    foreign = make_entity(bureau=people["other"].bureau)
    lines = f"{own.name}\t{own.code.lower()}\n重庆粘贴名称有限公司\n{foreign.code}\n没有这户"
    client = as_("own")
    place = confirm_page(client, zone, move="add", lines=lines)
    text = client.get(place).content.decode()
    assert "data-count>3<" in text
    assert "没有这户" in text
    assert "1 户，请在下方写明说明" in text
    assert "请填写非本局监管主体的说明。" in client.post(place, SAID).content.decode()
    client.post(place, SAID | {"note": "经营场所在区内"})
    rows = RosterChangeRow.objects.for_system("test").filter(change=changes().get())
    assert {(r.entity_id, r.note) for r in rows} == {
        (own.pk, ""), (named.pk, ""), (foreign.pk, "经营场所在区内"),
    }  # fmt: skip


def test_nothing_found_or_ticked_is_a_sentence(as_, zone):
    client = as_("own")
    for data, sentence in (
        ({"move": "remove"}, "没有选中任何主体"),
        ({"move": "add", "lines": "没有这户"}, "都没有找到主体"),
    ):
        answer = client.post(begin(zone), data, follow=True)
        assert sentence in answer.content.decode()


def test_entities_are_found_by_address_and_not_twice(as_, zone, members):
    found = make_entity(bureau=zone.bureau, address="重庆市试验区光电园3号楼")
    members[0].address = "光电园1号楼"
    members[0].save()
    add = reverse("desk:roster-add", args=(zone.pk,))
    text = as_("own").get(f"{add}?words=光电园").content.decode()
    assert found.name in text
    assert members[0].name not in text
    empty = as_("own").get(f"{add}?words=没有的路").content.decode()
    assert "这个地址没有可以添加的主体" in empty


def test_the_effect_is_judged_and_taken_back(as_, zone, people, tagging_began):
    entity = make_entity(bureau=zone.bureau, letter="B")
    client = as_("own")
    place = confirm_page(client, zone, move="add", ids=[entity.pk])
    text = client.post(f"{place}effect/", {"since": TODAY.isoformat()}).content.decode()
    assert "移入“区域类” 1 户" in text
    assert not standing_on(zone, TODAY)
    change = filed(zone, people["own"])
    text = as_("lead").post(url("-effect", change)).content.decode()
    assert "移入“区域类” 1 户" in text
    change.refresh_from_db()
    assert change.status == "filed"


def test_before_the_first_tagging_the_effect_says_so(as_, zone):
    entity = make_entity(bureau=zone.bureau)
    client = as_("own")
    place = confirm_page(client, zone, move="add", ids=[entity.pk])
    assert "还没有完成首次打标" in client.post(f"{place}effect/", {}).content.decode()


@pytest.mark.parametrize(("person", "status"), [
    ("own", 302), ("lead", 302), ("station", 403), ("city", 403), ("unit", 403),
    ("auditor", 403), ("other", 404), ("nobody", 302),
])  # fmt: skip
def test_who_may_choose(as_, zone, members, person, status):
    sent = {"move": "remove", "ids": [members[0].pk]}
    assert as_(person).post(begin(zone), sent).status_code == status
    assert not changes().exists()


def test_the_lead_approves_and_the_roster_changes(as_, zone, people):
    change = filed(zone, people["own"], count=2)
    client = as_("lead")
    assert f"变动 {change.pk}" in client.get(f"{CHANGES}?state=filed").content.decode()
    page = client.get(url("", change)).content.decode()
    assert "列入 2 户" in page
    client.post(url("-decide", change), {"step": "approve"})
    change.refresh_from_db()
    assert change.status == "approved"
    assert len(standing_on(zone, TODAY)) == 2


def test_a_refusal_needs_an_opinion(as_, zone, people):
    change = filed(zone, people["own"])
    client = as_("lead")
    answer = client.post(url("-decide", change), {"step": "refuse"}, follow=True)
    assert "请填写不予批准的意见。" in answer.content.decode()
    client.post(url("-decide", change), {"step": "refuse", "opinion": "合同未到期"})
    change.refresh_from_db()
    assert (change.status, change.opinion) == ("refused", "合同未到期")


def test_the_filer_withdraws(as_, zone, people):
    change = filed(zone, people["own"])
    as_("own").post(url("-decide", change), {"step": "withdraw"})
    change.refresh_from_db()
    assert change.status == "withdrawn"


def test_the_city_takes_note_of_several_and_reverses_one(as_, zone, people):
    first, second = approved(zone, people), approved(zone, people)
    client = as_("city")
    assert client.get(CHANGES).content.decode().count('name="ids"') == 2
    client.post(NOTE, {"ids": [first.pk, second.pk]})
    assert changes().filter(seen_by=people["city"]).count() == 2
    answer = client.post(url("-decide", second), {"step": "reverse"}, follow=True)
    assert "请填写撤销理由。" in answer.content.decode()
    client.post(url("-decide", second), {"step": "reverse", "opinion": "不在区域内"})
    second.refresh_from_db()
    assert second.status == "reversed"
    assert len(standing_on(zone, TODAY)) == 1


def test_noting_nothing_is_a_sentence(as_, zone):
    assert "请先勾选后再备案" in as_("city").post(NOTE, {}, follow=True).content.decode()


@pytest.mark.parametrize(("person", "step", "status"), [
    ("own", "approve", 403), ("station", "approve", 403), ("city", "approve", 403),
    ("other_lead", "approve", 404), ("lead", "reverse", 403), ("other", "withdraw", 404),
    ("auditor", "approve", 403), ("nobody", "approve", 302), ("own", "nonsense", 404),
])  # fmt: skip
def test_who_may_not_decide(as_, zone, people, person, step, status):
    change = filed(zone, people["own"])
    answer = as_(person).post(url("-decide", change), {"step": step, "opinion": "试验"})
    assert answer.status_code == status
    change.refresh_from_db()
    assert change.status == "filed"


def test_the_lists_queries_stay_flat(as_, zone, people, django_assert_max_num_queries):
    client = as_("lead")
    client.get(f"{CHANGES}?state=filed")
    for _ in range(5):
        change = filed(zone, people["own"], count=3)
    with django_assert_max_num_queries(20):
        client.get(f"{CHANGES}?state=filed")
    with django_assert_max_num_queries(22):
        client.get(url("", change))
