"""Things to test with, made by plain functions, valid by default, with facts in one call.

``since`` of a fact is SINCE unless the call says otherwise; names and codes are
numbered within the process, so that two calls never collide.
"""

import itertools
from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from typing import Any

from django.contrib.auth.hashers import make_password

from entities.choices import Kind, ListName, MarkOrigin, Novelty, Status, Verdict
from entities.codes import make_uscc
from entities.models import (
    CreditClass,
    Entity,
    EntityStatus,
    FourNewMark,
    Listing,
    SafetyReading,
)
from entities.names import bigrams
from staff.models import Bureau, District, Station, Street, Unit, User
from staff.roles import CITY_ROLES, DISTRICT_ROLES, Role

SINCE = date(2024, 9, 1)
_numbers = itertools.count(1)


def make_bureau(name: str = "", kind: str = "district", **fields: Any) -> Bureau:
    """Make a bureau; ``kind`` is city, district or area."""
    number = next(_numbers)
    short = name or f"试验{number}局"
    return Bureau.objects.create(
        **{"code": f"test-{number}", "name": short, "short_name": short, "kind": kind} | fields
    )


def make_station(bureau: Bureau | None = None, **fields: Any) -> Station:
    number = next(_numbers)
    return Station.objects.create(
        **{
            "code": f"test-{number}",
            "name": f"试验{number}市场监管所",
            "bureau": bureau or make_bureau(),
        }
        | fields
    )


def make_unit(fields: Iterable[str] = (), *, whole_city: bool = False) -> Unit:
    """Make a municipal unit that reads the city in these fields."""
    number = next(_numbers)
    return Unit.objects.create(
        code=f"test-{number}", name=f"试验处{number}", fields=list(fields), whole_city=whole_city
    )


def make_district(name: str = "", **fields: Any) -> District:
    number = next(_numbers)
    shown = name or f"试验{number}区"
    return District.objects.create(
        **{"code": f"9{number:05d}", "name": shown, "short_name": shown.removesuffix("区")} | fields
    )


def make_street(name: str = "") -> Street:
    number = next(_numbers)
    return Street.objects.create(code=f"9{number:011d}", name=name or f"试验{number}街道")


def make_user(
    role: str = Role.DISTRICT_OFFICER,
    bureau: Bureau | None = None,
    station: Station | None = None,
    unit: Unit | None = None,
    **fields: Any,
) -> User:
    """Make an account with a place that fits its role; the password is "test"."""
    number = next(_numbers)
    if role == Role.STATION_OFFICER:
        station = station or make_station(bureau)
        bureau = bureau or station.bureau
    elif role in DISTRICT_ROLES:
        bureau = bureau or make_bureau()
    elif role in CITY_ROLES:
        bureau = bureau or city_bureau()
    elif role == Role.UNIT_OFFICER:
        unit = unit or make_unit(whole_city=True)
    user = User(
        **{"username": f"t{number:05d}", "name": f"试验员{number}", "must_change_password": False}
        | fields,
        role=role,
        bureau=bureau,
        station=station,
        unit=unit,
    )
    user.password = _hashed()
    user.save()
    return user


@lru_cache
def _hashed() -> str:
    """Return the hash of the password "test", which is slow on purpose, made once."""
    return make_password("test")


def city_bureau() -> Bureau:
    return Bureau.objects.filter(kind="city").first() or make_bureau("市局", kind="city")


def make_entity(
    *,
    status: str | None = Status.ACTIVE,
    letter: str | None = None,
    missed: int = 0,
    safety: Iterable[str] = (),
    pending: Iterable[str] = (),
    four_new: str | None = None,
    novelties: Iterable[str] = (Novelty.MODEL,),
    listed: Iterable[str] = (),
    since: date = SINCE,
    **fields: Any,
) -> Entity:
    """Make an entity with dated facts that hold from ``since`` on, and its display copy.

    ``letter`` is its credit class; ``safety`` and ``pending`` name safety domains that it touches
    or may touch; ``four_new`` is a mark's origin; ``listed`` names lists. ``fields`` are columns.
    """
    number = next(_numbers)
    name = fields.pop("name", f"重庆试验{number}科技有限公司")
    values = {
        "code": make_uscc("91500000", f"{number:08d}"),
        "kind": Kind.COMPANY,
        "status": status or Status.ACTIVE,
        "business_scope": "软件开发",
        "fields": sorted({*safety, *pending}),
        "former_names": [],
    } | fields
    entity = Entity.plain.create(
        name=name, name_bigrams=bigrams(name, *values["former_names"]), **values
    )
    facts: list[Any] = []
    if status:
        facts.append(EntityStatus(status=status))
    if letter:
        facts.append(CreditClass(letter=letter, month=since.replace(day=1), missed=missed))
    if safety or pending:
        facts.append(_reading(set(safety), set(pending)))
    if four_new:
        origin = MarkOrigin(four_new)
        facts.append(FourNewMark(origin=origin, novelties=[str(n) for n in novelties]))
    facts += [Listing(list_name=ListName(name), reason="试验事由") for name in listed]
    for fact in facts:
        fact.entity, fact.since = entity, since
        fact.save()
    return entity


def _reading(safety: set[str], pending: set[str]) -> SafetyReading:
    verdicts = dict.fromkeys(pending, Verdict.PENDING) | dict.fromkeys(safety, Verdict.IN)
    evidence = [
        {
            "domain": str(domain),
            "origin": "scope",
            "verdict": int(verdict),
            "words": "试验用语",
            "term": "试验用语",
            "row": None,
        }
        for domain, verdict in verdicts.items()
    ]
    return SafetyReading(**{str(d): v for d, v in verdicts.items()}, evidence=evidence)
