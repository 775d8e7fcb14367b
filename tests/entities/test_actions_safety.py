"""Statements and licences: who may, what they change, what is refused."""

from datetime import date

import pytest

from core.errors import Refused
from entities.actions.base import preview
from entities.actions.safety import (
    bulk_state_safety,
    end_licence,
    record_licence,
    state_safety,
    withdraw_safety_statement,
)
from entities.choices import Verdict
from entities.models import (
    Entity,
    FactChange,
    Licence,
    Operation,
    SafetyReading,
    SafetyStatement,
    SafetyTerm,
)
from staff.roles import Role
from tests.factories import make_bureau, make_entity, make_unit, make_user

pytestmark = pytest.mark.django_db
DAY = date(2024, 10, 1)
ON = date(2025, 3, 1)


@pytest.fixture
def bureau():
    return make_bureau()


@pytest.fixture
def officer(bureau):
    return make_user(bureau=bureau)


def say(entity, by, verdict=Verdict.IN, reason="现场核实", since=DAY, domain="food_drug"):
    return state_safety(
        entity, domain=domain, verdict=verdict, reason=reason, since=since, by=by, on=ON
    )


def verdict_on(entity, on=ON) -> int:
    row = SafetyReading.objects.for_system("test").in_force(on).filter(entity=entity).first()
    return row.food_drug if row else Verdict.NONE


def test_a_statement_decides_its_field_and_is_announced(bureau, officer):
    entity = make_entity(bureau=bureau)
    operation = say(entity, officer).operation
    assert verdict_on(entity) == Verdict.IN
    assert verdict_on(entity, date(2024, 9, 30)) == Verdict.NONE
    assert list(FactChange.plain.values_list("entity_id", "from_day")) == [(entity.pk, DAY)]
    assert Entity.plain.get(pk=entity.pk).fields == ["food_drug"]
    assert (operation.done_by, operation.reason) == (officer, "现场核实")


def test_a_later_statement_takes_the_place_of_an_earlier_one(bureau, officer):
    entity = make_entity(bureau=bureau)
    say(entity, officer)
    later = date(2025, 1, 1)
    say(entity, officer, Verdict.NONE, since=later)
    assert verdict_on(entity, date(2024, 12, 31)) == Verdict.IN
    assert verdict_on(entity) == Verdict.NONE
    current = SafetyStatement.plain.filter(superseded_at=None).order_by("since")
    assert [(row.since, row.until) for row in current] == [(DAY, later), (later, None)]


@pytest.mark.parametrize("reason", ["", "   "])
def test_a_statement_without_a_reason_is_refused(bureau, officer, reason):
    with pytest.raises(Refused, match="请填写认定理由"):
        say(make_entity(bureau=bureau), officer, reason=reason)


def test_a_colleague_may_and_a_stranger_may_not(bureau, officer):
    entity = make_entity(bureau=bureau)
    say(entity, make_user(bureau=bureau))
    with pytest.raises(Refused, match="不在您的管辖"):
        say(entity, make_user(), Verdict.NONE)


def test_an_auditor_may_not(bureau):
    with pytest.raises(Refused, match="您的角色不能"):
        say(make_entity(bureau=bureau), make_user(Role.AUDITOR))


def test_a_unit_speaks_in_its_field_only():
    unit = make_user(Role.UNIT_OFFICER, unit=make_unit(["food_drug"]))
    entity = make_entity(safety=["food_drug"])
    say(entity, unit, Verdict.NONE)
    with pytest.raises(Refused, match="不负责特种设备领域"):
        say(entity, unit, domain="special_equipment")


def test_the_same_statement_twice_is_refused(bureau, officer):
    entity = make_entity(bureau=bureau)
    say(entity, officer)
    with pytest.raises(Refused, match="无需重复认定"):
        say(entity, officer)


def test_a_day_to_come_is_refused(bureau, officer):
    with pytest.raises(Refused, match="晚于今天"):
        say(make_entity(bureau=bureau), officer, since=date(2025, 3, 2))


