"""A list that the other district is drafting, with an item."""

from __future__ import annotations

from django.utils import timezone

from redline.actions.list_items import add_item
from redline.actions.lists import begin_list, set_list_fields
from redline.models import ListItem, ListVersion
from staff.models import Bureau, User
from tests.redline.listing import ITEM


def drafted_list(bureau: Bureau, officer: User, mark: str) -> tuple[ListVersion, ListItem]:
    """Let the officer draft a list with one item, both bearing the mark."""
    by, on = officer, timezone.localdate()
    version = begin_list("red_line", bureau, by=by, on=on)
    version = set_list_fields(version, note=f"{mark}说明", revision=0, by=by, on=on)
    said = {"behaviour": f"{mark}行为", "touching": f"{mark}触碰"}
    item = add_item(version, revision=1, by=by, on=on, **ITEM | said)
    version.refresh_from_db()
    return version, item
