"""What waits for this person about lists, leading to exactly what it counts."""

from __future__ import annotations

from django.urls import reverse

from desk.figures import Figure
from redline.lists import waiting_for
from staff.models import User
from staff.permissions import may


def list_todos(viewer: User) -> list[Figure]:
    """Return the figure of lists that wait for a lead; nothing for whoever approves none."""
    if not (may(viewer, "redline.approve") or may(viewer, "redline.approve_city")):
        return []
    number = len(waiting_for(viewer))
    tone = "watch-line" if number else ""
    url = f"{reverse('desk:redline-lists')}#waiting"
    return [Figure("redline-waiting", "待批清单", number, url, "件", tone=tone)]
