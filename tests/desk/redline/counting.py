"""Work of every sort in two bureaus, and how many a page of a list shows."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.test import Client
from django.utils import timezone

from redline.choices import (
    CaseDecision,
    OrderOrigin,
    OrderStatus,
    RemovalCause,
    ReviewOutcome,
    ViolationStatus,
)
from redline.models import Extension, FollowUp, Violation
from staff.models import User
from tests.factories import make_entity
from tests.redline.factories import make_case, make_item, make_order, make_touch, make_violation
from tests.redline.figuring import make_removal, make_review

TODAY = timezone.localdate()
LATE, SOON, FAR = (TODAY + timedelta(days=days) for days in (-3, 1, 40))

UNCONFIRMED = (OrderStatus.DRAFT, OrderStatus.SUBMITTED, OrderStatus.REFUSED)
RUNNING = (OrderStatus.SERVED, OrderStatus.REPORTED)
MORE = [(status, due_on) for status in RUNNING for due_on in (SOON, FAR)]


def work(officer: User, recorder: User | None = None) -> None:
    """Let there be work of every sort in the bureau of an officer, of entities of one station."""
    bureau, by = officer.bureau, officer
    station = recorder.station if recorder else None
    item = make_item(bureau, group="RL-2")

    def violation(**fields: Any) -> Violation:
        entity = make_entity(bureau=bureau, station=station)
        return make_violation(entity, by=by, acted=TODAY - timedelta(days=20), **fields)

    for status, due_on in [(status, LATE) for status in OrderStatus] + MORE:
        touch = make_touch(violation(), item, on=LATE, confirmed=status not in UNCONFIRMED)
        order = make_order(touch.violation, status=status, served_on=LATE)
        order.due_on = order.recheck_due_on = due_on
        order.save()
    ordinary = make_order(violation(), status=OrderStatus.SERVED, origin=OrderOrigin.ORDINARY)
    Extension.objects.create(
        order=ordinary, asked_on=TODAY, days=5, reason="供货", due_before=FAR, recorded_by=by
    )
    for status in (ViolationStatus.OPEN, ViolationStatus.ORDINARY, ViolationStatus.VOID):
        violation(status=status)
    violation(passed_on_at=timezone.now())
    if recorder:
        make_violation(make_entity(bureau=bureau, station=station), by=recorder)
    _reviews(violation, by)
    for due_on in (LATE, SOON):
        make_case(make_touch(violation(), item, on=LATE).violation, due_on=due_on)
    filed = {"decision": CaseDecision.FILED, "case_number": "案1"}
    make_case(make_touch(violation(), item, on=LATE).violation, due_on=LATE, **filed)
    _removals(violation)


def _reviews(violation: Any, by: User) -> None:
    for due_on in (LATE, SOON):
        make_review(violation(), due_on)
        make_review(violation(), due_on, proposed=ReviewOutcome.KEPT, proposed_by=by)
    make_review(violation(), LATE, outcome=ReviewOutcome.KEPT)


def _removals(violation: Any) -> None:
    for cause in (RemovalCause.OVERDUE, RemovalCause.PENALTY):
        make_removal(violation(), since=LATE, cause=cause)
        make_removal(violation(), since=LATE, cause=cause, returned_on=TODAY, return_reason="改")
    revoked = make_removal(
        violation(), since=LATE, revoked_at=timezone.now(), revoked_on=TODAY, revoke_reason="误"
    )
    for settled_at in (None, timezone.now()):
        FollowUp.objects.create(
            kind="revoked",
            bureau=revoked.bureau,
            entity=revoked.entity,
            removal=revoked,
            text="核对",
            raised_on=TODAY,
            settled_at=settled_at,
        )


def listed(client: Client, url: str) -> int:
    """Return how many rows the list at an address holds; no list here has a second page."""
    answer = client.get(url)
    assert answer.status_code == 200, (url, answer.status_code)
    if "#waiting" in url:
        return len(answer.context["waiting"])
    page = answer.context.get("page")
    if page is None:
        return answer.context["listing"].count.number
    assert not getattr(page, "older", None), url
    assert not getattr(page, "after", None), url
    return len(page.items)
