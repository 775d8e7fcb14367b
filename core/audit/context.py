"""Who acts: what the triggers of the change log write beside each changed row.

``pghistory.context`` sends the metadata along with every writing statement of this thread's
connection, for the statement's transaction only; the triggers of ``core.audit.triggers`` read it.
"""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Iterator
from typing import Any

from django.db import connection
from pghistory.runtime import _tracker, context


@contextlib.contextmanager
def acting(*, by: Any = None, origin: str, address: str = "", reason: str = "") -> Iterator[None]:
    """Let everything written inside be logged as done by this account, from this origin.

    Inside another ``acting`` the outer operation goes on, under what is said here until the end.
    """
    said = {
        "actor": getattr(by, "pk", None),
        "role": getattr(by, "role", "") or "",
        "origin": origin[:200],
        "address": address[:64],
        "reason": reason,
    }
    outer = getattr(_tracker, "value", None)
    before = dict(outer.metadata) if outer else {}
    try:
        with context(**said):
            yield
    finally:
        if outer:
            outer.metadata.clear()
            outer.metadata.update(before)
        elif connection.in_atomic_block and not connection.needs_rollback:
            _forget()  # the transaction goes on, but nobody acts in it any more


def _forget() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('pghistory.context_id', '', true),"
            " set_config('pghistory.context_metadata', '', true)"
        )


def because(reason: str) -> None:
    """Add the reason to what is logged from here on, within the current ``acting``."""
    context(reason=reason)


def current() -> tuple[uuid.UUID | None, dict[str, Any]]:
    """Return the operation and the metadata under which this thread writes."""
    now = getattr(_tracker, "value", None)
    return (now.id, dict(now.metadata)) if now else (None, {})
