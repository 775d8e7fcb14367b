"""Removals: what they say, the days outside, what is announced; revoked, let back."""

from datetime import date, timedelta

import pytest

from core.errors import Refused
from entities.models import FactChange
from redline.actions.removals import (
    CORRECTED,
    NEVER_ORDERED,
    let_back,
    revoke_removal,
    settle_follow_up,
    still_missing,
)
from redline.choices import (
    CaseDecision,
    FollowUpKind,
    OrderStatus,
    RecheckFinding,
    RemovalCause,
    RemovalRule,
)
from redline.models import FollowUp, ListItem, Recheck, Removal, RemovalSpan
from redline.removals import removals_of, remove, revoke
from tests.factories import make_entity, make_user
from tests.redline.factories import (
    make_case,
    make_item,
    make_list_version,
    make_order,
    make_touch,
    make_violation,
)
from tests.redline.outside import changes_of, days_outside, follow_ups_of, fresh, spans_of
from tests.zones.declaring import make_people

pytestmark = pytest.mark.django_db

ON = date(2026, 11, 24)
OUT = date(2026, 12, 10)
LATER = date(2026, 12, 20)
PEOPLE = (
    *("officer", "lead", "second_lead", "station", "city", "city_other", "city_lead"),
    *("elsewhere", "lead_elsewhere", "unit", "auditor", "security", "system", "nobody"),
)
LEADS = {"lead", "second_lead"}


@pytest.fixture
def people():
    return make_people()


def removed(people, cause=RemovalCause.PENALTY, since=OUT, **columns):
    violation = columns.pop("violation", None) or make_violation(bureau=people.bureau)
    reason = columns.pop("reason", "渝市监处罚〔2026〕5号")
    return remove(violation, cause, since=since, reason=reason, by=None, on=since, **columns)


def mended(people, violation=None, **columns):
    """Return an order that was corrected, with its case decided."""
    violation = violation or make_violation(bureau=people.bureau)
    columns = {"status": OrderStatus.MENDED_LATE} | columns
    order = make_order(violation, **columns)
    make_case(violation, decision=CaseDecision.NOT_FILED, reason="轻微", decided_on=ON)
    return order


class TestRemoving:
    def test_it_says_item_list_order_days_and_recheck(self, people):
        version = make_list_version(
            people.bureau,
            document_number="试市监发〔2025〕8号",
            since=date(2025, 6, 1),
            items=({"code": "RL-2-01", "behaviour": "未取得许可从事食品经营"},),
        )
        item = ListItem.objects.for_system("test").get(version=version)
        violation = make_violation(bureau=people.bureau)
        order = make_order(violation, status=OrderStatus.NOT_MENDED, item=item)
        Recheck(
            order=order,
            way="on_site",
            done_on=OUT,
            officers=["甲", "乙"],
            finding=RecheckFinding.NOT_MENDED,
            found="仍在经营",
            recorded_by=people.officer,
        ).save(force_insert=True)
        made = remove(violation, RemovalCause.NOT_MENDED, since=OUT, order=order, on=LATER)
        assert made.item == "RL-2-01 未取得许可从事食品经营"
        assert made.list_version == (
            f"{people.bureau.short_name}监管红线清单第1版（试市监发〔2025〕8号，2025-06-01施行）"
        )
        assert made.order_number == order.number.text
        assert (made.served_on, made.due_on) == (order.served_on, order.due_on)
        assert made.recheck == f"{OUT}现场复查：未改正"
        assert (made.since, made.made_on, made.bureau) == (OUT, LATER, people.bureau)
        (span,) = spans_of(violation.entity)
        for name in ("item", "list_version", "order_number", "served_on", "due_on", "recheck"):
            assert getattr(span, name) == getattr(made, name), name
        assert (span.removed_on, span.removal) == (OUT, made)

    def test_at_touch_it_names_the_reason_of_the_list(self, people):
        item = make_item(
            people.bureau, removal=RemovalRule.AT_TOUCH, removal_reason="依四（一），危害公共安全"
        )
        touch = make_touch(make_violation(bureau=people.bureau), item)
        made = remove(touch.violation, RemovalCause.AT_TOUCH, since=ON, by=people.lead, on=ON)
        assert (made.reason, made.item) == ("依四（一），危害公共安全", str(item))

    def test_a_touch_that_nobody_approved_is_not_named(self, people):
        violation = make_violation(bureau=people.bureau)
        make_touch(violation, confirmed=False)
        assert removed(people, violation=violation).item == ""

    def test_it_is_announced_from_its_first_day_though_found_late(self, people):
        violation = make_violation(bureau=people.bureau)
        remove(violation, RemovalCause.OVERDUE, since=OUT, on=LATER)
        assert days_outside(violation.entity) == [(OUT, None)]
        assert changes_of(violation.entity) == [(OUT, "触线移出")]

    def test_the_same_removal_twice_is_one(self, people):
        order = make_order(make_violation(bureau=people.bureau), status=OrderStatus.OVERDUE)
        one = remove(order.violation, RemovalCause.OVERDUE, since=OUT, order=order, on=OUT)
        two = remove(order.violation, RemovalCause.OVERDUE, since=LATER, order=order, on=LATER)
        assert one == two
        assert days_outside(order.entity) == [(OUT, None)]
        assert len(changes_of(order.entity)) == 1
        assert removals_of(order) == [one]

    def test_a_second_cause_that_begins_later_changes_no_day(self, people):
        one = removed(people)
        removed(people, RemovalCause.REVIEW, LATER, violation=one.violation)
        assert days_outside(one.entity) == [(OUT, None)]
        assert changes_of(one.entity) == [(OUT, "触线移出")]

    def test_one_that_begins_earlier_speaks_from_its_day(self, people):
        entity = make_entity(bureau=people.bureau)
        late = removed(people, since=LATER, violation=make_violation(entity))
        early = removed(people, since=OUT, violation=make_violation(entity))
        assert [(span.since, span.until, span.removal) for span in spans_of(entity)] == [
            (OUT, None, early)
        ]
        revoke(early, reason="认定有误", by=people.lead, on=LATER)
        assert [(span.since, span.removal) for span in spans_of(entity)] == [(LATER, late)]


