"""The one way to say that a fact changed: FactChange rows, and a wake-up for settle."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from core.jobs import SETTLE, wake
from entities.models import FactChange

BULK = 100
"""Changes recorded together beyond this number wait behind those of single entities."""


def record_changes(
    entity_ids: Iterable[int], from_day: date, cause: str, *, by: Any = None, bulk: bool = False
) -> int:
    """Write one FactChange for each entity, in the caller's transaction, and wake settle on commit.

    More than BULK at once are marked as bulk, so that settle takes single changes first.
    ``from_day`` is the first day on which the new fact differs from the old one; ``cause`` names
    the kind of change in the staff's words, for example ``"信用风险分类更正"``.
    """
    keys = list(entity_ids)
    rows = [
        FactChange(
            entity_id=key,
            from_day=from_day,
            cause=cause,
            bulk=bulk or len(keys) > BULK,
            recorded_by=by,
        )
        for key in keys
    ]
    FactChange.objects.for_system("recording fact changes").bulk_create(rows, batch_size=5000)
    if rows:
        wake(SETTLE)
    return len(rows)
