"""Handing zones to another bureau when jurisdiction changes, with their history kept (readings 9).

What was approved stays approved: an inherited zone counts as filed by whoever has it now.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from core.errors import Refused
from entities.actions.base import action, need, not_later
from entities.addresses import AddressIndex
from entities.imports.places import address_index
from staff.models import Bureau, Jurisdiction, User, in_office
from staff.permissions import demand
from staff.places import Places, places_on
from zones.actions.life import CLAUSE
from zones.choices import DeclarationStatus
from zones.models import Declaration, DeclaredZone, Occupant, Zone, ZoneArea, ZoneBureau

WHY = "handing zones to another bureau"
CLOSED = (DeclarationStatus.APPROVED, DeclarationStatus.REFUSED, DeclarationStatus.VOID)
WITH_THE_BUREAU = (DeclarationStatus.SUBMITTED, DeclarationStatus.REVIEWING)
"""States in which the handler is somebody of the bureau, who does not go with the zone."""


@dataclass(frozen=True)
class ToHand:
    """A zone to be handed over: from whom, to whom (None where nobody is responsible), and why."""

    zone: Zone
    bureau: Bureau
    to: Bureau | None
    why: str


@dataclass(frozen=True)
class Handing:
    """What became of each zone: those handed over, and a sentence why another was not."""

    done: list[Zone]
    skipped: dict[int, str]


@action
def hand_over(
    zones: Collection[Zone], to_bureau: Bureau, *, since: date, reason: str, by: User, on: date
) -> Handing:
    """Give zones to another bureau from a day on; open declarations about them follow.

    Changes, proposals, notes and the liaison log belong to the zone and go with it. Refuses where
    no zone can be handed over.
    """
    demand(by, "zone.hand")
    reason = need(reason, "移交理由", CLAUSE)
    not_later(since, on, "移交日")
    if not Bureau.objects.filter(in_office(since), pk=to_bureau.pk).exists():
        raise Refused(CLAUSE, f"{to_bureau}在{since}尚未设立或已撤销，请另选接收单位。")
    _lock_open([zone.pk for zone in zones])
    locked = list(
        Zone.objects.visible_to(by)
        .filter(pk__in=[zone.pk for zone in zones])
        .order_by("pk")
        .select_for_update(no_key=True, of=("self",))
    )
    held = {row.zone_id: row for row in _bureaus([zone.pk for zone in locked], since)}
    skipped = _not_to_hand(locked, to_bureau, since, held)
    todo = [zone for zone in locked if zone.pk not in skipped]
    if not todo:
        raise Refused(CLAUSE, "".join(skipped.values()) or "没有选中任何区域，请先勾选。")
    for zone in todo:
        _hand(zone, held.get(zone.pk), to_bureau, since, reason, by)
    return Handing(todo, skipped)


def _bureaus(zone_ids: Sequence[int], since: date) -> list[ZoneBureau]:
    """Return who answers last for each zone, on the day or later."""
    rows = ZoneBureau.objects.for_system(WHY).current()
    reaching = rows.filter(Q(until=None) | Q(until__gt=since), zone__in=zone_ids)
    return list(reaching.order_by("zone_id", "since"))


def _lock_open(zone_ids: Sequence[int]) -> None:
    """Lock the open declarations about the zones, before these as whoever approves does."""
    keys = {row.declaration_id for row in _open_about(zone_ids)}
    rows = Declaration.objects.for_system(WHY).filter(pk__in=keys).order_by("pk")
    list(rows.select_for_update(no_key=True, of=("self",)).values_list("pk", flat=True))


def _not_to_hand(
    zones: Sequence[Zone], to: Bureau, since: date, held: dict[int, ZoneBureau]
) -> dict[int, str]:
    skipped: dict[int, str] = {}
    together = _declared_together({zone.pk for zone in zones})
    for zone in zones:
        row = held.get(zone.pk)
        if zone.until is not None and zone.until <= since:
            skipped[zone.pk] = f"“{zone.name}”已自{zone.until}起终止，不再移交。"
        elif zone.bureau_id == to.pk:
            skipped[zone.pk] = f"“{zone.name}”已由{to}监管。"
        elif since < (row.since if row else zone.since):
            first = row.since if row else zone.since
            skipped[zone.pk] = f"“{zone.name}”自{first}起由{zone.bureau}监管，移交日不能更早。"
        elif zone.pk in together:
            skipped[zone.pk] = (
                f"“{zone.name}”与其他局的区域同在一件未办结的申报（{together[zone.pk]}）中，"
                "请先办结或退回该申报。"
            )
    return skipped


def _open_about(zone_ids: Collection[int]) -> list[DeclaredZone]:
    """Return the lines of open declarations that change one of these zones."""
    rows = DeclaredZone.objects.for_system(WHY).exclude(declaration__status__in=CLOSED)
    return list(rows.filter(Q(target__in=zone_ids) | Q(into__in=zone_ids)))


def _declared_together(zone_ids: set[int]) -> dict[int, int]:
    """Return, by zone, an open declaration that also changes a zone which is not handed over."""
    declarations = {row.declaration_id for row in _open_about(zone_ids)}
    lines = DeclaredZone.objects.for_system(WHY).filter(declaration__in=declarations)
    named: dict[int, set[int]] = defaultdict(set)
    for line in lines:
        named[line.declaration_id] |= {pk for pk in (line.target_id, line.into_id) if pk}
    return {
        pk: declaration
        for declaration, pks in named.items()
        if not pks <= zone_ids
        for pk in pks & zone_ids
    }


def _hand(
    zone: Zone, held: ZoneBureau | None, to: Bureau, since: date, reason: str, by: User
) -> None:
    source = f"区域移交：{reason}"[:200]
    if held is not None:
        held.close(since, by=by, source=source)
    ZoneBureau(
        zone=zone, bureau=to, since=since, until=zone.until, recorded_by=by, source=source
    ).save(force_insert=True)
    zone.bureau = to
    zone.save(update_fields=("bureau",))
    # Until they are seen in the area of the new bureau, its entities have not left it.
    Occupant.objects.for_system(WHY).filter(zone=zone).update(inside=False)
    keys = {row.declaration_id for row in _open_about([zone.pk])}
    open_ones = Declaration.objects.for_system(WHY).filter(pk__in=keys)
    open_ones.filter(status__in=WITH_THE_BUREAU).update(handler=None)
    open_ones.update(bureau=to)


def to_hand(on: date) -> list[ToHand]:
    """Return the zones that another bureau should have on a day, with the bureau proposed.

    A zone's bureau is out of office, or the place of its area lies in another's jurisdiction.
    """
    places = places_on(on)
    bureaus = {row.pk: row for row in Bureau.objects.all()}
    working = set(Bureau.objects.filter(in_office(on)).values_list("pk", flat=True))
    held = ZoneBureau.objects.for_system(WHY).in_force(on).select_related("zone")
    rows = [row for row in held.order_by("zone_id") if _lives(row.zone, on)]
    streets = _streets([row.zone_id for row in rows], on)
    index = address_index(places) if rows else None
    found = []
    for row in rows:
        proposed = _bureau_of_area(row.zone, streets[row.zone_id], places, index)
        gone = row.bureau_id not in working
        if proposed is None and gone:
            proposed = _successor(row.bureau_id, places)
        bureau = bureaus[row.bureau_id]
        if gone:
            found.append(ToHand(row.zone, bureau, bureaus.get(proposed or 0), f"{bureau}已撤销"))
        elif proposed not in (None, row.bureau_id):
            to = bureaus[proposed or 0]
            found.append(ToHand(row.zone, bureau, to, f"区域所在地现由{to}管辖"))
    return found


def _lives(zone: Zone, on: date) -> bool:
    return zone.since <= on and (zone.until is None or zone.until > on)


def _streets(zone_ids: Sequence[int], on: date) -> dict[int, list[int]]:
    rows = ZoneArea.objects.for_system(WHY).in_force(on)
    found: dict[int, list[int]] = defaultdict(list)
    for zone_id, street_id in rows.filter(zone__in=zone_ids).values_list("zone_id", "street_id"):
        if street_id is not None:
            found[zone_id].append(street_id)
    return found


def _bureau_of_area(
    zone: Zone, streets: Sequence[int], places: Places, index: AddressIndex | None
) -> int | None:
    """Return the bureau of the streets of an area, where they agree, else of the zone's address."""
    told = {places.bureau_of(None, street) for street in streets} - {None}
    if len(told) == 1:
        return told.pop()
    if told or index is None:
        return None  # an area under two bureaus stays where it is until somebody decides
    located = index.locate(zone.address)
    return places.bureau_of(located.district_id, located.street_id)


def _successor(bureau_id: int, places: Places) -> int | None:
    """Return the bureau that has the districts which an abolished bureau once had, if it is one."""
    once = Jurisdiction.objects.for_system(WHY).current().filter(bureau=bureau_id)
    districts = once.exclude(district=None).values_list("district_id", flat=True)
    told = {places.bureau_of(district) for district in districts} - {None}
    return told.pop() if len(told) == 1 else None
