"""What wordings, codes, licences and officers say together about safety fields (readings 2, 3)."""

from datetime import date

import pytest

from entities.choices import Domain, Verdict
from entities.derivation import EMPTY_SCOPE, FourNewReader, SafetyReader, combine
from entities.models import FourNewTerm, Licence, SafetyStatement, SafetyTerm

DAY = date(2025, 1, 10)
SINCE = date(2024, 8, 1)
NONE, IN, PENDING = Verdict.NONE, Verdict.IN, Verdict.PENDING


@pytest.fixture
def terms(db) -> None:
    """A small table of our own, so that the shipped one may change."""
    SafetyTerm.plain.bulk_create(
        [
            SafetyTerm(domain="food_drug", words="甲食服务", since=SINCE),
            SafetyTerm(domain="food_drug", words="甲品", certain=False, since=SINCE),
            SafetyTerm(domain="special_equipment", words="甲梯安装", since=date(2025, 6, 1)),
            SafetyTerm(domain="product_quality", by="industry", words="C98", since=SINCE),
        ]
    )
    FourNewTerm.plain.bulk_create(
        [
            FourNewTerm(by="term", words="甲智能", marks=True, novelty="technology", since=SINCE),
            FourNewTerm(by="term", words="甲平台", marks=False, novelty="model", since=SINCE),
            FourNewTerm(by="industry", words="9871", marks=True, novelty="industry", since=SINCE),
        ]
    )


def verdicts(reading) -> tuple[int, int, int]:
    return tuple(int(getattr(reading, domain)) for domain in Domain)


def read(scope: str, industry: str = "", on: date = DAY):
    return SafetyReader.on(on).read(scope, industry)


def statement(domain: str, verdict: int) -> SafetyStatement:
    return SafetyStatement(pk=7, domain=domain, verdict=verdict, reason="现场核实", since=SINCE)


def licence(domain: str) -> Licence:
    return Licence(pk=9, domain=domain, title="甲许可证", number="X1", since=SINCE)


@pytest.mark.parametrize(
    ("scope", "industry", "expected"),
    [
        ("甲食服务；软件开发", "", (IN, NONE, NONE)),
        ("甲品；软件开发", "", (PENDING, NONE, NONE)),
        ("甲品、甲食服务", "", (IN, NONE, NONE)),
        ("软件开发", "C9810", (NONE, IN, NONE)),
        ("软件开发", "9810", (NONE, IN, NONE)),
        ("", "", (PENDING, PENDING, PENDING)),
        ("  ", "C9810", (PENDING, IN, PENDING)),
    ],
)
def test_wordings_and_codes_tell_the_fields(terms, scope, industry, expected):
    assert verdicts(read(scope, industry)) == expected


def test_a_present_scope_without_a_hit_has_no_reading(terms):
    assert read("软件开发", "I6510") is None


def test_the_evidence_names_the_words_and_the_term(terms):
    item = read("甲食服务").evidence[0]
    assert item["words"] == "甲食服务"
    assert item["origin"] == "scope"
    assert SafetyTerm.plain.get(pk=item["row"]).words == "甲食服务"


def test_a_term_counts_from_its_day(terms):
    assert read("甲梯安装", on=date(2025, 5, 31)) is None
    assert verdicts(read("甲梯安装", on=date(2025, 6, 1))) == (NONE, NONE, IN)


def test_an_edit_of_the_table_makes_a_new_reader(terms):
    assert read("乙食服务") is None
    SafetyTerm.plain.create(domain="food_drug", words="乙食服务", since=SINCE)
    assert verdicts(read("乙食服务")) == (IN, NONE, NONE)


@pytest.mark.parametrize(
    ("scope", "licences", "stated", "expected"),
    [
        ("软件开发", ["food_drug"], [], (IN, NONE, NONE)),
        ("甲品", ["food_drug"], [], (IN, NONE, NONE)),
        ("甲食服务", [], [("food_drug", NONE)], (NONE, NONE, NONE)),
        ("甲品", [], [("food_drug", IN)], (IN, NONE, NONE)),
        ("甲食服务", ["food_drug"], [("food_drug", NONE)], (PENDING, NONE, NONE)),
        ("软件开发", ["food_drug"], [("food_drug", IN)], (IN, NONE, NONE)),
        ("", ["food_drug"], [("special_equipment", NONE)], (IN, PENDING, NONE)),
    ],
)
def test_licences_and_officers_go_before_wordings(terms, scope, licences, stated, expected):
    reading = combine(
        read(scope), [licence(d) for d in licences], [statement(d, v) for d, v in stated]
    )
    assert verdicts(reading) == expected


def test_a_conflict_shows_both_sides(terms):
    reading = combine(None, [licence("food_drug")], [statement("food_drug", NONE)])
    assert {(item["origin"], item["verdict"]) for item in reading.evidence} == {
        ("licence", PENDING),
        ("officer", PENDING),
    }


def test_an_empty_scope_says_so(terms):
    assert {item["words"] for item in read("").evidence} == {EMPTY_SCOPE}


def test_the_rule_table_marks_only_what_is_sure(terms):
    reader = FourNewReader.on(DAY)
    assert reader.read("甲智能设备研发；甲平台服务", "").novelties == ["technology"]
    assert reader.hint("甲平台服务", "").novelties == ["model"]
    assert reader.read("甲平台服务", "") is None
    assert reader.read("咨询", "S9871").evidence[0]["words"] == "行业9871"


def test_days_before_the_policy_are_read_by_its_first_tables(terms):
    assert verdicts(read("甲食服务", on=date(2019, 1, 1))) == (IN, NONE, NONE)
