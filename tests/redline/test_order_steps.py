"""The workflow of an order, every cell: each step from each state by each person."""

from datetime import date

import pytest

from core.errors import Refused
from redline.actions.orders import (
    ORDER_STEP_FUNCTIONS,
    can_be_reissued,
    draft_order,
    reissue_order,
)
from redline.choices import DayKind, DeadlineForm, OrderStatus, ViolationStatus
from redline.drafting import FALLBACK_BASIS, label, make_order
from redline.models import Case, FollowUp, OrderStep, Touch
from redline.papers.wordlist import add_word
from redline.workflow import ORDER_STEPS, OTHER_STEPS, order_steps, step_said
from staff.models import User
from staff.roles import Role
from tests.factories import make_bureau, make_entity, make_user
from tests.redline.factories import make_item, make_touch, make_violation
from tests.redline.ordering import (
    ON,
    TO_FILL,
    do,
    drafted,
    edit,
    fixed,
    fresh,
    issued,
    make_people,
    reached,
    sent,
    steps_of,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def people():
    return make_people()


STAFF = {"officer", "lead", "second_lead"}
LEADS = {"lead", "second_lead"}
ALL = STAFF | {"station"}
PEOPLE = (
    *("officer", "lead", "second_lead", "station", "city", "city_other", "city_lead"),
    *("elsewhere", "lead_elsewhere", "unit", "auditor", "security", "system", "nobody"),
)
S = OrderStatus
ALLOWED = {
    (S.DRAFT, "submit"): STAFF,
    (S.DRAFT, "discard"): STAFF,
    (S.SUBMITTED, "withdraw"): {"officer"},
    (S.SUBMITTED, "send_back"): LEADS,
    (S.SUBMITTED, "refuse"): LEADS,
    (S.SUBMITTED, "approve"): LEADS,
    (S.APPROVED, "issue"): STAFF,
    (S.APPROVED, "annul"): LEADS,
    (S.APPROVED, "end"): ALL,
    (S.ISSUED, "serve"): ALL,
    (S.ISSUED, "annul"): LEADS,
    (S.ISSUED, "end"): ALL,
    (S.SERVED, "ask_extension"): ALL,
    (S.SERVED, "decide_extension"): LEADS,
    (S.SERVED, "hold"): ALL,
    (S.SERVED, "report"): ALL,
    (S.SERVED, "recheck"): ALL,
    (S.SERVED, "end"): ALL,
    (S.REPORTED, "recheck"): ALL,
    (S.REPORTED, "end"): ALL,
    (S.OVERDUE, "ask_extension"): ALL,
    (S.OVERDUE, "decide_extension"): LEADS,
    (S.OVERDUE, "report"): ALL,
    (S.OVERDUE, "recheck"): ALL,
    (S.OVERDUE, "refer"): ALL,
    (S.OVERDUE, "end"): ALL,
    (S.NOT_MENDED, "recheck"): ALL,
    (S.NOT_MENDED, "refer"): ALL,
    (S.NOT_MENDED, "end"): ALL,
    (S.REFERRED, "recheck"): ALL,
}
"""Drafted and submitted by the officer, approved by the lead."""

ENDS = {
    "decide_extension": {S.SERVED: S.SERVED, S.OVERDUE: S.SERVED},
    "ask_extension": {S.SERVED: S.SERVED, S.OVERDUE: S.OVERDUE},
    "report": {S.SERVED: S.REPORTED, S.OVERDUE: S.OVERDUE},
    "recheck": {
        S.SERVED: S.MENDED,
        S.REPORTED: S.MENDED,
        S.OVERDUE: S.MENDED_LATE,
        S.NOT_MENDED: S.MENDED_LATE,
        S.REFERRED: S.MENDED_LATE,
    },
}
"""Where the steps lead whose end the table leaves to the action."""

LATE = (S.OVERDUE, S.NOT_MENDED, S.REFERRED)


def day_in(status):
    return date(2026, 12, 10) if status in LATE else ON


def prepared(people, status, action):
    """Return an order in a state, with what the step needs to be there."""
    order = reached(people, status)
    if action == "decide_extension" and status in (S.SERVED, S.OVERDUE):
        do(order, "ask_extension", people.station, day_in(status), asked_on=ON)
    return fresh(order)


@pytest.mark.parametrize("status", S.values)
def test_every_step_by_everybody(people, status):
    order, on = prepared(people, status, "decide_extension"), day_in(status)
    before, service = steps_of(order), sent(order)
    for action in ORDER_STEP_FUNCTIONS:
        said = {"service": service} if action == "serve" else {}
        allowed = ALLOWED.get((S(status), action), set())
        for name in PEOPLE:
            by = getattr(people, name)
            if name in allowed:
                assert action in order_steps(order, by), (action, name)
                continue
            assert action not in order_steps(order, by), (action, name)
            with pytest.raises(Refused):
                do(order, action, by, on, **said)
    assert (fresh(order).status, steps_of(order)) == (status, before)


@pytest.mark.parametrize(("status", "action"), ALLOWED, ids=str)
def test_every_open_step_is_taken_and_written_down(people, status, action):
    for name in sorted(ALLOWED[status, action]):
        order, by = prepared(people, status, action), getattr(people, name)
        done = do(order, action, by, day_in(status))
        target = ORDER_STEPS[action].target or ENDS[action][status]
        assert done.status == fresh(done).status == target
        last = OrderStep.objects.for_system("test").filter(order=order).last()
        assert (last.action, last.source, last.target) == (action, status, target)
        assert (last.done_by, last.role_then, last.on) == (by, by.role, day_in(status))


def test_the_tables_agree():
    by_hand = {name for name, step in ORDER_STEPS.items() if not step.by_system}
    assert set(ORDER_STEP_FUNCTIONS) == by_hand
    assert {action for _, action in ALLOWED} == by_hand
    cells = {(s, name) for name in by_hand for s in ORDER_STEPS[name].sources}
    assert set(ALLOWED) == cells
    assert all(step_said(name) for name in (*ORDER_STEPS, *OTHER_STEPS))


class TestDrafting:
    def test_it_proposes_what_the_touched_item_says(self, people):
        elsewhere = make_bureau()
        said = {"days": 7, "day_kind": DayKind.WORKING, "stop_at_once": True, "order_basis": "甲法"}
        item = make_item(elsewhere, **said)
        violation = make_violation(bureau=people.bureau, list_bureau=elsewhere)
        order = make_order(violation, touch=make_touch(violation, item), by=people.officer, on=ON)
        assert (order.origin, order.days, order.day_kind) == ("redline", 7, "working")
        assert (order.basis, order.stop_at_once) == ("甲法", True)
        assert (order.violated, order.facts) == (item.legal_basis, violation.facts)
        assert steps_of(order) == [("begin", "", "draft")]

    def test_an_ordinary_one_rests_on_the_general_duty(self, people):
        order = drafted(people, ordinary=True)
        assert (order.origin, order.touch, order.basis) == ("ordinary", None, FALLBACK_BASIS)
        assert (order.days, order.day_kind) == (15, "calendar")
        assert order.contact_name == people.officer.name

    @pytest.mark.parametrize("status", set(ViolationStatus) - {ViolationStatus.ORDINARY})
    def test_only_what_is_no_touch_gets_an_order_of_its_own(self, people, status):
        violation = make_violation(bureau=people.bureau, status=status)
        with pytest.raises(Refused, match="请先研判"):
            draft_order(violation, by=people.officer, on=ON)

    @pytest.mark.parametrize("name", set(PEOPLE) - STAFF)
    def test_only_the_bureau_s_staff_draft(self, people, name):
        violation = make_violation(bureau=people.bureau, status=ViolationStatus.ORDINARY)
        with pytest.raises(Refused):
            draft_order(violation, by=getattr(people, name), on=ON)

    def test_a_violation_has_one_open_order(self, people):
        order = drafted(people, ordinary=True)
        with pytest.raises(Refused, match="已有办理中的责令改正"):
            draft_order(order.violation, by=people.officer, on=ON)
        do(order, "discard", people.officer)
        assert draft_order(order.violation, by=people.officer, on=ON).status == S.DRAFT

    @pytest.mark.parametrize(
        ("columns", "said"),
        [
            ({"days": 0}, "1至180日"),
            ({"days": None}, "1至180日"),
            ({"days": 181}, "1至180日"),
            ({"day_kind": "weeks"}, "期限单位"),
            ({"form": "some day"}, "期限写法"),
            ({"form": "fixed"}, "请填写改正期限届满的日期"),
            (fixed(ON), "须晚于今天"),
            (fixed(date(2062, 1, 1)), "一年以内"),
            ({"violated": "法" * 301}, "违反条款最多300字"),
            ({"facts": "长" * 4001}, "违法事实最多4000字"),
            ({"contact_phone": "1" * 41}, "联系电话最多40字"),
        ],
    )
    def test_what_no_order_may_say(self, people, columns, said):
        with pytest.raises(Refused, match=said):
            edit(drafted(people), people.officer, **columns)

    def test_a_fixed_date_takes_the_place_of_days_and_back(self, people):
        order = edit(drafted(people), people.officer, **fixed(date(2026, 12, 31)))
        assert (order.form, order.days, order.fixed_on) == ("fixed", None, date(2026, 12, 31))
        order = edit(order, people.officer, form=DeadlineForm.RELATIVE, days=10)
        assert (order.form, order.days, order.fixed_on) == ("relative", 10, None)
        assert order.revision == 2

    @pytest.mark.parametrize("name", ["facts", "violated", "basis", "demands", "contact_name"])
    def test_nothing_that_the_paper_says_may_lack(self, people, name):
        order = edit(drafted(people), people.officer, **{name: "  "})
        with pytest.raises(Refused, match="请先填写"):
            do(order, "submit", people.officer)

    def test_who_edits_what_somebody_changed_is_told(self, people):
        order = drafted(people)
        edit(order, people.lead, demands="改正甲")
        with pytest.raises(Refused, match=f"{people.lead.name}已于.*修改该责令改正"):
            do(order, "submit", people.officer, revision=order.revision)
        assert edit(order, people.lead, demands="改正甲").revision == 1

    @pytest.mark.parametrize("status", set(S) - {S.DRAFT})
    def test_only_a_draft_is_edited(self, people, status):
        with pytest.raises(Refused, match="不能办理这一步"):
            edit(reached(people, status), people.officer, demands="其他")

    @pytest.mark.parametrize("name", set(PEOPLE) - STAFF)
    def test_only_the_bureau_s_staff_edit(self, people, name):
        with pytest.raises(Refused):
            edit(drafted(people), getattr(people, name), demands="其他")


class TestDeciding:
    @pytest.mark.parametrize("action", ["send_back", "refuse", "annul", "refer", "end", "hold"])
    def test_an_opinion_is_asked(self, people, action):
        status = next(iter(sorted(s for s, name in ALLOWED if name == action)))
        by = people.lead
        with pytest.raises(Refused, match="请填写"):
            do(reached(people, status), action, by, day_in(status), opinion=" ")

    def test_neither_who_drafted_nor_who_submitted_decides(self, people):
        violation = make_violation(
            bureau=people.bureau, by=people.lead, status=ViolationStatus.ORDINARY
        )
        order = draft_order(violation, by=people.lead, on=ON, **TO_FILL)
        order = do(order, "submit", people.officer)
        with pytest.raises(Refused, match="请由本局另一位负责人办理"):
            do(order, "approve", people.lead)
        assert do(order, "approve", people.second_lead).approved_by == people.second_lead

    def test_a_bureau_with_one_lead_is_told_whom_to_ask(self, people):
        others = User.accounts.for_system("test").exclude(pk=people.lead.pk)
        others.filter(bureau=people.bureau, role=Role.DISTRICT_LEAD).update(is_active=False)
        order = drafted(people, ordinary=True)
        with pytest.raises(Refused, match="请由区县局人员起草并提交"):
            do(order, "submit", people.lead)

    def test_who_comes_late_is_told_who_did_what_when(self, people):
        order = reached(people, S.SUBMITTED)
        do(order, "approve", people.lead)
        with pytest.raises(Refused, match=f"{people.lead.name}已于.*办理“批准”.*现为“待签发”"):
            do(order, "approve", people.second_lead)

    def test_what_the_scan_did_is_the_system_s(self, people):
        order = reached(people, S.OVERDUE)
        with pytest.raises(Refused, match="系统已于.*办理“改正期限届满”"):
            do(order, "hold", people.officer, date(2026, 12, 10))

    def test_sent_back_it_is_open_to_change_and_to_submit(self, people):
        order = do(reached(people, S.SUBMITTED), "send_back", people.lead)
        assert (order.status, order.submitted_by) == (S.DRAFT, None)
        assert do(edit(order, people.officer, demands="改"), "submit", people.officer)

    def test_an_order_ends_closed(self, people):
        for status in (S.MENDED, S.MENDED_LATE, S.REFERRED, S.ENDED, S.REFUSED, S.VOID):
            assert reached(people, status).closed_on


class TestReissuing:
    def test_an_order_whose_fixed_date_has_come_is_not_issued(self, people):
        order = drafted(people, **fixed(date(2026, 12, 1)))
        order = do(do(order, "submit", people.officer), "approve", people.lead)
        with pytest.raises(Refused, match="固定日期2026-12-01已到或已过，不能签发"):
            do(order, "issue", people.officer, date(2026, 12, 1))
        assert fresh(order).number is None

    def test_it_is_made_anew_and_the_old_number_marked(self, people):
        old = issued(people, **fixed(date(2026, 12, 1)))
        assert not can_be_reissued(old, date(2026, 11, 30))
        with pytest.raises(Refused, match="无须重新制发"):
            reissue_order(old, by=people.officer, on=date(2026, 11, 30))
        day = date(2026, 12, 2)
        made = reissue_order(old, by=people.officer, on=day)
        before = fresh(old)
        assert (before.status, before.number.void_reason) == (
            S.VOID,
            "固定日期已过，重新制发（2026-12-01）",
        )
        assert (made.replaces, made.status, made.number) == (old, S.DRAFT, None)
        assert (made.form, made.days, made.fixed_on) == ("relative", 15, None)
        assert (made.demands, made.contact_phone) == (old.demands, old.contact_phone)
        assert steps_of(made) == [("copy", "", "draft")]
        for action, by in (("submit", "officer"), ("approve", "lead"), ("issue", "officer")):
            made = do(made, action, getattr(people, by), day)
        assert made.number.serial == before.number.serial + 1
        with pytest.raises(Refused, match="无须重新制发"):
            reissue_order(old, by=people.officer, on=day)

    def test_another_fixed_date_may_be_named(self, people):
        old = issued(people, **fixed(date(2026, 12, 1)))
        made = reissue_order(
            old, by=people.officer, on=date(2026, 12, 2), **fixed(date(2026, 12, 20))
        )
        assert made.fixed_on == date(2026, 12, 20)

    def test_what_was_annulled_may_be_made_anew_once(self, people):
        old = do(issued(people), "annul", people.lead)
        assert reissue_order(old, by=people.officer, on=ON).replaces == old
        with pytest.raises(Refused, match="无须重新制发"):
            reissue_order(old, by=people.officer, on=ON)

    def test_where_its_draft_was_discarded_it_may_be_again(self, people):
        old = do(issued(people), "annul", people.lead)
        do(reissue_order(old, by=people.officer, on=ON), "discard", people.officer)
        assert reissue_order(old, by=people.officer, on=ON).replaces == old

    @pytest.mark.parametrize("status", [ViolationStatus.VOID, ViolationStatus.OPEN])
    def test_not_where_its_violation_no_longer_stands(self, people, status):
        old = do(issued(people), "annul", people.lead)
        old.violation.status = status
        old.violation.save()
        assert not can_be_reissued(fresh(old), ON)

    def test_not_where_another_was_approved_since(self, people):
        old = do(issued(people), "annul", people.lead)
        made = reissue_order(old, by=people.officer, on=ON)
        for action, by in (("submit", "officer"), ("approve", "lead"), ("annul", "lead")):
            made = do(made, action, getattr(people, by))
        assert not can_be_reissued(fresh(old), ON)
        assert can_be_reissued(made, ON)

    def test_a_discarded_draft_is_not(self, people):
        with pytest.raises(Refused, match="无须重新制发"):
            reissue_order(reached(people, S.VOID), by=people.officer, on=ON)

    def test_elsewhere_it_is_not_seen(self, people):
        old = do(issued(people), "annul", people.lead)
        for name in ("elsewhere", "city", "station"):
            with pytest.raises(Refused):
                reissue_order(old, by=getattr(people, name), on=ON)

    def test_served_too_late_it_must_be_made_anew(self, people):
        order = issued(people, **fixed(date(2026, 12, 1)))
        day = date(2026, 12, 1)
        done = do(order, "serve", people.officer, day, service=sent(order), served_on=day)
        assert (done.status, done.served_on, done.due_on) == (S.ISSUED, None, None)
        task = FollowUp.objects.for_system("test").get(order=order)
        assert (task.kind, task.bureau) == ("reissue", people.bureau)
        assert "2026-12-01才送达" in task.text
        assert reissue_order(order, by=people.officer, on=day).replaces == order
        task.refresh_from_db()
        assert (task.settled_by, task.note) == (people.officer, "已重新制发")


class TestTheTouch:
    """A touch goes with its order, one way or the other (readings 10)."""

    def test_it_is_approved_together_with_its_order(self, people):
        order = reached(people, S.SUBMITTED)
        do(order, "approve", people.lead)
        touch = Touch.objects.for_system("test").get(pk=order.touch_id)
        assert (touch.is_confirmed, touch.confirmed_by, touch.confirmed_on) == (
            *(True, people.lead),
            ON,
        )
        assert touch.violation.status == ViolationStatus.TOUCHED
        assert Case.objects.for_system("test").get(violation=touch.violation).begun_on == ON

    @pytest.mark.parametrize("status", [S.REFUSED, S.VOID])
    def test_without_its_order_the_violation_is_judged_anew(self, people, status):
        order = reached(people, status)
        touch = Touch.objects.for_system("test").get(pk=order.touch_id)
        assert (touch.is_confirmed, touch.violation.status) == (False, ViolationStatus.OPEN)

    def test_who_confirmed_it_does_not_approve(self, people):
        order = reached(people, S.SUBMITTED)
        Touch.objects.for_system("test").filter(pk=order.touch_id).update(judged_by=people.lead)
        with pytest.raises(Refused, match="由您确认"):
            do(order, "approve", people.lead)
        assert fresh(order).status == S.SUBMITTED

    def test_an_order_made_anew_keeps_it(self, people):
        old = do(issued(people), "annul", people.lead)
        made = reissue_order(old, by=people.officer, on=ON)
        made = do(do(made, "submit", people.officer), "approve", people.second_lead)
        touch = Touch.objects.for_system("test").get(pk=made.touch_id)
        assert (made.touch_id, touch.confirmed_by) == (old.touch_id, people.lead)


@pytest.mark.parametrize("word", ["沙盒", "红 线", "观察期", "信用风险分类", "打标", "触发式"])
@pytest.mark.parametrize("name", ["facts", "violated", "basis", "demands", "contact_name"])
def test_a_word_that_no_paper_may_say_is_refused(people, name, word):
    order = edit(drafted(people), people.officer, **{name: f"甲{word}乙"})
    with pytest.raises(Refused, match=str(label(name))):
        do(order, "submit", people.officer)


def test_a_word_that_came_after_the_submission_is_refused_too(people):
    order = reached(people, S.SUBMITTED)
    add_word("许可", "blocked", by=people.city, on=ON)
    with pytest.raises(Refused, match="许可"):
        do(order, "approve", people.lead)
    assert fresh(order).status == S.SUBMITTED


def test_a_station_officer_handles_and_does_not_draft(people):
    entity = make_entity(bureau=people.bureau, station=people.station.station)
    violation = make_violation(entity, status=ViolationStatus.ORDINARY)
    with pytest.raises(Refused, match="您的角色不能"):
        draft_order(violation, by=people.station, on=ON)
    assert make_user(Role.STATION_OFFICER, people.bureau).bureau == people.bureau
