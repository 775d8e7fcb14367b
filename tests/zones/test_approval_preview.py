"""What an approver sees before approving: who comes in, who is in, who stays out and why."""

from datetime import timedelta

import pytest

from entities.models import EntityStatus
from membership.models import GroundName
from membership.preview import preview
from membership.runs import Order, execute
from membership.seeding import seed as membership_seed
from tests.factories import make_entity
from tests.zones.declaring import ON, do, fresh, reached, zones_of
from zones.actions import drafts
from zones.actions.approval import approve
from zones.choices import DeclarationStatus as Status
from zones.models import DeclaredEntity, Occupant, Zone
from zones.rosters import enter

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked(people):
    """Give an approval to preview: two plain entities, one by class A, one revoked since."""
    membership_seed()
    declaration = reached(people, Status.DRAFT, entities=2)
    (zone,) = zones_of(declaration)
    inside = make_entity(bureau=people.bureau, letter="A")
    revoked = make_entity(bureau=people.bureau)
    told = {"by": people.officer, "on": ON}
    seen = declaration.revision
    drafts.add_rows(zone, [inside.pk, revoked.pk], revision=seen, **told)
    drafts.set_zone_fields(zone, {"declared_count": 4}, revision=seen + 1, **told)
    reviewed = do(do(fresh(declaration), "submit", people.officer), "review", people.lead)
    rows = EntityStatus.objects.for_system("test").current()
    rows.get(entity=revoked).close(ON - timedelta(days=1))
    EntityStatus(entity=revoked, status="revoked", since=ON - timedelta(days=1)).save()
    return (
        reviewed,
        revoked,
        lambda: approve(reviewed, revision=reviewed.revision, by=people.city, on=ON),
    )


def test_it_says_who_comes_in_who_is_in_and_who_stays_out_by_which_rule(asked):
    declaration, revoked, approval = asked
    execute(Order(on=ON, release="首次打标"))

    shown = preview(approval, ON)

    assert shown.judged == 4
    assert shown.moved_in == {GroundName.ZONE: 3}
    assert (shown.outlook.already, shown.outlook.inside) == (1, {GroundName.CREDIT: 1})
    assert shown.outlook.out == 1
    ((name, title),) = shown.outlook.names
    assert name == revoked.name
    assert shown.outlook.because == {title: 1}
    assert not Zone.objects.for_system("test").exists()
    assert fresh(declaration).status == Status.REVIEWED


def test_before_tagging_it_still_says_who_would_stay_out(asked):
    _, _, approval = asked
    shown = preview(approval, ON)
    assert (shown.begun, shown.outlook.out) == (False, 1)


def test_whoever_is_in_another_zone_already_is_counted_as_inside(people, asked):
    declaration, _, approval = asked
    (line,) = zones_of(declaration)
    zone = Zone(name="原园区", zone_type="park", address="甲路1号", bureau=people.bureau, since=ON)
    zone.save()
    rows = DeclaredEntity.objects.for_system("test").filter(declared_zone=line)
    entity = rows.order_by("pk").first().entity
    enter(zone, {entity.pk: entity.name}, since=ON, by=people.city, cause="试验")
    execute(Order(on=ON, release="首次打标"))
    shown = preview(approval, ON)
    assert shown.outlook.inside == {GroundName.CREDIT: 1, GroundName.ZONE: 1}
    assert shown.moved_in == {GroundName.ZONE: 3}
    assert Occupant.objects.for_system("test").count() == 1
