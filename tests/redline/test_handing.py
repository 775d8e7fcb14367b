"""An abolished bureau: what it left open is finished by whoever supervises the entity now."""

from datetime import date

import pytest

from core.errors import Refused
from redline.actions.cases import decide_case
from redline.actions.removals import let_back
from redline.choices import CaseDecision, OrderStatus
from redline.handing import follow_bureaus
from redline.models import Order, Removal, Review, Violation
from redline.overdue import scan
from tests.redline.factories import make_violation
from tests.redline.ordering import DUE, do, fresh, issued, make_people, reached, served, steps_of

pytestmark = pytest.mark.django_db

GONE = date(2026, 12, 1)
LATE = date(2026, 12, 10)


@pytest.fixture
def old():
    return make_people()


@pytest.fixture
def new():
    return make_people()


def abolish(old, new, entity, on=GONE):
    """End the bureau; its entity has been placed under another one."""
    old.bureau.until = on
    old.bureau.save()
    type(entity).objects.for_system("test").filter(pk=entity.pk).update(bureau=new.bureau)
    return follow_bureaus(on)


def test_a_running_order_goes_on_with_its_number(old, new):
    order = served(old)
    assert abolish(old, new, order.entity) == 1
    moved = fresh(order)
    assert (moved.bureau, moved.violation.bureau) == (new.bureau, new.bureau)
    assert (moved.number, moved.due_on) == (order.number, DUE)
    assert steps_of(order)[-1] == ("hand_over", "served", "served")
    with pytest.raises(Refused):
        do(moved, "report", old.officer, GONE)
    assert do(moved, "report", new.officer, GONE).status == OrderStatus.REPORTED
    assert follow_bureaus(GONE) == 0


def test_what_is_to_be_numbered_is_numbered_by_the_new_one(old, new):
    order = reached(old, OrderStatus.APPROVED)
    abolish(old, new, order.entity)
    assert do(order, "issue", new.officer, GONE).number.series.bureau == new.bureau


def test_a_removal_ends_by_the_new_lead(old, new):
    order = served(old)
    scan(LATE)
    abolish(old, new, order.entity, LATE)
    said = {"decision": CaseDecision.NOT_FILED, "decided_on": LATE, "reason": "轻微"}
    decide_case(order.violation.case, **said, by=new.officer, on=LATE)
    do(order, "recheck", new.officer, LATE)
    removal = Removal.objects.for_system("test").get(order=order)
    let_back(removal, reason="已改正", by=new.lead, on=date(2026, 12, 20))
    assert follow_bureaus(date(2026, 12, 21)) == 0


def test_an_open_review_is_decided_by_the_new_lead(old, new):
    order = served(old, ordinary=True)
    scan(LATE)
    abolish(old, new, order.entity, LATE)
    assert Review.objects.for_system("test").get(order=order).bureau == new.bureau


def test_what_is_finished_stays(old, new):
    order = reached(old, OrderStatus.MENDED, ordinary=True)
    assert abolish(old, new, order.entity) == 0
    assert fresh(order).bureau == old.bureau


def test_it_waits_until_the_entity_has_a_bureau_in_office(old, new):
    order = issued(old)
    old.bureau.until = GONE
    old.bureau.save()
    assert follow_bureaus(GONE) == 0
    assert Order.objects.visible_to(old.lead).filter(pk=order.pk).exists()


def test_between_bureaus_that_work_on_nothing_moves(old, new):
    violation = make_violation(bureau=old.bureau)
    entities = type(violation.entity).objects.for_system("test")
    entities.filter(pk=violation.entity_id).update(bureau=new.bureau)
    assert follow_bureaus(GONE) == 0
    assert Violation.objects.for_system("test").get(pk=violation.pk).bureau == old.bureau
