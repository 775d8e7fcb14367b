"""Rosters as pages show them: the entries in force on a day, with the facts of their entities.

A zone's bureau sees of another bureau's entity its name, code and status, and not its page.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from core.dated import in_force
from desk.context import Moment
from desk.forms.zones import Inside, RosterFilter
from desk.rows import Row, rows_of
from entities.choices import Status
from entities.models import RISK_SCHEME, CreditClass, EntityStatus
from membership.models import Ground, GroundName
from staff.models import User
from zones.models import RosterEntry

ITS_ENTITY = OuterRef("entity")
WELL = (Status.ACTIVE, Status.DORMANT)


@dataclass(frozen=True)
class RosterRow:
    """An entry of a roster. ``row`` is None where the entity is another bureau's.

    ``inside`` is the first day of the zone's own ground, None where it is not open; for a foreign
    entity it is not told.
    """

    entry: RosterEntry
    status: str | None
    row: Row | None
    inside: date | None

    @property
    def is_foreign(self) -> bool:
        return self.row is None

    @property
    def has_ended(self) -> bool:
        return self.status not in (None, *WELL)

    @property
    def status_said(self) -> str:
        return Status(self.status).label if self.status else "无记录"

    @property
    def renamed(self) -> str:
        """The registered name, where it is not the one of the roster."""
        name = self.entry.entity.name
        return name if name != self.entry.occupant.name else ""


def asked_for(form: RosterFilter, viewer: User, moment: Moment) -> QuerySet[RosterEntry]:
    """Return the entries in force that a valid form asks for and the viewer may see."""
    said = form.cleaned_data
    rows = RosterEntry.objects.visible_to(viewer).in_force(moment.on, moment.known)
    if said.get("bureau"):
        rows = rows.filter(occupant__zone__bureau=int(said["bureau"]))
    if said.get("zone"):
        rows = rows.filter(occupant__zone=int(said["zone"]))
    if words := (said.get("text") or "").strip():
        rows = rows.filter(
            Q(occupant__name__icontains=words)
            | Q(entity__name__icontains=words)
            | Q(entity__code__startswith=words.upper())
        )
    if said.get("status"):
        held = EntityStatus.objects.filter(
            in_force(moment.on, moment.known), entity=ITS_ENTITY, status=said["status"]
        )
        rows = rows.filter(Exists(held))
    # What is asked of class and sandbox is not answered for other bureaus' entities.
    if said.get("letter"):
        rows = rows.filter(_letter(said["letter"], moment), viewer.territory("entity__"))
    if said.get("inside"):
        opened = Exists(_grounds(moment).filter(occupant=OuterRef("occupant")))
        wanted = opened if said["inside"] == Inside.YES else ~opened
        rows = rows.filter(wanted, viewer.territory("entity__"))
    return rows


def _letter(letter: str, moment: Moment) -> Any:
    rows = CreditClass.objects.filter(
        in_force(moment.on, moment.known), entity=ITS_ENTITY, scheme=RISK_SCHEME
    )
    return ~Exists(rows) if letter == "none" else Exists(rows.filter(letter=letter))


def _grounds(moment: Moment) -> Any:
    return Ground.objects.filter(in_force(moment.on, moment.known), ground=GroundName.ZONE)


def roster_rows(keys: Sequence[int], viewer: User, moment: Moment) -> list[RosterRow]:
    """Return the rows of a page in the order of their keys; four statements for any number."""
    entries = list(
        RosterEntry.objects.visible_to(viewer)
        .filter(pk__in=list(keys))
        .select_related("occupant__zone__bureau", "entity")
        .defer("entity__business_scope", "entity__name_bigrams")
        .order_by("pk")
    )
    ids = sorted({entry.entity_id for entry in entries})
    own = {row.entity.pk: row for row in rows_of(ids, viewer, moment)}
    held = EntityStatus.objects.for_system("a roster shows the status of foreign entities too")
    statuses = dict(
        held.in_force(moment.on, moment.known)
        .filter(entity__in=ids)
        .values_list("entity", "status")
    )
    occupants = [entry.occupant_id for entry in entries]
    opened = dict(
        _grounds(moment)
        .visible_to(viewer)
        .filter(occupant__in=occupants)
        .values_list("occupant", "since")
    )
    return [
        RosterRow(
            entry,
            statuses.get(entry.entity_id),
            own.get(entry.entity_id),
            opened.get(entry.occupant_id),
        )
        for entry in entries
    ]
