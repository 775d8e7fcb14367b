"""What cannot be a rule is refused when the class is made."""

import pytest
from django.db.models import Count, Q

from membership.findings import Effect
from membership.models import GroundName
from membership.rules.base import Rule
from membership.rules.sources import STATUS

SHAPE = {
    "key": "x",
    "title": "x",
    "clause": "4.1",
    "effect": Effect.EXCLUDES,
    "grounds": tuple(GroundName),
    "source": STATUS,
    "labels": {"status": "登记状态"},
    "met": classmethod(lambda cls, limits: Q()),
}


def make(**changes):
    facts = {"facts": {"status": "status"}, "wording": {"met": "a", "not_met": "b"}}
    return type("X", (Rule,), SHAPE | facts | changes)


def test_a_rule_as_it_should_be_is_made():
    assert make().key == "x"


def test_a_counted_fact_is_refused():
    with pytest.raises(TypeError, match="repeated at each mention"):
        make(facts={"status": Count("statuses")})


def test_a_rule_without_a_sentence_is_refused():
    with pytest.raises(TypeError, match="no sentence"):
        make(wording={"met": "a"})


def test_a_rule_that_can_doubt_needs_the_words_for_it():
    with pytest.raises(TypeError, match="undecided"):
        make(undecided=classmethod(lambda cls, limits: Q()))


def test_a_fact_without_a_label_is_refused():
    with pytest.raises(TypeError, match="no label"):
        make(labels={})
