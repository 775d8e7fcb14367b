"""Who gets a page at all, and whether what the address names exists for whoever asks."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import Http404

from core.errors import Refused
from entities.models import Entity
from staff.models import User
from staff.permissions import demand


def demand_page(user: User, verb: str) -> None:
    """Answer 403 with the sentence of the permission table where the role may not do the verb."""
    try:
        demand(user, verb)
    except Refused as refusal:
        raise PermissionDenied(str(refusal)) from refusal


def entity_or_404(viewer: User, pk: int) -> Entity:
    """Return an entity of the viewer's scope; one outside it does not exist for the viewer."""
    found = (
        Entity.objects.visible_to(viewer)
        .select_related("district", "street", "bureau", "station")
        .filter(pk=pk)
        .first()
    )
    if found is None:
        raise Http404
    return found
