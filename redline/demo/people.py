"""Who does what in the demonstration, and which entities it happens to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, OuterRef

from core.dated import in_force
from entities.choices import Letter, Status
from entities.models import CreditClass, Entity
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


def people(on: date) -> tuple[City, list[District]]:
    """Return the city and its districts.

    Entities are chosen in the order of their keys, those of class A first: they are inside, so that
    what takes them out shows.
    """
    found = {row.username: row for row in User.accounts.for_system(WHY).select_related("bureau")}
    bureaus = {row.code: row for row in Bureau.objects.all()}
    districts = []
    for corner in CORNERS:
        by = {number: found[f"{corner.prefix}{number}"] for number in ("01", "02", "03")}
        districts.append(_district(bureaus[corner.bureau], by, on))
    return City(found["city01"], found["city02"], found["mpa01"]), districts


def _district(bureau: Bureau, by: dict[str, User], on: date) -> District:
    living = Entity.objects.for_system(WHY).filter(bureau=bureau, status=Status.ACTIVE)
    letters = CreditClass.objects.filter(in_force(on), entity=OuterRef("pk"), letter=Letter.A)
    living = living.filter(code_problem="").alias(best=Exists(letters)).order_by("-best", "pk")
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
