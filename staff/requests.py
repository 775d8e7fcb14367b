"""Requests that somebody files and another decides: the moves of one, and who is shown which."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from staff.models import User
from staff.permissions import may


@dataclass(frozen=True)
class Transition:
    """One action: from, to, the permission it asks (none: of the filer), who of the two does it."""

    label: str
    sources: frozenset[str]
    target: str
    verb: str
    by_filer: bool
    needs_opinion: bool
    clause: str


def available_of(transitions: Mapping[str, Transition], request: Any, user: User) -> list[str]:
    """Return the actions open to this account on a request it may see, for buttons.

    A request has ``status`` and ``filed_by_id``.
    """
    return [
        action
        for action, move in transitions.items()
        if request.status in move.sources
        and (not move.verb or may(user, move.verb))
        and move.by_filer == (request.filed_by_id == user.pk)
    ]
