"""Whatever happens to an order: the days outside rest on that, never on when a scan ran."""

from contextlib import contextmanager, suppress
from datetime import date, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import Refused
from entities.models import EntityStatus
from redline.actions.removals import let_back
from redline.choices import OrderOrigin, OrderStatus, RecheckFinding
from redline.models import Order, Removal
from redline.overdue import follow_status, scan
from tests.redline.factories import make_order, make_violation
from tests.redline.ordering import do, make_people
from tests.redline.outside import days_outside

pytestmark = pytest.mark.django_db

SERVED = date(2026, 11, 24)
SPAN = 45
"""Days in which things happen; the deadline of 15 days ends on the fifteenth."""

END = SERVED + timedelta(days=SPAN + 1)
lags = st.integers(0, 25)
happenings = st.one_of(
    st.tuples(st.just("report"), lags),
    st.tuples(
        st.just("recheck"), st.sampled_from(RecheckFinding.values), lags, lags, st.booleans()
    ),
    st.tuples(st.just("ask_extension"), lags, st.integers(1, 15)),
    st.tuples(st.just("decide_extension"), st.booleans()),
    st.tuples(st.just("hold"), st.integers(1, 15)),
    st.tuples(st.just("refer")),
    st.tuples(st.just("ended"), lags),
    st.tuples(st.just("back")),
)
courses = st.lists(st.tuples(st.integers(1, SPAN), happenings), min_size=1, max_size=6)
scans = st.sets(st.integers(1, SPAN), max_size=4)


@contextmanager
def undone():
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def happen(people, order, day, happening):
    """Let one thing be recorded on a day; what it is about may lie some days before."""
    kind, *said = happening
    before = [day - timedelta(days=lag) for lag in said if isinstance(lag, int)]
    if kind == "report":
        return do(order, kind, people.officer, day, received_on=before[0], text="已改正")
    if kind == "recheck":
        finding, _, corrected, renew = said
        more = {"new_days": 5} if renew and finding == RecheckFinding.PARTLY else {}
        if finding == RecheckFinding.MENDED and renew:
            more["corrected_on"] = before[0] - timedelta(days=corrected)
        return do(order, kind, people.officer, day, done_on=before[0], finding=finding, **more)
    if kind == "ask_extension":
        return do(order, kind, people.officer, day, asked_on=before[0], days=said[1])
    if kind == "decide_extension":
        return do(order, kind, people.lead, day, granted=said[0])
    if kind == "hold":
        return do(order, kind, people.officer, day, days=said[0])
    if kind == "refer":
        return do(order, kind, people.officer, day)
    return end(order, before[0], day) if kind == "ended" else back(people, order, day)


def end(order, since, on):
    rows = EntityStatus.objects.for_system("test").current().filter(entity=order.entity_id)
    if rows.filter(status="deregistered").exists():
        return
    rows.get().close(since)
    EntityStatus(entity=order.entity, status="deregistered", since=since).save()
    follow_status([order.entity_id], on)


def back(people, order, on):
    """Let the entity back, if it is out and may come back; before a scan nobody knew of that."""
    rows = Removal.objects.for_system("test").filter(violation=order.violation_id)
    for removal in rows.filter(revoked_at=None, returned_on=None)[:1]:
        with suppress(Refused):
            let_back(removal, reason="已改正", by=people.lead, on=on)


def run(people, course, scanned, origin):
    """Let a course happen with scans on some days; return what of it must not depend on them."""
    with undone():
        violation = make_violation(bureau=people.bureau)
        order = make_order(
            violation, status=OrderStatus.SERVED, origin=origin, item=people.item, served_on=SERVED
        )
        refused = []
        for offset in range(SPAN + 1):
            day = SERVED + timedelta(days=offset)
            if offset in scanned:
                scan(day)
            for number, (happened, happening) in enumerate(course):
                if happened == offset and not _takes(people, order, day, happening):
                    refused.append(number)
        scan(END)
        last = Order.objects.for_system("test").get(pk=order.pk)
        return days_outside(order.entity), last.status, last.due_on, refused


def _takes(people, order, day, happening):
    try:
        happen(people, order, day, happening)
    except Refused:
        return False
    return True


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(courses, scans, st.sampled_from([OrderOrigin.RED_LINE, OrderOrigin.RED_LINE, "ordinary"]))
def test_scans_change_nothing_but_when_it_is_known(people, course, scanned, origin):
    busy = scanned | {day for day, _ in course}
    assert run(people, course, busy, origin) == run(people, course, set(), origin)


@pytest.fixture
def people(db):
    return make_people()
