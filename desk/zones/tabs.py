"""The parts of a zone's page: each names its template and what it needs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.http import HttpRequest

from desk.context import Moment
from desk.newest import newest_of
from desk.zones.filed import with_counts
from desk.zones.reading import roster_of
from desk.zones.shown import shown_of
from staff.models import User
from staff.permissions import may
from staff.roles import Role
from zones.choices import DeclarationStatus, LiaisonKind, Outcome, ProposalStatus
from zones.models import (
    Declaration,
    DeclarationStep,
    DeclaredZone,
    LiaisonEntry,
    LiaisonTask,
    RosterChange,
    RosterProposal,
    Zone,
    ZoneArea,
    ZoneBureau,
    ZoneNote,
)
from zones.workflow import STEPS

Context = dict[str, Any]
HISTORY = "the history of a zone the viewer may see"


@dataclass(frozen=True)
class Tab:
    label: str
    template: str
    context: Callable[[HttpRequest, User, Zone, Moment], Context]


def _roster(request: HttpRequest, viewer: User, zone: Zone, moment: Moment) -> Context:
    return {
        "roster": roster_of(request, viewer, moment, zone),
        "may_change": may(viewer, "roster.change") and moment.is_now,
    }


def _changes(request: HttpRequest, viewer: User, zone: Zone, moment: Moment) -> Context:
    rows = RosterChange.objects.visible_to(viewer).filter(zone=zone)
    people = ("zone__bureau", "filed_by", "decided_by")
    page = newest_of(rows.select_related(*people), request.GET)
    return {"page": page, "lines": with_counts(page.items, viewer)}


def _proposals(request: HttpRequest, viewer: User, zone: Zone, moment: Moment) -> Context:
    rows = RosterProposal.objects.visible_to(viewer).filter(zone=zone)
    page = newest_of(rows.select_related("entity", "answered_by"), request.GET)
    waiting = rows.filter(status=ProposalStatus.OPEN)
    return {"page": page, "waiting": waiting.count()}


def _notes(request: HttpRequest, viewer: User, zone: Zone, moment: Moment) -> Context:
    rows = ZoneNote.objects.visible_to(viewer).filter(zone=zone)
    page = newest_of(rows.select_related("entity", "settled_by"), request.GET)
    return {"page": page, "waiting": rows.filter(settled_at=None).count()}


def _liaison(request: HttpRequest, viewer: User, zone: Zone, moment: Moment) -> Context:
    rows = LiaisonEntry.objects.visible_to(viewer).filter(zone=zone)
    kind = request.GET.get("kind", "")
    if kind in LiaisonKind.values:
        rows = rows.filter(kind=kind)
    page = newest_of(rows.select_related("entity", "made_by", "answered_by"), request.GET)
    tasks: dict[int, list[LiaisonTask]] = {}
    found = LiaisonTask.objects.visible_to(viewer).select_related("assignee")
    for task in found.filter(entry__in=[entry.pk for entry in page.items]):
        tasks.setdefault(task.entry_id, []).append(task)
    return {
        "page": page,
        "lines": [(entry, tasks.get(entry.pk, [])) for entry in page.items],
        "kind": kind,
        "kinds": LiaisonKind.choices,
    }


def _history(request: HttpRequest, viewer: User, zone: Zone, moment: Moment) -> Context:
    own, others = _declared(viewer, zone)
    steps = DeclarationStep.objects.for_system(HISTORY).filter(declaration__in=own | others)
    bureaus = ZoneBureau.objects.visible_to(viewer).current().filter(zone=zone)
    areas = ZoneArea.objects.visible_to(viewer).current().filter(zone=zone)
    lines = [
        (step, STEPS[step.action].label if step.action in STEPS else step.action, _role(step))
        for step in steps.select_related("declaration__bureau", "done_by").order_by("pk")
    ]
    return {
        "steps": lines,
        "own": own,
        "bureaus": list(bureaus.select_related("bureau", "recorded_by").order_by("since")),
        "areas": list(areas.select_related("street", "recorded_by").order_by("since", "pk")),
        "merged": list(Zone.objects.visible_to(viewer).filter(merged_into=zone).order_by("until")),
    }


def _declared(viewer: User, zone: Zone) -> tuple[set[int], set[int]]:
    """Return the declarations of a zone: the viewer's, and another bureau's that were carried out.

    A zone that was handed on takes its history with it; the declaration stays with who filed it.
    """
    about = Q(zone=zone) | Q(target=zone) | Q(into=zone)
    rows = DeclaredZone.objects.for_system(HISTORY).filter(about)
    keys = set(rows.values_list("declaration_id", flat=True))
    visible = Declaration.objects.visible_to(viewer).filter(pk__in=keys)
    own = set(visible.values_list("pk", flat=True))
    done = rows.filter(outcome=Outcome.APPROVED, declaration__status=DeclarationStatus.APPROVED)
    return own, set(done.values_list("declaration_id", flat=True)) - own


def _role(step: DeclarationStep) -> str:
    return Role(step.role_then).label if step.role_then in Role.values else step.role_then


def _figures(request: HttpRequest, viewer: User, zone: Zone, moment: Moment) -> Context:
    return {"shown": shown_of(zone, moment, viewer)}


TABS: dict[str, Tab] = {
    "roster": Tab("名册", "desk/zone_roster.html", _roster),
    "figures": Tab("数字", "desk/zone_figures.html", _figures),
    "changes": Tab("名册变动", "desk/zone_changes.html", _changes),
    "proposals": Tab("建议", "desk/zone_proposals.html", _proposals),
    "notes": Tab("提示", "desk/zone_notes.html", _notes),
    "liaison": Tab("对接记录", "desk/zone_liaison.html", _liaison),
    "history": Tab("沿革", "desk/zone_history.html", _history),
}
"""The tabs by their name in the address, in the order in which they are shown."""
