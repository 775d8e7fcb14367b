"""What is made anew, put right or annulled: no dead end, nothing approved unseen, no way round."""

from datetime import date

import pytest

from core.errors import Refused
from redline.actions.orders import reissue_order
from redline.actions.removals import let_back
from redline.actions.reviews import decide_review, propose_review
from redline.actions.touches import set_touch_fields
from redline.actions.violations import set_handling
from redline.choices import CaseDecision, Handling, OrderStatus, RemovalRule, ReviewOutcome
from redline.models import Removal
from redline.overdue import scan
from redline.queries import may_return, removals_for
from tests.redline import judging
from tests.redline.factories import make_item
from tests.redline.ordering import (
    DUE,
    ON,
    do,
    drafted,
    edit,
    fresh,
    issued,
    make_people,
    removals_of,
    reviews_of,
    served,
)

pytestmark = pytest.mark.django_db

LATER = date(2026, 12, 20)


@pytest.fixture
def people():
    return make_people()


class TestMadeAnew:
    @pytest.mark.parametrize("end", ["discard", "refuse"])
    def test_again_where_the_new_draft_came_to_nothing(self, people, end):
        old = do(issued(people), "annul", people.lead)
        made = reissue_order(old, by=people.officer, on=ON)
        if end == "refuse":
            do(made, "submit", people.officer)
        do(made, end, people.lead)
        assert reissue_order(fresh(old), by=people.officer, on=ON).replaces == old

    def test_not_twice_beside_each_other(self, people):
        old = do(issued(people), "annul", people.lead)
        made = reissue_order(old, by=people.officer, on=ON)
        for action, by in (("submit", "officer"), ("approve", "lead"), ("annul", "lead")):
            made = do(made, action, getattr(people, by))
        with pytest.raises(Refused, match="无须重新制发"):
            reissue_order(old, by=people.officer, on=ON)
        assert reissue_order(made, by=people.officer, on=ON).replaces == made


def test_a_touch_changed_after_the_lead_looked_is_not_approved_unseen():
    people = judging.make_people()
    order = judging.submitted(people)
    seen = order.revision
    do(order, "withdraw", people.officer)
    order = fresh(order)
    violation = judging.fresh(order.violation)
    set_touch_fields(
        order.touch,
        order.touch.item,
        **judging.JUDGEMENT | {"harm": "后果严重"},
        revision=violation.revision,
        by=people.officer,
        on=ON,
    )
    do(order, "submit", people.officer)
    with pytest.raises(Refused, match="您看到的不是最新内容"):
        do(order, "approve", people.lead, revision=seen)
    assert do(order, "approve", people.lead).status == OrderStatus.APPROVED


def test_annulling_the_order_of_a_touch_does_not_open_the_way_back(people):
    people.item = make_item(
        people.bureau,
        since=date(2025, 6, 1),
        removal=RemovalRule.AT_TOUCH,
        removal_reason="依四（一），危害严重",
    )
    order = issued(people)
    (removal,) = removals_of(order)
    do(order, "annul", people.lead)
    case = order.violation.case
    case.decision, case.reason, case.decided_on = CaseDecision.NOT_FILED, "轻微", ON
    case.save()
    with pytest.raises(Refused, match="请先重新制发"):
        let_back(removal, reason="已改正", by=people.lead, on=LATER)
    assert not removals_for(people.lead).filter(may_return()).exists()


class TestHandlingPutRight:
    def test_a_corrected_number_takes_nobody_out_again(self):
        people = judging.make_people()
        violation = judging.recorded(people)
        self.handle(people, violation, "渝中市监罚〔2026〕5号", date(2026, 11, 20))
        removal = Removal.objects.for_system("test").get(violation=violation)
        let_back(removal, reason="停产停业期满", by=people.lead, on=ON)
        self.handle(people, violation, "渝中市监罚〔2026〕6号", date(2026, 11, 20))
        assert Removal.objects.for_system("test").filter(violation=violation).count() == 1
        self.handle(people, violation, "渝中市监罚〔2026〕7号", ON)
        assert Removal.objects.for_system("test").filter(violation=violation).count() == 2

    @staticmethod
    def handle(people, violation, number, day):
        set_handling(
            violation,
            handling=Handling.SUSPENSION,
            number=number,
            handled_on=day,
            revision=judging.fresh(violation).revision,
            by=people.officer,
            on=ON,
        )


def test_what_the_list_says_of_punishment_is_looked_at_before_the_order_is_issued(people):
    people.item = make_item(people.bureau, since=date(2025, 6, 1), punish_basis="本局红线清单第3项")
    order = drafted(people)
    with pytest.raises(Refused, match="逾期后果"):
        do(order, "submit", people.officer)
    assert edit(order, people.officer, demands="改正").status == OrderStatus.DRAFT


class TestTheReviewOfAnOrdinaryOrder:
    def test_it_goes_where_the_report_turns_out_to_be_in_time(self, people):
        order = served(people, ordinary=True)
        scan(LATER)
        do(order, "report", people.officer, LATER, received_on=DUE)
        (review,) = reviews_of(order)
        assert (review.outcome, review.decided_by) == (ReviewOutcome.KEPT, None)
        assert "未逾期" in review.reason
        with pytest.raises(Refused, match="系统已于"):
            propose_review(
                review,
                outcome="kept",
                reason="已改正",
                revision=review.revision,
                by=people.officer,
                on=LATER,
            )

    def test_it_stands_there_anew_where_the_order_falls_due_again(self, people):
        order = served(people, ordinary=True)
        do(order, "ask_extension", people.station, DUE, days=5)
        scan(LATER)
        again = date(2026, 12, 25)
        do(order, "decide_extension", people.lead, again)
        (review,) = reviews_of(order)
        assert (review.outcome, review.raised_on) == (ReviewOutcome.OPEN, again)
        assert (review.reason, review.decided_on) == ("", None)

    def test_what_a_lead_decided_stands(self, people):
        order = served(people, ordinary=True)
        scan(LATER)
        (review,) = reviews_of(order)
        said = {"outcome": "referred", "referred_to": "税务局", "reason": "涉税", "on": LATER}
        review = propose_review(review, **said, revision=0, by=people.officer)
        decide_review(review, **said, revision=1, by=people.lead)
        do(order, "report", people.officer, LATER, received_on=DUE)
        (review,) = reviews_of(order)
        assert (review.outcome, review.decided_by) == (ReviewOutcome.REFERRED, people.lead)