class TestRevoking:
    def test_its_days_go_and_nothing_else(self, people):
        made = removed(people)
        revoke_removal(made, reason="  认定有误 ", by=people.lead, on=LATER)
        found = fresh(made)
        assert (found.revoke_reason, found.revoked_by) == ("认定有误", people.lead)
        assert found.revoked_on == LATER
        assert days_outside(found.entity) == []
        (kept,) = RemovalSpan.objects.for_system("test").filter(entity=found.entity)
        assert kept.superseded_at is not None
        assert changes_of(found.entity) == [(OUT, "触线移出"), (OUT, "撤销触线移出")]

    def test_the_lead_is_told_what_to_look_at(self, people):
        made = removed(people)
        revoke_removal(made, reason="认定有误", by=people.lead, on=LATER)
        (told,) = follow_ups_of(made.entity)
        assert (told.kind, told.bureau, told.removal) == (
            FollowUpKind.REVOKED,
            people.bureau,
            made,
        )
        assert told.raised_on == LATER
        for part in (made.entity.name, str(OUT), "认定有误", made.get_cause_display()):
            assert part in told.text

    def test_a_second_one_is_told_who_did(self, people):
        made = removed(people)
        revoke_removal(made, reason="认定有误", by=people.lead, on=LATER)
        with pytest.raises(Refused, match=f"{people.lead.name}已于.*撤销该移出"):
            revoke_removal(made, reason="再撤", by=people.second_lead, on=LATER)
        assert len(follow_ups_of(made.entity)) == 1

    def test_what_the_system_revoked_is_said_to_be_the_systems(self, people):
        made = removed(people)
        revoke(made, reason="主体终止", by=None, on=LATER)
        with pytest.raises(Refused, match="系统已于"):
            revoke(made, reason="再撤", by=people.lead, on=LATER)

    def test_after_revoking_the_same_violation_can_take_out_again(self, people):
        made = removed(people)
        revoke(made, reason="日期有误", by=people.lead, on=LATER)
        again = removed(people, since=LATER, violation=made.violation)
        assert again.pk != made.pk
        assert days_outside(made.entity) == [(LATER, None)]

    def test_of_two_removals_the_other_stands(self, people):
        entity = make_entity(bureau=people.bureau)
        one = removed(people, violation=make_violation(entity))
        removed(people, since=LATER, violation=make_violation(entity))
        revoke(one, reason="认定有误", by=people.lead, on=LATER)
        assert days_outside(entity) == [(LATER, None)]
        assert changes_of(entity)[-1] == (OUT, "撤销触线移出")

    def test_one_that_was_let_back_can_still_be_found_wrong(self, people):
        made = removed(people)
        let_back(made, reason="已解除", by=people.lead, on=LATER)
        revoke(made, reason="认定有误", by=people.lead, on=LATER + timedelta(days=5))
        assert days_outside(made.entity) == []
        assert f"至{LATER}" in follow_ups_of(made.entity)[0].text

    def test_it_needs_a_reason(self, people):
        with pytest.raises(Refused, match="请填写撤销理由"):
            revoke_removal(removed(people), reason=" ", by=people.lead, on=LATER)


