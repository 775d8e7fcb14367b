"""How lists and orders move: action -> from, to, who, clause. Every cell is tried in tests.

Besides the state and the role, two things count, and actions ask them in the same update: whoever
drafted or submitted does not decide (``by_another``), and who decides names the revision that was
seen (``decides``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from redline.choices import ListStatus, OrderStatus
from redline.models import ListVersion, Order
from staff.models import User
from staff.permissions import may


@dataclass(frozen=True)
class Step:
    """One move. ``opinion``: it needs one. ``undoes``: only by whoever made that step.

    ``by_system``: the scan of dates takes it, nobody else. An empty ``target`` leaves the state to
    the action, which may end in more than one.
    """

    label: str
    sources: frozenset[str]
    target: str
    verb: str
    clause: str
    by_another: bool = False
    opinion: bool = False
    undoes: str = ""
    decides: bool = False
    by_system: bool = False


def _from(*states: str) -> frozenset[str]:
    return frozenset(states)


_L = ListStatus
LIST_STEPS: Mapping[str, Step] = {
    "submit": Step("提交审批", _from(_L.DRAFT), _L.SUBMITTED, "redline.draft", "4.4", decides=True),
    "withdraw": Step(
        *("撤回", _from(_L.SUBMITTED), _L.DRAFT, "redline.draft", "4.4"), undoes="submitted_by"
    ),
    "send_back": Step(
        *("退回修改", _from(_L.SUBMITTED), _L.DRAFT, "redline.approve", "4.4"),
        by_another=True,
        opinion=True,
        decides=True,
    ),
    "approve": Step(
        *("批准施行", _from(_L.SUBMITTED), _L.APPROVED, "redline.approve", "4.4"),
        by_another=True,
        decides=True,
    ),
    "discard": Step("作废", _from(_L.DRAFT), _L.VOID, "redline.draft", "4.4"),
}
"""A version of a list; for a list of the city the verbs are the city's (``city_verb``)."""

_O = OrderStatus
RUNNING = _from(_O.SERVED, _O.REPORTED, _O.OVERDUE, _O.NOT_MENDED)
"""The states in which an order waits for its correction."""

OPEN = _from(_O.DRAFT, _O.SUBMITTED, _O.APPROVED, _O.ISSUED) | RUNNING
"""The states in which somebody still has to do something about an order."""

UNTIL_ISSUED = _from(_O.DRAFT, _O.SUBMITTED, _O.APPROVED)

ORDER_STEPS: Mapping[str, Step] = {
    "submit": Step(
        *("提交审批", _from(_O.DRAFT), _O.SUBMITTED, "order.draft", "4.4"), decides=True
    ),
    "withdraw": Step(
        *("撤回", _from(_O.SUBMITTED), _O.DRAFT, "order.draft", "4.4"), undoes="submitted_by"
    ),
    "send_back": Step(
        *("退回修改", _from(_O.SUBMITTED), _O.DRAFT, "order.approve", "4.4"),
        by_another=True,
        opinion=True,
        decides=True,
    ),
    "refuse": Step(
        *("不予批准", _from(_O.SUBMITTED), _O.REFUSED, "order.approve", "4.4"),
        by_another=True,
        opinion=True,
        decides=True,
    ),
    "approve": Step(
        *("批准", _from(_O.SUBMITTED), _O.APPROVED, "order.approve", "4.4"),
        by_another=True,
        decides=True,
    ),
    "issue": Step(
        *("签发", _from(_O.APPROVED), _O.ISSUED, "order.draft", "readings 19"), decides=True
    ),
    "serve": Step("登记送达", _from(_O.ISSUED), _O.SERVED, "order.handle", "readings 14"),
    "ask_extension": Step(
        *("登记延期申请", _from(_O.SERVED, _O.OVERDUE), "", "order.handle", "readings 13")
    ),
    "decide_extension": Step(
        *("决定延期", _from(_O.SERVED, _O.OVERDUE), "", "order.approve", "readings 13"),
        opinion=True,
    ),
    "hold": Step(
        *("暂缓", _from(_O.SERVED), _O.SERVED, "order.handle", "readings 13"), opinion=True
    ),
    "report": Step(
        *("登记改正情况报告", _from(_O.SERVED, _O.OVERDUE), "", "order.handle", "readings 12")
    ),
    "recheck": Step(
        "登记复查",
        _from(_O.SERVED, _O.REPORTED, _O.OVERDUE, _O.NOT_MENDED, _O.REFERRED),
        "",
        "order.handle",
        "4.4",
    ),
    "fall_due": Step(
        *("改正期限届满", _from(_O.SERVED), _O.OVERDUE, "order.handle", "readings 12"),
        by_system=True,
    ),
    "refer": Step(
        *("转立案查处", _from(_O.OVERDUE, _O.NOT_MENDED), _O.REFERRED, "order.handle", "4.4"),
        opinion=True,
    ),
    "end": Step(
        *(
            "主体终止",
            OPEN - _from(_O.DRAFT, _O.SUBMITTED),
            _O.ENDED,
            "order.handle",
            "readings 12",
        ),
        opinion=True,
    ),
    "discard": Step("作废草稿", _from(_O.DRAFT), _O.VOID, "order.draft", "4.4"),
    "annul": Step(
        "作废",
        _from(_O.APPROVED, _O.ISSUED),
        _O.VOID,
        "order.approve",
        "readings 19",
        opinion=True,
    ),
}
"""An order to correct. ``recheck``: MENDED, MENDED_LATE, NOT_MENDED or, with a new time or while
the due day has not ended, SERVED.

``report`` leads to REPORTED if it was posted or handed in by the due day, else it leaves the order
where it is, as ``ask_extension`` does: what was asked in time may be recorded after the scan. A
late ``decide_extension`` of what was asked in time leads back to SERVED where the new day has not
passed. ``annul`` voids the number, which stays (readings 19).
"""

