"""Which list and item an address names, for whoever asks."""

from __future__ import annotations

from django.http import Http404

from desk.access import demand_page
from redline.models import ListItem, ListVersion
from staff.models import User
from staff.permissions import may

PEOPLE = ("drafted_by", "submitted_by", "approved_by", "edited_by")


def version_or_404(viewer: User, pk: int) -> ListVersion:
    """Return a version that the viewer may read; any other does not exist for the viewer."""
    rows = ListVersion.objects.visible_to(viewer).select_related("bureau", *PEOPLE)
    found = rows.select_related("based_on__bureau").filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def item_or_404(viewer: User, version: ListVersion, pk: int) -> ListItem:
    """Return an item of a version that the viewer may read."""
    rows = ListItem.objects.visible_to(viewer).select_related("version__bureau")
    found = rows.filter(version=version, pk=pk).first()
    if found is None:
        raise Http404
    return found


def demand_drafting(user: User) -> None:
    """Let in whoever drafts lists, of a bureau or of the city."""
    if not may(user, "redline.draft_city"):
        demand_page(user, "redline.draft")
