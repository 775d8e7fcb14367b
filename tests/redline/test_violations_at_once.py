"""Two press at once, on connections of their own: one succeeds, the other is told who was first."""

from collections.abc import Callable
from typing import Any

import pytest

from redline.actions import orders
from redline.actions.cases import close_case, decide_case
from redline.actions.touches import confirm_touch
from redline.actions.violations import (
    add_evidence,
    hold_against,
    not_a_touch,
    receive,
    set_handling,
    void_violation,
)
from redline.choices import CaseDecision, Handling, ListKind, OrderStatus, ViolationStatus
from redline.models import (
    Case,
    Evidence,
    ListItem,
    ListMatch,
    Order,
    Removal,
    Review,
    Touch,
    Violation,
)
from staff.models import User
from tests.at_once import at_once
from tests.redline.factories import ON, PDF, make_item
from tests.redline.judging import (
    DEMANDS,
    JUDGEMENT,
    approved,
    case_of,
    fresh,
    made_item,
    make_people,
    passed,
    recorded,
    submitted,
)

pytestmark = pytest.mark.usefixtures("real_commits")
ROUNDS = 3


def trying(verb: Callable[..., Any], row: Any, person: User, **said: Any) -> Callable[[], Any]:
    """Return a try that reads the row and the account anew on its own connection."""

    def run() -> None:
        seen = type(row).objects.for_system("test").get(pk=row.pk)
        verb(seen, by=User.objects.get(pk=person.pk), on=ON, **said)

    return run


def confirming(violation: Violation, item: ListItem, person: User) -> Callable[[], Any]:
    said = JUDGEMENT | {"revision": violation.revision, "demands": DEMANDS}

    def run() -> None:
        seen = ListItem.objects.for_system("test").get(pk=item.pk)
        by = User.objects.get(pk=person.pk)
        confirm_touch(fresh(violation), seen, **said, by=by, on=ON)

    return run


def one_won(outcomes: list[str]) -> None:
    assert outcomes.count("done") == 1, outcomes
    assert all(outcome == "done" or "已" in outcome for outcome in outcomes)


@pytest.mark.parametrize("number", range(ROUNDS))
def test_a_violation_is_judged_once(number):
    people = make_people()
    violation, item = recorded(people), made_item(people)
    outcomes = at_once(
        confirming(violation, item, people.officer),
        confirming(violation, item, people.colleague),
        trying(not_a_touch, violation, people.lead, reason="货值为零", revision=0),
        trying(void_violation, violation, people.second_lead, reason="重复", revision=0),
    )
    one_won(outcomes)
    judged = fresh(violation).status == ViolationStatus.JUDGED
    assert Order.objects.for_system("test").count() == judged
    assert Touch.objects.for_system("test").count() == judged


def test_a_file_is_kept_once():
    people = make_people()
    violation = recorded(people)
    said = {"title": "笔录", "name": "笔录.pdf", "content": PDF}
    outcomes = at_once(
        *(trying(add_evidence, violation, who, **said) for who in (people.officer, people.lead))
    )
    one_won(outcomes)
    assert Evidence.objects.for_system("test").count() == 1


def test_it_is_received_once_and_what_it_brings_comes_once():
    people = make_people()
    handled = {"handling": Handling.ORDINARY, "handling_number": "1号", "handled_on": ON}
    violation = passed(people, **handled)
    outcomes = at_once(
        *(trying(receive, violation, who) for who in (people.officer, people.colleague))
    )
    one_won(outcomes)
    assert Review.objects.for_system("test").count() == 1


def test_it_is_dealt_with_once():
    people = make_people()
    violation = recorded(people)
    said = {"handling": Handling.SUSPENSION, "number": "1号", "handled_on": ON, "revision": 0}
    outcomes = at_once(
        *(trying(set_handling, violation, who, **said) for who in (people.officer, people.lead))
    )
    assert outcomes.count("done") >= 1
    assert Removal.objects.for_system("test").count() == 1


def test_an_item_is_held_against_it_once():
    people = make_people()
    violation, item = recorded(people), make_item(None, kind=ListKind.NO_COERCION)

    def holding(who: User) -> Callable[[], Any]:
        def run() -> None:
            seen = ListItem.objects.for_system("test").get(pk=item.pk)
            by = User.objects.get(pk=who.pk)
            hold_against(fresh(violation), seen, ticked=[], by=by, on=ON)

        return run

    assert at_once(holding(people.officer), holding(people.lead)) == ["done", "done"]
    assert ListMatch.objects.for_system("test").count() == 1


@pytest.mark.parametrize("number", range(ROUNDS))
def test_a_touch_is_approved_or_refused(number):
    people = make_people()
    order = submitted(people)
    said = {"revision": order.revision}
    outcomes = at_once(
        trying(orders.approve_order, order, people.lead, **said),
        trying(orders.refuse_order, order, people.second_lead, opinion="不构成", **said),
    )
    one_won(outcomes)
    status = Order.objects.for_system("test").get().status
    violation = fresh(order.violation)
    if status == OrderStatus.APPROVED:
        assert violation.status == ViolationStatus.TOUCHED
        assert Case.objects.for_system("test").count() == 1
    else:
        assert violation.status == ViolationStatus.OPEN
        assert not Case.objects.for_system("test").exists()


def test_a_case_is_decided_and_closed_once():
    people = make_people()
    case = case_of(approved(people).violation)
    filed = {"decision": CaseDecision.FILED, "case_number": "1号", "decided_on": ON}
    outcomes = at_once(
        trying(decide_case, case, people.officer, **filed),
        trying(decide_case, case, people.lead, **filed | {"case_number": "2号"}),
    )
    one_won(outcomes)
    said = {"outcome": "罚款", "closed_on": ON}
    outcomes = at_once(
        *(trying(close_case, case, who, **said) for who in (people.officer, people.lead))
    )
    one_won(outcomes)
