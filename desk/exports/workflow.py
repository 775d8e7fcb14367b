"""How an export that needs approval moves: action -> from, to, who."""

from __future__ import annotations

from django.db.models import Q

from core.models import Export
from staff.models import User
from staff.permissions import PERMISSIONS
from staff.requests import Transition, available_of
from staff.roles import Role

BASIS = PERMISSIONS["export.approve"].basis
"""Who may let data leave is a matter of access control, as the table of permissions says."""

Status = Export.Status

TRANSITIONS: dict[str, Transition] = {
    "approve": Transition(
        "同意", frozenset({Status.FILED}), Status.APPROVED, "export.approve", False, False, BASIS
    ),
    "refuse": Transition(
        "不同意", frozenset({Status.FILED}), Status.REFUSED, "export.approve", False, True, BASIS
    ),
    "withdraw": Transition(
        "撤回", frozenset({Status.FILED}), Status.WITHDRAWN, "", True, False, BASIS
    ),
}


def deciders_of(export: Export) -> list[User]:
    """Return the active leads who may decide on a request, the filer left out."""
    filer = export.filed_by
    near = Q(role=Role.DISTRICT_LEAD, bureau=filer.bureau_id) | Q(role=Role.MUNICIPAL_LEAD)
    accounts = User.accounts.for_system("who may decide")
    leads = accounts.filter(near, is_active=True).exclude(pk=filer.pk).order_by("pk")
    return [lead for lead in leads if Export.objects.visible_to(lead).filter(pk=export.pk).exists()]


def available(export: Export, user: User) -> list[str]:
    """Return the actions open to this account on an export it may see, for buttons."""
    return available_of(TRANSITIONS, export, user)
