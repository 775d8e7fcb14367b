"""How an export that needs approval moves: action -> from, to, who."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q

from core.models import Export
from staff.models import User
from staff.permissions import may
from staff.roles import Role

Status = Export.Status


@dataclass(frozen=True)
class Transition:
    """One action: from, to, the permission it asks (none: of the filer), who of the two does it."""

    label: str
    sources: frozenset[str]
    target: str
    verb: str
    by_filer: bool
    needs_opinion: bool


TRANSITIONS: dict[str, Transition] = {
    "approve": Transition(
        "同意", frozenset({Status.FILED}), Status.APPROVED, "export.approve", False, False
    ),
    "refuse": Transition(
        "不同意", frozenset({Status.FILED}), Status.REFUSED, "export.approve", False, True
    ),
    "withdraw": Transition("撤回", frozenset({Status.FILED}), Status.WITHDRAWN, "", True, False),
}


def deciders_of(export: Export) -> list[User]:
    """Return the active leads who may decide on a request, the filer left out."""
    filer = export.filed_by
    near = Q(role=Role.DISTRICT_LEAD, bureau=filer.bureau_id) | Q(role=Role.MUNICIPAL_LEAD)
    leads = User.objects.filter(near, is_active=True).exclude(pk=filer.pk).order_by("pk")
    return [lead for lead in leads if Export.objects.visible_to(lead).filter(pk=export.pk).exists()]


def available(export: Export, user: User) -> list[str]:
    """Return the actions open to this account on an export it may see, for buttons."""
    return [
        action
        for action, move in TRANSITIONS.items()
        if export.status in move.sources
        and (not move.verb or may(user, move.verb))
        and move.by_filer == (export.filed_by_id == user.pk)
    ]
