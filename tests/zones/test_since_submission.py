"""What became wrong between a submission and its approval: who stays out, and what refuses."""

import pytest

from core.errors import Refused
from entities.models import Entity
from tests.zones.declaring import ON, do, draft, fresh, reached, zones_of
from zones.choices import DeclarationStatus, Outcome
from zones.models import DeclarationStep, DeclaredEntity, DeclaredZone, RosterEntry

pytestmark = pytest.mark.django_db


def rows_of(declaration):
    rows = DeclaredEntity.objects.for_system("test")
    return list(rows.filter(declared_zone__declaration=declaration).order_by("pk"))


def end(*rows):
    ids = [row.entity_id for row in rows]
    Entity.objects.for_system("test").filter(pk__in=ids).update(status="deregistered")


def last_opinion(declaration):
    steps = DeclarationStep.objects.for_system("test").filter(declaration=declaration)
    return steps.order_by("-pk").values_list("opinion", flat=True)[0]


def listed():
    rows = RosterEntry.objects.for_system("test").in_force(ON)
    return set(rows.values_list("entity_id", flat=True))


def test_who_was_cancelled_meanwhile_stays_out_with_the_reason(people, reach):
    declaration = reach(DeclarationStatus.ACCEPTED, entities=3)
    gone, *others = rows_of(declaration)
    end(gone)
    done = do(declaration, "approve", people.city, opinion="同意")
    assert listed() == {row.entity_id for row in others}
    row = rows_of(done)[0]
    assert (row.outcome, "已注销" in row.opinion) == (Outcome.REFUSED, True)
    assert last_opinion(done) == "同意（1户在批准时有错误，未列入名册，原因见名册行）"


def test_the_approvers_own_reason_goes_before_the_error(people, reach):
    declaration = reach(DeclarationStatus.ACCEPTED)
    gone, _ = rows_of(declaration)
    end(gone)
    done = do(declaration, "approve", people.city, refused_rows={gone.pk: "不在区内"})
    assert rows_of(done)[0].opinion == "不在区内"
    assert last_opinion(done) == ""


def test_a_zone_of_whose_roster_nobody_is_left_is_refused(people, reach):
    declaration = reach(DeclarationStatus.ACCEPTED, zones=2)
    first, second = zones_of(declaration)
    end(*[row for row in rows_of(declaration) if row.declared_zone_id == first.pk])
    with pytest.raises(Refused, match="没有可列入的主体"):
        do(declaration, "approve", people.city)
    done = do(declaration, "approve", people.city, refused_zones={first.pk: "已无主体"})
    assert [zone.outcome for zone in zones_of(done)] == ["refused", "approved"]
    assert second.pk in {zone.pk for zone in zones_of(done)}


def test_a_name_that_another_declaration_took_meanwhile_refuses_unless_its_zone_is_refused(
    people, reach
):
    declaration = reach(DeclarationStatus.ACCEPTED, zones=2)
    first, _ = zones_of(declaration)
    other = draft(people)
    DeclaredZone.objects.for_system("test").filter(declaration=other).update(name=first.name)
    for action, who in (("submit", people.officer), ("review", people.lead)):
        other = do(other, action, who)
    do(other, "approve", people.city)
    with pytest.raises(Refused, match="提交后出现1处错误.*已有名为"):
        do(declaration, "approve", people.city)
    assert fresh(declaration).status == DeclarationStatus.ACCEPTED
    do(declaration, "approve", people.city, refused_zones={first.pk: "重名"})


def test_a_row_may_be_named_together_with_its_refused_zone(people, reach):
    declaration = reach(DeclarationStatus.ACCEPTED, zones=2)
    first, _ = zones_of(declaration)
    row = next(row for row in rows_of(declaration) if row.declared_zone_id == first.pk)
    done = do(
        *(declaration, "approve", people.city),
        refused_zones={first.pk: "范围不清"},
        refused_rows={row.pk: ""},
    )
    assert [zone.outcome for zone in zones_of(done)] == ["refused", "approved"]


def test_rows_of_another_declaration_are_refused(people, reach):
    declaration, other = reach(DeclarationStatus.ACCEPTED), reached(people, "accepted")
    foreign = rows_of(other)[0]
    with pytest.raises(Refused, match="不在该申报中"):
        do(declaration, "approve", people.city, refused_rows={foreign.pk: "不在区内"})
