"""What the room needs before it works: the proposals of lists from which lists are drafted.

A proposal is nobody's decision: it is never in force, and cannot be changed. Who adopts it drafts
from it and checks each item.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from django.db import transaction

from core.errors import Refused
from redline.actions.list_base import alone, write_step
from redline.choices import ListStatus
from redline.items import read
from redline.models import ListItem, ListVersion

FOLDER = Path(__file__).parent
SHIPPED = ("baseline.toml", "no_penalty.toml", "no_coercion.toml")
WHY = "seeding the proposals of lists"


def seed() -> None:
    """Write each shipped proposal whose kind has none yet. Can be run again without harm."""
    for name in SHIPPED:
        _seed(tomllib.loads((FOLDER / name).read_text(encoding="utf-8")))


@transaction.atomic
def _seed(shipped: dict[str, Any]) -> None:
    kind = shipped["kind"]
    alone(kind, None)
    rows = ListVersion.objects.for_system(WHY)
    if rows.filter(kind=kind, status=ListStatus.PROPOSAL).exists():
        return
    version = rows.create(kind=kind, bureau=None, number=0, note=shipped["note"])
    ListItem.objects.for_system(WHY).bulk_create(
        ListItem(version=version, position=position, is_proposal=True, **_values(kind, columns))
        for position, columns in enumerate(shipped["item"], 1)
    )
    write_step(version, "load", "", ListStatus.PROPOSAL, by=None)
    rows.filter(pk=version.pk).update(status=ListStatus.PROPOSAL)


def _values(kind: str, columns: dict[str, Any]) -> dict[str, Any]:
    """Return the columns of a shipped item. Raises Refused for one that nobody could enter."""
    done = read(kind, columns)
    if done.problems:
        raise Refused("4.4", f"{columns['code']}：{done.problems[0].sentence}")
    return done.values
