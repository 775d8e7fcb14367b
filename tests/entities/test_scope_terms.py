"""Scopes are read as registers write them; what they rule out is not in them."""

import csv
import time
import tomllib
from pathlib import Path

import pytest

from entities.scope_terms import IN, NONE, PENDING, ScopeReader, Term, tidy

ROOT = Path(__file__).resolve().parents[2]
SEEDS = ROOT / "entities" / "seeds"
REGISTER = ROOT.parent / "shared" / "data" / "registry_2019.csv"
INDUSTRIES = ROOT.parent / "shared" / "data" / "gbt4754_2017.csv"
DOMAINS = ("food_drug", "product_quality", "special_equipment")


def load(path):
    return tomllib.loads(path.read_text(encoding="utf-8"))


TABLE = load(SEEDS / "safety_terms.toml")["term"]
CASES = load(Path(__file__).with_name("scope_cases.toml"))["case"]


@pytest.fixture(scope="module")
def reader():
    return ScopeReader(
        Term(row["words"], row["domain"], row["words"], row["certain"], row.get("verbs", ""))
        for row in TABLE
    )


@pytest.fixture(scope="module")
def register():
    if not REGISTER.exists():
        pytest.skip("The real register rows (../shared/data) are not on this machine.")
    with REGISTER.open(encoding="utf-8-sig", newline="") as lines:
        return [row["经营范围"] for row in csv.DictReader(lines)]


def outcome(reader, scope, domain):
    found = reader.read(scope).get(domain)
    return found.outcome if found else NONE


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["scope"][:24])
def test_the_shipped_table_reads_the_phrase(reader, case):
    assert {domain: outcome(reader, case["scope"], domain) for domain in DOMAINS} == {
        domain: case[domain] for domain in DOMAINS
    }


def test_a_hit_names_the_words_and_where_they_stand(reader):
    scope = "会议服务；餐饮服务（取得许可后经营）"
    (hit,) = reader.read(scope)["food_drug"].hits
    assert (hit.words, hit.start, hit.end, hit.certain) == ("餐饮服务", 5, 9, True)
    assert tidy(scope)[hit.start : hit.end] == hit.words
    assert hit.words in hit.phrase


def test_an_empty_table_or_scope_finds_nothing(reader):
    assert ScopeReader([]).read("餐饮服务") == {}
    assert reader.read("") == {}


def test_the_longest_wording_at_a_place_decides():
    reader = ScopeReader([Term(1, "d", "餐饮"), Term(2, "d", "餐饮管理", certain=False)])
    assert outcome(reader, "餐饮管理", "d") == PENDING
    assert outcome(reader, "餐饮", "d") == IN


def test_verbs_may_be_required_refused_or_leave_a_doubt():
    reader = ScopeReader([Term(1, "d", "塔吊", verbs="安装、租赁?、-设计")])
    assert outcome(reader, "安装：塔吊", "d") == IN
    assert outcome(reader, "塔吊租赁", "d") == PENDING
    assert outcome(reader, "塔吊销售", "d") == NONE
    assert outcome(reader, "塔吊设计、安装", "d") == NONE


def test_width_and_blanks_of_the_writing_do_not_matter(reader):
    assert outcome(reader, "生产、销售: 电线 电缆;", "product_quality") == IN
    assert outcome(reader, "日用百货(不含 食品)销售", "food_drug") == NONE


@pytest.mark.parametrize("scope", ["食品、" * 3000, "（" * 3000 + "食品", "除食品" * 1000])
def test_a_monstrous_scope_is_read_in_time(reader, scope):
    begun = time.process_time()
    reader.read(scope)
    assert time.process_time() - begun < 2


def test_no_wording_stands_twice_in_a_domain():
    seen = [(row["domain"], row["words"]) for row in TABLE]
    assert len(seen) == len(set(seen))
    assert {row["domain"] for row in TABLE} == set(DOMAINS)
    assert all(len(row.get("verbs", "")) <= 200 for row in TABLE)


def test_the_share_of_real_entities_in_each_field_is_sensible(reader, register):
    readings = [reader.read(scope) for scope in register]
    share = {
        domain: sum(d in r and r[d].outcome == IN for r in readings for d in (domain,))
        / len(register)
        for domain in DOMAINS
    }
    assert 0.15 < share["food_drug"] < 0.35
    assert 0.003 < share["product_quality"] < 0.06
    assert 0.001 < share["special_equipment"] < 0.04


def test_reading_the_real_rows_takes_little_time(reader, register):
    begun = time.process_time()
    for scope in register:
        reader.read(scope)
    assert (time.process_time() - begun) / len(register) < 0.0004


@pytest.mark.parametrize("name", ["safety_industries.toml", "four_new_terms.toml"])
def test_shipped_industry_codes_are_codes_of_the_standard(name):
    if not INDUSTRIES.exists():
        pytest.skip("The full industry table (../shared/data) is not on this machine.")
    with INDUSTRIES.open(encoding="utf-8-sig", newline="") as lines:
        names = {row["code"][1:]: row["name"].strip() for row in csv.DictReader(lines)}
    for row in load(SEEDS / name)["industry"]:
        assert names.get(row["code"]) == row["name"]


def test_four_new_terms_read_like_the_others():
    table = load(SEEDS / "four_new_terms.toml")["term"]
    reader = ScopeReader(Term(r["words"], r["novelty"], r["words"], r["marks"]) for r in table)
    assert outcome(reader, "人工智能基础软件开发；企业管理", "technology") == IN
    assert reader.read("餐饮服务；日用百货销售") == {}
    assert {row["novelty"] for row in table} <= {"technology", "industry", "form", "model"}
