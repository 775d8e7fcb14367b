"""Edits of the term tables: dated, by the city, followed by a job that derives anew."""

from datetime import date

import pytest
from django.db import connection

from core.errors import Refused
from core.models import Job
from entities.actions.terms import add_four_new_term, add_safety_term, end_term
from entities.models import SafetyTerm
from staff.roles import Role
from tests.factories import make_user

pytestmark = pytest.mark.django_db
DAY = date(2025, 2, 10)


@pytest.fixture
def city():
    return make_user(Role.MUNICIPAL_OFFICER)


def add(by, **changes):
    values = {"domain": "food_drug", "way": "term", "words": "丙食服务", "certain": True}
    return add_safety_term(**values | {"since": DAY} | changes, by=by)


def test_a_new_term_is_dated_and_wakes_the_derivation(city):
    term = add(city)
    assert (term.since, term.recorded_by) == (DAY, city)
    job = Job.plain.get()
    assert (job.kind, job.params) == ("derive_safety", {"from_day": "2025-02-10"})


def test_an_ended_term_wakes_the_derivation_from_its_last_day(city):
    term = add(city)
    closed = end_term(term, until=date(2025, 3, 1), by=city)
    assert closed.until == date(2025, 3, 1)
    assert Job.plain.latest("id").params == {"from_day": "2025-03-01"}
    with pytest.raises(Refused, match="已不再使用"):
        end_term(closed, until=date(2025, 4, 1), by=city)


def test_a_term_that_never_counted_goes_without_a_trace_in_days(city):
    assert end_term(add(city), until=DAY, by=city) is None
    assert not SafetyTerm.plain.filter(words="丙食服务", superseded_at=None).exists()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"words": " "}, "请填写"),
        ({"words": "食"}, "至少两个字"),
        ({"domain": "x"}, "安全领域"),
        ({"way": "industry", "words": "食品"}, "行业代码"),
    ],
)
def test_a_wrong_term_is_refused(city, changes, sentence):
    with pytest.raises(Refused, match=sentence):
        add(city, **changes)


def test_the_same_term_twice_is_refused(city):
    add(city)
    with pytest.raises(Refused, match="已在表中"):
        add(city)


def test_a_rule_of_four_new_wakes_its_own_derivation(city):
    add_four_new_term(
        way="industry", words="I6510", marks=True, novelty="technology", since=DAY, by=city
    )
    assert Job.plain.get().kind == "derive_four_new"


def test_a_district_edits_no_table():
    with pytest.raises(Refused, match="您的角色不能"):
        add(make_user())


def test_an_edit_keeps_derivations_out_until_it_ends(city):
    add(city)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 73202411"
            " AND mode = 'ExclusiveLock'"
        )
        assert cursor.fetchone()[0] == 1
