"""Filed changes of rosters as lists show them."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Count, Q

from staff.models import User
from zones.choices import RosterMove
from zones.models import RosterChange, RosterChangeRow


def with_counts(
    changes: Sequence[RosterChange], viewer: User
) -> list[tuple[RosterChange, tuple[int, int]]]:
    """Return each change with how many entities come and how many leave."""
    keys = [change.pk for change in changes]
    rows = RosterChangeRow.objects.visible_to(viewer).filter(change__in=keys).order_by()
    counted = rows.values_list("change").annotate(
        coming=Count("pk", filter=Q(move=RosterMove.ADD)),
        leaving=Count("pk", filter=Q(move=RosterMove.REMOVE)),
    )
    found = {pk: (coming, leaving) for pk, coming, leaving in counted}
    return [(change, found.get(change.pk, (0, 0))) for change in changes]
