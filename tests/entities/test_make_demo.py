"""A generated city: the same for a seed, valid, and no trace of its loading in the schema."""

import hashlib
from datetime import date

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from entities.choices import Kind
from entities.codes import check
from entities.demo.city import TABLES
from entities.demo.load import without_indexes
from entities.derivation import SafetyReader
from entities.imports.staging import rows
from entities.models import ClassFile, CreditClass, Entity, EntityStatus, FactChange, FourNewMark
from entities.rederive import derive_four_new, derive_safety
from staff.models import District

REASON = "test"
DEFINITIONS = """
SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
UNION ALL SELECT conrelid::regclass || conname || pg_get_constraintdef(oid) || convalidated
FROM pg_constraint WHERE connamespace = 'public'::regnamespace ORDER BY 1
"""


def demo(**options):
    options = {"entities": 3000, "seed": 7, "classes_for": "2026-10", "verbosity": 0} | options
    call_command("make_demo", **options)


def fingerprint():
    found = rows(
        "SELECT code, name, business_scope, address, status, fields::text FROM entities_entity "
        "ORDER BY code"
    )
    return hashlib.sha256(repr(found).encode()).hexdigest()


@pytest.fixture
def districts(db):
    if not District.objects.exists():
        District.objects.create(code="500103", name="渝中区", short_name="渝中")


@pytest.mark.django_db
class TestCity:
    @pytest.fixture(autouse=True)
    def _city(self, districts):
        demo()

    def test_every_code_is_valid_and_stands_once(self):
        entities = Entity.objects.for_system(REASON)
        codes = list(entities.values_list("code", flat=True))
        assert len(set(codes)) == len(codes) == 3000
        assert all(check(code).valid for code in codes)
        assert any(len(code) == 15 for code in codes)

    def test_households_have_no_class_and_letters_are_shared_as_usual(self):
        classes = CreditClass.objects.for_system(REASON).current()
        assert not classes.filter(entity__kind=Kind.HOUSEHOLD).exists()
        now = classes.filter(until=None)
        assert 0.68 < now.filter(letter="A").count() / now.count() < 0.78
        months = ClassFile.objects.for_system(REASON).values_list("month", flat=True)
        assert set(months) == {date(2026, 9, 1), date(2026, 10, 1)}

    def test_a_few_in_a_hundred_are_four_new(self):
        share = FourNewMark.objects.for_system(REASON).filter(origin="list").count() / 3000
        assert 0.012 < share < 0.04

    def test_every_entity_has_one_status_today(self):
        in_force = EntityStatus.objects.for_system(REASON).in_force(date(2026, 10, 20))
        assert in_force.count() == 3000
        assert set(in_force.values_list("entity_id", "status")) == set(
            Entity.objects.for_system(REASON).values_list("pk", "status")
        )

    def test_the_derivation_finds_nothing_to_change(self):
        keys = list(Entity.objects.for_system(REASON).values_list("pk", flat=True))
        assert SafetyReader.on(date(2026, 10, 1)).rows
        assert derive_safety(keys, date(2026, 10, 1)) == {}
        assert derive_four_new(keys, date(2026, 10, 1)) == {}

    def test_another_city_is_refused_unless_it_is_to_be_added(self):
        with pytest.raises(CommandError, match="--add"):
            demo(entities=10)
        demo(entities=10, add=True)
        assert Entity.objects.for_system(REASON).count() == 3010
        assert FactChange.objects.for_system(REASON).count() == 10


@pytest.mark.django_db
@pytest.mark.usefixtures("districts")
def test_the_same_seed_gives_the_same_city():
    prints = []
    for _ in range(2):
        with transaction.atomic():
            demo(entities=500)
            prints.append(fingerprint())
            transaction.set_rollback(True)
    assert prints[0] == prints[1]


@pytest.mark.usefixtures("real_commits")
def test_an_owner_s_load_leaves_the_same_indexes_and_constraints(as_owner):
    with as_owner():
        District.objects.get_or_create(
            code="500103", defaults={"name": "渝中区", "short_name": "渝中"}
        )
        before = rows(DEFINITIONS)
        demo(entities=300)
        assert rows(DEFINITIONS) == before
        assert Entity.objects.for_system(REASON).count() == 300


@pytest.mark.usefixtures("real_commits")
def test_indexes_are_really_away_during_the_load(as_owner):
    with as_owner():
        before = len(rows(DEFINITIONS))
        with transaction.atomic(), without_indexes(list(TABLES), lambda text: None):
            assert len(rows(DEFINITIONS)) < before - 30
        assert len(rows(DEFINITIONS)) == before
