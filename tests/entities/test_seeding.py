"""The shipped tables: complete, put in once, never over what the city edited."""

import time
from datetime import date

import pytest

from entities.models import FourNewTerm, Industry, SafetyTerm
from entities.seeding import seed

pytestmark = pytest.mark.django_db


def test_the_shipped_tables_are_there_and_quick():
    seed()
    begun = time.monotonic()
    assert seed() == {"industries": 0, "safety_terms": 0, "four_new_terms": 0}
    assert time.monotonic() - begun < 1
    assert Industry.objects.filter(level=2).count() == 97
    assert SafetyTerm.plain.filter(by="term", words="餐饮服务", domain="food_drug").exists()
    assert SafetyTerm.plain.filter(by="industry").exists()
    assert FourNewTerm.plain.filter(by="industry", marks=True).exists()
    assert FourNewTerm.plain.filter(by="term").exists()


def test_what_the_city_ended_does_not_come_back():
    seed()
    term = SafetyTerm.plain.get(by="term", words="餐饮服务")
    term.close(date(2025, 3, 1))
    assert seed()["safety_terms"] == 0
    assert SafetyTerm.plain.get(words="餐饮服务", superseded_at=None).until == date(2025, 3, 1)


def test_every_shipped_row_has_a_source_and_a_first_day():
    seed()
    for table in (SafetyTerm, FourNewTerm):
        assert not table.plain.filter(source="").exists()
        assert not table.plain.exclude(since=date(2024, 8, 1)).exists()
