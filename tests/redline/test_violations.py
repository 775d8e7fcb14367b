"""Violations as they are recorded, passed on, received, dealt with and voided."""

from datetime import date, timedelta

import pytest

from core.errors import Refused
from entities.models import Entity, FactChange
from redline.actions.removals import revoke_removal
from redline.actions.violations import (
    correct_supervisor,
    not_a_touch,
    pass_on,
    receive,
    set_handling,
    set_violation_fields,
    void_violation,
)
from redline.choices import (
    Handling,
    RemovalCause,
    ReviewCause,
    ReviewOutcome,
    ViolationSource,
    ViolationStatus,
)
from redline.matching import touchable
from redline.models import Removal, Review, Violation
from redline.violation_workflow import is_passed_on
from staff.roles import Role
from tests.factories import city_bureau, make_bureau, make_entity, make_unit, make_user
from tests.redline.factories import ACTED, ON, make_item, make_order
from tests.redline.grounds import BEFORE, TURNED, Ground, placed
from tests.redline.judging import fresh, make_people, passed, recorded, touched

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(db):
    return make_people()


def who(by, **said):
    return {"by": by, "on": ON} | said


class TestRecording:
    def test_ones_own_finding_is_dealt_with_at_home(self, people):
        violation = recorded(people)
        assert violation.bureau == violation.list_bureau == people.bureau
        assert violation.found_by_bureau == people.bureau
        assert not is_passed_on(violation)
        assert violation.acted_until == ACTED
        assert violation.status == ViolationStatus.OPEN

    def test_what_another_bureau_finds_is_passed_on(self, people):
        violation = passed(people)
        assert violation.bureau == people.bureau
        assert violation.found_by_bureau == people.elsewhere.bureau
        assert is_passed_on(violation)
        for seer in (people.elsewhere, people.officer, people.city):
            assert Violation.objects.visible_to(seer).filter(pk=violation.pk).exists()
        assert not Violation.objects.visible_to(people.lead_elsewhere).exists()

    @pytest.mark.parametrize("role", [Role.MUNICIPAL_OFFICER, Role.UNIT_OFFICER])
    def test_so_is_what_the_city_or_a_unit_finds(self, people, role):
        by = make_user(role, unit=make_unit(["food_drug"]) if role == Role.UNIT_OFFICER else None)
        violation = recorded(people, by=by)
        assert is_passed_on(violation)
        assert violation.found_by_unit == by.unit
        assert violation.found_by_bureau == (None if by.unit else city_bureau())

    def test_what_came_on_paper_is_received_by_who_types_it_in(self, people):
        unit = make_unit(["food_drug"])
        violation = recorded(people, found_by=unit, source=ViolationSource.TRANSFER)
        assert violation.found_by_unit == unit
        assert violation.received_by == people.officer
        assert not is_passed_on(violation)

    def test_nobody_speaks_for_others_elsewhere(self, people):
        with pytest.raises(Refused, match="由发现单位登记"):
            recorded(people, by=people.elsewhere, found_by=make_bureau())
        with pytest.raises(Refused, match="请由该单位登记"):
            recorded(people, by=people.city, found_by=people.bureau)

    def test_the_list_is_that_of_the_last_day_and_the_bureau_todays(self):
        ground = Ground()
        entity = placed(make_entity(district=ground.new, street=ground.streets[ground.north.pk]))
        people = make_people(ground.bureau(ground.new))
        old = make_item(ground.bureau(ground.north), since=date(2025, 1, 1))
        new = make_item(people.bureau, since=TURNED)
        before = recorded(people, entity=entity, acted_from=date(2025, 10, 1), acted_until=BEFORE)
        assert (before.bureau, before.list_bureau) == (people.bureau, old.version.bureau)
        assert touchable(before) == [old]
        lasting = recorded(people, entity=entity, acted_from=date(2025, 10, 1), acted_until=TURNED)
        assert touchable(lasting) == [new]

    @pytest.mark.parametrize(
        ("columns", "said"),
        [
            ({"facts": "  "}, "请填写违法事实"),
            ({"facts": "字" * 4001}, "违法事实最多4000字"),
            ({"provision": "字" * 301}, "违反条款最多300字"),
            ({"kind_code": "字" * 21}, "行为编号最多20字"),
            ({"source_number": "字" * 101}, "来源文号或编号最多100字"),
            ({"source": "rumour"}, "请选择违法行为的来源"),
            ({"acted_from": None}, "请填写行为开始日"),
            ({"acted_from": ON + timedelta(days=1)}, "行为开始日2026-11-25晚于今天"),
            ({"found_on": ON + timedelta(days=1)}, "发现日2026-11-25晚于今天"),
            ({"acted_until": ACTED - timedelta(days=1)}, "行为终了日不能早于开始日"),
            ({"found_on": ACTED - timedelta(days=1)}, "发现日不能早于行为开始日"),
            ({"handling": "forgiven"}, "请选择处理方式"),
            ({"handling": Handling.ORDINARY, "handled_on": ON}, "请填写处理文书号"),
            ({"handling": Handling.NO_PENALTY}, "请填写处理日"),
        ],
    )
    def test_what_no_record_may_say(self, people, columns, said):
        with pytest.raises(Refused, match=said):
            recorded(people, **columns)
        assert not Violation.objects.for_system("test").exists()

    def test_a_column_that_is_none_is_a_mistake_of_the_code(self, people):
        with pytest.raises(TypeError, match="status"):
            recorded(people, status=ViolationStatus.TOUCHED)


