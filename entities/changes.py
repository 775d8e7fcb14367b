"""The one way to say that a fact changed: FactChange rows, and a wake-up for settle."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from core.jobs import SETTLE, wake
from entities.models import FactChange


def record_changes(entity_ids: Iterable[int], from_day: date, cause: str, *, by: Any = None) -> int:
    """Write one FactChange for each entity, in the caller's transaction, and wake settle on commit.

    ``from_day`` is the first day on which the new fact differs from the old one; ``cause`` names
    the kind of change in the staff's words, for example ``"信用风险分类更正"``.
    """
    rows = [
        FactChange(entity_id=entity_id, from_day=from_day, cause=cause, recorded_by=by)
        for entity_id in entity_ids
    ]
    FactChange.objects.for_system("recording fact changes").bulk_create(rows, batch_size=5000)
    if rows:
        wake(SETTLE)
    return len(rows)
