"""Nobody stands on a roster longer than its zone is one, whatever is approved or taken back."""

from datetime import date, timedelta

import pytest

from entities.models import EntityStatus
from staff.roles import Role
from tests.factories import make_entity, make_user
from tests.zones.living import ON, SINCE, days_of, make_zone, on_roster
from zones.actions.changes import decide_change, file_change, reverse_change
from zones.choices import RosterMove
from zones.models import Occupant, RosterChangeRow, Zone
from zones.rosters import enter, remove

pytestmark = pytest.mark.django_db
DAY = date(2026, 2, 1)
END = ON + timedelta(days=30)


@pytest.fixture
def zone():
    return make_zone()


def end(zone, day):
    """End a zone as an approved declaration does: roster and zone on the same day."""
    rows = Occupant.objects.for_system("test").filter(zone=zone)
    remove(zone, list(rows.values_list("entity_id", flat=True)), on=day, by=None, cause="test")
    Zone.plain.filter(pk=zone.pk).update(until=day)


def changed(zone, moves):
    """File a change from DAY on and let the lead approve it."""
    officer = make_user(Role.DISTRICT_OFFICER, zone.bureau)
    lead = make_user(Role.DISTRICT_LEAD, zone.bureau)
    change = file_change(zone, moves, since=DAY, reason="变动", by=officer, on=ON)
    return lambda: decide_change(change, approve=True, opinion="", by=lead, on=ON)


def test_who_comes_before_the_end_stays_until_the_end(zone):
    entity = make_entity(bureau=zone.bureau)
    decide = changed(zone, {entity.pk: RosterMove.ADD})
    end(zone, END)
    decide()
    assert days_of(zone, entity) == [(DAY, END)]


def test_who_stands_until_the_end_is_not_entered_again(zone):
    (entity,) = on_roster(zone)
    end(zone, END)
    zone.refresh_from_db()
    assert enter(zone, {entity.pk: entity.name}, since=DAY, by=None, cause="test") == []
    assert enter(zone, {entity.pk: entity.name}, since=END, by=None, cause="test") == []
    assert days_of(zone, entity) == [(SINCE, END)]


def test_a_reversal_after_the_end_gives_back_no_day_behind_it(zone):
    (entity,) = on_roster(zone)
    change = changed(zone, {entity.pk: RosterMove.REMOVE})()
    end(zone, END)
    done = reverse_change(change, reason="撤销", by=make_user(Role.MUNICIPAL_LEAD), on=ON)
    assert done.done == [entity.pk]
    assert days_of(zone, entity) == [(SINCE, END)]


def test_an_end_meanwhile_does_not_keep_a_reversal_from_taking_off(zone):
    entity = make_entity(bureau=zone.bureau)
    change = changed(zone, {entity.pk: RosterMove.ADD})()
    end(zone, END)
    done = reverse_change(change, reason="撤销", by=make_user(Role.MUNICIPAL_LEAD), on=ON)
    assert (done.done, days_of(zone, entity)) == ([entity.pk], [])


def test_who_ended_between_filing_and_approval_does_not_come(zone):
    gone, comes = make_entity(bureau=zone.bureau), make_entity(bureau=zone.bureau)
    decide = changed(zone, dict.fromkeys((gone.pk, comes.pk), RosterMove.ADD))
    (row,) = EntityStatus.objects.for_system("test").current().filter(entity=gone)
    row.close(ON)
    EntityStatus(entity=gone, status="deregistered", since=ON).save()
    change = decide()
    assert (days_of(zone, gone), days_of(zone, comes)) == ([], [(DAY, None)])
    rows = RosterChangeRow.objects.for_system("test").filter(change=change)
    assert dict(rows.values_list("entity", "done")) == {gone.pk: False, comes.pk: True}