class TestEditing:
    def test_a_changed_day_finds_the_list_anew(self, people):
        other = make_bureau()
        violation = recorded(people)
        corrected = correct_supervisor(
            violation, other, reason="当时住所在他区", revision=0, **who(people.officer)
        )
        assert (corrected.list_bureau, corrected.list_bureau_reason) == (other, "当时住所在他区")
        again = set_violation_fields(
            corrected, facts="更正的事实", revision=1, **who(people.officer)
        )
        assert again.list_bureau == other
        moved = set_violation_fields(
            again, acted_until=ACTED + timedelta(days=3), revision=2, **who(people.officer)
        )
        assert (moved.list_bureau, moved.list_bureau_reason) == (people.bureau, "")
        assert moved.revision == 3

    def test_what_changes_nothing_counts_for_nothing(self, people):
        violation = recorded(people)
        same = set_violation_fields(
            violation, facts=violation.facts, revision=0, **who(people.officer)
        )
        assert same.revision == 0

    def test_the_second_of_two_is_told_who_was_first(self, people):
        violation = recorded(people)
        set_violation_fields(violation, facts="甲", revision=0, **who(people.colleague))
        with pytest.raises(Refused, match=f"{people.colleague.name}已于.*不是最新内容"):
            set_violation_fields(violation, facts="乙", revision=0, **who(people.officer))
        assert fresh(violation).facts == "甲"

    def test_the_city_keeps_no_list_that_could_apply(self, people):
        with pytest.raises(Refused, match="红线清单由区县局和功能区局编制"):
            correct_supervisor(
                recorded(people), city_bureau(), reason="更正", revision=0, **who(people.officer)
            )


class TestPassingOn:
    def test_receiving_opens_the_way_to_judging(self, people):
        violation = passed(people)
        with pytest.raises(Refused, match="抄告，请先“接收抄告”，再“认定不属触碰”"):
            not_a_touch(violation, reason="货值为零", revision=0, **who(people.officer))
        received = receive(violation, **who(people.officer))
        assert received.received_by == people.officer
        done = not_a_touch(received, reason="货值为零", revision=1, **who(people.officer))
        assert done.status == ViolationStatus.ORDINARY

    def test_it_is_received_once(self, people):
        violation = passed(people)
        receive(violation, **who(people.officer))
        with pytest.raises(Refused, match=f"{people.officer.name}已于.*接收该抄告"):
            receive(violation, **who(people.lead))

    def test_ones_own_needs_no_receiving(self, people):
        with pytest.raises(Refused, match="由本局发现，无需接收"):
            receive(recorded(people), **who(people.officer))

    def test_who_recorded_it_has_no_say_afterwards(self, people):
        violation = passed(people)
        receive(violation, **who(people.officer))
        with pytest.raises(Refused, match=f"已由{people.bureau}接手，不能再“作废”"):
            void_violation(violation, reason="有误", revision=1, **who(people.elsewhere))

    def test_it_follows_an_entity_that_moved_away(self, people):
        there = make_people()
        violation = recorded(people)
        with pytest.raises(Refused, match="无需转办"):
            pass_on(violation, revision=0, **who(people.officer))
        rows = Entity.objects.for_system("test").filter(pk=violation.entity_id)
        rows.update(bureau=there.bureau)
        moved = pass_on(violation, revision=0, **who(people.officer))
        assert (moved.bureau, moved.list_bureau) == (there.bureau, people.bureau)
        assert is_passed_on(moved)
        assert receive(moved, **who(there.officer)).received_by == there.officer


PENALTIES = {
    Handling.NO_PENALTY: (0, 0),
    Handling.ON_THE_SPOT: (0, 0),
    Handling.ORDINARY: (1, 0),
    Handling.SUSPENSION: (0, 1),
    Handling.REVOCATION: (0, 1),
}
"""How many reviews and removals each handling brings (readings 8)."""


def brought(violation):
    reviews = Review.objects.for_system("test").filter(violation=violation)
    removals = Removal.objects.for_system("test").filter(violation=violation)
    return reviews.count(), removals.filter(revoked_at=None).count()


