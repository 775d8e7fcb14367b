"""Who does what in the demonstration, and which entities it happens to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from entities.choices import Status
from entities.models import Entity
from staff.demo import CORNERS
from staff.models import Bureau, User

WHY = "generating the demonstration"
FEW, MANY = 12, 80
"""So many entities of a district are kept for its station and for the unit, and for the rest."""


@dataclass(frozen=True)
class City:
    """Who works in the city of the demonstration, and in the unit that reads its field there."""

    officer: User
    lead: User
    unit: User


@dataclass
class District:
    """A bureau of the demonstration with its people and the entities not yet used for anything.

    ``near`` are supervised by the station of its officer, ``food`` touch the field of the unit.
    """

    bureau: Bureau
    officer: User
    lead: User
    station: User
    near: Iterator[Entity]
    rest: Iterator[Entity]
    food: Iterator[Entity]


def people() -> tuple[City, list[District]]:
    """Return the city and its districts; entities are chosen in the order of their keys."""
    found = {row.username: row for row in User.accounts.for_system(WHY).select_related("bureau")}
    bureaus = {row.code: row for row in Bureau.objects.all()}
    districts = []
    for corner in CORNERS:
        by = {number: found[f"{corner.prefix}{number}"] for number in ("01", "02", "03")}
        districts.append(_district(bureaus[corner.bureau], by))
    return City(found["city01"], found["city02"], found["mpa01"]), districts


def _district(bureau: Bureau, by: dict[str, User]) -> District:
    living = Entity.objects.for_system(WHY).filter(bureau=bureau, status=Status.ACTIVE)
    living = living.filter(code_problem="").order_by("pk")
    food = list(living.filter(fields__contains=["food_drug"])[:FEW])
    others = living.exclude(pk__in=[row.pk for row in food])
    near = list(others.filter(station=by["03"].station_id)[:FEW])
    rest = others.exclude(pk__in=[row.pk for row in near])
    return District(
        bureau,
        officer=by["01"],
        lead=by["02"],
        station=by["03"],
        near=iter(near),
        rest=iter(rest[:MANY]),
        food=iter(food),
    )
