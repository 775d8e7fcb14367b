"""Two people press at once, on connections of their own: one succeeds, the other is told."""

from collections.abc import Callable
from typing import Any

import pytest

from entities.models import FactChange
from staff.models import User
from tests.at_once import at_once
from tests.zones.declaring import ON, do, fresh, make_people, reached
from zones.actions import drafts
from zones.actions.steps import bulk_approve
from zones.choices import DeclarationStatus as Status
from zones.models import Declaration, DeclarationStep, Zone

pytestmark = pytest.mark.usefixtures("real_commits")


def by_key(declaration: Declaration, action: str, person: User, **said: Any) -> Callable[[], Any]:
    """Return a try that reads the declaration and the account anew on its own connection."""
    seen = declaration.revision

    def run() -> None:
        by = User.objects.get(pk=person.pk)
        if action in ("take", "withdraw", "recall", "accept"):
            do(fresh(declaration), action, by, **said)
        else:
            do(fresh(declaration), action, by, revision=seen, **said)

    return run


@pytest.mark.parametrize(
    ("status", "one", "other"),
    [
        (Status.DRAFT, ("officer", "submit"), ("second_lead", "submit")),
        (Status.SUBMITTED, ("officer", "withdraw"), ("lead", "take")),
        (Status.SUBMITTED, ("lead", "review"), ("second_lead", "send_back")),
        (Status.REVIEWED, ("lead", "recall"), ("city", "accept")),
        (Status.REVIEWED, ("city", "approve"), ("city_other", "approve")),
        (Status.REVIEWED, ("city", "approve"), ("city_other", "return")),
        (Status.REVIEWED, ("city", "refuse"), ("city_lead", "approve")),
    ],
)
def test_of_two_steps_one_is_taken_and_the_other_person_is_told(status, one, other):
    people = make_people()
    declaration = reached(people, status)
    steps = DeclarationStep.objects.for_system("test").filter(declaration=declaration)
    before = steps.count()
    outcomes = at_once(
        *(by_key(declaration, action, getattr(people, name)) for name, action in (one, other))
    )
    assert sorted(outcome == "done" for outcome in outcomes) == [False, True]
    told = next(outcome for outcome in outcomes if outcome != "done")
    name = (one, other)[outcomes.index("done")][0]
    assert getattr(people, name).name in told
    assert steps.count() == before + 1


def test_two_approvals_make_one_zone_and_one_change_for_each_entity():
    people = make_people()
    declaration = reached(people, Status.REVIEWED, entities=3)
    outcomes = at_once(
        by_key(declaration, "approve", people.city),
        by_key(declaration, "approve", people.city_lead),
    )
    assert outcomes.count("done") == 1
    assert Zone.objects.for_system("test").count() == 1
    assert FactChange.objects.for_system("test").count() == 3


def test_of_two_edits_of_one_revision_one_is_saved_and_the_other_is_told_by_whom():
    people = make_people()
    declaration = reached(people, Status.DRAFT)
    editors = (people.officer, people.lead)

    def edit(person: User) -> Callable[[], Any]:
        return lambda: drafts.set_fields(
            fresh(declaration),
            {"contact_name": person.name},
            revision=declaration.revision,
            by=User.objects.get(pk=person.pk),
            on=ON,
        )

    outcomes = at_once(*map(edit, editors))
    winner = editors[outcomes.index("done")]
    told = next(outcome for outcome in outcomes if outcome != "done")
    assert told.startswith(f"{winner.name}已于")
    assert fresh(declaration).contact_name == winner.name
    assert fresh(declaration).revision == declaration.revision + 1


def test_an_edit_and_a_submission_of_one_revision_do_not_both_succeed():
    people = make_people()
    declaration = reached(people, Status.DRAFT)

    def edit() -> None:
        drafts.set_fields(
            fresh(declaration),
            {"contact_name": "李四"},
            revision=declaration.revision,
            by=User.objects.get(pk=people.lead.pk),
            on=ON,
        )

    outcomes = at_once(edit, by_key(declaration, "submit", people.officer))
    assert sorted(outcome == "done" for outcome in outcomes) == [False, True]


def test_approving_many_at_once_waits_in_one_order():
    people = make_people()
    made = [reached(people, Status.REVIEWED) for _ in range(3)]
    keys = [one.pk for one in made]
    outcomes = at_once(
        lambda: bulk_approve(keys, by=User.objects.get(pk=people.city.pk), on=ON),
        lambda: bulk_approve(keys[::-1], by=User.objects.get(pk=people.city_other.pk), on=ON),
        by_key(made[-1], "approve", people.city_lead),
    )
    assert outcomes[:2] == ["done", "done"]
    assert {fresh(one).status for one in made} == {Status.APPROVED}
    assert Zone.objects.for_system("test").count() == len(made)
