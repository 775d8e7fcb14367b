"""What waits for this person about red lines, each figure leading to exactly the list it counts."""

from __future__ import annotations

from datetime import date
from typing import Any

from desk.figures import Figure
from desk.forms.violation_filters import CaseState
from desk.orders.conditions import Conditions, orders_asked
from desk.redline_figures.addresses import address
from desk.redlines.todos import list_todos
from desk.violations.todos import violation_todos
from redline.choices import CaseDecision, OrderStatus
from redline.models import Case, Violation
from redline.queries import follow_ups_waiting_for, may_return, removals_for
from staff.models import User
from staff.permissions import may

Status = OrderStatus


def redline_todos(viewer: User, on: date) -> list[Figure]:
    """Return the figures of what waits; nothing for whoever does not read red lines."""
    if not may(viewer, "redline.read"):
        return []
    return [
        *_of_orders(viewer, on),
        *violation_todos(viewer, on),
        *_of_recorder(viewer),
        *_of_cases(viewer, on),
        *_of_leads(viewer),
        *list_todos(viewer),
    ]


def _of_orders(viewer: User, on: date) -> list[Figure]:
    """Whoever handles orders sees the own to-dos; a lead and the city what is late anywhere."""
    if may(viewer, "order.approve"):
        return [
            _orders("approve", "待审批责令改正", viewer, on, tab="mine", status=Status.SUBMITTED),
            _orders("mine", "责令改正待我办", viewer, on, tab="mine"),
            _orders("amber", "临近届满", viewer, on, tab="all", light="amber"),
            _orders("red", "已逾期责令改正", viewer, on, tab="all", light="red"),
        ]
    if may(viewer, "order.handle"):
        own = (
            [_orders("issue", "待签发责令改正", viewer, on, tab="mine", status=Status.APPROVED)]
            if may(viewer, "order.draft")
            else []
        )
        return [
            *own,
            _orders("serve", "待送达责令改正", viewer, on, tab="mine", status=Status.ISSUED),
            _orders("recheck", "待复查", viewer, on, tab="mine", status=Status.REPORTED),
            _orders("amber", "临近届满", viewer, on, tab="mine", light="amber"),
            _orders("red", "已逾期责令改正", viewer, on, tab="mine", light="red"),
            _orders("mine", "责令改正待我办", viewer, on, tab="mine"),
        ]
    if viewer.sees_city():
        return [_orders("red", "已逾期责令改正", viewer, on, tab="all", light="red")]
    return []


def _orders(key: str, label: str, viewer: User, on: date, **asked: Any) -> Figure:
    number = orders_asked(viewer, Conditions(**asked), on).order_by().count()
    late = key == "red"
    return _figure(f"order-{key}", label, number, "order-list", late=late, **asked)


def _of_recorder(viewer: User) -> list[Figure]:
    """To whoever records violations and judges none: the own ones that wait to be judged."""
    if may(viewer, "violation.judge") or not may(viewer, "violation.record") or viewer.sees_city():
        return []
    rows = Violation.objects.visible_to(viewer).filter(recorded_by=viewer.pk, status="open")
    number = rows.count()
    query: dict[str, Any] = {"whose": "mine", "status": "open"}
    return [_figure("recorded", "我登记的待研判", number, "violation-list", **query)]


def _of_cases(viewer: User, on: date) -> list[Figure]:
    """The second clock: to whoever decides on cases what is open, to the city what is late."""
    rows = Case.objects.visible_to(viewer).filter(decision=CaseDecision.OPEN)
    late = rows.filter(due_on__lt=on).count()
    overdue = _figure(
        "case-late", "立案决定逾期", late, "violation-list", late=True, case=CaseState.LATE.value
    )
    if viewer.sees_city():
        return [overdue]
    if not may(viewer, "case.decide"):
        return []
    query: dict[str, Any] = {"case": CaseState.OPEN.value}
    return [_figure("case", "待立案决定", rows.count(), "violation-list", **query), overdue]


def _of_leads(viewer: User) -> list[Figure]:
    """What only a lead decides: who may come back, and what did not happen by itself."""
    if not may(viewer, "removal.decide"):
        return []
    ready = removals_for(viewer).filter(may_return(), bureau=viewer.bureau_id).count()
    waiting = follow_ups_waiting_for(viewer).count()
    return [
        _figure("ready", "可重新移入", ready, "removal-list", state="ready"),
        _figure("follow-ups", "后续事项", waiting, "followup-list", state="mine"),
    ]


def _figure(
    key: str, label: str, number: int, page: str, *, late: bool = False, **query: Any
) -> Figure:
    tone = ("alert-line" if late else "watch-line") if number else ""
    return Figure(f"redline-{key}", label, number, address(page, **query), "件", tone=tone)