OTHER_STEPS = {
    "begin": "起草",
    "edit": "修改",
    "copy": "重新制发",
    "load": "随系统附带",
    "send": "送出",
    "fail_service": "登记未能送达",
    "serve_late": "登记送达（固定日期已过）",
    "calendar": "载入工作日历后顺延",
    "hand_over": "机构撤销后移交",
}
"""What the records of steps also hold."""


def list_step_said(action: str) -> str:
    """Return what a recorded step of a list is called."""
    return LIST_STEPS[action].label if action in LIST_STEPS else OTHER_STEPS[action]


def step_said(action: str) -> str:
    """Return what a recorded step is called, of a list as of an order."""
    step = ORDER_STEPS.get(action) or LIST_STEPS.get(action)
    return step.label if step else OTHER_STEPS[action]


def verb_for(version: ListVersion, step: Step) -> str:
    """Return the verb that a step of this list asks: of a city's list the city's own."""
    return step.verb if version.bureau_id else f"{step.verb}_city"


def may_own(version: ListVersion, user: User) -> bool:
    """Return whether a list is this account's to keep: its bureau's, or the city's."""
    return version.bureau_id is None or version.bureau_id == user.bureau_id


def list_steps(version: ListVersion, user: User) -> list[str]:
    """Return the steps open to this account on a version of a list, in table order."""
    return [name for name, step in LIST_STEPS.items() if list_step_open(version, step, user)]


def list_step_open(version: ListVersion, step: Step, user: User) -> bool:
    """Return whether this account may take a step from where the version stands."""
    if version.status not in step.sources or not may(user, verb_for(version, step)):
        return False
    if not may_own(version, user):
        return False
    people = {version.drafted_by_id, version.submitted_by_id}
    return _by_right_person(step, version, people, user)


def order_steps(order: Order, user: User) -> list[str]:
    """Return the steps open to this account on an order that it may see, in table order."""
    return [name for name, step in ORDER_STEPS.items() if order_step_open(order, step, user)]


def order_step_open(order: Order, step: Step, user: User) -> bool:
    """Return whether this account may take a step from where the order stands.

    The city sees every order and takes no step of a district's.
    """
    if step.by_system or order.status not in step.sources or not may(user, step.verb):
        return False
    if order.bureau_id != user.bureau_id:
        return False
    return _by_right_person(step, order, {order.officer_id, order.submitted_by_id}, user)


def _by_right_person(
    step: Step, subject: Order | ListVersion, people: set[int | None], user: User
) -> bool:
    if step.by_another and user.pk in people:
        return False
    return not step.undoes or getattr(subject, f"{step.undoes}_id") == user.pk
