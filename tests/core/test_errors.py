"""What a refusal says of its clause."""

import pytest

from core.errors import Refused, clause_said
from policy.clauses import CLAUSES


def test_clauses_are_said_as_the_policy_numbers_them():
    assert {number: clause_said(number) for number in CLAUSES} == {
        number: clause.label for number, clause in CLAUSES.items()
    }


@pytest.mark.parametrize(
    ("clause", "said"),
    [
        ("readings 4", "不行。（依据：政策理解第4条）"),
        ("4.1", "不行。（依据：四（一））"),
        ("", "不行。"),
    ],
)
def test_a_refusal_names_its_clause_in_the_staffs_words(clause, said):
    assert str(Refused(clause, "不行。")) == said
