"""The zone ground: one a zone, in step with the four-new ground, and counted as one entity."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from entities.models import Entity, FactChange, FourNewMark, SafetyReading
from membership import gate
from membership.models import Decision, Ground, Run, StagedMove, Watch
from membership.preview import preview
from membership.queries import explain, inside, ledger, next_turning
from membership.runs import Order, execute, rehearse
from membership.settle import settle
from membership.staging import stage, take_changes
from policy.limits import limits_in_force
from tests.membership.zoning import make_zone
from zones.models import Occupant, Zone
from zones.rosters import enter, remove

pytestmark = pytest.mark.django_db

BEGAN = date(2026, 3, 1)
TODAY = date(2026, 3, 20)
MARK = [{"origin": "list", "novelties": ["form"], "since": date(2020, 1, 1)}]


def rows(model):
    return model.objects.for_system("test")


def days(entity):
    current = rows(Ground).current().filter(entity=entity).order_by("since", "ground", "pk")
    named = ("ground", "occupant__zone__name", "since", "until")
    return list(current.values_list(*named))


def put(entity, zone, since):
    enter(zone, {entity.pk: entity.name}, since=since, by=None, cause="区域批准")


def take(entity, zone, on):
    remove(zone, [entity.pk], on=on, by=None, cause="名册变动")


@pytest.fixture
def zone(people):
    return make_zone("甲园", people["officer"].bureau)


@pytest.fixture
def other(people):
    return make_zone("乙园", people["officer"].bureau)


@pytest.fixture
def four_new(build):
    """An entity inside as four-new since the first tagging."""
    entity = build(four_new=MARK)
    execute(Order(on=BEGAN, release="首次打标"))
    return entity


def test_moving_into_a_zone_changes_the_ground_on_that_day_without_a_gap(four_new, zone):
    day = date(2026, 3, 10)
    put(four_new, zone, day)
    settle(TODAY)

    assert days(four_new) == [("four_new", None, BEGAN, day), ("zone", "甲园", day, None)]
    for offset in range((TODAY - BEGAN).days + 1):
        on = BEGAN + timedelta(days=offset)
        assert rows(Entity).filter(inside(on), pk=four_new.pk).exists(), on
    moves = {(d.ground, d.move, d.day) for d in rows(Decision).filter(day=day)}
    assert moves == {("four_new", "close", day), ("zone", "open", day)}


def test_leaving_the_last_zone_brings_the_four_new_ground_back_on_that_day(four_new, zone):
    put(four_new, zone, date(2026, 3, 5))
    take(four_new, zone, date(2026, 3, 10))
    settle(TODAY)

    assert days(four_new) == [
        ("four_new", None, BEGAN, date(2026, 3, 5)),
        ("zone", "甲园", date(2026, 3, 5), date(2026, 3, 10)),
        ("four_new", None, date(2026, 3, 10), None),
    ]


def test_of_two_zones_the_second_is_kept_when_the_first_ends(four_new, zone, other):
    put(four_new, zone, date(2026, 3, 5))
    put(four_new, other, date(2026, 3, 7))
    settle(date(2026, 3, 9))
    take(four_new, zone, date(2026, 3, 10))
    run = settle(TODAY)

    assert days(four_new) == [
        ("four_new", None, BEGAN, date(2026, 3, 5)),
        ("zone", "甲园", date(2026, 3, 5), date(2026, 3, 10)),
        ("zone", "乙园", date(2026, 3, 7), None),
    ]
    decision = rows(Decision).get(run=run)
    assert (decision.move, decision.occupant.zone) == ("close", zone)
    assert decision.cause == "名册变动"


def test_losing_one_of_two_zones_is_not_leaving(four_new, zone, other):
    put(four_new, zone, date(2026, 3, 5))
    put(four_new, other, date(2026, 3, 5))
    settle(date(2026, 3, 9))
    take(four_new, zone, TODAY)

    assert counted(four_new, TODAY) == {"in": 0, "out": 0}
    settle(TODAY)
    take(four_new, other, TODAY)
    FourNewMark.objects.for_system("test").get(entity=four_new).close(TODAY)
    assert counted(four_new, TODAY) == {"in": 0, "out": 1}


def counted(entity, on):
    """Stage what waits and count as the gate counts, and forget it."""
    with transaction.atomic():
        run = Run.objects.create(
            kind=Run.Kind.SETTLE, on=on, policy_version=limits_in_force(on).version
        )
        take_changes(run, BEGAN, None, [entity.pk])
        stage(run, None, [entity.pk])
        found = gate.count_staged(run)[gate.CITY]
        transaction.set_rollback(True)
    return found


def test_a_safety_field_takes_nobody_out_of_a_zone(build, zone):
    entity = build(safety=[{"food_drug": 1, "since": date(2020, 1, 1)}])
    put(entity, zone, date(2026, 2, 1))
    execute(Order(on=BEGAN, release="首次打标"))
    assert days(entity) == [("zone", "甲园", BEGAN, None)]
    assert rows(SafetyReading).filter(entity=entity).exists()


def test_a_run_judges_zones_in_ranges_and_repeats_nothing(build, zone, other, settings):
    settings.RUN_RANGE_SIZE = 3
    entities = [build() for _ in range(10)]
    names = {entity.pk: entity.name for entity in entities[:6]}
    enter(zone, names, since=date(2026, 2, 1), by=None, cause="区域批准")
    put(entities[5], other, date(2026, 2, 1))
    run = execute(Order(on=BEGAN, release="首次打标"))

    assert run.counts["opened"] == {"zone": 7}
    assert run.counts["members"]["0"] == 6
    again = execute(Order(on=BEGAN + timedelta(days=1)))
    assert (again.counts["moves"], again.counts["unexplained"]) == (0, 0)
    assert rows(StagedMove).count() == 0


def test_an_entry_recorded_ahead_moves_on_its_day(four_new, zone):
    tomorrow = timezone.localdate() + timedelta(days=1)
    put(four_new, zone, tomorrow)
    assert next_turning(four_new, tomorrow - timedelta(days=1)) == tomorrow
    execute(Order(on=tomorrow - timedelta(days=1)))
    assert [ground for ground, _, _, until in days(four_new) if until is None] == ["four_new"]
    run = execute(Order(on=tomorrow))
    assert [ground for ground, _, _, until in days(four_new) if until is None] == ["zone"]
    assert run.counts["unexplained"] == 0
    causes = set(rows(Decision).filter(run=run).values_list("cause", flat=True))
    assert all("区域批准" in cause or "生效" in cause for cause in causes), causes


def test_the_page_says_each_zone_and_the_ledger_too(four_new, zone, other):
    put(four_new, zone, date(2026, 3, 5))
    put(four_new, other, date(2026, 3, 7))
    settle(TODAY)

    found = explain(four_new, TODAY)
    assert [(ground.label, ground.open_since) for ground in found.grounds] == [
        ("区域类（甲园）", date(2026, 3, 5)),
        ("区域类（乙园）", date(2026, 3, 7)),
        ("区域外“四新”", None),
        ("主体类（信用沙盒）", None),
    ]
    assert found.verdict == "在沙盒内：区域类（甲园）、区域类（乙园）。"
    said = [(line.ground_label, line.move) for line in ledger(four_new)]
    assert ("区域类（乙园）", "open") in said
    sentences = {f.sentence for line in ledger(four_new) for f in line.findings}
    assert "自2026-03-07起列入已批准区域的名册。" in sentences
    assert "已列入区域名册（甲园），按区域类纳入。" in sentences


def test_outside_every_zone_one_finding_says_so(four_new, zone):
    found = explain(four_new, TODAY)
    first = found.grounds[0]
    assert (first.label, first.outcome, first.open_since) == ("区域类", "not_met", None)
    assert first.findings[0].sentence == "不在已批准区域的名册上。"
    assert rows(Occupant).count() == 0


def test_what_was_known_before_the_approval_is_still_told(four_new, zone):
    before = four_new_known()
    put(four_new, zone, date(2026, 3, 5))
    settle(TODAY)
    then = explain(four_new, TODAY, before)
    assert [ground.label for ground in then.grounds if ground.is_open] == ["区域外“四新”"]


def four_new_known():
    return rows(Ground).latest("recorded_at").recorded_at + timedelta(milliseconds=1)


def test_class_c_in_a_zone_is_reviewed_and_stays(build, zone):
    entity = build(
        credit_class=[{"letter": "C", "month": date(2026, 2, 1), "since": date(2026, 2, 1)}]
    )
    put(entity, zone, date(2026, 2, 1))
    execute(Order(on=BEGAN, release="首次打标"))
    assert rows(Watch).current().get(entity=entity).review == ["review.class"]
    assert [f.rule for f in explain(entity, BEGAN).review] == ["review.class"]


@pytest.mark.parametrize("was_inside", [True, False])
def test_a_zone_in_doubt_is_watched_and_reviewed_only_where_it_is_open(build, zone, was_inside):
    """The roster is known, the class is too old to tell: nothing moves, the district is asked."""
    day = date(2026, 3, 10)
    letter = "B" if was_inside else "D"
    entity = build(
        credit_class=[
            {"letter": letter, "month": date(2026, 1, 1), "since": date(2026, 1, 1), "until": day},
            {"letter": "D", "month": date(2026, 1, 1), "missed": 3, "since": day},
        ],
        abnormal=[{"reason": "失联", "since": date(2026, 1, 1)}],
    )
    put(entity, zone, date(2026, 2, 1))
    execute(Order(on=BEGAN, release="首次打标"))
    execute(Order(on=day))

    watch = rows(Watch).current().get(entity=entity, until=None)
    assert watch.undecided == ["credit.class", "exclusion.class"]
    assert watch.review == (["review.abnormal_list"] if was_inside else [])
    assert bool(rows(Ground).in_force(day).filter(entity=entity)) == was_inside
    assert [f.rule for f in explain(entity, day).review] == watch.review


def test_a_preview_counts_entities_not_zones(four_new, build, zone, other):
    def approve():
        put(four_new, zone, TODAY)
        put(four_new, other, TODAY)

    shown = preview(approve, TODAY)
    assert (shown.moved_in, shown.moved_out) == ({"zone": 1}, {"four_new": 1})
    assert rows(Zone).count() == 2
    assert rows(Occupant).count() == 0
    assert not rows(FactChange).filter(taken_by=None).exists()


def test_a_rehearsal_counts_them_too(build, zone):
    entity = build()
    execute(Order(on=BEGAN, release="首次打标"))
    put(entity, zone, TODAY)
    counted = rehearse(Order(on=TODAY))
    assert (counted["in"], counted["out"]) == (1, 0)


def test_a_ground_of_a_zone_names_its_occupant_and_no_other_does(four_new, zone):
    put(four_new, zone, TODAY)
    occupant = Occupant.objects.for_system("test").get()
    for wrong in ({"ground": "zone"}, {"ground": "credit", "occupant": occupant}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Ground.objects.create(entity=four_new, since=TODAY, **wrong)
