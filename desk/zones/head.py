"""The head of a zone's page: what it is, whom it is worked with, and its figures today."""

from __future__ import annotations

from dataclasses import dataclass

from desk.context import Moment
from desk.forms.zones import ZoneState
from desk.zones.lists import state_of
from staff.models import User
from zones.choices import ChangeStatus, ContactRole, ProposalStatus
from zones.models import (
    RosterChange,
    RosterEntry,
    RosterProposal,
    Zone,
    ZoneArea,
    ZoneContact,
    ZoneNote,
)


@dataclass(frozen=True)
class Head:
    """``contacts`` has every role in order, with the contacts in use; ``counts`` by tab."""

    state: ZoneState
    areas: list[ZoneArea]
    contacts: list[tuple[str, list[ZoneContact]]]
    counts: dict[str, int]

    @property
    def is_active(self) -> bool:
        return self.state == ZoneState.ACTIVE


def head_of(zone: Zone, viewer: User, moment: Moment) -> Head:
    """Return the head as of a day."""
    areas = ZoneArea.objects.visible_to(viewer).in_force(moment.on, moment.known)
    contacts = list(
        ZoneContact.objects.visible_to(viewer).filter(zone=zone).exclude(ended_on__lte=moment.on)
    )
    entries = RosterEntry.objects.visible_to(viewer).in_force(moment.on, moment.known)
    changes = RosterChange.objects.visible_to(viewer).filter(status=ChangeStatus.FILED)
    proposals = RosterProposal.objects.visible_to(viewer).filter(status=ProposalStatus.OPEN)
    notes = ZoneNote.objects.visible_to(viewer).filter(settled_at=None)
    return Head(
        ZoneState(state_of(zone, moment.on)),
        list(areas.filter(zone=zone).select_related("street").order_by("pk")),
        [(str(role.label), [c for c in contacts if c.role == role]) for role in ContactRole],
        {
            "roster": entries.filter(occupant__zone=zone).count(),
            "changes": changes.filter(zone=zone).count(),
            "proposals": proposals.filter(zone=zone).count(),
            "notes": notes.filter(zone=zone).count(),
        },
    )
