"""Monthly proposals: what is matched, that nothing is asked twice, and how they are answered."""

from datetime import date

import pytest

from core.errors import Refused
from core.models import Job
from entities.models import Entity, EntityStatus
from policy.limits import seed_first_version
from sandbox_reg import pipeline
from staff.models import Jurisdiction
from staff.roles import Role
from tests.factories import make_bureau, make_district, make_entity, make_street, make_user
from tests.zones.living import ON, SINCE, make_zone, on_roster, person, standing_on
from zones.actions.changes import decide_change
from zones.actions.proposals import (
    ask_proposals,
    begin_month,
    confirm_proposals,
    propose,
    reject_proposals,
)
from zones.models import RosterChange, RosterProposal, Zone, ZoneArea

pytestmark = pytest.mark.django_db

MONTH = date(2026, 2, 1)
WORDS = "试验大道"
THERE = "重庆市试验区试验大道８号（A座）"


@pytest.fixture(autouse=True)
def _limits(db):
    seed_first_version()


@pytest.fixture
def zone():
    return make_zone(words=WORDS)


@pytest.fixture
def officer(zone):
    return make_user(bureau=zone.bureau)


def comes(zone, **fields):
    return make_entity(**{"bureau": zone.bureau, "address": THERE} | fields)


def proposed():
    rows = RosterProposal.plain.order_by("zone_id", "entity_id")
    return [(row.entity_id, row.kind) for row in rows]


class TestMatching:
    def test_each_kind(self, zone):
        new = comes(zone, established_on=date(2026, 2, 27))
        moved = comes(zone, established_on=date(2020, 1, 1))
        on_roster(zone, address=THERE)
        (left,) = on_roster(zone, address="重庆市试验区另一路1号")
        (ended,) = on_roster(zone, address=THERE)
        (row,) = EntityStatus.objects.for_system("test").current().filter(entity=ended)
        row.close(date(2026, 2, 3))
        EntityStatus(entity=ended, status="revoked", since=date(2026, 2, 3)).save()
        assert propose(MONTH, ON) == 4
        assert proposed() == [
            (new.pk, "founded"),
            (moved.pk, "moved_in"),
            (left.pk, "moved_out"),
            (ended.pk, "deregistered"),
        ]
        assert "2026-02-27成立" in RosterProposal.plain.get(entity=new).evidence

    def test_who_does_not_come(self, zone):
        comes(zone, status="deregistered")
        comes(zone, bureau=make_bureau())
        comes(zone, address="")
        comes(zone, address="重庆市试验区试验 路8号")
        assert propose(MONTH, ON) == 0

    @pytest.mark.parametrize("address", ["试验区试验　大 道8号", "试验区试验大道8号", "试验大道"])
    def test_one_spelling(self, zone, address):
        comes(zone, address=address)
        assert propose(MONTH, ON) == 1

    def test_an_entity_of_the_district_under_another_bureau_comes_too(self, zone):
        district = make_district()
        Jurisdiction(bureau=zone.bureau, district=district, since=SINCE).save()
        comes(zone, bureau=make_bureau(), district=district)
        assert propose(MONTH, ON) == 1

    def test_a_street_narrows_who_comes_and_an_unknown_one_keeps_who_is_there(self):
        zone, street = make_zone(), make_street()
        ZoneArea(zone=zone, words=WORDS, street=street, since=SINCE).save()
        inside = comes(zone, street=street)
        comes(zone, street=make_street())
        comes(zone)
        on_roster(zone, address=THERE)
        (left,) = on_roster(zone, address=THERE, street=make_street())
        propose(MONTH, ON)
        assert proposed() == [(inside.pk, "moved_in"), (left.pk, "moved_out")]

    def test_a_zone_without_areas_says_nothing_of_addresses(self):
        zone = make_zone()
        on_roster(zone, address="任意路1号")
        comes(zone)
        assert propose(MONTH, ON) == 0

    def test_only_areas_and_zones_in_force(self):
        old = make_zone(words=WORDS, until=ON)
        later = make_zone()
        ZoneArea(zone=later, words=WORDS, since=date(2026, 4, 1)).save()
        comes(old)
        comes(later)
        assert propose(MONTH, ON) == 0

    def test_two_areas_of_a_zone_and_two_zones_of_a_bureau(self, zone):
        ZoneArea(zone=zone, words="8号", since=SINCE).save()
        other = make_zone(zone.bureau, words="A座")
        entity = comes(zone)
        assert propose(MONTH, ON) == 2
        rows = RosterProposal.plain.filter(entity=entity)
        assert {row.zone_id for row in rows} == {zone.pk, other.pk}


class TestOnce:
    def test_again_in_the_month(self, zone):
        comes(zone)
        assert (propose(MONTH, ON), propose(MONTH, ON)) == (1, 0)
        assert propose(date(2026, 3, 1), ON) == 0  # still open

    def test_what_was_rejected_comes_back_next_month_only(self, zone, officer):
        comes(zone)
        propose(MONTH, ON)
        row = RosterProposal.plain.get()
        reject_proposals([row.pk], answer="不在区内", by=officer, on=ON)
        assert propose(MONTH, ON) == 0
        assert propose(date(2126, 4, 1), date(2126, 5, 2)) == 1

    def test_what_waits_in_a_change_is_not_asked_again(self, zone, officer):
        comes(zone)
        propose(MONTH, ON)
        confirm_proposals([RosterProposal.plain.get().pk], by=officer, on=ON, reason="核实")
        assert propose(date(2126, 4, 1), date(2126, 5, 2)) == 0


