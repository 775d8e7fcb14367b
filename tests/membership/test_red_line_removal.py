"""A removal on its way: all grounds end, the ledger says why; let back, revoked, braked."""

from datetime import date, timedelta

import pytest

from core.models import Job
from entities.models import FactChange
from membership.models import Decision, Ground, Run
from membership.queries import ended_by, explain, ledger
from membership.runs import Order, execute, rehearse
from membership.settle import settle
from redline.actions.removals import let_back
from redline.choices import OrderStatus, RemovalCause
from redline.models import Removal
from redline.overdue import scan
from redline.removals import remove, revoke
from tests.factories import make_user
from tests.membership.zoning import make_zone
from tests.redline.factories import make_item, make_order, make_violation
from tests.redline.many import make_many
from zones.rosters import enter

pytestmark = pytest.mark.django_db

BEGAN = date(2026, 3, 1)
DUE = date(2026, 3, 17)
OUT = date(2026, 3, 18)
LATE = date(2026, 3, 30)
BACK = date(2026, 5, 6)


def rows(model):
    return model.objects.for_system("test")


@pytest.fixture
def member(build):
    """An entity inside by all three grounds at one time or another: in a zone and by its class."""
    entity = build(inside=True)
    zone = make_zone("甲园", entity.bureau)
    enter(zone, {entity.pk: entity.name}, since=BEGAN, by=None, cause="试验")
    execute(Order(on=BEGAN, release="首次打标"))
    return entity


@pytest.fixture
def order(member):
    return make_order(
        make_violation(member, bureau=member.bureau),
        status=OrderStatus.SERVED,
        served_on=date(2026, 3, 2),
    )


def opened(entity, day):
    found = rows(Ground).in_force(day).filter(entity=entity)
    return sorted(found.values_list("ground", flat=True))


BOTH = ["credit", "zone"]


def test_all_grounds_end_on_the_day_after_the_last_though_the_scan_came_late(member, order):
    scan(LATE)
    settle(LATE)
    assert opened(member, DUE) == BOTH
    assert opened(member, OUT) == []
    closed = rows(Decision).filter(entity=member, move="close", day=OUT)
    assert sorted(closed.values_list("ground", flat=True)) == BOTH
    assert set(closed.values_list("cause", flat=True)) == {"触线移出"}


def test_the_decision_holds_item_list_number_days_and_recheck(member, order):
    scan(LATE)
    settle(LATE)
    removal = rows(Removal).get(order=order)
    for decision in rows(Decision).filter(entity=member, move="close"):
        (found,) = [one for one in decision.findings if one["rule"] == "exclusion.red_line"]
        assert found["facts"] == {
            "cause": "overdue",
            "removed": OUT.isoformat(),
            "item": removal.item,
            "list": removal.list_version,
            "order": order.number.text,
            "served": "2026-03-02",
            "due": DUE.isoformat(),
            "recheck": "",
            "reason": "",
        }
    said = next(line for line in ledger(member) if line.move == "close").findings[0].sentence
    for part in (removal.item, removal.list_version, order.number.text, str(DUE), str(OUT)):
        assert part in said


def test_let_back_the_rules_open_what_is_met_from_that_day(member, order):
    scan(LATE)
    settle(LATE)
    order.refresh_from_db()
    order.status = OrderStatus.MENDED_LATE
    order.save()
    lead = make_user("district_lead", member.bureau)
    let_back(rows(Removal).get(), reason="已改正", by=lead, on=BACK)
    settle(BACK)
    assert opened(member, BACK - timedelta(days=1)) == []
    assert opened(member, BACK) == BOTH
    again = rows(Decision).filter(entity=member, move="open", day=BACK)
    assert set(again.values_list("cause", flat=True)) == {"触线移出后重新移入"}


def test_revoked_the_rules_judge_again_from_its_first_day(member, order):
    scan(LATE)
    settle(LATE)
    known = rows(Decision).latest("recorded_at").recorded_at
    removal = rows(Removal).get()
    revoke(removal, reason="期限内已改正", by=None, on=BACK)
    assert [line.day for line in ended_by(removal)] == [OUT, OUT]
    settle(BACK)
    for day in (OUT, LATE, BACK):
        assert opened(member, day) == BOTH, day
    again = rows(Decision).filter(entity=member, move="open", day=OUT)
    assert set(again.values_list("cause", flat=True)) == {"撤销触线移出"}
    assert not explain(member, LATE, known).inside, "What was known then stays."
    assert sorted(line.ground for line in ended_by(removal)) == BOTH


def test_a_removal_that_ended_nothing_is_said_to_have_ended_nothing(member, order):
    removal = remove(order.violation, RemovalCause.OVERDUE, since=OUT, order=order, on=LATE)
    revoke(removal, reason="期限内已改正", by=None, on=LATE)
    settle(LATE)
    assert ended_by(removal) == []
    assert opened(member, LATE) == BOTH


def test_while_outside_a_better_class_lets_nobody_in(member, order):
    scan(LATE)
    settle(LATE)
    finding = {one.rule: one for one in explain(member, LATE).grounds[0].findings}
    assert finding["exclusion.red_line"].outcome == "not_met"
    assert rehearse(Order(on=LATE))["in"] == 0


class TestManyAtOnce:
    """Mass removals pass the brake as everything does."""

    @pytest.fixture
    def city(self, build):
        entities = [build(inside=True) for _ in range(60)]
        execute(Order(on=BEGAN, release="首次打标"))
        return entities

    def overdue(self, entities):
        bureau = entities[0].bureau
        item = make_item(bureau)
        for entity in entities:
            make_order(
                make_violation(entity, bureau=bureau),
                status=OrderStatus.SERVED,
                item=item,
                served_on=date(2026, 3, 2),
            )

    def test_more_than_the_limit_are_held_and_stay_inside_until_released(self, city):
        self.overdue(city[:25])
        assert scan(OUT).removals == 25
        run = settle(OUT)
        assert run.status == Run.Status.HELD
        assert opened(city[0], OUT) == ["credit", "four_new"]
        assert rows(FactChange).filter(taken_by=run.pk).count() == 25
        execute(Order(on=OUT, release="已逐户核对"))
        assert [opened(entity, OUT) for entity in city[:25]] == [[]] * 25

    def test_a_few_leave_at_once(self, city):
        self.overdue(city[:2])
        scan(OUT)
        assert settle(OUT).status == Run.Status.DONE
        assert opened(city[0], OUT) == []

    def test_a_night_judges_what_the_scan_before_it_took_out(self, city):
        self.overdue(city[:2])
        scan(OUT)
        run = execute(Order(on=OUT, kind=Run.Kind.NIGHTLY))
        assert (run.status, run.counts["unexplained"]) == (Run.Status.DONE, 0)
        assert opened(city[0], OUT) == []

    def test_more_than_a_batch_goes_through_a_run_whatever_their_days(self, city):
        officer = make_user("district_officer", city[0].bureau)
        lead, item = make_user("district_lead", city[0].bureau), make_item(city[0].bureau)
        for day in (DUE, OUT, LATE):
            make_many(220, officer, due_on=day, item=item, approved_by=lead)
        scan(BACK)
        assert not rows(FactChange).filter(bulk=False, cause="触线移出").exists()
        assert settle(BACK) is None
        assert rows(Job).filter(kind="run").count() == 1
