"""What was done about a violation, by whom and when: from its rows and from the change log.

Rows that are written once tell of themselves. The columns of the others say only how they stand,
so who changed them is read from the log of changes, which the database writes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q

from core.models import Change
from redline.choices import (
    CaseDecision,
    Handling,
    ReviewOutcome,
    ViolationStatus,
)
from redline.models import (
    Case,
    Evidence,
    ListMatch,
    Measure,
    OrderStep,
    Removal,
    Review,
    Violation,
)
from redline.workflow import step_said
from staff.models import User

WHY = "telling what was done about a violation that the viewer may see"
Status = ViolationStatus

STEPS = {
    Status.OPEN: "退回研判",
    Status.JUDGED: "确认触碰，待批准",
    Status.TOUCHED: "批准触碰",
    Status.ORDINARY: "按一般违法办理",
    Status.VOID: "作废",
}
"""What it is called that a violation came to stand where it stands."""


@dataclass(frozen=True)
class Told:
    """One line of the story; ``who`` is empty where the system did it."""

    at: datetime
    what: str
    who: str
    text: str = ""


def story_of(violation: Violation, viewer: User) -> list[Told]:
    """Return what was done about a violation as far as the viewer may see it, the newest first."""
    told = [
        Told(violation.recorded_at, "登记", violation.recorded_by.name),
        *_of_rows(violation, viewer),
        *_of_log(violation, viewer),
    ]
    return sorted(told, key=lambda one: one.at, reverse=True)


def _of_rows(violation: Violation, viewer: User) -> Iterator[Told]:
    def rows(model: Any, person: str, **of: Any) -> Any:
        found = model.objects.visible_to(viewer)
        return found.filter(**of or {"violation": violation}).select_related(person)

    for one in rows(Evidence, "added_by"):
        yield Told(one.added_at, "上传证据", one.added_by.name, one.title)
    for one in rows(ListMatch, "judged_by").select_related("item", "judged_by"):
        said = "适用" if one.applies else "不适用"
        yield Told(one.judged_at, "核对清单", one.judged_by.name, f"{one.item}：{said}")
    for one in rows(Measure, "recorded_by"):
        said = f"{one.get_kind_display()} {one.document_number}（{one.taken_on}）"
        yield Told(one.recorded_at, "登记措施", one.recorded_by.name, said)
    for one in rows(OrderStep, "done_by", order__violation=violation):
        who = one.done_by.name if one.done_by else ""
        what = f"责令改正：{step_said(one.action)}"
        yield Told(one.recorded_at, what, who, one.opinion)
    for one in rows(Removal, "made_by"):
        who = one.made_by.name if one.made_by else ""
        yield Told(one.made_at, "移出沙盒", who, f"{one.get_cause_display()}，自{one.since}起")
    yield from _of_reviews(rows(Review, "proposed_by").select_related("proposed_by", "decided_by"))


def _of_reviews(reviews: Iterable[Review]) -> Iterator[Told]:
    for one in reviews:
        if one.proposed_at and one.proposed_by:
            said = f"建议{ReviewOutcome(one.proposed).label}：{one.proposal_reason}"
            yield Told(one.proposed_at, "复核建议", one.proposed_by.name, said)
        if one.decided_at and one.decided_by:
            said = f"{one.get_outcome_display()}：{one.reason}"
            yield Told(one.decided_at, "复核决定", one.decided_by.name, said)


def _of_log(violation: Violation, viewer: User) -> Iterator[Told]:
    """Tell what the columns of the violation and of its case went through."""
    keys: dict[Any, set[int]] = {Violation: {violation.pk}}
    cases = Case.objects.visible_to(viewer).filter(violation=violation)
    keys[Case] = set(cases.values_list("pk", flat=True))
    wanted = Q(pk__in=())
    for model, found in keys.items():
        wanted |= Q(table_name=model._meta.db_table, row_key__in=found)
    lines = list(Change.objects.for_system(WHY).filter(wanted, verb=Change.Verb.UPDATE))
    people = User.accounts.for_system(WHY).in_bulk({line.actor_id for line in lines} - {None})
    for line in lines:
        of_case = line.table_name == Case._meta.db_table
        for what, text in (_case_told if of_case else _violation_told)(line.after or {}):
            person = people.get(line.actor_id) if line.actor_id else None
            yield Told(line.at, what, person.name if person else "", text)


def _violation_told(after: dict[str, Any]) -> Iterator[tuple[str, str]]:
    if after.get("received_at"):
        yield "接收抄告", ""
    if "status" in after:
        why = after.get("why_no_touch") or after.get("void_reason") or ""
        yield STEPS[Status(after["status"])], why
    if "handling" in after or "handling_number" in after:
        handling = after.get("handling")
        said = str(Handling(handling).label) if handling else ""
        yield "登记处理", " ".join(word for word in (said, after.get("handling_number")) if word)


def _case_told(after: dict[str, Any]) -> Iterator[tuple[str, str]]:
    if after.get("extension_days"):
        yield (
            "延长立案期限",
            f"{after['extension_days']}个工作日：{after.get('extension_reason', '')}",
        )
    if "decision" in after:
        decision = CaseDecision(after["decision"])
        said = " ".join(word for word in (after.get("case_number"), after.get("reason")) if word)
        yield f"决定{decision.label}", said
    if after.get("closed_on"):
        yield "结案", after.get("outcome", "")
