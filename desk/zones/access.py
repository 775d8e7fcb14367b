"""Whether the zone that an address names exists for whoever asks."""

from __future__ import annotations

from django.http import Http404

from staff.models import User
from zones.models import Zone


def zone_or_404(viewer: User, pk: int) -> Zone:
    """Return a zone of the viewer's scope; one outside it does not exist for the viewer."""
    found = (
        Zone.objects.visible_to(viewer)
        .select_related("bureau", "merged_into")
        .filter(pk=pk)
        .first()
    )
    if found is None:
        raise Http404
    return found
