"""Changes of a roster: every cell of their table, what they write, and how they are taken back."""

from datetime import date, timedelta
from itertools import product

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import Refused
from entities.models import FactChange
from staff.roles import Role
from tests.factories import make_bureau, make_entity, make_user
from tests.zones.living import (
    ON,
    SINCE,
    days_of,
    make_zone,
    on_roster,
    person,
    standing_on,
)
from zones.actions.changes import (
    decide_change,
    file_change,
    note_change,
    reverse_change,
    withdraw_change,
)
from zones.change_workflow import STEPS, available, move
from zones.choices import ChangeStatus as Status
from zones.models import RosterChange, RosterChangeRow, ZonePresence
from zones.rosters import enter, remove

pytestmark = pytest.mark.django_db

WHO = {
    "withdraw": {Role.DISTRICT_OFFICER, Role.DISTRICT_LEAD},
    "approve": {Role.DISTRICT_LEAD},
    "refuse": {Role.DISTRICT_LEAD},
    "note": {Role.MUNICIPAL_OFFICER, Role.MUNICIPAL_LEAD},
    "reverse": {Role.MUNICIPAL_OFFICER, Role.MUNICIPAL_LEAD},
}
DAY = date(2026, 2, 1)


@pytest.fixture
def zone():
    return make_zone()


@pytest.fixture
def officer(zone):
    return make_user(Role.DISTRICT_OFFICER, zone.bureau)


@pytest.fixture
def lead(zone):
    return make_user(Role.DISTRICT_LEAD, zone.bureau)


@pytest.fixture
def city():
    return make_user(Role.MUNICIPAL_OFFICER)


def change_of(zone, status=Status.FILED, **columns):
    filer = columns.pop("filed_by", None) or make_user(bureau=zone.bureau)
    return RosterChange.plain.create(
        zone=zone, status=status, since=DAY, reason="理由", filed_by=filer, **columns
    )


def filed(zone, moves, by, since=DAY, **more):
    return file_change(zone, moves, since=since, reason="入驻", by=by, on=ON, **more)


def approved(zone, moves, officer, lead, since=DAY):
    change = filed(zone, moves, officer, since)
    return decide_change(change, approve=True, opinion="", by=lead, on=ON)


def row(change, entity):
    return RosterChangeRow.plain.get(change=change, entity=entity)


class TestTable:
    def test_it_is_the_one_tested(self):
        assert STEPS.keys() == WHO.keys()

    @pytest.mark.parametrize(
        ("action", "status", "role", "is_filer"), list(product(WHO, Status, Role, (True, False)))
    )
    def test_each_cell(self, zone, action, status, role, is_filer):
        by = person(role, zone.bureau)
        change = change_of(zone, status, filed_by=by if is_filer else None)
        step = STEPS[action]
        allowed = (
            role in WHO[action]
            and status == step.source
            and (is_filer if action == "withdraw" else True)
            and not (is_filer and action in ("approve", "refuse"))
        )
        assert (action in available(change, by)) == allowed
        if allowed:
            assert move(change, action, by=by).status == step.target
        else:
            with pytest.raises(Refused):
                move(change, action, by=by)
            assert RosterChange.plain.get(pk=change.pk).status == status

    @pytest.mark.parametrize("action", ["withdraw", "approve", "refuse"])
    def test_another_district_does_nothing(self, zone, action):
        by = make_user(Role.DISTRICT_LEAD, make_bureau())
        with pytest.raises(Refused, match="不属于您所在的局"):
            move(change_of(zone), action, by=by)

    def test_the_city_takes_note_once(self, zone, city):
        change = change_of(zone, Status.APPROVED, seen_at=timezone.now())
        assert available(change, city) == ["reverse"]
        with pytest.raises(Refused, match="已由他人办理"):
            note_change(change, by=city, on=ON)


class TestFiling:
    def test_every_role(self, zone):
        entity = make_entity(bureau=zone.bureau)
        for role in Role:
            by = person(role, zone.bureau)
            if role in (Role.DISTRICT_OFFICER, Role.DISTRICT_LEAD):
                withdraw_change(filed(zone, {entity.pk: "add"}, by), by=by, on=ON)
            else:
                with pytest.raises(Refused, match="您的角色不能"):
                    filed(zone, {entity.pk: "add"}, by)

    def test_another_district_s_zone(self, zone):
        with pytest.raises(Refused, match="不属于您所在的局"):
            filed(zone, {make_entity().pk: "add"}, make_user())

    def test_what_does_not_fit_is_named_for_every_entity(self, zone, officer):
        (there,) = on_roster(zone)
        out, gone = make_entity(bureau=zone.bureau), make_entity(
            bureau=zone.bureau, status="deregistered"
        )  # fmt: skip
        foreign = make_entity(bureau=make_bureau())
        moves = {there.pk: "add", out.pk: "remove", gone.pk: "add", foreign.pk: "add"}
        with pytest.raises(Refused) as refusal:
            filed(zone, moves, officer)
        for said in ("已在名册上", "不在名册上", "登记状态为注销", "请填写说明"):
            assert said in str(refusal.value)
        filed(zone, {foreign.pk: "add"}, officer, notes={foreign.pk: "实际在区内经营"})
        with pytest.raises(Refused, match="已有待批准的名册变动"):
            filed(zone, {foreign.pk: "add"}, officer, notes={foreign.pk: "再报"})

    def test_not_before_the_zone_began_nor_after_it_ended(self, zone, officer):
        entity = make_entity(bureau=zone.bureau)
        with pytest.raises(Refused, match="日期不能早于"):
            filed(zone, {entity.pk: "add"}, officer, since=SINCE - timedelta(days=1))
        zone.until = DAY
        zone.save()
        with pytest.raises(Refused, match="终止"):
            filed(zone, {entity.pk: "add"}, officer)