class TestAnswering:
    def test_one_change_for_each_zone_which_the_lead_approves(self, zone, officer):
        other = make_zone(zone.bureau, words="B座")
        one = comes(zone)
        two = comes(zone, address="B座9号")
        (left,) = on_roster(zone, address="别处")
        propose(MONTH, ON)
        ids = list(RosterProposal.plain.values_list("pk", flat=True))
        result = confirm_proposals(ids, by=officer, on=ON, reason="已核实")
        assert sorted(result.done) == sorted(ids)
        assert {change.zone_id for change in result.changes} == {zone.pk, other.pk}
        lead = make_user(Role.DISTRICT_LEAD, zone.bureau)
        for change in RosterChange.plain.all():
            decide_change(change, approve=True, opinion="", by=lead, on=ON)
        assert standing_on(zone, ON) == {one.pk}
        assert standing_on(other, ON) == {two.pk}
        assert left.pk not in standing_on(zone, ON)

    def test_what_the_roster_has_overtaken_is_closed_with_a_sentence(self, zone, officer):
        entity = comes(zone)
        propose(MONTH, ON)
        Entity.plain.filter(pk=entity.pk).update(status="revoked")
        (row,) = EntityStatus.objects.for_system("test").current().filter(entity=entity)
        row.close(ON)
        EntityStatus(entity=entity, status="revoked", since=ON).save()
        row = RosterProposal.plain.get()
        result = confirm_proposals([row.pk], by=officer, on=ON, reason="已核实")
        assert (result.done, result.changes) == ([], [])
        assert "登记状态为吊销" in result.skipped[row.pk]
        row.refresh_from_db()
        assert row.status == "rejected"

    def test_those_of_a_zone_that_has_ended_are_closed_and_keep_no_others(self, zone, officer):
        other = make_zone(zone.bureau, words="B座")
        comes(zone)
        comes(other, address="B座9号")
        propose(MONTH, ON)
        Zone.plain.filter(pk=zone.pk).update(until=ON)
        ids = list(RosterProposal.plain.values_list("pk", flat=True))
        result = confirm_proposals(ids, by=officer, on=ON, reason="已核实")
        assert [change.zone for change in result.changes] == [other]
        assert ["终止" in said for said in result.skipped.values()] == [True]
        assert RosterProposal.plain.get(zone=zone).status == "rejected"

    @pytest.mark.parametrize("role", sorted(Role))
    @pytest.mark.parametrize("verb", ["confirm", "reject", "ask"])
    def test_every_role(self, zone, role, verb):
        comes(zone)
        propose(MONTH, ON)
        ids = [RosterProposal.plain.get().pk]
        by = person(role, zone.bureau)
        acts = {
            "confirm": lambda: confirm_proposals(ids, by=by, on=ON, reason="核实").done,
            "reject": lambda: reject_proposals(ids, answer="不符", by=by, on=ON).done,
            "ask": lambda: [ask_proposals(by=by, on=ON)],
        }
        if role in (Role.DISTRICT_OFFICER, Role.DISTRICT_LEAD):
            assert len(acts[verb]()) == 1
        else:
            with pytest.raises(Refused, match="您的角色不能"):
                acts[verb]()

    def test_another_district_answers_nothing(self, zone):
        comes(zone)
        propose(MONTH, ON)
        ids = [RosterProposal.plain.get().pk]
        result = reject_proposals(ids, answer="不符", by=make_user(), on=ON)
        assert (result.done, list(result.skipped)) == ([], ids)


class TestJob:
    def test_once_a_month_and_only_where_there_are_zones(self, zone):
        assert begin_month(ON) is not None
        assert begin_month(date(2026, 3, 3)) is None
        assert begin_month(date(2026, 4, 1)) is not None
        zone.until = date(2026, 5, 1)
        zone.save()
        assert begin_month(date(2026, 5, 1)) is None

    def test_what_failed_is_asked_for_again(self, zone):
        job = begin_month(ON)
        Job.objects.for_system("test").filter(pk=job.pk).update(status=Job.Status.FAILED)
        assert begin_month(date(2026, 3, 3)) is not None

    def test_the_night_asks_for_the_month_that_has_ended(self, zone):
        pipeline.begin_night(ON)
        (job,) = Job.objects.for_system("test").filter(kind="propose_rosters")
        assert job.params["month"] == "2026-02-01"

    def test_the_button_does_its_bureau_alone_and_not_twice_at_once(self, zone, officer):
        comes(zone)
        other = make_zone(make_bureau(), words=WORDS)
        comes(other)
        job = ask_proposals(by=officer, on=ON)
        with pytest.raises(Refused, match="正在进行"):
            ask_proposals(by=officer, on=ON)
        assert pipeline.do_waiting_jobs() == 1
        job.refresh_from_db()
        assert (job.status, job.result) == ("done", {"proposed": 1, "bureaus": 1})
        assert {row.zone_id for row in RosterProposal.plain.all()} == {zone.pk}
