"""A touch and its order: judged together, approved together, let go together (readings 10)."""

from datetime import date, timedelta

import pytest

from core.errors import Refused
from entities.models import FactChange
from redline.actions import orders
from redline.actions.touches import confirm, confirm_touch, set_touch_fields
from redline.actions.violations import add_evidence, not_a_touch, set_violation_fields
from redline.choices import (
    DayKind,
    Handling,
    OrderOrigin,
    OrderStatus,
    RemovalCause,
    RemovalRule,
    ViolationSource,
    ViolationStatus,
)
from redline.models import Case, ListItem, Order, Removal, Review, Touch, Violation
from tests.redline.factories import ACTED, ON, PDF, make_item, make_list_version
from tests.redline.judging import (
    JUDGEMENT,
    approved,
    case_of,
    fresh,
    made_item,
    make_people,
    recorded,
    submitted,
    touched,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(db):
    return make_people()


def touch_of(violation) -> Touch:
    return Touch.objects.for_system("test").get(violation=violation)


class TestConfirming:
    def test_touch_and_order_are_one_draft(self, people):
        item = make_item(people.bureau, days=10, day_kind=DayKind.WORKING, stop_at_once=True)
        violation = recorded(people)
        order = touched(people, violation, item)
        touch = touch_of(violation)
        assert (order.origin, order.status) == (OrderOrigin.RED_LINE, OrderStatus.DRAFT)
        assert (order.touch, order.officer) == (touch, people.officer)
        assert (order.days, order.day_kind, order.stop_at_once) == (10, DayKind.WORKING, True)
        assert (order.violated, order.basis) == (item.legal_basis, item.order_basis)
        assert order.facts == violation.facts
        assert (touch.item, touch.judged_by) == (item, people.officer)
        assert not touch.is_confirmed
        assert fresh(violation).status == ViolationStatus.JUDGED
        assert fresh(violation).kind_code == item.code
        assert not Case.objects.for_system("test").exists()
        assert not FactChange.objects.for_system("test").exists()

    @pytest.mark.parametrize(
        ("name", "label"), [("nature", "性质"), ("circumstances", "情节"), ("harm", "危害程度")]
    )
    @pytest.mark.parametrize("text", ["", " \n", "字" * 2001])
    def test_nature_circumstances_and_harm_are_said(self, people, name, label, text):
        violation, item = recorded(people), made_item(people)
        with pytest.raises(Refused, match=label):
            confirm_touch(
                *(violation, item),
                **JUDGEMENT | {name: text},
                revision=0,
                by=people.officer,
                on=ON,
            )
        assert fresh(violation).status == ViolationStatus.OPEN
        assert not Order.objects.for_system("test").exists()

    def test_an_order_that_no_paper_may_say_leaves_no_touch(self, people):
        violation = recorded(people)
        with pytest.raises(Refused, match="改正期限"):
            touched(people, violation, days=0)
        assert fresh(violation).status == ViolationStatus.OPEN
        assert not Touch.objects.for_system("test").exists()

    def test_only_what_was_in_force_where_and_when_the_act_ended(self, people):
        mine = make_item(people.bureau, since=ACTED)
        elsewhere = make_item(people.elsewhere.bureau)
        city = make_item(None)
        for item in (elsewhere, city):
            with pytest.raises(Refused, match="施行的监管红线清单中，请重新选择"):
                touched(people, recorded(people), item)
        before = recorded(people, acted_from=ACTED - timedelta(days=1))
        with pytest.raises(Refused, match="没有施行的监管红线清单，该行为按一般违法处理"):
            touched(people, before, mine)
        assert touched(people, recorded(people), mine).touch.item == mine

    def test_a_newer_version_does_not_reach_back(self, people):
        old = make_item(people.bureau, since=date(2025, 1, 1))
        make_list_version(people.bureau, since=ACTED + timedelta(days=1))
        assert touched(people, recorded(people), old).touch.item == old

    def test_a_complaint_alone_is_never_a_touch(self, people):
        violation = recorded(people, source=ViolationSource.COMPLAINT)
        with pytest.raises(Refused, match="投诉举报本身不能认定触碰：请先核查并上传证据材料"):
            touched(people, violation)
        who = {"by": people.officer, "on": ON}
        add_evidence(violation, title="现场笔录", name="a.pdf", content=PDF, **who)
        assert touched(people, violation).touch.violation == violation

    def test_nor_is_it_once_an_inspection_has_found_the_same(self, people):
        violation = recorded(people, source=ViolationSource.COMPLAINT)
        who = {"by": people.officer, "on": ON}
        set_violation_fields(violation, source=ViolationSource.INSPECTION, revision=0, **who)
        assert touched(people, violation).touch.violation == violation

    def test_what_was_found_ordinary_can_turn_out_a_touch(self, people):
        violation = recorded(people)
        not_a_touch(violation, reason="货值为零", revision=0, by=people.officer, on=ON)
        touched(people, violation)
        assert (fresh(violation).status, fresh(violation).why_no_touch) == ("judged", "")

    def test_but_not_while_an_ordinary_order_of_it_is_open(self, people):
        violation = recorded(people)
        not_a_touch(violation, reason="货值为零", revision=0, by=people.officer, on=ON)
        orders.draft_order(violation, by=people.officer, on=ON)
        with pytest.raises(Refused, match="已有办理中的责令改正"):
            touched(people, violation)
        assert fresh(violation).status == ViolationStatus.ORDINARY


def anew(order):
    """Return an order as it stands after its touch was changed."""
    return Order.objects.for_system("test").get(pk=order.pk)


class TestApproval:
    def test_touch_and_case_begin_with_the_order(self, people):
        order = approved(people)
        touch = touch_of(order.violation)
        assert order.status == OrderStatus.APPROVED
        assert (touch.is_confirmed, touch.confirmed_by) == (True, people.lead)
        assert touch.confirmed_on == ON
        assert fresh(order.violation).status == ViolationStatus.TOUCHED
        case = case_of(order.violation)
        assert (case.begun_on, case.days, case.due_on) == (ON, 15, date(2026, 12, 15))
        assert not Removal.objects.for_system("test").exists()
        assert not FactChange.objects.for_system("test").exists()

    def test_removal_at_touch_is_from_the_day_of_approval(self, people):
        item = make_item(
            people.bureau,
            removal=RemovalRule.AT_TOUCH,
            removal_reason="依四（一），无证经营严重危害人身健康",
        )
        order = approved(people, touched(people, recorded(people), item))
        removal = Removal.objects.for_system("test").get(violation=order.violation)
        assert (removal.cause, removal.since) == (RemovalCause.AT_TOUCH, ON)
        assert (removal.order, removal.made_by) == (order, people.lead)
        assert (removal.item, removal.reason) == (str(item), item.removal_reason)
        changes = FactChange.objects.for_system("test").filter(entity=order.entity)
        assert [change.from_day for change in changes] == [ON]

    def test_who_judged_does_not_approve(self, people):
        """The order's officer is another; the touch was changed by the lead, who then approves."""
        order = touched(people)
        violation = fresh(order.violation)
        set_touch_fields(
            touch_of(violation),
            made_item(people),
            **JUDGEMENT,
            revision=violation.revision,
            by=people.lead,
            on=ON,
        )
        order = submitted(people, anew(order))
        with pytest.raises(Refused, match="该触碰由您确认，不能由您批准"):
            orders.approve_order(order, revision=order.revision, by=people.lead, on=ON)
        assert fresh(violation).status == ViolationStatus.JUDGED
        done = orders.approve_order(order, revision=order.revision, by=people.second_lead, on=ON)
        assert done.touch.confirmed_by == people.second_lead

    def test_an_order_in_its_place_confirms_nothing_anew(self, people):
        order = approved(people)
        orders.annul_order(order, by=people.lead, on=ON, opinion="文书有误")
        again = orders.reissue_order(order, by=people.officer, on=ON)
        assert fresh(order.violation).status == ViolationStatus.TOUCHED
        later = ON + timedelta(days=1)
        approved(people, again, on=later)
        assert touch_of(order.violation).confirmed_on == ON
        assert case_of(order.violation).begun_on == ON

    def test_confirming_twice_changes_nothing(self, people):
        order = approved(people)
        confirm(order.touch, order, by=people.second_lead, on=ON + timedelta(days=1))
        assert touch_of(order.violation).confirmed_by == people.lead


class TestWithoutApproval:
    def test_sent_back_or_withdrawn_it_stays_judged(self, people):
        order = submitted(people)
        order = orders.send_back_order(
            order, revision=order.revision, by=people.lead, on=ON, opinion="情节不清"
        )
        assert fresh(order.violation).status == ViolationStatus.JUDGED
        order = orders.withdraw_order(submitted(people, order), by=people.officer, on=ON)
        assert fresh(order.violation).status == ViolationStatus.JUDGED

    def test_the_touch_is_changed_while_its_order_is_a_draft(self, people):
        version = make_list_version(people.bureau, items=({}, {}))
        items = list(ListItem.objects.for_system("test").filter(version=version))
        order = touched(people, recorded(people), items[0])
        violation = fresh(order.violation)
        changed = {"revision": violation.revision, "by": people.colleague, "on": ON}
        touch = set_touch_fields(
            order.touch, items[1], **JUDGEMENT | {"nature": "改写的性质"}, **changed
        )
        assert (touch.item, touch.nature) == (items[1], "改写的性质")
        assert touch.judged_by == people.colleague
        with pytest.raises(Refused, match="不是最新内容"):
            set_touch_fields(order.touch, items[0], **JUDGEMENT, **changed)
        submitted(people, anew(order))
        again = changed | {"revision": fresh(violation).revision}
        with pytest.raises(Refused, match="责令改正已提交审批，请先撤回"):
            set_touch_fields(order.touch, items[0], **JUDGEMENT, **again)

    @pytest.mark.parametrize("how", ["refuse", "discard"])
    def test_refused_or_discarded_the_violation_is_judged_anew(self, people, how):
        order = touched(people)
        if how == "refuse":
            order = submitted(people, order)
            said = {"revision": order.revision, "opinion": "不构成触碰"}
            orders.refuse_order(order, by=people.lead, on=ON, **said)
        else:
            orders.discard_order(order, by=people.officer, on=ON)
        violation = fresh(order.violation)
        assert violation.status == ViolationStatus.OPEN
        assert not touch_of(violation).is_confirmed
        again = touched(people, violation, by=people.colleague)
        assert again.pk != order.pk
        assert again.touch == touch_of(violation)
        assert again.touch.judged_by == people.colleague

    def test_a_penalty_meanwhile_then_asks_for_its_review(self, people):
        violation = recorded(people)
        order = touched(people, violation)
        orders.discard_order(order, by=people.officer, on=ON)
        assert not Review.objects.for_system("test").exists()
        other = recorded(people)
        order = touched(people, other)
        rows = Violation.objects.for_system("test").filter(pk=other.pk)
        rows.update(handling=Handling.ORDINARY, handling_number="1号", handled_on=ON)
        orders.discard_order(order, by=people.officer, on=ON)
        assert Review.objects.for_system("test").get().violation == other
