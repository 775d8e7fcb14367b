"""What waits for this person about zones, each figure leading to its list."""

from __future__ import annotations

from urllib.parse import urlencode

from django.urls import reverse

from desk.figures import Figure
from desk.zones.overview import sees_zones
from staff.models import User
from staff.permissions import may
from zones.choices import ChangeStatus, ProposalStatus, TaskStatus
from zones.models import LiaisonTask, RosterChange, RosterProposal, ZoneNote


def todos_of(viewer: User) -> list[Figure]:
    """Return the figures of what waits; nothing for whoever sees no zones."""
    if not sees_zones(viewer):
        return []
    changes = RosterChange.objects.visible_to(viewer)
    filed = changes.filter(status=ChangeStatus.FILED).count()
    proposals = RosterProposal.objects.visible_to(viewer).filter(status=ProposalStatus.OPEN)
    notes = ZoneNote.objects.visible_to(viewer).filter(settled_at=None)
    found = [
        _figure("filed", "待批名册变动", filed, "件", "roster-changes", state="filed"),
        _figure("proposals", "待确认名册建议", proposals.count(), "条", "roster-proposals"),
        _figure("notes", "待处理名册提示", notes.count(), "条", "roster-notes"),
    ]
    if may(viewer, "roster.reverse"):
        unseen = changes.filter(status=ChangeStatus.APPROVED, seen_at=None).count()
        found.insert(
            0, _figure("unseen", "待备案名册变动", unseen, "件", "roster-changes", state="unseen")
        )
    tasks = LiaisonTask.objects.visible_to(viewer).filter(status=TaskStatus.OPEN)
    if may(viewer, "zone.liaise"):
        mine = tasks.filter(assignee=viewer).count()
        found.append(_figure("tasks", "我的对接任务", mine, "件", "task-list", whose="mine"))
    else:
        found.append(_figure("tasks", "对接任务", tasks.count(), "件", "task-list", whose="all"))
    return found


def _figure(key: str, label: str, number: int, unit: str, page: str, **query: str) -> Figure:
    url = reverse(f"desk:{page}")
    return Figure(
        f"zone-{key}",
        label,
        number,
        f"{url}?{urlencode(query)}" if query else url,
        unit,
        tone="watch-line" if number else "",
    )