class TestDeciding:
    def test_approval_writes_the_roster_and_a_fact_change_for_exactly_these(
        self, zone, officer, lead
    ):
        stays, leaves = on_roster(zone, 2)
        comes = make_entity(bureau=zone.bureau)
        before = set(FactChange.plain.values_list("pk", flat=True))
        change = approved(zone, {comes.pk: "add", leaves.pk: "remove"}, officer, lead)
        assert change.status == Status.APPROVED
        assert standing_on(zone, DAY - timedelta(days=1)) == {stays.pk, leaves.pk}
        assert standing_on(zone, DAY) == {stays.pk, comes.pk}
        told = FactChange.plain.exclude(pk__in=before).values_list("entity_id", "from_day")
        assert set(told) == {(comes.pk, DAY), (leaves.pk, DAY)}
        assert row(change, comes).done
        assert row(change, leaves).done

    def test_the_filer_does_not_decide_and_a_refusal_needs_an_opinion(self, zone, lead):
        entity = make_entity(bureau=zone.bureau)
        change = filed(zone, {entity.pk: "add"}, lead)
        with pytest.raises(Refused, match="提出人不能"):
            decide_change(change, approve=True, opinion="", by=lead, on=ON)
        other = make_user(Role.DISTRICT_LEAD, zone.bureau)
        with pytest.raises(Refused, match="意见"):
            decide_change(change, approve=False, opinion=" ", by=other, on=ON)
        decide_change(change, approve=False, opinion="未入驻", by=other, on=ON)
        assert standing_on(zone, ON) == set()
        with pytest.raises(Refused, match="已由他人办理"):
            decide_change(change, approve=True, opinion="", by=other, on=ON)

    def test_who_came_meanwhile_is_left_undone(self, zone, officer, lead):
        entity = make_entity(bureau=zone.bureau)
        change = filed(zone, {entity.pk: "add"}, officer)
        # The same entity came by another way before the lead decided.
        enter(zone, {entity.pk: entity.name}, since=SINCE, by=None, cause="test")
        change = decide_change(change, approve=True, opinion="", by=lead, on=ON)
        assert not row(change, entity).done


class TestReversing:
    def test_who_was_added_goes_and_who_was_removed_comes_back(self, zone, officer, lead, city):
        stays, leaves = on_roster(zone, 2)
        comes = make_entity(bureau=zone.bureau)
        change = approved(zone, {comes.pk: "add", leaves.pk: "remove"}, officer, lead)
        note_change(change, by=city, on=ON)
        result = reverse_change(change, reason="不在边界内", by=city, on=ON)
        assert result.left == {}
        assert set(result.done) == {comes.pk, leaves.pk}
        assert standing_on(zone, ON) == {stays.pk, leaves.pk}
        assert days_of(zone, leaves) == [(SINCE, None)]
        assert not ZonePresence.objects.for_system("test").current().filter(entity=comes).exists()
        assert result.change.status == Status.REVERSED
        assert row(change, comes).undone
        assert row(change, leaves).done

    def test_a_later_change_keeps_its_entity_and_the_rest_is_reversed(
        self, zone, officer, lead, city
    ):
        one, two = make_entity(bureau=zone.bureau), make_entity(bureau=zone.bureau)
        change = approved(zone, {one.pk: "add", two.pk: "add"}, officer, lead)
        later = approved(zone, {two.pk: "remove"}, officer, lead, since=ON)
        result = reverse_change(change, reason="不在边界内", by=city, on=ON)
        assert (result.done, list(result.left)) == ([one.pk], [two.pk])
        assert days_of(zone, two) == [(DAY, ON)]
        assert "其后名册又有变动" in row(change, two).kept_because
        assert later.status == Status.APPROVED

    def test_the_later_one_reversed_first_lets_the_earlier_one_go(self, zone, officer, lead, city):
        entity = make_entity(bureau=zone.bureau)
        first = approved(zone, {entity.pk: "add"}, officer, lead)
        second = approved(zone, {entity.pk: "remove"}, officer, lead, since=ON)
        with pytest.raises(Refused, match="其后名册又有变动"):
            reverse_change(first, reason="不符", by=city, on=ON)
        reverse_change(second, reason="不符", by=city, on=ON)
        assert days_of(zone, entity) == [(DAY, None)]
        reverse_change(first, reason="不符", by=city, on=ON)
        assert days_of(zone, entity) == []

    @settings(
        max_examples=25,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(
        held=st.lists(st.integers(0, 60), max_size=4, unique=True).map(sorted),
        at=st.integers(0, 60),
        kind=st.sampled_from(["add", "remove"]),
    )
    def test_days_before_are_days_after_whatever_they_were(
        self, zone, officer, lead, city, held, at, kind
    ):
        """A reversal gives back exactly the days that the change took or gave."""
        entity = make_entity(bureau=zone.bureau)
        for number, offset in enumerate(held):
            day = SINCE + timedelta(days=offset)
            if number % 2 == 0:
                enter(zone, {entity.pk: "名"}, since=day, by=None, cause="test")
            else:
                remove(zone, [entity.pk], on=day, by=None, cause="test")
        before = days_of(zone, entity)
        since = SINCE + timedelta(days=at)
        try:
            change = approved(zone, {entity.pk: kind}, officer, lead, since=since)
        except Refused:
            assert (entity.pk in standing_on(zone, since)) == (kind == "add")
            return
        assert (entity.pk in standing_on(zone, since)) == (kind == "add")
        if row(change, entity).done:
            reverse_change(change, reason="不符", by=city, on=ON)
        assert days_of(zone, entity) == before
