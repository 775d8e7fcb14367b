"""What follows in the demonstration: cases, ordinary violations and reviews, the way back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from redline.actions.cases import close_case, decide_case, extend_case, take_measure
from redline.actions.orders import draft_order
from redline.actions.removals import let_back, revoke_removal, settle_follow_up
from redline.actions.reviews import decide_review, propose_review
from redline.actions.violations import (
    hold_against,
    not_a_touch,
    receive,
    set_handling,
    void_violation,
)
from redline.choices import (
    CaseDecision,
    FollowUpKind,
    Handling,
    ListKind,
    MeasureKind,
    PaperKind,
    ReviewOutcome,
)
from redline.demo.acts import FRAUD, MINOR, STALE, STANDARD, UNLICENSED, Act, found
from redline.demo.people import WHY, City, District
from redline.demo.running import Running
from redline.matching import mild_items
from redline.models import Case, FollowUp, Removal, Review, Violation
from redline.papers.making import make_paper

DECIDED_AFTER = 9
"""So many days after its touch was approved an old case is decided."""

TWICE = "同一行为重复登记。"
NO_TOUCH = "情节轻微，及时改正，未达到清单所列触碰标准。"


def decide_cases(district: District, told: Mapping[str, Running], on: date) -> None:
    """Decide the cases of old touches, extend one, and close those whose entities came back."""
    for name, run in told.items():
        case = Case.objects.for_system(WHY).filter(violation=run.order.violation_id).first()
        if case is None or name in ("overdue", "recheck_late"):
            continue
        day = case.begun_on + timedelta(days=DECIDED_AFTER)
        if name == "extended":
            extend_case(case, reason="涉案票据需向外省协查。", by=district.lead, on=on)
        elif day <= on:
            _decide(district, case, name, day)


def _decide(district: District, case: Case, name: str, day: date) -> None:
    by: dict[str, Any] = {"by": district.officer, "on": day}
    if name in ("mended", "ended"):
        reason = "当事人已按期改正，危害后果轻微，不予立案。"
        decide_case(case, decision=CaseDecision.NOT_FILED, decided_on=day, reason=reason, **by)
        return
    number = f"{district.bureau.short_name.removesuffix('局')}市监案〔{day.year}〕{case.pk}号"
    decision = CaseDecision.FILED
    filed = decide_case(case, decision=decision, decided_on=day, case_number=number, **by)
    if name in ("mended_late", "back", "mended_long"):
        closed = day + timedelta(days=15)
        outcome = "责令改正，给予警告，罚款5000元，已履行。"
        close_case(filed, outcome=outcome, closed_on=closed, by=district.officer, on=closed)
    if name == "not_mended":
        take_measure(
            filed.violation,
            kind=MeasureKind.SEIZURE,
            taken_on=day,
            document_number=f"查封扣押〔{day.year}〕{case.pk}号",
            note="防止不合格产品继续流入市场。",
            **by,
        )


def return_some(district: District, told: Mapping[str, Running], on: date) -> None:
    """Let one back, revoke one that reported in time, and one that the lead found wrong."""
    back = _removal(told["back"])
    let_back(
        back,
        reason="已改正，案件已结，同意重新移入。",
        by=district.lead,
        on=on - timedelta(days=6),
    )
    late = told["revoked"]
    late.order.refresh_from_db()
    late.day = on - timedelta(days=2)
    late.reported(posted_on=late.order.due_on)
    wrong = _removal(told["overdue_long"])
    said = "送达地址有误，当事人未实际收到，移出自始不当。"
    revoke_removal(wrong, reason=said, by=district.lead, on=on - timedelta(days=3))
    rows = FollowUp.objects.for_system(WHY).filter(removal=wrong, kind=FollowUpKind.REVOKED)
    note = "已核对台账，纳入情形恢复。"
    settle_follow_up(rows.get(), note=note, by=district.lead, on=on - timedelta(days=1))


PAPERS = {
    "green": (PaperKind.ORDER,),
    "overdue": (PaperKind.ORDER, PaperKind.RECEIPT),
    "extended": (PaperKind.EXTENSION,),
    "referred": (PaperKind.REFERRAL,),
    "mended": (PaperKind.ORDER, PaperKind.RECEIPT, PaperKind.RECHECK, PaperKind.CLOSING),
}
"""Which papers were made, by the story of their order."""


def make_papers(district: District, told: Mapping[str, Running], on: date) -> None:
    """Make every kind of paper once at least."""
    for name, kinds in PAPERS.items():
        for kind in kinds:
            make_paper(told[name].order, kind, by=district.officer, on=on)


def _removal(run: Running) -> Removal:
    rows = Removal.objects.for_system(WHY).filter(order=run.order.pk, revoked_at=None)
    removal: Removal = rows.get()
    return removal


def make_ordinary(district: District, acts: Sequence[Act], on: date) -> None:
    """Ordinary violations: judged, ordered to be corrected, overdue; and what is yet to be judged.

    ``acts`` were found on the last days and nobody has looked at them.
    """
    _no_touch(district, on - timedelta(days=8))
    late = _no_touch(district, on - timedelta(days=28))
    order = draft_order(late, by=district.officer, on=late.found_on, demands=MINOR.demands)
    run = Running(district, order, late.found_on).filled(MINOR.demands)
    run.submitted().later(1).approved().issued().later(1).served()
    for number, act in enumerate(acts, 1):
        found(district, next(district.rest), act, on - timedelta(days=number))
    found(district, next(district.near), STALE, on - timedelta(days=1), by=district.station)


def make_mild(district: District, on: date) -> None:
    """Hold the city's list of mild conduct against an act; void what was recorded twice."""
    _mild(district, on - timedelta(days=3))
    twice = found(district, next(district.rest), UNLICENSED, on - timedelta(days=2))
    revision = twice.revision
    void_violation(twice, reason=TWICE, revision=revision, by=district.officer, on=on)


