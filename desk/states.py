"""Lists of what somebody decides: what waits, what is done, or all of it."""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import QueryDict

FILED = "filed"
STATES = (("filed", "待办"), ("done", "已办"), ("all", "全部"))


def state_of(query: QueryDict) -> str:
    """Return the state that an address asks for: what waits, unless it names another."""
    asked = query.get("state", FILED)
    return asked if asked in dict(STATES) else FILED


def of_state(rows: QuerySet, state: str) -> QuerySet:
    """Narrow rows with a ``status`` to a state of STATES."""
    if state == "all":
        return rows
    return rows.filter(status=FILED) if state == FILED else rows.exclude(status=FILED)
