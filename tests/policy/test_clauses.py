from policy.clauses import CLAUSES
from policy.limits import LIMITS
from policy.values import check_value, show_value

DECIDERS = {"rule", "officer", "document"}


def test_every_clause_has_label_title_summary_and_who_decides():
    assert list(CLAUSES) == [
        *("1", "2", "3.1", "3.2"),
        *(f"4.{number}" for number in range(1, 7)),
        *(f"5.{number}" for number in range(1, 5)),
    ]
    for clause in CLAUSES.values():
        assert clause.label
        assert clause.title
        assert clause.summary.endswith("。")
        assert clause.source == "渝市监发〔2024〕73号"
        assert clause.decided_by in DECIDERS


def test_every_limit_has_a_clause_a_source_and_a_default_within_its_own_range():
    for info in LIMITS.values():
        assert info.clause in CLAUSES
        assert info.title
        assert info.source
        assert info.unit
        assert info.checked_on.year >= 2026
        assert check_value(info, info.default) == info.default
        assert show_value(info, info.default)
