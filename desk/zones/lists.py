"""The list of zones: its conditions, the figures of a page, and the addresses around it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.db.models import Count, Q, QuerySet
from django.urls import reverse

from desk.forms.zones import ZoneFilter, ZoneState
from staff.models import User
from zones.choices import ProposalStatus
from zones.models import RosterEntry, RosterProposal, Zone, ZoneNote


@dataclass(frozen=True)
class ZoneLine:
    """A zone with its figures on a day, each with the address of what it counts."""

    zone: Zone
    state: str
    entities: int
    notes: int
    proposals: int

    @property
    def notes_url(self) -> str:
        return f"{reverse('desk:roster-notes')}?{urlencode({'zone': self.zone.pk})}"

    @property
    def proposals_url(self) -> str:
        return f"{reverse('desk:roster-proposals')}?{urlencode({'zone': self.zone.pk})}"


def in_effect(zones: QuerySet[Zone], on: date) -> QuerySet[Zone]:
    """Return those of the zones that are zones on a day."""
    return zones.filter(Q(until=None) | Q(until__gt=on), since__lte=on)


def of_state(zones: QuerySet[Zone], state: str, on: date) -> QuerySet[Zone]:
    if state == ZoneState.ACTIVE:
        return in_effect(zones, on)
    if state == ZoneState.COMING:
        return zones.filter(since__gt=on)
    return zones.filter(until__lte=on) if state == ZoneState.ENDED else zones


def state_of(zone: Zone, on: date) -> str:
    if zone.since > on:
        return ZoneState.COMING
    return ZoneState.ENDED if zone.until is not None and zone.until <= on else ZoneState.ACTIVE


def asked_for(form: ZoneFilter, viewer: User, on: date) -> QuerySet[Zone]:
    """Return the zones of a valid form that the viewer may see."""
    said = form.cleaned_data
    zones = of_state(Zone.objects.visible_to(viewer), said.get("state", ""), on)
    if said.get("bureau"):
        zones = zones.filter(bureau=int(said["bureau"]))
    if said.get("zone_type"):
        zones = zones.filter(zone_type=said["zone_type"])
    if words := said.get("text"):
        zones = zones.filter(Q(name__icontains=words) | Q(address__icontains=words))
    return zones


def lines_of(keys: Sequence[int], viewer: User, on: date) -> list[ZoneLine]:
    """Return the lines of a page in the order of their keys; four statements for any number."""
    zones = Zone.objects.visible_to(viewer).filter(pk__in=keys).select_related("bureau")
    entities = _counted(RosterEntry.objects.visible_to(viewer).in_force(on), "occupant__zone", keys)
    notes = _counted(ZoneNote.objects.visible_to(viewer).filter(settled_at=None), "zone", keys)
    open_ones = RosterProposal.objects.visible_to(viewer).filter(status=ProposalStatus.OPEN)
    proposals = _counted(open_ones, "zone", keys)
    return [
        ZoneLine(
            zone,
            ZoneState(state_of(zone, on)).label,
            entities.get(zone.pk, 0),
            notes.get(zone.pk, 0),
            proposals.get(zone.pk, 0),
        )
        for zone in zones.order_by("pk")
    ]


def _counted(rows: Any, path: str, keys: Iterable[int]) -> dict[int, int]:
    wanted = rows.filter(**{f"{path}__in": list(keys)}).order_by()
    return dict(wanted.values_list(path).annotate(n=Count("pk")))


def said(form: forms.Form) -> list[tuple[str, str]]:
    """Return the conditions in force in words."""
    found = []
    for name, field in form.fields.items():
        value = form.cleaned_data.get(name)
        if value:
            labels = dict(getattr(field, "choices", ()))
            found.append((str(field.label), str(labels.get(value, value))))
    return found
