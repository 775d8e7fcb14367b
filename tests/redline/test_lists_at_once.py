"""Two people press at once, on connections of their own: one succeeds, the other is told."""

import threading

import pytest
from django.db import IntegrityError, connection, transaction

from policy.seeding import seed
from redline.actions.list_items import add_item
from redline.actions.lists import begin_list
from redline.choices import ListStatus
from redline.models import ListItem, ListStep, ListVersion
from staff.models import User
from tests.at_once import at_once
from tests.redline.listing import ITEM, ON, do, drafted, fresh, items, make_people, reached

pytestmark = pytest.mark.usefixtures("real_commits")


def known(person: User) -> User:
    return User.objects.get(pk=person.pk)


def told_of(outcomes: list[str], people: list[User]) -> None:
    """One was done, and the other was told who did it."""
    assert sorted(outcome == "done" for outcome in outcomes) == [False, True]
    winner = people[outcomes.index("done")]
    assert f"{winner.name}已于" in next(one for one in outcomes if one != "done")


def test_of_two_who_begin_one_list_one_is_told_of_the_other():
    seed()
    people = make_people()
    both = [people.officer, people.lead]
    outcomes = at_once(
        *(
            lambda who=who: begin_list("red_line", people.bureau, by=known(who), on=ON)
            for who in both
        )
    )
    told_of(outcomes, both)
    versions = ListVersion.objects.for_system("test").filter(bureau=people.bureau)
    assert [one.number for one in versions] == [1]


@pytest.mark.parametrize("other", ["approve", "send_back"])
def test_of_two_leads_one_decides(other):
    seed()
    people = make_people()
    version = reached(people, ListStatus.SUBMITTED)
    both = [people.lead, people.second_lead]
    seen = {"revision": version.revision}
    outcomes = at_once(
        lambda: do(fresh(version), "approve", known(both[0]), **seen),
        lambda: do(fresh(version), other, known(both[1]), **seen),
    )
    told_of(outcomes, both)
    assert ListStep.objects.for_system("test").filter(version=version).count() == 3


def test_of_an_edit_and_a_submission_one_stands():
    seed()
    people = make_people()
    version = drafted(people)
    both = [people.officer, people.colleague]
    seen = version.revision
    outcomes = at_once(
        lambda: do(fresh(version), "submit", known(both[0]), revision=seen),
        lambda: add_item(
            fresh(version), revision=seen, by=known(both[1]), on=ON, **ITEM | {"code": "X"}
        ),
    )
    told_of(outcomes, both)
    kept = fresh(version)
    assert (kept.status == "submitted") == (len(items(kept)) == 1)


def test_an_item_written_past_the_verbs_waits_for_the_approval_and_fails():
    seed()
    people = make_people()
    version = reached(people, ListStatus.SUBMITTED)
    refused = []

    def write() -> None:
        try:
            ListItem(version=version, position=9, code="新", behaviour="新").save()
        except IntegrityError as error:
            refused.append(str(error))
        finally:
            connection.close()

    with transaction.atomic():
        do(version, "approve", people.lead)
        writer = threading.Thread(target=write)
        writer.start()
        writer.join(1)
        assert writer.is_alive()
    writer.join(10)
    assert "不能更改" in refused[0]
    assert len(items(version)) == 1
