"""The policy's worked examples, run against the rules."""

import tomllib
from datetime import date
from pathlib import Path

import pytest

import policy.limits
from membership import evaluation, queries
from membership.evaluation import ENTITIES, says
from membership.findings import Effect, Outcome
from membership.models import GroundName
from membership.queries import explain
from membership.rules import BY_KEY, RULES, rules_of
from membership.rules.base import OUTCOMES, Moment
from policy.clauses import CLAUSES
from policy.limits import LIMITS, limits_in_force

FOLDER = Path(evaluation.__file__).parent / "policy_cases"
NOT_FACTS = {"name", "on", "limits", "rules", "says", "grounds", "inside"}
CASES = [
    pytest.param(case, id=f"{path.stem}: {case['name']}")
    for path in sorted(FOLDER.glob("*.toml"))
    for case in tomllib.loads(path.read_text(encoding="utf-8"))["case"]
]


@pytest.fixture
def limits_of(monkeypatch):
    """Let a case change limits as a policy version would."""

    def change(values: dict) -> None:
        def changed(on: date, known=None):
            inside = limits_in_force(on)
            return policy.limits.Limits(version=inside.version, figures={**inside, **values})

        for module in (queries,):
            monkeypatch.setattr(module, "limits_in_force", changed)

    return change


@pytest.mark.django_db
@pytest.mark.parametrize("case", CASES)
def test_case(case, build, limits_of):
    limits_of(case.get("limits", {}))
    facts = {name: rows for name, rows in case.items() if name not in NOT_FACTS}
    entity = build(inside=case.get("inside", False), **facts)

    found = explain(entity, case["on"])

    outcomes = {ground.ground: ground.outcome for ground in found.grounds}
    outcomes |= {ground.label: ground.outcome for ground in found.grounds}
    assert {ground: outcomes[ground] for ground in case["grounds"]} == case["grounds"]
    findings = {f.rule: f for ground in found.grounds for f in ground.findings}
    for key, outcome in case.get("rules", {}).items():
        finding = findings.get(key) or _review(key, entity, case)
        assert finding.outcome == outcome, key
    for key, sentence in case.get("says", {}).items():
        finding = findings.get(key) or _review(key, entity, case)
        assert finding.sentence == sentence


def _review(key, entity, case):
    """A review rule speaks on the page of a member only, so ask it directly."""
    limits = queries.limits_in_force(case["on"])
    row = queries._facts_of(entity, Moment(case["on"]), limits)
    return queries._finding(BY_KEY[key], row, limits)


@pytest.mark.django_db
def test_one_entity_costs_one_query_for_all_rules(build, django_assert_num_queries):
    entity = build(inside=True)
    limits = limits_in_force(date(2026, 3, 1))
    with django_assert_num_queries(1):
        row = queries._facts_of(entity, Moment(date(2026, 3, 1)), limits)
    assert {OUTCOMES[row[says(ground)]] for ground in ENTITIES.grounds} == {Outcome.MET}


def tried() -> dict[str, set[str]]:
    seen: dict[str, set[str]] = {}
    for param in CASES:
        for key, outcome in param.values[0].get("rules", {}).items():
            seen.setdefault(key, set()).add(outcome)
    return seen


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.key)
def test_every_rule_is_tried_both_ways_and_undecided(rule):
    wanted = {"met", "not_met"}
    if "undecided" in rule.wording:
        wanted.add("undecided")
    assert wanted <= tried().get(rule.key, set())


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.key)
def test_every_rule_stands_on_a_clause_that_a_rule_decides(rule):
    assert rule.clause in CLAUSES
    assert CLAUSES[rule.clause].decided_by == "rule"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.key)
def test_every_sentence_formats_and_none_is_empty(rule):
    class Anything(dict):
        def __missing__(self, key):
            return f"<{key}>"

    for template in (*rule.wording.values(), *rule.change.values()):
        assert template.format_map(Anything()).strip()


def test_every_ground_has_rules_of_entry_and_of_exit():
    for ground in GroundName:
        effects = {rule.effect for rule in rules_of(ground)}
        assert effects == {Effect.REQUIRES, Effect.EXCLUDES}


def test_every_limit_of_membership_is_read_somewhere():
    code = "".join(
        path.read_text(encoding="utf-8")
        for room in ("membership", "zones", "redline", "entities", "desk", "policy")
        for path in Path(room).rglob("*.py")
    )
    unread = [key for key in LIMITS if f'"{key}"' not in code and not key.startswith("gate.")]
    assert unread == []
