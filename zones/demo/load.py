"""Fills a demonstration with zones that live: rosters, declarations, changes, notes and a log."""

from __future__ import annotations

from datetime import date, timedelta

from django.conf import settings
from django.db import transaction

from core.errors import Refused
from staff.demo import CORNERS
from staff.models import Bureau, User
from zones.choices import DeclarationStatus
from zones.demo.declarations import WAYS, declare, record_of
from zones.demo.life import WHY, ask, live, make_zones, people_of
from zones.models import Declaration, Round, Zone

PREFIXES = {corner.bureau: corner.prefix for corner in CORNERS}


@transaction.atomic
def make(on: date) -> int:
    """Make the zones of the demonstration from its entities; return how many were made.

    Refuses outside the demonstration, without its accounts, and where zones are there already.
    """
    if not settings.DEMO:
        raise Refused("", "只有演示模式（DEMO=1）才能建立演示区域。")
    if Zone.objects.for_system(WHY).exists() or Declaration.objects.for_system(WHY).exists():
        raise Refused("", "系统中已有沙盒区域或申报，不再建立演示区域。")
    if not User.accounts.for_system(WHY).filter(username="lj01").exists():
        raise Refused("", "还没有演示账号，请先执行 python manage.py make_demo_accounts。")
    rounds = Round.objects.for_system(WHY)
    first = rounds.order_by("deadline").first()
    if first is None:
        raise Refused("", "系统中还没有申报轮次，请先执行 python manage.py seed_reference。")
    zones = make_zones(PREFIXES, on)
    codes = dict(Bureau.objects.values_list("pk", "code"))
    for zone in Zone.objects.for_system(WHY).order_by("pk"):
        people = people_of(PREFIXES[codes[zone.bureau_id]])
        record_of(zone, people, first)
        live(zone, people, on)
    ask(zones, on)
    _declare(on)
    return len(zones)


def _declare(on: date) -> None:
    """Declare once in each state, the bureaus by turns, in a round that is open today."""
    now = Round(
        name=f"{on.year}年补充申报",
        opens_on=on - timedelta(days=30),
        deadline=on + timedelta(days=30),
    )
    now.save(force_insert=True)
    bureaus = {row.code: row for row in Bureau.objects.filter(code__in=PREFIXES)}
    states = [state for state in WAYS if state != DeclarationStatus.APPROVED]
    for number, state in enumerate(states):
        corner = CORNERS[number % len(CORNERS)]
        place = f"{corner.name}{corner.streets[number // len(CORNERS) % len(corner.streets)]}"
        declare(state, bureaus[corner.bureau], people_of(corner.prefix), place, now, on)
