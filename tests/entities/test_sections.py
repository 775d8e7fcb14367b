"""The sections of the entity page that this room gives."""

from datetime import date

import pytest

from entities.models import FourNewTerm
from entities.sections import four_new
from staff.roles import Role
from tests.factories import make_entity, make_user

pytestmark = pytest.mark.django_db

ON = date(2026, 3, 1)


@pytest.fixture
def term():
    return FourNewTerm.plain.create(
        by="term", words="甲平台服务", marks=False, novelty="model", since=date(2024, 8, 1)
    )


def test_what_the_rules_only_hint_at_is_shown_where_nobody_marked(term):
    viewer = make_user(Role.MUNICIPAL_OFFICER)
    hinted = four_new(make_entity(business_scope="甲平台服务"), ON, None, viewer)
    assert hinted.context["hinted"] == [("甲平台服务", "新模式")]
    marked = four_new(make_entity(business_scope="甲平台服务", four_new="list"), ON, None, viewer)
    assert marked.context["hinted"] == []
