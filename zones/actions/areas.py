"""Setting the words by which an address lies in a zone, as the bureau's lead (readings 9).

The city approved the boundary; the words only say where addresses inside it are recognised, for
the monthly proposals. The city is told (``changed_areas``); the roster stays as it is.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from django.db.models import Q, QuerySet

from core.errors import Refused
from entities.actions.base import action, need, not_later
from entities.names import folded
from staff.models import Street, User
from staff.permissions import demand
from zones.actions.life import CLAUSE, lock_zone, standing
from zones.models import Zone, ZoneArea

WHY = "setting the areas of a zone"
SOURCE = "区域范围调整："
SHORTEST, LONGEST = 2, 200
"""A word of one letter is borne by nearly every address."""

Key = tuple[str, int | None]


@action
def set_areas(
    zone: Zone,
    parts: Collection[tuple[str, Street | None]],
    *,
    since: date,
    reason: str,
    by: User,
    on: date,
) -> list[ZoneArea]:
    """Let a zone's area be these parts from a day on; return the areas that then hold.

    ``parts`` are words with the street they are narrowed to, or None. What holds already stays,
    the rest ends on ``since``; words in another spelling are the same words.
    """
    demand(by, "zone.area")
    reason = need(reason, "调整理由", CLAUSE)
    not_later(since, on, "生效日")
    zone = lock_zone(zone, by)
    standing(zone, since)
    wanted = _wanted(parts)
    source = f"{SOURCE}{reason}"[:200]
    kept, gone = _sorted_out(zone, wanted, since)
    if not gone and len(kept) == len(wanted):
        raise Refused(CLAUSE, "所填范围与现有范围相同，无需调整。")
    for row in gone:
        row.close(since, by=by, source=source)
    fresh = [
        ZoneArea(zone=zone, words=words, street=street, since=since, until=zone.until)
        for key, (words, street) in wanted.items()
        if key not in kept
    ]
    for row in fresh:
        row.recorded_by, row.source = by, source
        row.save(force_insert=True)
    return [*kept.values(), *fresh]


def _wanted(parts: Collection[tuple[str, Street | None]]) -> dict[Key, tuple[str, Street | None]]:
    """Return the parts by their spelling, each once; refuse none, too short and too long ones."""
    wanted: dict[Key, tuple[str, Street | None]] = {}
    for text, street in parts:
        words = text.strip()
        if len(folded(words)) < SHORTEST or len(words) > LONGEST:
            raise Refused(
                CLAUSE, f"地址关键词“{words[:20]}”应为{SHORTEST}至{LONGEST}个字，请改正。"
            )
        wanted.setdefault((folded(words), street.pk if street else None), (words, street))
    if not wanted:
        raise Refused(CLAUSE, "请至少填写一个地址关键词。")
    return wanted


def _sorted_out(
    zone: Zone, wanted: Collection[Key], since: date
) -> tuple[dict[Key, ZoneArea], list[ZoneArea]]:
    """Return the areas that stay as they are, and those that end on the day."""
    rows = ZoneArea.objects.for_system(WHY).current()
    kept: dict[Key, ZoneArea] = {}
    gone = []
    for row in rows.filter(Q(until=None) | Q(until__gt=since), zone=zone).order_by("pk"):
        key = (folded(row.words), row.street_id)
        if key in wanted and key not in kept and row.since <= since and row.until == zone.until:
            kept[key] = row
        else:
            gone.append(row)
    return kept, gone


def changed_areas(by: User) -> QuerySet[ZoneArea]:
    """Return what districts set in the zones this person sees, the newest first, for the city."""
    rows = ZoneArea.objects.visible_to(by).current().filter(source__startswith=SOURCE)
    return rows.select_related("zone__bureau", "street", "recorded_by").order_by("-pk")