class TestLettingBack:
    def test_it_holds_from_the_day_and_is_announced(self, people):
        order = mended(people)
        made = remove(order.violation, RemovalCause.OVERDUE, since=OUT, order=order, on=OUT)
        let_back(made, reason="已改正，案件办结", by=people.lead, on=LATER)
        found = fresh(made)
        assert (found.returned_on, found.returned_by) == (LATER, people.lead)
        assert found.return_reason == "已改正，案件办结"
        assert days_outside(found.entity) == [(OUT, LATER)]
        assert changes_of(found.entity)[-1] == (LATER, "触线移出后重新移入")

    def test_where_nothing_was_to_be_corrected_the_reason_is_enough(self, people):
        made = removed(people)
        let_back(made, reason="停产停业期满", by=people.lead, on=LATER)
        assert fresh(made).returned_on == LATER

    def test_not_while_the_order_is_not_known_to_be_obeyed(self, people):
        item = make_item(people.bureau)
        for status in set(OrderStatus) - {*CORRECTED, *NEVER_ORDERED}:
            order = make_order(make_violation(bureau=people.bureau), status=status, item=item)
            made = removed(people, violation=order.violation)
            with pytest.raises(Refused, match=order.get_status_display()):
                let_back(made, reason="已改正", by=people.lead, on=LATER)
            assert days_outside(made.entity) == [(OUT, None)]

    def test_an_order_that_was_never_issued_says_nothing(self, people):
        violation = make_violation(bureau=people.bureau)
        order = make_order(violation, status=OrderStatus.VOID, origin="ordinary")
        make_case(order.violation, decision=CaseDecision.NOT_FILED, reason="轻微")
        assert still_missing(removed(people, violation=order.violation)) == ""

    def test_of_several_orders_the_last_one_tells(self, people):
        violation = make_violation(bureau=people.bureau)
        first = make_order(violation, status=OrderStatus.REFERRED)
        made = remove(violation, RemovalCause.OVERDUE, since=OUT, order=first, on=OUT)
        assert first.number.text in still_missing(made)
        mended(people, violation, origin="redline")
        assert still_missing(made) == ""

    def test_not_before_the_case_is_decided_and_closed(self, people):
        order = make_order(make_violation(bureau=people.bureau), status=OrderStatus.MENDED)
        made = removed(people, violation=order.violation)
        case = make_case(order.violation)
        with pytest.raises(Refused, match="尚未决定是否立案"):
            let_back(made, reason="已改正", by=people.lead, on=LATER)
        case.decision, case.case_number = CaseDecision.FILED, "渝市监立〔2026〕9号"
        case.save()
        with pytest.raises(Refused, match="案件渝市监立〔2026〕9号尚未结案"):
            let_back(made, reason="已改正", by=people.lead, on=LATER)
        case.closed_on, case.outcome = LATER, "罚款"
        case.save()
        let_back(made, reason="已改正", by=people.lead, on=LATER)
        assert fresh(made).returned_on == LATER

    def test_not_on_the_day_of_the_removal(self, people):
        made = removed(people)
        with pytest.raises(Refused, match=f"须晚于移出日{OUT}"):
            let_back(made, reason="已解除", by=people.lead, on=OUT)

    def test_it_needs_a_reason(self, people):
        with pytest.raises(Refused, match="请填写重新移入的理由"):
            let_back(removed(people), reason="", by=people.lead, on=LATER)

    def test_a_second_one_is_told_who_did(self, people):
        made = removed(people)
        let_back(made, reason="已解除", by=people.lead, on=LATER)
        with pytest.raises(Refused, match=f"{people.lead.name}已批准该主体自{LATER}起重新移入"):
            let_back(made, reason="已解除", by=people.second_lead, on=LATER)

    def test_not_what_was_revoked(self, people):
        made = removed(people)
        revoke(made, reason="认定有误", by=people.lead, on=LATER)
        with pytest.raises(Refused, match="撤销该移出"):
            let_back(made, reason="已解除", by=people.lead, on=LATER)

    def test_all_removals_of_the_violation_end_together_others_go_on(self, people):
        entity = make_entity(bureau=people.bureau)
        violation = make_violation(entity)
        one = removed(people, violation=violation)
        two = removed(people, RemovalCause.REVIEW, LATER, violation=violation)
        other = removed(people, since=LATER, violation=make_violation(entity))
        day = LATER + timedelta(days=1)
        let_back(one, reason="已解除", by=people.lead, on=day)
        assert (fresh(one).returned_on, fresh(two).returned_on) == (day, day)
        assert fresh(other).returned_on is None
        assert days_outside(entity) == [(OUT, None)]
        assert [span.removal for span in spans_of(entity)] == [one, other]

    def test_after_coming_back_a_new_violation_takes_out_again(self, people):
        entity = make_entity(bureau=people.bureau)
        let_back(
            removed(people, violation=make_violation(entity)),
            reason="已解除",
            by=people.lead,
            on=LATER,
        )
        later = LATER + timedelta(days=30)
        removed(people, since=later, violation=make_violation(entity))
        assert days_outside(entity) == [(OUT, LATER), (later, None)]


