"""The page of a violation: facts, list, evidence, orders, case, mild lists, what was done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from core.attachments import TAKEN
from core.errors import Refused
from desk.forms.violations import (
    MOST_FILES,
    CaseClosingForm,
    CaseDecisionForm,
    CaseExtensionForm,
    EvidenceForm,
    HandlingForm,
    MeasureForm,
    SupervisorForm,
    VoidForm,
    WhyNotForm,
)
from desk.once import token_for
from desk.violations.sentences import BENEFIT, match_said, version_said
from desk.violations.story import story_of
from entities.models import Entity
from policy.limits import limits_in_force
from redline.actions.violation_base import finder_of
from redline.choices import ListKind, ViolationStatus
from redline.lists import in_force
from redline.matching import earlier_of_kind, touchable, why_none
from redline.models import (
    Case,
    Evidence,
    ListItem,
    ListMatch,
    ListVersion,
    Measure,
    Order,
    Removal,
    Review,
    Touch,
    Violation,
)
from redline.supervision import supervision_on
from redline.violation_queries import violations_for
from redline.violation_workflow import VIOLATION_STEPS, case_steps, is_passed_on, violation_steps
from redline.workflow import OPEN
from staff.models import User
from staff.permissions import may

FORMS: dict[str, type[forms.Form]] = {
    "evidence": EvidenceForm,
    "why_not": WhyNotForm,
    "handling": HandlingForm,
    "supervisor": SupervisorForm,
    "void": VoidForm,
    "case_decide": CaseDecisionForm,
    "case_extend": CaseExtensionForm,
    "case_close": CaseClosingForm,
    "measure": MeasureForm,
}
"""The small forms of the page, by the name that their fields' ids begin with."""

DAYS = ("handled_on", "decided_on", "closed_on", "taken_on")


@dataclass(frozen=True)
class Applied:
    """Whose list applies by which version, and its items; where there are none, ``why``."""

    version: ListVersion | None
    said: str
    items: list[ListItem]
    why: str


@dataclass(frozen=True)
class Mild:
    """One of the mild lists on the page: its name, what it brings, the items held against it."""

    kind: str
    label: str
    benefit: str
    matches: list[tuple[ListMatch, str]]


def violation_or_404(viewer: User, pk: int) -> Violation:
    """Return a violation of the viewer's scope; one outside it does not exist for the viewer."""
    found = violations_for(viewer).select_related("entity__bureau").filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def applied_to(violation: Violation) -> Applied:
    """Return the red-line list that applies to the act, or why none does (readings 10)."""
    version = in_force(ListKind.RED_LINE, violation.list_bureau, violation.acted_until)
    said = version_said(version) if version else ""
    return Applied(version, said, touchable(violation), why_none(violation))


def supervision_said(violation: Violation) -> str:
    """Say who supervised the entity on the last day of the act, and how that is known."""
    day, bureau = violation.acted_until, violation.list_bureau
    said = f"{day}由{bureau}监管。"
    if violation.list_bureau_reason:
        return f"{said}（人工更正：{violation.list_bureau_reason}）"
    try:
        found = supervision_on(violation.entity, day)
    except Refused:  # the register lost the place since; what was found then stands
        return said
    return found.sentence if found.bureau == bureau else said


def form_of(name: str, *sent: Any, on: date | None = None) -> forms.Form:
    """Return one of the page's forms, filled with what was sent or, unsent, with today."""
    made: Any = FORMS[name]
    filled: forms.Form = made(*sent, initial=dict.fromkeys(DAYS, on), auto_id=f"{name}_%s")
    return filled


