"""Mild conduct: the lists of the day of the act, and earlier violations of the same kind."""

from datetime import date, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.errors import Refused
from policy.seeding import seed as policy_seed
from redline.actions.violations import hold_against, not_a_touch, void_violation
from redline.choices import ListKind, ViolationStatus
from redline.matching import earlier_of_kind, lookback_of, mild_items, years_before
from redline.models import ListMatch
from tests.factories import make_bureau, make_entity
from tests.redline.factories import ACTED, ON, make_item, make_list_version, make_violation
from tests.redline.judging import fresh, make_people, recorded

KIND = "NP-1"


def whole_years_after(day: date, years: int) -> date:
    """Return the last day of so many years from a day (民法典 第202条)."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 2, 28)


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(1, 10))
@example(date(2028, 2, 29), 2)
@example(date(2028, 2, 29), 4)
@example(date(2026, 2, 28), 2)
@example(date(2026, 3, 1), 2)
def test_years_before_is_where_years_ahead_still_reach(day, years):
    first = years_before(day, years)
    assert whole_years_after(first, years) >= day
    assert whole_years_after(first - timedelta(days=1), years) < day


@pytest.mark.django_db
class TestEarlierOfKind:
    @pytest.fixture
    def entity(self):
        return make_entity(bureau=make_bureau())

    def of(self, entity, acted=ACTED, **columns):
        return make_violation(entity, acted=acted, **{"kind_code": KIND} | columns)

    @pytest.mark.parametrize(
        ("acted", "counts"),
        [
            (date(2024, 11, 1), False),
            (date(2024, 11, 2), True),
            (date(2026, 11, 1), True),
            (date(2026, 11, 3), False),
        ],
    )
    def test_the_years_end_on_the_same_date(self, entity, acted, counts):
        other = self.of(entity, acted)
        assert earlier_of_kind(self.of(entity), 2) == ([other] if counts else [])

    @pytest.mark.parametrize(
        ("earlier", "acted", "counts"),
        [
            (date(2024, 2, 29), date(2026, 2, 28), True),
            (date(2024, 2, 29), date(2026, 3, 1), False),
            (date(2026, 2, 28), date(2028, 2, 28), True),
            (date(2026, 2, 28), date(2028, 2, 29), False),
            (date(2026, 3, 1), date(2028, 2, 29), True),
        ],
    )
    def test_around_a_leap_day(self, entity, earlier, acted, counts):
        other = self.of(entity, earlier)
        assert earlier_of_kind(self.of(entity, acted), 2) == ([other] if counts else [])

    def test_of_two_on_one_day_the_one_recorded_first_is_the_earlier(self, entity):
        first, second = self.of(entity), self.of(entity)
        assert earlier_of_kind(first, 2) == []
        assert earlier_of_kind(second, 2) == [first]

    def test_what_does_not_count(self, entity):
        self.of(entity, status=ViolationStatus.VOID)
        self.of(entity, kind_code="NP-2")
        self.of(entity, kind_code="")
        self.of(make_entity(bureau=entity.bureau))
        assert earlier_of_kind(self.of(entity), 2) == []
        assert earlier_of_kind(self.of(entity, kind_code=""), 2) == []

    def test_a_continuing_act_counts_by_the_day_it_ended(self, entity):
        other = make_violation(
            entity,
            kind_code=KIND,
            acted_from=date(2023, 1, 1),
            acted_until=date(2025, 1, 1),
            found_on=date(2025, 1, 1),
        )
        assert earlier_of_kind(self.of(entity), 2) == [other]

    def test_that_of_a_predecessor_counts_as_ones_own(self, entity):
        first = make_entity(bureau=entity.bureau)
        second = make_entity(bureau=entity.bureau, predecessor=first)
        entity.predecessor = second
        entity.save()
        others = [self.of(first, date(2025, 3, 1)), self.of(second, date(2026, 3, 1))]
        assert earlier_of_kind(self.of(entity), 2) == others
        assert earlier_of_kind(others[0], 2) == []

    def test_predecessors_in_a_ring_are_looked_at_once(self, entity):
        other = make_entity(bureau=entity.bureau, predecessor=entity)
        entity.predecessor = other
        entity.save()
        held = self.of(other, date(2026, 1, 1))
        assert earlier_of_kind(self.of(entity), 2) == [held]


@pytest.mark.django_db
class TestHoldingAgainst:
    @pytest.fixture
    def people(self):
        return make_people()

    def mild(self, bureau=None, *, kind=ListKind.NO_PENALTY, **columns):
        said = {"code": KIND, "conditions": ["及时改正", "没有危害后果"]} | columns
        return make_item(bureau, kind=kind, **said)

    def hold(self, people, violation, item, ticked=(0, 1), **said):
        return hold_against(violation, item, ticked=ticked, by=people.officer, on=ON, **said)

    @pytest.mark.parametrize("ticked", [(), (0,), (1,), (0, 1), (1, 0, 1)])
    def test_it_applies_if_every_condition_is_ticked(self, people, ticked):
        match = self.hold(people, recorded(people), self.mild(), ticked, note=" 当场改正 ")
        assert match.applies == (set(ticked) == {0, 1})
        assert match.ticked == sorted(set(ticked))
        assert (match.note, match.judged_by) == ("当场改正", people.officer)

    def test_a_first_time_is_looked_up_by_the_system(self, people):
        item = self.mild(first_time=True)
        entity = make_entity(bureau=people.bureau)
        old = recorded(people, entity=entity, kind_code=KIND, acted_from=date(2025, 5, 1))
        violation = recorded(people, entity=entity)
        match = self.hold(people, violation, item)
        assert (match.applies, match.earlier) == (False, [old.pk])
        assert fresh(violation).kind_code == KIND
        void_violation(old, reason="重复登记", revision=0, by=people.officer, on=ON)
        again = self.hold(people, violation, item)
        assert (again.pk, again.applies, again.earlier) == (match.pk, True, [])
        assert ListMatch.objects.for_system("test").count() == 1

    def test_an_item_that_asks_for_no_first_time_looks_nothing_up(self, people):
        entity = make_entity(bureau=people.bureau)
        recorded(people, entity=entity, kind_code=KIND, acted_from=date(2025, 5, 1))
        assert self.hold(people, recorded(people, entity=entity), self.mild()).applies

    def test_the_items_own_years_go_before_the_limit(self, people):
        assert lookback_of(self.mild(lookback_years=5), ON) == 5
        assert lookback_of(self.mild(make_bureau(), lookback_years=0), ON) == 2

    def test_the_kind_of_another_list_stays_and_both_are_looked_for(self, people):
        entity = make_entity(bureau=people.bureau)
        old = recorded(people, entity=entity, kind_code="RL-2-1", acted_from=date(2025, 5, 1))
        violation = recorded(people, entity=entity, kind_code="RL-2-1")
        assert self.hold(people, violation, self.mild(first_time=True)).earlier == [old.pk]
        assert fresh(violation).kind_code == "RL-2-1"

    def test_only_what_was_in_force_when_the_act_ended(self, people):
        late = self.mild(since=ACTED + timedelta(days=1))
        violation = recorded(people)
        assert mild_items(violation, ListKind.NO_PENALTY) == []
        with pytest.raises(Refused, match="不在2026-11-02（行为终了日）施行"):
            self.hold(people, violation, late)
        with pytest.raises(Refused, match="请重新选择"):
            self.hold(people, violation, make_item(people.bureau))

    def test_the_bureaus_own_and_the_citys_the_kinds_own_first(self, people):
        version = make_list_version(
            people.bureau, kind=ListKind.NO_PENALTY, items=({"code": "A"}, {"code": "B"})
        )
        city = self.mild()
        violation = recorded(people, kind_code="B")
        items = mild_items(violation, ListKind.NO_PENALTY)
        assert [item.code for item in items] == ["B", "A", KIND]
        assert {item.version_id for item in items} == {version.pk, city.version_id}
        assert mild_items(violation, ListKind.NO_COERCION) == []

    @pytest.mark.parametrize("ticked", [(2,), (-1,), (0, 1, 7)])
    def test_a_condition_that_the_item_does_not_have(self, people, ticked):
        with pytest.raises(Refused, match="勾选的条件与清单不符"):
            self.hold(people, recorded(people), self.mild(), ticked)

    def test_no_coercion_leaves_the_kind_alone(self, people):
        violation = recorded(people)
        self.hold(people, violation, self.mild(kind=ListKind.NO_COERCION))
        assert fresh(violation).kind_code == ""

    def test_also_after_it_was_judged(self, people):
        violation = recorded(people)
        not_a_touch(violation, reason="不在清单", revision=0, by=people.officer, on=ON)
        assert self.hold(people, fresh(violation), self.mild()).applies


@pytest.mark.django_db
def test_the_limit_is_there_without_a_bureau():
    policy_seed()
    assert lookback_of(make_item(None, lookback_years=0), ON) == 2
