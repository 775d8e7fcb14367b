"""Invariants: whatever happens to facts, in whatever order, the ways of judging agree."""

from contextlib import contextmanager
from datetime import date, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from entities.changes import record_changes
from entities.models import CreditClass, EntityStatus, FourNewMark, SafetyReading
from membership.evaluation import NOT_MET, OCCUPANTS, judged, says
from membership.findings import Outcome
from membership.models import Ground, GroundName
from membership.queries import explain
from membership.rules.base import CODES, Moment
from membership.runs import Order, execute, rehearse
from membership.settle import settle
from policy.limits import limits_in_force
from redline.models import Removal
from redline.removals import derive_spans, revoke
from tests.membership.removing import make_removal
from tests.membership.zoning import make_zone
from zones.rosters import enter, remove

pytestmark = pytest.mark.django_db

BEGAN = date(2026, 3, 1)
SPAN = 12

changes = st.lists(
    st.tuples(
        st.integers(0, SPAN),
        st.one_of(
            st.tuples(st.just("class"), st.sampled_from("ABCD")),
            st.tuples(st.just("status"), st.sampled_from(["active", "dormant", "revoked"])),
            st.tuples(st.just("safety"), st.sampled_from([0, 1])),
            st.tuples(st.just("mark"), st.booleans()),
            st.tuples(st.sampled_from(["甲园", "乙园"]), st.booleans()),
            st.tuples(st.just("removal"), st.sampled_from(["made", "returned", "revoked"])),
        ),
        st.booleans(),
    ),
    min_size=1,
    max_size=8,
)


def rewrite(model, entity, since, fresh):
    """Make a fact hold from a day on, whatever was known about later days."""
    for row in model.objects.for_system("test").current().filter(entity=entity):
        if row.until is None or row.until > since:
            row.close(since) if row.since < since else row.supersede()
    if fresh is not None:
        fresh.save()


def remove_by_red_line(entity, since, value):
    """Let a removal begin on a day, or let the standing ones end there, or be revoked."""
    standing = Removal.objects.for_system("test").filter(
        entity=entity, revoked_at=None, returned_on=None
    )
    if value == "made":
        make_removal(entity, "overdue", since)
    for removal in standing if value == "revoked" else ():
        revoke(removal, reason="试验", by=None, on=since)
    if value == "returned":
        standing.filter(since__lt=since).update(returned_on=since)
        derive_spans([entity.pk], cause="试验")


def carry_out(entity, since, kind, value):
    if kind == "removal":
        remove_by_red_line(entity, since, value)
        return
    if kind in ("甲园", "乙园"):
        zone = make_zone(kind, entity.bureau)
        if value:
            enter(zone, {entity.pk: entity.name}, since=since, by=None, cause="试验")
        else:
            remove(zone, [entity.pk], on=since, by=None, cause="试验")
        return
    made = {
        "class": lambda: (
            CreditClass,
            CreditClass(entity=entity, letter=value, month=BEGAN, since=since),
        ),
        "status": lambda: (EntityStatus, EntityStatus(entity=entity, status=value, since=since)),
        "safety": lambda: (
            SafetyReading,
            SafetyReading(entity=entity, food_drug=value, since=since),
        ),
        "mark": lambda: (
            FourNewMark,
            FourNewMark(entity=entity, origin="list", novelties=["form"], since=since)
            if value
            else None,
        ),
    }
    rewrite(made[kind]()[0], entity, since, made[kind]()[1])
    record_changes([entity.pk], since, "试验")


def open_on(entity, ground, day):
    """Whether a ground that an explanation names is open; where it names no zone, none may be."""
    rows = Ground.objects.for_system("test").in_force(day).filter(entity=entity)
    same = {"occupant": ground.occupant} if ground.occupant else {}
    return rows.filter(ground=ground.ground, **same).exists()


@contextmanager
def undone():
    """One example: whatever it writes is rolled back."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def begin(build):
    entity = build(inside=True)
    execute(Order(on=BEGAN, release="首次打标"))
    return entity


@settings(
    max_examples=16, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(changes)
def test_the_ledger_of_every_day_is_what_the_rules_say_of_that_day(build, drawn):
    with undone():
        entity = begin(build)
        for offset, (kind, value), settled_at_once in drawn:
            carry_out(entity, BEGAN + timedelta(days=offset), kind, value)
            if settled_at_once:
                settle(BEGAN + timedelta(days=SPAN))
        settle(BEGAN + timedelta(days=SPAN))

        for offset in range(SPAN + 1):
            day = BEGAN + timedelta(days=offset)
            found = explain(entity, day)
            for ground in found.grounds:
                assert (ground.outcome == Outcome.MET) == open_on(entity, ground, day), day
            assert_all_at_once_say_the_same(found)
        assert_nothing_is_left_to_move()


@settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(changes)
def test_a_run_and_settle_write_the_same_days(build, drawn):
    with undone():
        settled, ran = build(inside=True), build(inside=True)
        execute(Order(on=BEGAN, release="首次打标"))
        today = BEGAN + timedelta(days=SPAN)
        for offset, (kind, value), _ in drawn:
            carry_out(settled, BEGAN + timedelta(days=offset), kind, value)
        settle(today)
        for offset, (kind, value), _ in drawn:
            carry_out(ran, BEGAN + timedelta(days=offset), kind, value)
        execute(Order(on=today, release="试验"))
        assert days_of(settled) == days_of(ran)


def days_of(entity):
    rows = Ground.objects.for_system("test").current().filter(entity=entity)
    named = ("ground", "occupant__zone__name", "since", "until")
    return sorted(rows.values_list(*named), key=str)


def assert_all_at_once_say_the_same(found):
    """Everyone judged at once, by range, says of this entity and its zones what was explained."""
    moment = Moment(found.on, keys=(found.entity_id, found.entity_id))
    limits = limits_in_force(found.on)
    (row,) = judged(moment, limits).for_system("test")
    by_zone = {
        one["id"]: one[says(GroundName.ZONE)]
        for one in judged(moment, limits, OCCUPANTS).for_system("test")
    }
    for ground in found.grounds:
        if ground.occupant:
            assert CODES[ground.outcome] == by_zone[ground.occupant]
        else:
            assert CODES[ground.outcome] == row[says(ground.ground)]
    assert row[says(GroundName.ZONE)] == max(by_zone.values(), default=NOT_MET)


def assert_nothing_is_left_to_move():
    counted = rehearse(Order(on=BEGAN + timedelta(days=SPAN)))
    assert (counted["in"], counted["out"]) == (0, 0)


def test_every_ground_is_named_in_the_ledger(build):
    entity = begin(build)
    enter(make_zone("甲园", entity.bureau), {entity.pk: "甲"}, since=BEGAN, by=None, cause="试验")
    settle(BEGAN + timedelta(days=1))
    rows = Ground.objects.for_system("test").filter(entity=entity)
    assert set(rows.values_list("ground", flat=True)) == {str(g) for g in GroundName}