def _no_touch(district: District, day: date) -> Violation:
    violation = found(district, next(district.rest), MINOR, day)
    revision = violation.revision
    return not_a_touch(violation, reason=NO_TOUCH, revision=revision, by=district.officer, on=day)


def _mild(district: District, day: date) -> None:
    """Hold the city's list of mild conduct against an act, and record that it is not punished."""
    violation = found(district, next(district.rest), STALE, day)
    by: dict[str, Any] = {"by": district.officer, "on": day}
    item = next(one for one in mild_items(violation, ListKind.NO_PENALTY) if one.code == STALE.code)
    hold_against(violation, item, ticked=range(len(item.conditions)), note="当场下架。", **by)
    violation.refresh_from_db()
    set_handling(
        *(violation,),
        handling=Handling.NO_PENALTY,
        handled_on=day,
        revision=violation.revision,
        **by,
    )


def penalised(district: District, handling: str, day: date) -> Violation:
    """Record an ordinary violation and how it was punished."""
    violation = found(district, next(district.rest), STANDARD, day)
    reason = "行为发生在清单所列情形之外，按一般违法办理。"
    violation = not_a_touch(
        violation, reason=reason, revision=violation.revision, by=district.officer, on=day
    )
    return set_handling(
        violation,
        handling=handling,
        number=f"市监罚〔{day.year}〕{violation.pk}号",
        handled_on=day,
        revision=violation.revision,
        by=district.officer,
        on=day,
    )


def make_reviews(district: District, on: date) -> None:
    """Reviews that wait: one overdue, one fresh, one that the officer proposed to the lead."""
    penalised(district, Handling.ORDINARY, on - timedelta(days=30))
    penalised(district, Handling.ORDINARY, on - timedelta(days=2))
    _proposed(district, ReviewOutcome.KEPT, on - timedelta(days=5))


def end_reviews(district: District, on: date) -> None:
    """Reviews that ended, one in each way; and a business that was shut, which is out by that."""
    penalised(district, Handling.SUSPENSION, on - timedelta(days=9))
    outcomes = (ReviewOutcome.KEPT, ReviewOutcome.MOVED_OUT, ReviewOutcome.REFERRED)
    for number, outcome in enumerate(outcomes):
        review = _proposed(district, outcome, on - timedelta(days=20 + number))
        decide_review(
            review,
            outcome=outcome,
            reason="同意承办人意见。",
            referred_to=review.referred_to,
            revision=review.revision,
            by=district.lead,
            on=on - timedelta(days=10 + number),
        )


def _proposed(district: District, outcome: str, day: date) -> Review:
    violation = penalised(district, Handling.ORDINARY, day)
    review: Review = Review.objects.for_system(WHY).get(violation=violation)
    return propose_review(
        review,
        outcome=outcome,
        reason="已履行处罚并改正，风险可控。" if outcome == ReviewOutcome.KEPT else "风险较高。",
        referred_to="区应急管理局" if outcome == ReviewOutcome.REFERRED else "",
        revision=review.revision,
        by=district.officer,
        on=day + timedelta(days=2),
    )


def pass_on(city: City, district: District, on: date) -> None:
    """What the city and its unit found is passed on: one is received, two wait."""
    days = [on - timedelta(days=number) for number in (7, 4, 2)]
    taken = found(district, next(district.rest), FRAUD, days[0], by=city.officer)
    receive(taken, by=district.officer, on=days[0] + timedelta(days=1))
    found(district, next(district.rest), STANDARD, days[1], by=city.officer)
    found(district, next(district.food), UNLICENSED, days[2], by=city.unit)
