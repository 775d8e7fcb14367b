"""A list of one request: its form, its page of keys and its count."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.http import HttpRequest

from desk import paging
from desk.context import Moment
from desk.forms.zones import RosterFilter, ZoneFilter
from desk.zones import lists, roster
from desk.zones.addresses import Listing
from desk.zones.lists import ZoneLine
from desk.zones.roster import RosterRow
from staff.models import User
from zones.models import Zone

ZONE_NAMES = tuple(ZoneFilter.base_fields)
ROSTER_NAMES = tuple(RosterFilter.base_fields)
IN_ZONE_NAMES = tuple(name for name in ROSTER_NAMES if name not in ("bureau", "zone"))
PROBLEM = "查询条件有误，请按红字提示改正后重新查询。"


@dataclass(frozen=True)
class Zones:
    form: ZoneFilter
    lines: list[ZoneLine]
    listing: Listing | None
    problem: str = ""


@dataclass(frozen=True)
class Roster:
    form: RosterFilter
    rows: list[RosterRow]
    listing: Listing | None
    problem: str = ""
    entities: paging.Count = paging.Count(0, is_exact=True)


def zones_of(request: HttpRequest, viewer: User, on: date) -> Zones:
    """Return the page of zones that the address asks for."""
    form = ZoneFilter(request.GET, viewer, on)
    if not form.is_valid():
        return Zones(form, [], None, PROBLEM)
    found = lists.asked_for(form, viewer, on)
    page = paging.page_of(found, request.GET)
    listing = Listing(request.path, request.GET, ZONE_NAMES, page, paging.capped(found))
    return Zones(form, lists.lines_of(page.keys, viewer, on), listing)


def roster_of(
    request: HttpRequest, viewer: User, moment: Moment, zone: Zone | None = None
) -> Roster:
    """Return the page of a roster, of one zone or across all that the viewer may see."""
    form = RosterFilter(request.GET, viewer, moment.on, within=zone)
    if not form.is_valid():
        return Roster(form, [], None, PROBLEM)
    found = roster.asked_for(form, viewer, moment)
    if zone is not None:
        found = found.filter(occupant__zone=zone)
    try:
        with paging.at_most(paging.LIST_SECONDS):
            page = paging.page_of(found, request.GET)
            rows = roster.roster_rows(page.keys, viewer, moment)
    except paging.TookTooLong:
        return Roster(form, [], None, "条件太宽，未能及时查完，请增加条件后重试。")
    names = IN_ZONE_NAMES if zone else ROSTER_NAMES
    listing = Listing(request.path, request.GET, names, page, paging.capped(found))
    if zone is not None:
        return Roster(form, rows, listing, entities=listing.count)
    # An entity in two zones stands here twice, and counts once.
    entities = paging.exact(found.order_by().values("entity").distinct())
    return Roster(form, rows, listing, entities=entities)
