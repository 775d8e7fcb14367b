"""The zones of the demonstration: valid, alive, and none outside it."""

from datetime import date

import pytest
from django.core.management import CommandError, call_command

from core.errors import Refused
from membership.runs import Order, execute
from staff.demo import create
from staff.models import Bureau
from zones.choices import ChangeStatus, DeclarationStatus
from zones.demo.declarations import WAYS
from zones.demo.load import make
from zones.models import (
    Declaration,
    LiaisonTask,
    RosterChange,
    RosterProposal,
    Round,
    Zone,
    ZoneBureau,
    ZoneContact,
    ZoneNote,
)
from zones.workflow import STEPS

pytestmark = pytest.mark.django_db

ON = date(2026, 11, 24)


@pytest.fixture
def city(settings):
    settings.DEMO = True
    call_command("seed_reference", verbosity=0)
    create(ON)
    call_command("make_demo", entities=2500, seed=1, classes_for="2026-11", verbosity=0)


def test_every_page_has_something_to_show(city):
    assert make(ON) == Zone.plain.count() == 5
    states = set(Declaration.plain.values_list("status", flat=True))
    assert states == set(DeclarationStatus) == set(WAYS)
    assert set(RosterChange.plain.values_list("status", flat=True)) == {
        ChangeStatus.FILED,
        ChangeStatus.APPROVED,
    }
    assert set(ZoneNote.plain.values_list("kind", flat=True)) >= {"ended", "renamed"}
    kinds = set(RosterProposal.plain.values_list("kind", flat=True))
    assert {"moved_in", "moved_out"} <= kinds
    assert set(LiaisonTask.plain.values_list("status", flat=True)) == {"open", "done"}
    assert ZoneContact.plain.count() == 15
    assert Round.plain.count() == 2
    with pytest.raises(Refused, match="已有沙盒区域"):
        make(ON)
    assert execute(Order(on=ON, kind="nightly", release="演示")).status == "done"


def test_jiangbeizui_was_handed_over_with_its_history(city):
    make(ON)
    zone = Zone.plain.get(name="江北嘴金融城")
    assert zone.bureau == Bureau.objects.get(code="liangjiang")
    rows = ZoneBureau.objects.for_system("test").current().filter(zone=zone).order_by("since")
    assert [(row.bureau.code, row.until) for row in rows] == [
        ("jiangbei", date(2025, 11, 6)),
        ("liangjiang", None),
    ]


def test_each_way_is_one_of_the_workflow():
    for state, way in WAYS.items():
        source = ""
        for action, _, target in way.steps:
            if source:
                assert source in STEPS[action].sources
                assert STEPS[action].target == target
            source = target
        assert source == state


def test_none_outside_the_demonstration(db, settings):
    settings.DEMO = False
    with pytest.raises(CommandError, match="演示模式"):
        call_command("make_demo_zones")
