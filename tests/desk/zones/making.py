"""Roster changes as people would file them."""

from __future__ import annotations

from datetime import date

from django.utils import timezone

from staff.models import User
from tests.factories import make_entity
from tests.zones.living import on_roster
from zones.actions.changes import decide_change, file_change
from zones.models import RosterChange, Zone

TODAY = timezone.localdate()
SINCE = date(2024, 9, 1)


def filed(zone: Zone, by: User, *, count: int = 1, move: str = "add") -> RosterChange:
    """File a change of so many new entities, or of those on the roster, from today on."""
    if move == "add":
        ids = [make_entity(bureau=zone.bureau).pk for _ in range(count)]
    else:
        ids = [entity.pk for entity in on_roster(zone, count)]
    moves = dict.fromkeys(ids, move)
    return file_change(zone, moves, since=TODAY, reason="核实过租赁合同", by=by, on=TODAY)


def approved(zone: Zone, people: dict[str, User], *, count: int = 1) -> RosterChange:
    change = filed(zone, people["own"], count=count)
    return decide_change(change, approve=True, opinion="", by=people["lead"], on=TODAY)
