"""Invariants: whatever happens to facts, in whatever order, the ways of judging agree."""

from contextlib import contextmanager
from datetime import date, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from entities.changes import record_changes
from entities.models import CreditClass, EntityStatus, FourNewMark, SafetyReading
from membership.findings import Outcome
from membership.models import Ground, GroundName
from membership.queries import explain
from membership.runs import Order, execute, rehearse
from membership.settle import settle

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


def carry_out(entity, since, kind, value):
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
    rows = Ground.objects.for_system("test").in_force(day)
    return rows.filter(entity=entity, ground=ground).exists()


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
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
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
                assert (ground.outcome == Outcome.MET) == open_on(entity, ground.ground, day), day
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
    return sorted(rows.values_list("ground", "since", "until"), key=str)


def assert_nothing_is_left_to_move():
    counted = rehearse(Order(on=BEGAN + timedelta(days=SPAN)))
    assert (counted["in"], counted["out"]) == (0, 0)


def test_every_ground_is_named_in_the_ledger(build):
    entity = begin(build)
    assert {ground for ground, _, _ in days_of(entity)} == {str(g) for g in GroundName}
