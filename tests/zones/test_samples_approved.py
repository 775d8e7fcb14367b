"""The sample workbooks that have no fault become approved zones, and their entities members."""

import pytest

from entities.models import FactChange
from membership.models import GroundName
from membership.preview import preview
from membership.seeding import seed as membership_seed
from staff.models import Bureau
from tests.zones.declaring import ON, do, fresh, make_people, zones_of
from zones.actions import drafts
from zones.actions.approval import approve
from zones.checking.reading import read
from zones.checking.shapes import Severity
from zones.choices import DeclarationKind as Kind
from zones.choices import DeclarationStatus as Status
from zones.findings import findings_of
from zones.models import Declaration, DeclaredEntity, DeclaredZone, RosterEntry


def rows_of(zone: DeclaredZone) -> list[DeclaredEntity]:
    found = DeclaredEntity.objects.for_system("test").filter(declared_zone=zone)
    return list(found.order_by("position"))


def explain_all(made: Declaration, **told) -> None:
    """Explain every warning that asks; there is no error."""
    for finding in findings_of(fresh(made), ON):
        assert finding.severity is not Severity.ERROR, finding
        if finding.asks:
            target = made if finding.zone is None else zones_of(made)[finding.zone]
            if finding.entity is not None:
                target = rows_of(target)[finding.entity]
            revision = fresh(made).revision
            drafts.explain(target, finding.code, "经营场所在区内", revision=revision, **told)


@pytest.mark.usefixtures("register")
@pytest.mark.parametrize(("name", "bureau"), [("one_zone", "沙坪坝"), ("two_zones", "两江")])
def test_a_sample_becomes_approved_zones(samples, name, bureau):
    membership_seed()
    people = make_people(Bureau.objects.get(short_name__startswith=bureau))
    path = samples / f"declaration_{name}.xlsx"
    told = {"by": people.officer, "on": ON}
    made = drafts.begin(Kind.NEW, bureau=people.bureau, **told)
    taken = drafts.take_workbook(made, read(path), path.name, path.read_bytes(), revision=0, **told)
    explain_all(made, **told)
    reviewed = do(do(made, "submit", people.officer), "review", people.lead)
    asked = {"revision": reviewed.revision, "by": people.city, "on": ON}
    shown = preview(lambda: approve(reviewed, **asked), ON)
    assert fresh(made).status == Status.REVIEWED
    assert shown.judged == taken.new

    done = do(reviewed, "approve", people.city)

    assert done.status == Status.APPROVED
    entries = RosterEntry.objects.for_system("test").in_force(ON)
    assert entries.count() == taken.new > 0
    waiting = FactChange.objects.for_system("test").filter(taken_by=None, cause__startswith="区域")
    assert waiting.count() == taken.new
    assert all(line.zone is not None for line in zones_of(done))
    assert GroundName.ZONE not in shown.outlook.inside
