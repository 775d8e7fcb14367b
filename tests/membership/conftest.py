"""Entities with dated facts, for the tests of this room."""

import itertools
from collections.abc import Callable
from datetime import date

import pytest

from entities.models import (
    CreditClass,
    Entity,
    EntityStatus,
    FourNewMark,
    Listing,
    SafetyReading,
)
from membership.models import ManualExclusion
from membership.seeding import seed as membership_seed
from policy.seeding import seed as policy_seed
from staff.models import Bureau, User
from tests.membership.removing import make_removal
from tests.membership.zoning import RosterStay

INSIDE = {
    "credit_class": [{"letter": "A", "month": date(2026, 2, 1), "since": date(2020, 1, 1)}],
    "four_new": [{"origin": "list", "novelties": ["form"], "since": date(2020, 1, 1)}],
}
STANDING = {"status": [{"status": "active", "since": date(2019, 1, 1)}]}


@pytest.fixture
def people(db) -> dict[str, User]:
    """Two officers of one bureau and a municipal lead."""
    bureau = Bureau.objects.filter(kind="district").first() or Bureau.objects.create(
        code="test", name="试验区局", short_name="试验", kind="district"
    )
    city = Bureau.objects.filter(kind="city").first() or Bureau.objects.create(
        code="city-test", name="市局", short_name="市局", kind="city"
    )

    def person(name: str, role: str, **where: object) -> User:
        return User.objects.create(username=f"t-{name}", name=name, role=role, **where)

    return {
        "officer": person("甲", "district_officer", bureau=bureau),
        "lead": person("乙", "district_lead", bureau=bureau),
        "city_officer": person("丙", "municipal_officer", bureau=city),
        "city_lead": person("丁", "municipal_lead", bureau=city),
    }


@pytest.fixture
def build(people, seeded) -> Callable[..., Entity]:
    """Make an entity with facts: ``build(credit_class=[{...}], inside=True, ...)``."""
    numbers = itertools.count(1)

    def make(inside: bool = False, **facts: list[dict]) -> Entity:
        number = next(numbers)
        entity = Entity.objects.create(
            code=f"TEST{number:014d}",
            name=f"重庆试验{number}有限公司",
            bureau=people["officer"].bureau,
        )
        facts = STANDING | (INSIDE if inside else {}) | facts
        for kind, rows in facts.items():
            for row in rows:
                add_fact(entity, kind, row, people)
        return entity

    return make


def add_fact(entity: Entity, kind: str, row: dict, people: dict[str, User]) -> None:
    if kind == "removal":
        make_removal(entity, **row)
        return
    made = {
        "status": lambda: EntityStatus(entity=entity, **row),
        "credit_class": lambda: CreditClass(entity=entity, **row),
        "safety": lambda: SafetyReading(entity=entity, **row),
        "four_new": lambda: FourNewMark(entity=entity, **row),
        "serious": lambda: Listing(entity=entity, list_name="serious", **row),
        "abnormal": lambda: Listing(entity=entity, list_name="abnormal", **row),
        "roster": lambda: RosterStay(entity, **row),
        "manual": lambda: ManualExclusion(
            entity=entity, requested_by=people["officer"], recorded_by=people["lead"], **row
        ),
    }
    made[kind]().save()


@pytest.fixture
def seeded(db) -> None:
    policy_seed()
    membership_seed()
