"""Two people press at once on a zone's life: one succeeds, the other is told."""

import pytest

from policy.limits import seed_first_version
from staff.roles import Role
from tests.at_once import at_once
from tests.factories import make_entity, make_user
from tests.zones.living import ON, days_of, make_zone, on_roster
from zones.actions.changes import decide_change, file_change, reverse_change, withdraw_change
from zones.actions.notes import follow, settle_note
from zones.actions.proposals import confirm_proposals, propose, reject_proposals
from zones.models import RosterChange, RosterProposal, ZoneNote, ZonePresence

pytestmark = pytest.mark.usefixtures("real_commits")

MONTH = ON.replace(day=1)


@pytest.fixture
def zone(real_commits):
    seed_first_version()
    return make_zone(words="试验大道")


def leads(zone):
    return make_user(Role.DISTRICT_LEAD, zone.bureau), make_user(Role.DISTRICT_LEAD, zone.bureau)


def one_of(outcomes, told):
    assert sorted(outcomes).count("done") == 1
    assert any(told in said for said in outcomes)


@pytest.mark.parametrize("against", ["approve", "refuse", "withdraw"])
def test_a_change_is_decided_once(zone, against):
    officer, (lead, other) = make_user(bureau=zone.bureau), leads(zone)
    entity = make_entity(bureau=zone.bureau)
    change = file_change(zone, {entity.pk: "add"}, since=ON, reason="入驻", by=officer, on=ON)
    acts = {
        "approve": lambda: decide_change(change, approve=True, opinion="", by=other, on=ON),
        "refuse": lambda: decide_change(change, approve=False, opinion="否", by=other, on=ON),
        "withdraw": lambda: withdraw_change(change, by=officer, on=ON),
    }
    outcomes = at_once(
        lambda: decide_change(change, approve=True, opinion="", by=lead, on=ON), acts[against]
    )
    one_of(outcomes, "已由他人办理")
    found = RosterChange.objects.for_system("test").get()
    assert bool(days_of(zone, entity)) == (found.status == "approved")


def test_a_change_is_reversed_once(zone):
    officer, (lead, _) = make_user(bureau=zone.bureau), leads(zone)
    (entity,) = on_roster(zone)
    before = days_of(zone, entity)
    change = file_change(zone, {entity.pk: "remove"}, since=ON, reason="搬离", by=officer, on=ON)
    decide_change(change, approve=True, opinion="", by=lead, on=ON)
    city = [make_user(Role.MUNICIPAL_OFFICER) for _ in range(2)]
    outcomes = at_once(
        *(lambda by=by: reverse_change(change, reason="不符", by=by, on=ON) for by in city)
    )
    one_of(outcomes, "已由他人办理")
    assert days_of(zone, entity) == before


def test_a_proposal_is_answered_once(zone):
    make_entity(bureau=zone.bureau, address="试验大道1号")
    propose(MONTH, ON)
    (row,) = RosterProposal.objects.for_system("test")
    one, two = (make_user(bureau=zone.bureau) for _ in range(2))
    done = []
    at_once(
        lambda: done.append(confirm_proposals([row.pk], by=one, on=ON, reason="核实").done),
        lambda: done.append(reject_proposals([row.pk], answer="否", by=two, on=ON).done),
    )
    assert sorted(done) == [[], [row.pk]]


def test_proposals_are_made_once_by_two_workers(zone):
    for number in range(20):
        make_entity(bureau=zone.bureau, address=f"试验大道{number}号")
    assert at_once(lambda: propose(MONTH, ON), lambda: propose(MONTH, ON)) == ["done", "done"]
    assert RosterProposal.objects.for_system("test").count() == 20


def test_two_followers_raise_one_note_and_it_is_settled_once(zone):
    on_roster(zone, 5, status="deregistered")
    assert at_once(lambda: follow(None, ON), lambda: follow(None, ON)) == ["done", "done"]
    assert ZoneNote.objects.for_system("test").count() == 5
    note = ZoneNote.objects.for_system("test").first()
    people = [make_user(bureau=zone.bureau) for _ in range(2)]
    outcomes = at_once(
        *(lambda by=by: settle_note(note, answer="已知悉", by=by, on=ON) for by in people)
    )
    one_of(outcomes, "已由他人处理")


def test_an_entity_comes_into_two_zones_at_once(zone):
    entity, second = make_entity(bureau=zone.bureau), make_zone(zone.bureau, name="另一园区")
    officer, (lead, other) = make_user(bureau=zone.bureau), leads(zone)
    said = {"since": ON, "reason": "入驻", "by": officer, "on": ON}
    changes = [file_change(one, {entity.pk: "add"}, **said) for one in (zone, second)]
    outcomes = at_once(
        *(
            lambda change=change, by=by: decide_change(
                change, approve=True, opinion="", by=by, on=ON
            )
            for change, by in zip(changes, (lead, other), strict=True)
        )
    )
    assert outcomes == ["done", "done"]
    (presence,) = ZonePresence.objects.for_system("test").current()
    assert set(presence.names.split("、")) == {zone.name, second.name}


def test_confirming_in_two_zones_at_once_waits_in_one_order(zone):
    second = make_zone(zone.bureau, name="另一园区", words="另一大道")
    for address in ("试验大道1号", "另一大道1号", "试验大道2号", "另一大道2号"):
        make_entity(bureau=zone.bureau, address=address)
    propose(MONTH, ON)
    of_first = list(RosterProposal.objects.for_system("test").filter(zone=zone).order_by("pk"))
    of_second = list(RosterProposal.objects.for_system("test").filter(zone=second).order_by("pk"))
    chosen = [[of_first[0].pk, of_second[1].pk], [of_first[1].pk, of_second[0].pk]]
    people = [make_user(bureau=zone.bureau) for _ in chosen]
    outcomes = at_once(
        *(
            lambda keys=keys, by=by: confirm_proposals(keys, by=by, on=ON, reason="属实")
            for keys, by in zip(chosen, people, strict=True)
        )
    )
    assert outcomes == ["done", "done"]