class TestHandling:
    @pytest.mark.parametrize("handling", PENALTIES)
    def test_what_each_handling_brings(self, people, handling):
        violation = recorded(people)
        said = {"handling": handling, "number": "试罚〔2026〕1号", "handled_on": ACTED}
        done = set_handling(violation, **said, revision=0, **who(people.officer))
        assert (done.handling, done.handled_on) == (handling, ACTED)
        assert brought(violation) == PENALTIES[handling]
        removal = Removal.objects.for_system("test").filter(violation=violation).first()
        if removal:
            assert (removal.cause, removal.since) == (RemovalCause.PENALTY, ACTED)
            assert removal.reason == f"{done.get_handling_display()}（试罚〔2026〕1号）"
            changed = FactChange.objects.for_system("test").filter(entity=violation.entity)
            assert [row.from_day for row in changed] == [ACTED]
        else:
            assert not FactChange.objects.for_system("test").exists()
        same = set_handling(violation, **said, revision=1, **who(people.officer))
        assert same.revision == 1
        assert brought(violation) == PENALTIES[handling]

    @pytest.mark.parametrize("handling", PENALTIES)
    def test_what_was_passed_on_brings_it_when_it_is_received(self, people, handling):
        violation = passed(
            people, handling=handling, handling_number="试罚〔2026〕1号", handled_on=ACTED
        )
        assert brought(violation) == (0, 0)
        receive(violation, **who(people.officer))
        assert brought(violation) == PENALTIES[handling]

    def test_a_touch_asks_for_no_review(self, people):
        order = touched(people)
        said = {"handling": Handling.ORDINARY, "number": "试罚〔2026〕1号", "handled_on": ON}
        violation = fresh(order.violation)
        set_handling(violation, **said, revision=violation.revision, **who(people.officer))
        assert brought(violation) == (0, 0)

    def test_judging_it_ordinary_does_not_raise_a_second_review_nor_remove_again(self, people):
        violation = recorded(
            people, handling=Handling.SUSPENSION, handling_number="1号", handled_on=ACTED
        )
        removal = Removal.objects.for_system("test").get(violation=violation)
        revoke_removal(removal, reason="决定已被撤销", **who(people.lead))
        not_a_touch(violation, reason="不在清单", revision=0, **who(people.officer))
        assert brought(violation) == (0, 0)
        other = recorded(
            people, handling=Handling.ORDINARY, handling_number="2号", handled_on=ACTED
        )
        not_a_touch(other, reason="不在清单", revision=0, **who(people.officer))
        assert brought(other) == (1, 0)
        assert Review.objects.for_system("test").get(violation=other).cause == ReviewCause.PENALTY

    def test_what_took_the_entity_out_is_corrected_after_it_was_revoked(self, people):
        violation = recorded(
            people, handling=Handling.REVOCATION, handling_number="1号", handled_on=ACTED
        )
        said = {"handling": Handling.ON_THE_SPOT, "number": "2号", "handled_on": ACTED}
        with pytest.raises(Refused, match="请先由负责人撤销移出"):
            set_handling(violation, **said, revision=0, **who(people.officer))
        removal = Removal.objects.for_system("test").get(violation=violation)
        revoke_removal(removal, reason="文书送错", **who(people.lead))
        done = set_handling(violation, **said, revision=0, **who(people.officer))
        assert done.handling == Handling.ON_THE_SPOT

    @pytest.mark.parametrize(
        ("said", "refusal"),
        [
            ({"handling": Handling.NONE}, "请选择处理方式"),
            ({"handling": Handling.ORDINARY, "handled_on": ON}, "请填写处理文书号"),
            ({"handling": Handling.NO_PENALTY}, "请填写处理日"),
            ({"handling": Handling.NO_PENALTY, "handled_on": date(2026, 11, 25)}, "晚于今天"),
            ({"handling": Handling.NO_PENALTY, "handled_on": date(2026, 11, 1)}, "早于行为开始日"),
            (
                {"handling": Handling.NO_PENALTY, "handled_on": ON, "number": "字" * 101},
                "最多100字",
            ),
        ],
    )
    def test_what_no_handling_may_say(self, people, said, refusal):
        with pytest.raises(Refused, match=refusal):
            set_handling(recorded(people), **said, revision=0, **who(people.officer))


class TestVoiding:
    def test_what_stands_on_it_keeps_it(self, people):
        ordinary = recorded(
            people, handling=Handling.ORDINARY, handling_number="1号", handled_on=ACTED
        )
        with pytest.raises(Refused, match="在复核清单上"):
            void_violation(ordinary, reason="重复", revision=0, **who(people.officer))
        rows = Review.objects.for_system("test").filter(violation=ordinary)
        rows.update(outcome=ReviewOutcome.KEPT, proposed_by=None)
        void_violation(ordinary, reason="重复", revision=0, **who(people.officer))
        out = recorded(
            people, handling=Handling.SUSPENSION, handling_number="1号", handled_on=ACTED
        )
        with pytest.raises(Refused, match="因该违法行为被移出"):
            void_violation(out, reason="重复", revision=0, **who(people.officer))
        ordered = recorded(people)
        not_a_touch(ordered, reason="不在清单", revision=0, **who(people.officer))
        make_order(fresh(ordered), origin="ordinary")
        with pytest.raises(Refused, match="已有责令改正"):
            void_violation(ordered, reason="重复", revision=1, **who(people.officer))

    def test_it_needs_a_reason(self, people):
        with pytest.raises(Refused, match="请填写作废理由"):
            void_violation(recorded(people), reason=" ", revision=0, **who(people.officer))
        with pytest.raises(Refused, match="请填写不属触碰的理由"):
            not_a_touch(recorded(people), reason=" ", revision=0, **who(people.officer))
