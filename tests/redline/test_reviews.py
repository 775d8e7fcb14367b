"""The review list: raised once, proposed, decided by another, red when its day has passed."""

from datetime import date, timedelta

import pytest

from core.errors import Refused
from core.workdays import add_working_days
from redline.actions.reviews import (
    OUTCOMES,
    decide_review,
    late_reviews,
    open_reviews,
    propose_review,
    raise_review,
)
from redline.choices import OrderOrigin, OrderStatus, RemovalCause, ReviewCause, ReviewOutcome
from redline.models import Removal, Review
from tests.factories import make_user
from tests.redline.factories import make_order, make_violation
from tests.redline.outside import days_outside
from tests.zones.declaring import make_people

pytestmark = pytest.mark.django_db

ON = date(2026, 11, 24)
PEOPLE = (
    *("officer", "lead", "second_lead", "station", "city", "city_other", "city_lead"),
    *("elsewhere", "lead_elsewhere", "unit", "auditor", "security", "system", "nobody"),
)
LEADS = {"lead", "second_lead"}
DISTRICT = LEADS | {"officer"}
KEPT, OUT, REFERRED = ReviewOutcome.KEPT, ReviewOutcome.MOVED_OUT, ReviewOutcome.REFERRED


@pytest.fixture
def people():
    return make_people()


def raised(people, on=ON):
    return raise_review(make_violation(bureau=people.bureau), ReviewCause.PENALTY, on=on)


def propose(review, by, outcome=KEPT, **said):
    said = {"reason": "情节轻微", "revision": fresh(review).revision} | said
    return propose_review(review, outcome=outcome, by=by, on=ON, **said)


def decide(review, by, outcome=KEPT, **said):
    said = {"reason": "同意", "revision": fresh(review).revision} | said
    return decide_review(review, outcome=outcome, by=by, on=ON, **said)


def proposed(people, outcome=KEPT, **said):
    return propose(raised(people), people.officer, outcome, **said)


def fresh(review):
    return Review.objects.for_system("test").get(pk=review.pk)


class TestRaising:
    def test_it_is_due_after_fifteen_working_days(self, people):
        review = raised(people)
        assert (review.raised_on, review.days) == (ON, 15)
        assert review.due_on == add_working_days(ON, 15) == date(2026, 12, 15)
        assert review.bureau == people.bureau

    def test_the_same_again_is_the_same_entry_with_its_first_day(self, people):
        review = raised(people)
        later = ON + timedelta(days=9)
        assert raise_review(review.violation, ReviewCause.PENALTY, on=later) == review
        assert fresh(review).raised_on == ON

    def test_also_when_it_was_decided(self, people):
        review = proposed(people)
        decide(review, people.lead)
        again = raise_review(review.violation, ReviewCause.PENALTY, on=ON)
        assert (again, again.outcome) == (review, KEPT)

    def test_another_cause_or_order_is_another_entry(self, people):
        review = raised(people)
        order = make_order(
            review.violation, origin=OrderOrigin.ORDINARY, status=OrderStatus.OVERDUE
        )
        other = raise_review(review.violation, ReviewCause.OVERDUE, order=order, on=ON)
        assert (other.order, other.pk != review.pk) == (order, True)


class TestWhoMay:
    def test_officers_and_leads_of_the_bureau_propose(self, people):
        for name in PEOPLE:
            review, by = raised(people), getattr(people, name)
            if name in DISTRICT:
                assert propose(review, by).proposed_by == by
                continue
            with pytest.raises(Refused):
                propose(review, by)
            assert fresh(review).proposed == "", name

    def test_a_lead_decides_what_another_proposed(self, people):
        for name in PEOPLE:
            review, by = proposed(people), getattr(people, name)
            if name in LEADS:
                assert decide(review, by).decided_by == by
                continue
            with pytest.raises(Refused):
                decide(review, by)
            assert fresh(review).outcome == ReviewOutcome.OPEN, name

    def test_nothing_is_open_once_it_was_decided(self, people):
        review = proposed(people)
        decide(review, people.lead)
        for name in PEOPLE:
            for verb in (propose, decide):
                with pytest.raises(Refused):
                    verb(review, getattr(people, name), OUT)
        assert fresh(review).outcome == KEPT

    def test_nobody_decides_what_nobody_proposed(self, people):
        review = raised(people)
        for name in PEOPLE:
            with pytest.raises(Refused):
                decide(review, getattr(people, name))

    def test_a_lead_does_not_decide_on_the_own_proposal(self, people):
        review = propose(raised(people), people.lead)
        with pytest.raises(Refused, match="建议由您提出"):
            decide(review, people.lead)
        assert decide(review, people.second_lead).outcome == KEPT

    def test_a_later_proposal_by_somebody_else_frees_the_lead(self, people):
        review = propose(raised(people), people.lead)
        propose(review, people.officer, OUT)
        assert decide(review, people.lead).outcome == KEPT