def detail(
    request: HttpRequest,
    violation: Violation,
    *,
    bound: Mapping[str, forms.Form] | None = None,
    refusal: Refused | None = None,
) -> HttpResponse:
    """Show a violation; ``bound`` are forms that came back with what was typed."""
    today = timezone.localdate()
    viewer: Any = request.user
    orders = list(_rows(Order, violation, viewer, "number", "officer"))
    case = _rows(Case, violation, viewer, "decided_by", "extended_by", "closed_by").first()
    sent = dict(bound or {})
    blank = {name: form_of(name, on=today) for name in FORMS if name not in sent}
    context = {
        "violation": violation,
        "finder": finder_of(violation),
        "passed_on": is_passed_on(violation),
        "applied": applied_to(violation),
        "orders": orders,
        "case": case,
        "steps": (steps := violation_steps(violation, viewer)),
        "why_nothing": "" if FOLDED & set(steps) else why_nothing(violation, viewer),
        "case_steps": case_steps(case, viewer) if case else [],
        "may_pass_on": "pass_on" in steps and moved_away(violation),
        "supervision": supervision_said(violation),
        "may_order": may_order(violation, orders, viewer),
        "forms": blank | sent,
        "sent": sent.keys(),
        "today": today,
        "once": token_for(request),
        "refusal": refusal,
        **_around(violation, viewer, today),
    }
    status = 409 if refusal else 200
    return render(request, "desk/violation_detail.html", context, status=status)


FOLDED = frozenset(VIOLATION_STEPS) - {"hold_against", "take_measure", "add_evidence", "edit"}
"""The steps that stand in the box of what may be done; the others stand where they belong."""


def why_nothing(violation: Violation, viewer: User) -> str:
    """Say who deals with a violation of which this account takes no step."""
    if violation.status == ViolationStatus.VOID:
        return "该登记已作废。"
    if violation.bureau_id != viewer.bureau_id:
        return f"由{violation.bureau.short_name}研判办理，您可以查看。"
    return "由本局经办人和负责人研判办理，您可以查看和上传证据。"


def moved_away(violation: Violation) -> bool:
    """Whether another bureau supervises the entity now than the one that deals with it."""
    return violation.entity.bureau_id not in (None, violation.bureau_id)


def may_order(violation: Violation, orders: list[Order], viewer: User) -> bool:
    """Whether this account may draft the order of a violation that touched no line."""
    here = violation.bureau_id == viewer.bureau_id and may(viewer, "order.draft")
    is_open = any(order.status in OPEN for order in orders)
    return here and violation.status == ViolationStatus.ORDINARY and not is_open


def _around(violation: Violation, viewer: User, today: date) -> dict[str, Any]:
    """Return what stands around a violation: its rows in other tables and what was done."""
    limits = limits_in_force(today)
    years = limits["no_penalty.lookback_years"]
    earlier = {one.pk for one in earlier_of_kind(violation, years)}
    return {
        "own_entity": Entity.objects.visible_to(viewer).filter(pk=violation.entity_id).exists(),
        "touch": _rows(Touch, violation, viewer, "item__version", *_TOUCHERS).first(),
        "evidence": list(_rows(Evidence, violation, viewer, "added_by")),
        "taken": TAKEN,
        "most_megabytes": limits["evidence.most_megabytes"],
        "most_files": MOST_FILES,
        "measures": list(_rows(Measure, violation, viewer, "recorded_by")),
        "mild": mild_of(violation, viewer),
        "years": years,
        "earlier": list(violations_for(viewer).filter(pk__in=earlier).order_by("pk")),
        "earlier_count": len(earlier),
        "removals": list(_rows(Removal, violation, viewer)),
        "reviews": list(_rows(Review, violation, viewer, "decided_by", "proposed_by")),
        "story": story_of(violation, viewer),
    }


_TOUCHERS = ("judged_by", "confirmed_by")


def mild_of(violation: Violation, viewer: User) -> list[Mild]:
    """Return the mild lists with what was held against the violation, in sentences."""
    matches = list(_rows(ListMatch, violation, viewer, "item__version__bureau", "judged_by"))
    return [
        Mild(
            kind.value,
            str(kind.label),
            benefit,
            [(one, match_said(one)) for one in matches if one.item.version.kind == kind],
        )
        for kind, benefit in BENEFIT.items()
    ]


def _rows(model: Any, violation: Violation, viewer: User, *with_: str) -> Any:
    """Return the rows of a violation in another table that the viewer may see, in order."""
    rows = model.objects.visible_to(viewer).filter(violation=violation)
    return rows.select_related(*with_).order_by("pk") if with_ else rows.order_by("pk")
