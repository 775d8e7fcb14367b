"""Who gets a page at all, and whether what the address names exists for whoever asks."""

from __future__ import annotations

from django.http import Http404

from entities.models import Entity
from staff.access import demand_page
from staff.models import User

__all__ = ["demand_page", "entity_or_404"]


def entity_or_404(viewer: User, pk: int) -> Entity:
    """Return an entity of the viewer's scope; one outside it does not exist for the viewer."""
    found = (
        Entity.objects.visible_to(viewer)
        .select_related("district", "street", "bureau", "station", "predecessor")
        .filter(pk=pk)
        .first()
    )
    if found is None:
        raise Http404
    return found