class TestDeciding:
    def test_kept_in_changes_no_day(self, people):
        review = decide(proposed(people), people.lead)
        assert (review.outcome, review.decided_on, review.reason) == (KEPT, ON, "同意")
        assert days_outside(review.entity) == []

    def test_moved_out_takes_out_from_the_day_with_the_reason(self, people):
        review = decide(proposed(people), people.lead, OUT, reason="屡次违法")
        removal = Removal.objects.for_system("test").get(violation=review.violation)
        assert (removal.cause, removal.since, removal.reason, removal.made_by) == (
            *(RemovalCause.REVIEW, ON, "屡次违法"),
            people.lead,
        )
        assert days_outside(review.entity) == [(ON, None)]

    def test_moved_out_for_an_overdue_order_names_the_order(self, people):
        violation = make_violation(bureau=people.bureau)
        order = make_order(violation, origin=OrderOrigin.ORDINARY, status=OrderStatus.OVERDUE)
        review = raise_review(violation, ReviewCause.OVERDUE, order=order, on=ON)
        decide(propose(review, people.officer, OUT), people.lead, OUT)
        removal = Removal.objects.for_system("test").get(violation=violation)
        assert (removal.order, removal.order_number) == (order, order.number.text)

    def test_referred_says_to_whom(self, people):
        review = proposed(people, REFERRED, referred_to="市公安局")
        assert fresh(review).referred_to == "市公安局"
        with pytest.raises(Refused, match="请填写移送单位"):
            decide(review, people.lead, REFERRED)
        assert decide(review, people.lead, REFERRED, referred_to="检察院").referred_to == "检察院"
        assert days_outside(review.entity) == []

    def test_a_lead_may_decide_otherwise_than_proposed(self, people):
        review = proposed(people, REFERRED, referred_to="市公安局")
        found = decide(review, people.lead, KEPT)
        assert (found.outcome, found.proposed, found.referred_to) == (KEPT, REFERRED, "")

    @pytest.mark.parametrize("verb", [propose, decide])
    def test_an_unknown_outcome_and_no_reason_are_refused(self, people, verb):
        review = raised(people) if verb is propose else proposed(people)
        by = people.officer if verb is propose else people.lead
        for outcome in (ReviewOutcome.OPEN, "", "lost"):
            with pytest.raises(Refused, match="请选择复核结果"):
                verb(review, by, outcome)
        for outcome in OUTCOMES:
            with pytest.raises(Refused, match="理由"):
                verb(review, by, outcome, referred_to="市公安局", reason=" ")

    def test_of_two_who_decide_the_second_is_told(self, people):
        review = proposed(people)
        decide(review, people.lead)
        with pytest.raises(Refused, match=f"{people.lead.name}已于.*决定该复核（保留）"):
            decide(review, people.second_lead, OUT)
        assert days_outside(review.entity) == []

    def test_a_proposal_that_was_not_seen_is_not_decided_on(self, people):
        review = proposed(people)
        propose(review, people.officer, OUT, reason="另有证据")
        with pytest.raises(Refused, match=f"{people.officer.name}已于.*提出新的建议"):
            decide(review, people.lead, revision=review.revision)


def test_past_its_day_it_is_red_for_the_city_and_for_its_own_bureau(people):
    review, other = raised(people), raised(people, ON + timedelta(days=10))
    for viewer in (people.city, people.lead):
        assert list(late_reviews(viewer, review.due_on)) == []
        late = late_reviews(viewer, review.due_on + timedelta(days=1))
        assert list(late) == [review]
        assert list(open_reviews(viewer)) == [review, other]
    elsewhere = make_user("district_lead")
    assert not open_reviews(elsewhere).exists()
    decide(propose(review, people.officer), people.lead)
    assert not late_reviews(people.city, review.due_on + timedelta(days=1)).exists()
