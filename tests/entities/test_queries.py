"""What pages show of an entity's facts: as of a day, as known at an instant."""

from datetime import date

import pytest
from django.utils import timezone

from entities import queries
from entities.actions.register import correct_class
from entities.actions.safety import state_safety
from entities.choices import Verdict
from entities.models import SafetyTerm
from entities.rederive import derive_safety
from staff.roles import Role
from tests.factories import SINCE, make_bureau, make_entity, make_user

ON = date(2025, 3, 1)


@pytest.mark.django_db
class TestHistories:
    def test_the_class_as_it_was_known(self):
        city = make_user(Role.MUNICIPAL_OFFICER)
        entity = make_entity(letter="B")
        before = timezone.now()
        correct_class(entity, letter="A", since=ON, source="函", reason="错", by=city, on=ON)
        assert [row.letter for row in queries.class_history(entity, city)] == ["A", "B"]
        assert [row.letter for row in queries.class_history(entity, city, before)] == ["B"]

    def test_safety_says_its_words_and_origins(self):
        SafetyTerm.plain.create(domain="food_drug", words="甲食服务", since=date(2024, 8, 1))
        bureau = make_bureau()
        officer = make_user(bureau=bureau)
        entity = make_entity(bureau=bureau, business_scope="甲食服务")
        derive_safety([entity.pk], SINCE)
        state_safety(
            entity, domain="special_equipment", verdict=1, reason="有电梯", since=ON,
            by=officer, on=ON,
        )  # fmt: skip
        food, product, equipment = queries.safety_on(entity, officer, ON)
        assert (food.verdict, food.evidence[0]["words"]) == (Verdict.IN, "甲食服务")
        assert (product.verdict, product.evidence) == (Verdict.NONE, [])
        assert equipment.evidence[0]["origin_label"] == "监管人员认定"
        assert queries.safety_on(entity, officer, SINCE)[2].verdict == Verdict.NONE
        assert [item.operation.done_by for item in queries.operations(entity, officer)] == [officer]

    def test_a_stranger_reads_nothing(self):
        entity = make_entity(bureau=make_bureau(), letter="A", four_new="list")
        stranger = make_user()
        assert queries.class_history(entity, stranger) == []
        assert queries.four_new_history(entity, stranger) == []
        assert queries.safety_on(entity, stranger, ON)[0].evidence == []
