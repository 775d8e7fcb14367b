"""What may be done about a violation, every cell: each step from each state by each person."""

from typing import Any

import pytest
from django.db import transaction

from core.errors import Refused
from redline.actions.cases import take_measure
from redline.actions.touches import confirm_touch, set_touch_fields
from redline.actions.violations import (
    add_evidence,
    correct_supervisor,
    hold_against,
    not_a_touch,
    pass_on,
    receive,
    set_handling,
    set_violation_fields,
    void_violation,
)
from redline.choices import Handling, ListKind, MeasureKind, ViolationStatus
from redline.models import Touch, Violation
from redline.violation_workflow import VIOLATION_STEPS, violation_steps
from tests.factories import make_bureau
from tests.redline.factories import ON, PDF, make_item
from tests.redline.judging import (
    JUDGEMENT,
    ROLES,
    fresh,
    made_item,
    make_people,
    passed,
    reached,
)

pytestmark = pytest.mark.django_db
Status = ViolationStatus

STAFF = {"officer", "colleague", "lead", "second_lead"}
OPEN_STEPS = {
    "edit": STAFF,
    "correct_supervisor": STAFF,
    "confirm_touch": STAFF,
    "not_a_touch": STAFF,
    "void": STAFF,
}
LIVE_STEPS = {
    "set_handling": STAFF,
    "hold_against": STAFF,
    "take_measure": STAFF,
    "add_evidence": STAFF | {"station"},
}
ALLOWED: dict[str, dict[str, set[str]]] = {
    Status.OPEN: OPEN_STEPS | LIVE_STEPS,
    Status.JUDGED: LIVE_STEPS | {"edit_touch": STAFF},
    Status.TOUCHED: LIVE_STEPS,
    Status.ORDINARY: LIVE_STEPS | {"confirm_touch": STAFF, "void": STAFF},
    Status.VOID: {},
}
"""Recorded and judged by the officer of the bureau that deals with it."""

PASSED_ON = {
    "receive": STAFF,
    "edit": {"elsewhere"},
    "void": {"elsewhere"},
    "add_evidence": STAFF | {"station", "elsewhere"},
}
"""Found by an officer elsewhere and not received yet."""


@pytest.fixture
def people(db):
    return make_people()


def do(people, violation: Violation, step: str, by, mild) -> Any:
    """Take a step in the way that would succeed for whoever may."""
    who = {"by": by, "on": ON}
    seen = who | {"revision": fresh(violation).revision}
    match step:
        case "receive":
            return receive(violation, **who)
        case "edit":
            return set_violation_fields(violation, facts="改正后的违法事实", **seen)
        case "correct_supervisor":
            bureau = make_bureau()
            return correct_supervisor(violation, bureau, reason="当时住所在他区", **seen)
        case "pass_on":
            violation.entity.bureau = make_bureau()
            violation.entity.save()
            return pass_on(violation, **seen)
        case "confirm_touch":
            return confirm_touch(violation, made_item(people), **JUDGEMENT, **seen)
        case "edit_touch":
            touch = Touch.objects.for_system("test").filter(violation=violation).first()
            touch = touch or Touch(violation=violation)
            return set_touch_fields(touch, made_item(people), **JUDGEMENT, **seen)
        case "not_a_touch":
            return not_a_touch(violation, reason="未达到清单所列情形", **seen)
        case "set_handling":
            return set_handling(violation, handling=Handling.NO_PENALTY, handled_on=ON, **seen)
        case "hold_against":
            return hold_against(violation, mild, ticked=[], **who)
        case "take_measure":
            said = {"kind": MeasureKind.SEIZURE, "taken_on": ON, "document_number": "查封1号"}
            return take_measure(violation, **said, **who)
        case "add_evidence":
            return add_evidence(violation, title="笔录", name="笔录.pdf", content=PDF, **who)
        case "void":
            return void_violation(violation, reason="重复登记", **seen)
    raise AssertionError(step)


def reach(people, status):
    return passed(people) if status == "passed_on" else reached(people, status)


@pytest.mark.parametrize("status", [*Status.values, "passed_on"])
def test_every_step_by_everybody(people, status):
    mild = make_item(None, kind=ListKind.NO_PENALTY)
    made_item(people)
    allowed_here = PASSED_ON if status == "passed_on" else ALLOWED[Status(status)]
    violation = reach(people, status)
    for step in VIOLATION_STEPS:
        if step == "pass_on":
            continue
        for name in ROLES:
            by = getattr(people, name)
            before = fresh(violation)
            if name not in allowed_here.get(step, set()):
                with pytest.raises(Refused) as refusal:
                    do(people, violation, step, by, mild)
                assert len(str(refusal.value)) > 10
                assert fresh(violation).__dict__ | {"_state": 0} == before.__dict__ | {"_state": 0}
                continue
            assert step in violation_steps(before, by), (step, name)
            with transaction.atomic():
                assert do(people, violation, step, by, mild) is not None
                target = VIOLATION_STEPS[step].target or before.status
                assert fresh(violation).status == target, (step, name)
                transaction.set_rollback(True)


@pytest.mark.parametrize("status", [*Status.values, "passed_on"])
def test_pages_offer_what_the_table_says_to_those_who_see_it(people, status):
    violation = reach(people, status)
    allowed_here = PASSED_ON if status == "passed_on" else ALLOWED[Status(status)]
    for name in ROLES:
        by = getattr(people, name)
        seen = Violation.objects.visible_to(by).filter(pk=violation.pk).exists()
        offered = set(violation_steps(violation, by)) - {"pass_on"} if seen else set()
        assert offered == {step for step, who in allowed_here.items() if name in who}, name


@pytest.mark.parametrize("status", [*Status.values, "passed_on"])
def test_passing_on_by_everybody(people, status):
    violation = reach(people, status)
    for name in ROLES:
        allowed = status == Status.OPEN and name in STAFF
        if not allowed:
            with pytest.raises(Refused):
                do(people, violation, "pass_on", getattr(people, name), None)
            assert fresh(violation).bureau == people.bureau
            continue
        with transaction.atomic():
            done = do(people, violation, "pass_on", getattr(people, name), None)
            assert done.bureau != people.bureau
            assert done.received_at is None
            transaction.set_rollback(True)
