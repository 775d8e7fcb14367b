"""The stored deadlines of this room, for when a calendar is loaded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from functools import cache

from django.utils import timezone

from core.deadlines import Deadline
from core.due_days import Kind
from entities.actions.four_new import decision_days
from entities.models import FourNewProposal

WHY = "a calendar moves the deadlines of everybody"
OPEN = FourNewProposal.Status.FILED


class ProposalDeadlines:
    """Until when the city decides open 认定建议 and 异议 (readings 3)."""

    title = "“四新”建议和异议的市局决定期限"

    def running(self, since: date) -> Iterator[Deadline]:
        days_of = cache(decision_days)
        rows = FourNewProposal.objects.for_system(WHY).filter(status=OPEN, due_on__gte=since)
        names = ("pk", "entity__name", "filed_at", "due_on")
        for pk, name, filed_at, due_on in rows.order_by("pk").values_list(*names).iterator():
            start = timezone.localdate(filed_at)
            yield Deadline(pk, name, start, days_of(start), Kind.WORKING, due_on)

    def move(self, keys: Sequence[int], due_on: date, on: date) -> int:
        rows = FourNewProposal.objects.for_system(WHY).filter(status=OPEN, due_on__lt=due_on)
        waiting = rows.filter(pk__in=keys).order_by("pk").select_for_update(no_key=True)
        locked = list(waiting.values_list("pk", flat=True))
        return rows.filter(pk__in=locked).update(due_on=due_on)
