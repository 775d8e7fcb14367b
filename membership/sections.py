"""What the entity's page shows from this room: every function takes entity, day, known, viewer."""

from __future__ import annotations

from datetime import date, datetime

from core.sections import Section, as_known
from entities.models import Entity
from membership.findings import LedgerLine
from membership.models import ExclusionRequest, ManualExclusion
from membership.queries import ledger as ledger_of
from redline.sections import RemovalEvent, events
from staff.models import User

REASON = "the page of one entity the viewer may see"


def ledger(entity: Entity, on: date, known: datetime | None, viewer: User) -> Section:
    """The moves of the entity, each in the words in which it was decided.

    Between them stands what red lines did, also to an entity that had no ground to lose.
    """
    moves: list[LedgerLine | RemovalEvent] = [*ledger_of(entity, known)]
    lines = [*moves, *events(entity, known, viewer)]
    lines.sort(key=lambda line: (line.day, line.recorded_at), reverse=True)
    return Section(
        "ledger", "移入移出台账", len(lines), "membership/_section_ledger.html", {"lines": lines}
    )


def exclusions(entity: Entity, on: date, known: datetime | None, viewer: User) -> Section:
    """Manual exclusions, and the requests that wait for a second person."""
    held = list(
        ManualExclusion.objects.for_system(REASON)
        .filter(as_known(known), entity=entity)
        .select_related("requested_by", "recorded_by")
        .order_by("-since", "-pk")
    )
    asked = ExclusionRequest.objects.for_system(REASON).filter(entity=entity)
    if known is not None:
        asked = asked.filter(filed_at__lte=known)
    requests = list(asked.select_related("filed_by", "decided_by").order_by("-pk"))
    return Section(
        "exclusions",
        "人工移出",
        len(held) + len(requests),
        "membership/_section_exclusions.html",
        {"held": held, "requests": requests, "on": on},
        waiting=any(r.status == ExclusionRequest.Status.FILED for r in requests),
    )
