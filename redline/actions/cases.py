"""The second clock of a confirmed touch: 立案 or 不予立案; and measures, on any day (readings 11).

The order does not wait for the case, nor the case for the order; re-entry needs both ended.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from core.errors import Refused
from core.workdays import hold_calendar
from entities.actions.base import action, need
from policy.limits import limits_in_force
from redline.actions.violation_base import lock_for
from redline.choices import CaseDecision, ListKind, MeasureKind
from redline.models import Case, ListMatch, Measure, Violation
from redline.violation_workflow import CASE_STEPS, case_stands_for
from staff.models import User
from staff.permissions import demand

CLAUSE = "readings 11"
ELSEWHERE = "该立案决定不在您的管辖范围内，请联系办理单位。"
WHY = "the case of a violation"
LONGEST = 2000  # characters


def begin_case(violation: Violation, *, on: date) -> Case:
    """Start the clock of a violation whose touch was approved; what runs already is returned.

    In the caller's transaction, which holds the calendar and the violation.
    """
    held = Case.objects.for_system(WHY).filter(violation=violation).first()
    if held is not None:
        return held
    days = limits_in_force(on)["cases.working_days"]
    due_on = hold_calendar().add_working_days(on, days)
    case = Case(violation=violation, begun_on=on, days=days, due_on=due_on)
    case.save(force_insert=True)
    return case


@action
def decide_case(
    case: Case,
    *,
    decision: str,
    decided_on: date,
    case_number: str = "",
    reason: str = "",
    by: User,
    on: date,
) -> Case:
    """Record 立案 with its number, or 不予立案 with the reason; a late decision is still one."""
    found = _lock(case, "decide", by)
    if decision not in (CaseDecision.FILED, CaseDecision.NOT_FILED):
        raise Refused(CLAUSE, "请选择立案或不予立案。")
    _demand_day(decided_on, found.violation.found_on, on, "决定日", "发现日")
    said: dict[str, Any] = {"reason": _text(reason, "理由")}
    if decision == CaseDecision.FILED:
        said["case_number"] = _text(need(case_number, "案号", CLAUSE), "案号", 100)
    else:
        need(reason, "不予立案的理由", CLAUSE)
    return _keep(found, decision=decision, decided_on=decided_on, decided_by=by, **said)


@action
def extend_case(case: Case, *, reason: str, by: User, on: date) -> Case:
    """Extend the time for the decision once, by ``cases.extension_working_days``, as the lead.

    Refused once the day has passed: what is late is decided, not extended.
    """
    hold_calendar()
    found = _lock(case, "extend", by)
    said = _text(need(reason, "延长理由", CLAUSE), "延长理由")
    if on > found.due_on:
        raise Refused(CLAUSE, f"决定期限{found.due_on}已过，不能再延长，请尽快作出决定。")
    more = limits_in_force(on)["cases.extension_working_days"]
    if not more:
        raise Refused(CLAUSE, "现行参数不允许延长决定期限，请在期限内作出决定。")
    due_on = hold_calendar().add_working_days(found.begun_on, found.days + more)
    return _keep(
        found,
        extended_by=by,
        extension_days=more,
        extension_reason=said,
        due_on=max(due_on, found.due_on),
    )


@action
def close_case(case: Case, *, outcome: str, closed_on: date, by: User, on: date) -> Case:
    """Record how a filed case ended; re-entry needs it (readings 15)."""
    found = _lock(case, "close", by)
    said = _text(need(outcome, "处理结果", CLAUSE), "处理结果")
    assert found.decided_on is not None  # a filed case was decided
    _demand_day(closed_on, found.decided_on, on, "结案日", "立案决定日")
    return _keep(found, outcome=said, closed_on=closed_on, closed_by=by)


def _lock(case: Case, name: str, by: User) -> Case:
    """Lock a case of this person's own bureau for a step; refuse where it is not open."""
    step = CASE_STEPS[name]
    demand(by, step.verb)
    if not Case.objects.visible_to(by).filter(pk=case.pk).exists():
        raise Refused("readings 4", ELSEWHERE)
    people = ("decided_by", "extended_by", "closed_by")
    rows = Case.objects.for_system(WHY).select_related("violation__bureau", *people)
    found: Case = rows.select_for_update(no_key=True, of=("self",)).get(pk=case.pk)
    if found.violation.bureau_id != by.bureau_id:
        raise Refused("readings 4", ELSEWHERE)
    if not case_stands_for(found, name):
        raise Refused(CLAUSE, _moved_on(found, name))
    return found


def _moved_on(case: Case, name: str) -> str:
    """Say who was first, and where the case stands."""
    if name == "close" and case.decision != CaseDecision.FILED:
        return f"该案现为“{case.get_decision_display()}”，只有立案的才登记结案，请刷新后查看。"
    if case.closed_by is not None:
        return f"{case.closed_by.name}已登记该案于{case.closed_on}结案，请刷新后查看。"
    if case.decided_by is not None:
        who, what = case.decided_by.name, case.get_decision_display()
        return f"{who}已登记“{what}”（{case.decided_on}），请刷新后查看。"
    who = case.extended_by.name if case.extended_by else "负责人"
    return f"{who}已批准延长至{case.due_on}，决定期限只能延长一次。"


def _keep(case: Case, **columns: Any) -> Case:
    """Write columns of a locked case, naming the decision under which it was found."""
    rows = Case.objects.for_system(WHY).filter(pk=case.pk, decision=case.decision)
    if not rows.update(**columns):
        raise Refused(CLAUSE, "该案已被他人办理，请刷新后查看。")
    case.refresh_from_db()
    return case


def _text(text: str, what: str, longest: int = LONGEST) -> str:
    if len(text.strip()) > longest:
        raise Refused(CLAUSE, f"{what}最多{longest}字，请删减。")
    return text.strip()


def _demand_day(day: date | None, first: date, on: date, what: str, after: str) -> None:
    if day is None:
        raise Refused(CLAUSE, f"请填写{what}。")
    if day > on:
        raise Refused(CLAUSE, f"{what}{day}晚于今天{on}，请改正。")
    if day < first:
        raise Refused(CLAUSE, f"{what}{day}早于{after}{first}，请改正。")


@action
def take_measure(
    violation: Violation,
    *,
    kind: str,
    taken_on: date,
    document_number: str,
    note: str = "",
    by: User,
    on: date,
) -> Measure:
    """Record 查封扣押 or 移送公安, on any day, beside order and case.

    Where an item of the no-coercion list was found to apply, a seizure says why it was needed.
    """
    found = lock_for("take_measure", violation, by)
    if kind not in MeasureKind.values:
        raise Refused(CLAUSE, "请选择措施：查封扣押或移送公安。")
    _demand_day(taken_on, found.acted_from, on, "实施日", "行为开始日")
    number = _text(need(document_number, "文书号", CLAUSE), "文书号", 100)
    said = _text(note, "说明")
    if kind == MeasureKind.SEIZURE and not said:
        _demand_none_spared(found)
    measure = Measure(
        violation=found,
        kind=kind,
        taken_on=taken_on,
        document_number=number,
        note=said,
        recorded_by=by,
    )
    measure.save(force_insert=True)
    return measure


def _demand_none_spared(violation: Violation) -> None:
    matches = ListMatch.objects.for_system(WHY).filter(violation=violation, applies=True)
    spared = matches.filter(item__version__kind=ListKind.NO_COERCION).select_related("item").first()
    if spared is not None:
        raise Refused(
            "4.1",
            f"已核对适用不予实施行政强制措施的事项{spared.item.code}，"
            "仍实施查封扣押的，请在说明中写明理由。",
        )