class TestWhoMay:
    @pytest.mark.parametrize("verb", [revoke_removal, let_back])
    def test_removals_are_the_leads(self, people, verb):
        made = removed(people)
        for name in [name for name in PEOPLE if name not in LEADS]:
            with pytest.raises(Refused):
                verb(made, reason="有理由", by=getattr(people, name), on=LATER)
            assert days_outside(made.entity) == [(OUT, None)], name
        for name in LEADS:
            made = removed(people)
            verb(made, reason="有理由", by=getattr(people, name), on=LATER)
            assert days_outside(made.entity) != [(OUT, None)], name

    @pytest.mark.parametrize("kind", FollowUpKind)
    def test_what_is_to_be_looked_at_is_the_leads(self, people, kind):
        told = _follow_up(people, kind)
        for name in [name for name in PEOPLE if name not in LEADS]:
            with pytest.raises(Refused):
                settle_follow_up(told, note="已核对", by=getattr(people, name), on=LATER)
            assert FollowUp.objects.for_system("test").get(pk=told.pk).settled_at is None, name
        for name in LEADS:
            by = getattr(people, name)
            told = _follow_up(people, kind)
            assert settle_follow_up(told, note="已核对", by=by, on=LATER).settled_by == by


def _follow_up(people, kind=FollowUpKind.REVOKED):
    told = FollowUp(
        kind=kind,
        bureau=people.bureau,
        entity=make_entity(bureau=people.bureau),
        text="请核对",
        raised_on=ON,
    )
    told.save(force_insert=True)
    return told


def test_a_settled_follow_up_keeps_its_note_and_a_second_one_is_told(people):
    told = _follow_up(people)
    assert settle_follow_up(told, note=" 已核对 ", by=people.lead, on=ON).note == "已核对"
    with pytest.raises(Refused, match=f"{people.lead.name}已于.*办理该事项"):
        settle_follow_up(told, note="再办", by=people.second_lead, on=ON)
    with pytest.raises(Refused, match="请填写办理情况"):
        settle_follow_up(_follow_up(people), note="", by=people.lead, on=ON)


def test_another_district_sees_neither_removal_nor_follow_up(people):
    made = removed(people)
    revoke(made, reason="认定有误", by=people.lead, on=LATER)
    other = make_user("district_lead")
    assert not Removal.objects.visible_to(other).exists()
    assert not FollowUp.objects.visible_to(other).exists()
    assert Removal.objects.visible_to(people.city).exists()


def test_a_change_is_written_for_exactly_who_changed(people):
    removed(people)
    before = FactChange.objects.for_system("test").count()
    removed(people)
    assert FactChange.objects.for_system("test").count() == before + 1
