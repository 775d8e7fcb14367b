"""What the verbs on violations share: the locked row, who may, what the second of two is told.

Locks are taken in one order: the calendar, violations, orders, removals, entities.
"""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from core.errors import Refused
from redline.choices import ViolationStatus
from redline.models import Violation
from redline.violation_workflow import (
    VIOLATION_STEPS,
    by_right_person,
    is_finder,
    is_passed_on,
)
from staff.models import User
from staff.permissions import demand, may

ELSEWHERE = "该违法行为不在您的管辖范围内，请联系办理单位或市局。"
WHY = "locking a violation that was found to be visible"
_BESIDE = ("entity", "bureau", "list_bureau", "found_by_bureau", "found_by_unit", "edited_by")


def lock(violation: Violation, by: User) -> Violation:
    """Lock and return a violation that this person may see, as it stands now.

    Found first and locked by its key, so that whoever waited reads what the other one wrote.
    """
    if not Violation.objects.visible_to(by).filter(pk=violation.pk).exists():
        raise Refused("readings 4", ELSEWHERE)
    rows = Violation.objects.for_system(WHY).select_related(*_BESIDE, "recorded_by")
    return rows.select_for_update(no_key=True, of=("self",)).get(pk=violation.pk)


def lock_for(name: str, violation: Violation, by: User, revision: int | None = None) -> Violation:
    """Lock a violation for a step of the workflow; refuse with a sentence where it is not open.

    ``revision`` is the one that was seen; None where the step does not depend on it.
    """
    step = VIOLATION_STEPS[name]
    if not (step.finder_verb and may(by, step.finder_verb)):
        demand(by, step.verb)
    found = lock(violation, by)
    if found.status not in step.sources:
        raise Refused(step.clause, moved_on(found))
    if not by_right_person(found, name, by):
        raise Refused(step.clause, _why_not(found, name, by))
    if revision is not None and revision != found.revision:
        raise Refused(step.clause, edited_meanwhile(found))
    return found


def keep(violation: Violation, by: User, **columns: Any) -> Violation:
    """Write columns of a locked violation, naming the state and revision in which it was found."""
    changed = (
        Violation.objects.for_system("writing a violation that is locked")
        .filter(pk=violation.pk, status=violation.status, revision=violation.revision)
        .update(
            **columns,
            revision=violation.revision + 1,
            edited_by=by,
            edited_at=timezone.now(),
        )
    )
    if not changed:
        raise Refused("4.4", moved_on(violation))
    violation.refresh_from_db()
    return violation


def moved_on(violation: Violation) -> str:
    """Say who moved the violation last, when, and where it stands."""
    status = ViolationStatus(violation.status).label
    return f"{_last(violation)}该违法行为现为“{status}”，不能办理这一步，请刷新后查看。"


def edited_meanwhile(violation: Violation) -> str:
    """Say who changed the violation after it was seen, and when."""
    return f"{_last(violation)}您看到的不是最新内容，请刷新后再办理。"


def _last(violation: Violation) -> str:
    who = violation.edited_by or violation.recorded_by
    at = f"{timezone.localtime(violation.edited_at):%Y-%m-%d %H:%M}"
    return f"{who.name}已于{at}办理该违法行为，"


def _why_not(violation: Violation, name: str, by: User) -> str:
    """Say why a step that this role may take somewhere is not this person's here."""
    step = VIOLATION_STEPS[name]
    own = step.finder_verb and violation.recorded_by_id == by.pk
    if own and not is_finder(violation, name, by):
        return f"该违法行为已由{violation.bureau}接手，不能再“{step.label}”，请联系该局。"
    if violation.bureau_id != by.bureau_id:
        return f"该违法行为由{violation.bureau}办理，请联系该局。"
    if step.waits and is_passed_on(violation):
        return f"该违法行为由{finder_of(violation)}抄告，请先“接收抄告”，再“{step.label}”。"
    demand(by, step.verb)
    return ELSEWHERE


def finder_of(violation: Violation) -> str:
    """Return the name of the bureau or unit that found a violation."""
    return str(violation.found_by_bureau or violation.found_by_unit)
