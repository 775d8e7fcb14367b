"""The written order of what follows a change, with rosters in it."""

from datetime import date, timedelta

import pytest

from entities.changes import record_changes
from entities.models import EntityStatus, FactChange
from membership.models import Run
from policy.limits import limits_in_force, seed_first_version
from sandbox_reg import pipeline
from tests.zones.living import ON, SINCE, make_zone, on_roster, standing_on
from zones.models import ZoneNote

pytestmark = pytest.mark.django_db

DAY = ON - timedelta(days=3)


@pytest.fixture(autouse=True)
def _tagging_began(db):
    seed_first_version()
    Run.objects.create(
        kind=Run.Kind.NIGHTLY,
        status=Run.Status.DONE,
        on=SINCE,
        policy_version=limits_in_force(SINCE).version,
    )


def end(entity):
    (row,) = EntityStatus.objects.for_system("test").current().filter(entity=entity)
    row.close(DAY)
    EntityStatus(entity=entity, status="deregistered", since=DAY).save()


def waiting():
    return FactChange.plain.filter(taken_by=None).count()


def test_what_settles_is_followed_and_who_leaves_a_roster_is_settled_again():
    zone = make_zone()
    stays, gone = on_roster(zone, 2)
    end(gone)
    record_changes([gone.pk], DAY, "登记状态变更")
    pipeline.follow_changes(ON)
    assert standing_on(zone, ON) == {stays.pk}
    assert list(ZoneNote.plain.values_list("entity_id", "left_on")) == [(gone.pk, DAY)]
    assert waiting() == 0
    pipeline.follow_changes(ON)
    assert ZoneNote.plain.count() == 1


def test_the_night_finds_what_no_change_told_of():
    zone = make_zone()
    (gone,) = on_roster(zone)
    pipeline.follow_changes(ON)
    end(gone)
    pipeline.begin_night(ON)
    pipeline.begin_night(ON)
    assert standing_on(zone, ON) == set()
    assert ZoneNote.plain.count() == 1
    assert waiting() == 1  # for the run of this night, which judges everybody
    assert standing_on(zone, date(2026, 2, 26)) == {gone.pk}
