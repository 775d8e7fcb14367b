"""A zone of the other district, and one of each row of its life."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils import timezone

from entities.models import Entity
from staff.models import Bureau, User
from tests.factories import make_entity
from tests.zones.living import make_zone, on_roster
from zones.actions.changes import file_change
from zones.actions.liaison import add_contact, make_task, record
from zones.models import (
    LiaisonEntry,
    LiaisonTask,
    RosterChange,
    RosterProposal,
    Zone,
    ZoneContact,
    ZoneNote,
)


@dataclass(frozen=True)
class ZoneLife:
    """What lives in the other district's zone; each row bears its mark."""

    zone: Zone
    member: Entity
    contact: ZoneContact
    change: RosterChange
    proposal: RosterProposal
    note: ZoneNote
    entry: LiaisonEntry
    task: LiaisonTask


def live(bureau: Bureau, officer: User, mark: str, phone: str) -> ZoneLife:
    """Let the officer look after a zone for a day."""
    today = timezone.localdate()
    zone = make_zone(bureau, name=f"{mark}园区", address=f"{mark}路1号", words=f"{mark}路")
    (member,) = on_roster(zone, 1, name=f"重庆{mark}入园有限公司")
    coming = make_entity(bureau=bureau, name=f"重庆{mark}新园有限公司")
    contact = add_contact(
        zone,
        role="manager",
        organisation=f"{mark}物业",
        person=f"{mark}经理",
        phone=phone,
        by=officer,
        on=today,
    )
    entry = record(zone, "clue", today, f"{mark}线索", text=f"{mark}内容", by=officer, on=today)
    return ZoneLife(
        zone=zone,
        member=member,
        contact=contact,
        change=file_change(
            zone, {coming.pk: "add"}, since=today, reason=f"{mark}变动", by=officer, on=today
        ),
        proposal=RosterProposal.objects.create(
            zone=zone,
            entity=member,
            kind="moved_out",
            month=today.replace(day=1),
            evidence=f"{mark}依据",
        ),
        note=ZoneNote.objects.create(
            zone=zone, entity=member, kind="renamed", text=f"{mark}情况", raised_on=today
        ),
        entry=entry,
        task=make_task(entry, f"{mark}任务", assignee=officer, due_on=today, by=officer, on=today),
    )
