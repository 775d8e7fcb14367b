"""A part of an entity's page, offered by the room that owns the facts."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Q


@dataclass(frozen=True)
class Section:
    """A title, the number of things shown, a template and what it needs.

    ``waiting`` says that something in it waits for a person, so that it is shown open.
    """

    key: str
    title: str
    count: int
    template: str
    context: dict[str, Any] = field(default_factory=dict)
    waiting: bool = False


def as_known(known: datetime | None) -> Q:
    """Return the condition that a dated row, of whatever day, was our knowledge at an instant."""
    if known is None:
        return Q(superseded_at=None)
    return Q(recorded_at__lte=known) & (Q(superseded_at=None) | Q(superseded_at__gt=known))