def test_a_bulk_statement_does_what_it_can_and_lists_the_rest(bureau, officer):
    mine = [make_entity(bureau=bureau) for _ in range(3)]
    foreign = make_entity(bureau=make_bureau())
    say(mine[0], officer)
    ids = [entity.pk for entity in (*mine, foreign)]
    shown = preview(ids, by=officer)
    assert (shown.count, shown.outside, len(shown.sample)) == (3, 1, 3)
    result = bulk_state_safety(
        ids, domain="food_drug", verdict=Verdict.IN, reason="核实", since=DAY, by=officer, on=ON
    )
    assert result.done == [mine[1].pk, mine[2].pk]
    assert set(result.skipped) == {mine[0].pk, foreign.pk}
    assert result.operation.items(manager="plain").filter(done=True).count() == 2


def test_nothing_chosen_is_refused(officer):
    with pytest.raises(Refused, match="没有选中任何主体"):
        bulk_state_safety(
            [], domain="food_drug", verdict=1, reason="核实", since=DAY, by=officer, on=ON
        )


def test_a_bulk_statement_of_many_takes_few_queries(bureau, officer, django_assert_max_num_queries):
    ids = [make_entity(bureau=bureau).pk for _ in range(20)]
    with django_assert_max_num_queries(40):
        bulk_state_safety(
            ids, domain="food_drug", verdict=1, reason="核实", since=DAY, by=officer, on=ON
        )


def test_a_withdrawn_statement_lets_the_wording_decide_again(bureau, officer):
    SafetyTerm.plain.create(domain="food_drug", words="甲食服务", since=date(2024, 8, 1))
    entity = make_entity(bureau=bureau, business_scope="甲食服务")
    say(entity, officer, Verdict.NONE)
    assert verdict_on(entity) == Verdict.NONE
    statement = SafetyStatement.plain.get(entity=entity, superseded_at=None)
    withdraw_safety_statement(statement, reason="误认", since=ON, by=officer, on=ON)
    assert verdict_on(entity) == Verdict.IN
    with pytest.raises(Refused, match="已不再有效"):
        withdraw_safety_statement(statement, reason="误认", since=ON, by=officer, on=ON)


def licence(entity, by, number="渝食1", since=DAY, until=None, domain="food_drug"):
    return record_licence(
        entity,
        domain=domain,
        title="食品经营许可证",
        number=number,
        since=since,
        until=until,
        by=by,
        on=ON,
    )


def test_a_licence_puts_its_holder_in_while_it_runs(bureau, officer):
    entity = make_entity(bureau=bureau)
    until = date(2029, 10, 1)
    licence(entity, officer, until=until)
    assert verdict_on(entity) == Verdict.IN
    assert verdict_on(entity, until) == Verdict.NONE


def test_an_officer_against_a_running_licence_is_pending(bureau, officer):
    entity = make_entity(bureau=bureau)
    licence(entity, officer)
    say(entity, officer, Verdict.NONE)
    assert verdict_on(entity) == Verdict.PENDING


def test_an_ended_licence_counts_until_its_end(bureau, officer):
    entity = make_entity(bureau=bureau)
    licence(entity, officer)
    row = Licence.plain.get(superseded_at=None)
    end_licence(row, until=ON, reason="注销", by=officer, on=ON)
    assert verdict_on(entity, date(2025, 2, 28)) == Verdict.IN
    assert verdict_on(entity) == Verdict.NONE
    with pytest.raises(Refused, match="已不再有效"):
        end_licence(row, until=ON, reason="注销", by=officer, on=ON)


def test_the_same_number_twice_is_refused(bureau, officer):
    entity = make_entity(bureau=bureau)
    licence(entity, officer)
    with pytest.raises(Refused, match="已有记录"):
        licence(entity, officer, since=ON)


def test_a_station_officer_records_no_licence(bureau):
    with pytest.raises(Refused, match="您的角色不能"):
        licence(make_entity(bureau=bureau), make_user(Role.STATION_OFFICER, bureau=bureau))


def test_a_refusal_leaves_no_operation(bureau, officer):
    with pytest.raises(Refused):
        say(make_entity(bureau=bureau), officer, reason="")
    assert not Operation.plain.exists()
