"""The words of a zone's area as lines of a form, and what districts set lately, for the city."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta

from core.errors import Refused
from desk.zones.candidates import streets_of
from staff.models import Street, User
from zones.actions.areas import changed_areas
from zones.models import Zone, ZoneArea

SEPARATOR = "｜"
TOLD_DAYS = 90
MOST_TOLD = 100


def areas_now(zone: Zone, viewer: User, on: date) -> list[ZoneArea]:
    rows = ZoneArea.objects.visible_to(viewer).in_force(on).filter(zone=zone)
    return list(rows.select_related("street").order_by("pk"))


def streets_for(zone: Zone, areas: Iterable[ZoneArea]) -> dict[str, Street]:
    """Return the streets that a line may name: the bureau's, and those that areas name already.

    By name, and by code, which alone tells two streets of one name apart.
    """
    rows = {street.pk: street for street in streets_of(zone)}
    rows |= {area.street.pk: area.street for area in areas if area.street is not None}
    names = Counter(street.name for street in rows.values())
    by_name = {street.name: street for street in rows.values() if names[street.name] == 1}
    return by_name | {street.code: street for street in rows.values()}


def as_lines(areas: Iterable[ZoneArea], streets: dict[str, Street]) -> str:
    """Write areas as ``parts_in`` reads them."""
    lines = []
    for area in areas:
        street = area.street
        named = "" if street is None else street.name if street.name in streets else street.code
        lines.append(f"{area.words}{SEPARATOR}{named}" if named else area.words)
    return "\n".join(lines)


def parts_in(text: str, streets: dict[str, Street]) -> list[tuple[str, Street | None]]:
    """Read one part from each line, ``words`` or ``words｜street``; refuse an unknown street."""
    parts: list[tuple[str, Street | None]] = []
    for line in text.replace("|", SEPARATOR).splitlines():
        words, separator, named = (part.strip() for part in line.partition(SEPARATOR))
        if not words and not named:
            continue
        if named and named not in streets:
            raise Refused(
                "readings 9",
                f"“{named[:20]}”不是本局辖区内的街道（镇、乡），请改正；有同名的请填街道代码。",
            )
        parts.append((words, streets[named] if separator and named else None))
    return parts


def areas_told(viewer: User, on: date) -> list[ZoneArea]:
    """Return what districts set within ninety days, the newest first (备案)."""
    rows = changed_areas(viewer).filter(recorded_at__date__gt=on - timedelta(days=TOLD_DAYS))
    return list(rows[:MOST_TOLD])
