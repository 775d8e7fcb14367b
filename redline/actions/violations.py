"""Violations: recorded, passed on, received, judged to be no touch, dealt with, void.

``lock_for`` and ``keep`` (``redline.actions.violation_base``) tell the second of two who was first.
Nothing here changes what the rules say of an entity but a removal, which ``redline.removals`` writes.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils import timezone

from core.errors import Refused
from core.workdays import hold_calendar
from entities.actions.base import action, need
from entities.models import Entity
from redline.actions.reviews import raise_review
from redline.actions.violation_base import finder_of, keep, lock_for
from redline.choices import (
    Handling,
    OrderStatus,
    RemovalCause,
    ReviewCause,
    ReviewOutcome,
    ViolationSource,
    ViolationStatus,
)
from redline.models import Order, Removal, Review, Violation
from redline.removals import remove
from redline.supervision import supervisor_on
from redline.violation_workflow import is_passed_on
from staff.models import Bureau, Unit, User
from staff.permissions import demand
from staff.roles import Role

CLAUSE = "readings 10"
WHY = "what stands on a violation"
TEXTS = {
    "source_number": "来源文号或编号",
    "facts": "违法事实",
    "provision": "违反条款",
    "kind_code": "行为编号",
}
DAYS = {"acted_from": "行为开始日", "acted_until": "行为终了日", "found_on": "发现日"}
COLUMNS = ("source", *TEXTS, *DAYS)
"""What whoever records a violation says of it."""

LONGEST_FACTS = 4000  # characters
TAKES_OUT = (Handling.SUSPENSION, Handling.REVOCATION)
WITHOUT_NUMBER = (Handling.NONE, Handling.NO_PENALTY)
GONE = (OrderStatus.VOID, OrderStatus.REFUSED)


@action
def record_violation(
    entity: Entity,
    *,
    by: User,
    on: date,
    found_by: Bureau | Unit | None = None,
    handling: str = Handling.NONE,
    handling_number: str = "",
    handled_on: date | None = None,
    **columns: Any,
) -> Violation:
    """Record a violation (``COLUMNS``) of an entity, also of one that another bureau supervises.

    It is dealt with by the bureau that supervises the entity today, held against the list of the
    bureau that did on the last day of the act, and passed on (抄告) where another one found it:
    ``found_by``, which is the recorder's own unless it came on paper to whoever deals with it or
    to the city. What a penalty brings follows when the bureau that deals with it has the record.
    """
    demand(by, "violation.record")
    hold_calendar()
    said = _checked({"found_on": on} | columns, on)
    dealing = entity.bureau
    violation = Violation(
        entity=entity,
        list_bureau=supervisor_on(entity, said["acted_until"]),
        recorded_by=by,
        edited_by=by,
        **said,
        **_handled(handling, handling_number, handled_on, said["acted_from"], on),
    )
    violation.bureau = dealing or violation.list_bureau
    _say_finder(violation, found_by, by)
    violation.save(force_insert=True)
    if not is_passed_on(violation):
        follow_handling(violation, by=by, on=on)
    return violation


def _checked(columns: Mapping[str, Any], on: date) -> dict[str, Any]:
    """Return the columns of a record as they are kept; refuse what no record may say."""
    if unknown := set(columns) - set(COLUMNS):
        raise TypeError(f"A violation says nothing of {', '.join(sorted(unknown))}.")
    said: dict[str, Any] = {"source": columns.get("source", "")}
    if said["source"] not in ViolationSource.values:
        raise Refused(CLAUSE, "请选择违法行为的来源。")
    for name, label in TEXTS.items():
        said[name] = (columns.get(name) or "").strip()
        field: Any = Violation._meta.get_field(name)
        longest = field.max_length or LONGEST_FACTS
        if len(said[name]) > longest:
            raise Refused(CLAUSE, f"{label}最多{longest}字，请删减。")
    if not said["facts"]:
        raise Refused(CLAUSE, "请填写违法事实。")
    said |= {name: columns.get(name) for name in DAYS}
    said["acted_until"] = said["acted_until"] or said["acted_from"]
    for name, label in DAYS.items():
        if said[name] is None:
            raise Refused(CLAUSE, f"请填写{label}。")
        if said[name] > on:
            raise Refused(CLAUSE, f"{label}{said[name]}晚于今天{on}，请改正。")
    if said["acted_until"] < said["acted_from"]:
        raise Refused(CLAUSE, "行为终了日不能早于开始日，请改正。")
    if said["found_on"] < said["acted_from"]:
        raise Refused(CLAUSE, "发现日不能早于行为开始日，请改正。")
    return said


def _say_finder(violation: Violation, found_by: Bureau | Unit | None, by: User) -> None:
    """Say who found it and, where that is another than who deals with it, that it was passed on."""
    here = by.bureau_id == violation.bureau_id and by.unit_id is None
    if found_by is not None and not here and not by.sees_city():
        raise Refused(CLAUSE, "只有办理单位和市局可以代为登记其他单位的发现，请由发现单位登记。")
    finder = found_by or _own_place(by)
    if isinstance(finder, Unit):
        violation.found_by_unit = finder
    else:
        violation.found_by_bureau = finder
    if violation.found_by_bureau_id == violation.bureau_id:
        if here:
            return
        raise Refused(CLAUSE, "办理单位自己的发现，请由该单位登记。")
    violation.passed_on_at = timezone.now()
    if here:
        violation.received_by, violation.received_at = by, violation.passed_on_at


def _own_place(by: User) -> Bureau | Unit:
    """Return the bureau or unit for which somebody finds things; of municipal staff the city's."""
    if by.role == Role.UNIT_OFFICER:
        return by.unit
    return by.bureau or Bureau.objects.get(kind=Bureau.Kind.CITY)


@action
def set_violation_fields(
    violation: Violation, *, revision: int, by: User, on: date, **columns: Any
) -> Violation:
    """Change what a record says (``COLUMNS``) until it is judged; whose list applies is found anew.

    Open to the bureau that deals with it and, until that one has received it, to whoever recorded.
    """
    found = lock_for("edit", violation, by, revision)
    said = _checked({name: getattr(found, name) for name in COLUMNS} | columns, on)
    changed: dict[str, Any] = {
        name: value for name, value in said.items() if value != getattr(found, name)
    }
    if not changed:
        return found
    if "acted_until" in changed:
        changed["list_bureau"] = supervisor_on(found.entity, said["acted_until"])
        changed["list_bureau_reason"] = ""
    return keep(found, by, **changed)


@action
def correct_supervisor(
    violation: Violation, bureau: Bureau, *, reason: str, revision: int, by: User, on: date
) -> Violation:
    """Say which bureau supervised the entity on the last day of the act, where the register errs.

    The register keeps today's place; that a firm sat elsewhere on that day an officer may know.
    """
    found = lock_for("correct_supervisor", violation, by, revision)
    said = need(reason, "更正属地监管机关的理由", CLAUSE)
    if len(said) > 300:
        raise Refused(CLAUSE, "更正属地监管机关的理由最多300字，请删减。")
    if bureau.kind == Bureau.Kind.CITY:
        raise Refused(CLAUSE, "红线清单由区县局和功能区局编制，请选择当时监管该主体的局。")
    return keep(found, by, list_bureau=bureau, list_bureau_reason=said)


@action
def receive(violation: Violation, *, by: User, on: date) -> Violation:
    """Receive what another bureau or a municipal unit passed on; what a penalty brings follows."""
    hold_calendar()
    found = lock_for("receive", violation, by)
    if found.received_by is not None:
        at = f"{timezone.localtime(found.received_at):%Y-%m-%d %H:%M}"
        raise Refused(CLAUSE, f"{found.received_by.name}已于{at}接收该抄告，请刷新后查看。")
    if not is_passed_on(found):
        raise Refused(CLAUSE, "该违法行为由本局发现，无需接收，请直接研判。")
    keep(found, by, received_by=by, received_at=timezone.now())
    follow_handling(found, by=by, on=on)
    return found


@action
def pass_on(violation: Violation, *, revision: int, by: User, on: date) -> Violation:
    """Pass a violation on to the bureau that supervises the entity today, where that is another."""
    found = lock_for("pass_on", violation, by, revision)
    to = found.entity.bureau
    if to is None or to.pk == found.bureau_id:
        raise Refused(CLAUSE, f"该主体现由{found.bureau}监管，无需转办，请直接办理。")
    _demand_nothing_stands(found, "转办")
    return keep(
        *(found, by),
        bureau=to,
        passed_on_at=timezone.now(),
        received_by=None,
        received_at=None,
    )


@action
def not_a_touch(
    violation: Violation, *, reason: str, revision: int, by: User, on: date
) -> Violation:
    """Say why a violation touches no red line: it is an ordinary one (readings 8)."""
    hold_calendar()
    found = lock_for("not_a_touch", violation, by, revision)
    said = need(reason, "不属触碰的理由", CLAUSE)
    keep(found, by, status=ViolationStatus.ORDINARY, why_no_touch=said)
    follow_handling(found, by=by, on=on)
    return found


@action
def void_violation(
    violation: Violation, *, reason: str, revision: int, by: User, on: date
) -> Violation:
    """Make void what was recorded wrongly or twice; it stays readable and counts nowhere.

    Refused while an order, a removal or an open review stands on it.
    """
    found = lock_for("void", violation, by, revision)
    said = need(reason, "作废理由", CLAUSE)
    _demand_nothing_stands(found, "作废")
    return keep(found, by, status=ViolationStatus.VOID, void_reason=said)


def _demand_nothing_stands(violation: Violation, what: str) -> None:
    if Order.objects.for_system(WHY).filter(violation=violation).exclude(status__in=GONE).exists():
        raise Refused(CLAUSE, f"该违法行为已有责令改正，请先作废该责令改正，再{what}。")
    standing = Removal.objects.for_system(WHY).filter(violation=violation, revoked_at=None)
    if standing.exists():
        raise Refused(CLAUSE, f"该主体因该违法行为被移出，请先由负责人撤销移出，再{what}。")
    reviews = Review.objects.for_system(WHY).filter(violation=violation)
    if reviews.filter(outcome=ReviewOutcome.OPEN).exists():
        raise Refused(CLAUSE, f"该违法行为在复核清单上，请先由负责人决定复核，再{what}。")


@action
def set_handling(
    violation: Violation,
    *,
    handling: str,
    number: str = "",
    handled_on: date | None = None,
    revision: int,
    by: User,
    on: date,
) -> Violation:
    """Record how the violation was dealt with by law, and what follows (readings 8).

    不予行政处罚 and 当场处罚 are recorded only; ordinary procedure puts an ordinary violation on the
    review list; 停产停业 and 吊销 end all grounds from that day. What took the entity out is changed
    only once that removal is revoked.
    """
    hold_calendar()
    found = lock_for("set_handling", violation, by, revision)
    said = _handled(handling, number, handled_on, found.acted_from, on)
    if handling == Handling.NONE:
        raise Refused("readings 8", "请选择处理方式。")
    if all(getattr(found, name) == value for name, value in said.items()):
        return found
    standing = Removal.objects.for_system(WHY).filter(violation=found, revoked_at=None)
    if standing.filter(cause=RemovalCause.PENALTY).exists():
        raise Refused(
            "readings 8",
            f"该主体已因“{found.get_handling_display()}”（{found.handling_number}）移出，"
            "处理有误的，请先由负责人撤销移出，再更正。",
        )
    keep(found, by, **said)
    follow_handling(found, by=by, on=on)
    return found


def _handled(
    handling: str, number: str, handled_on: date | None, acted_from: date, on: date
) -> dict[str, Any]:
    """Return the columns of a handling; refuse one that lacks its paper or its day."""
    clause, said = "readings 8", number.strip()
    if handling not in Handling.values:
        raise Refused(clause, "请选择处理方式。")
    if handling == Handling.NONE:
        return {"handling": handling, "handling_number": "", "handled_on": None}
    if not said and handling not in WITHOUT_NUMBER:
        raise Refused(clause, "请填写处理文书号。")
    if len(said) > 100:
        raise Refused(clause, "处理文书号最多100字，请删减。")
    if handled_on is None:
        raise Refused(clause, "请填写处理日。")
    if handled_on > on:
        raise Refused(clause, f"处理日{handled_on}晚于今天{on}，请改正。")
    if handled_on < acted_from:
        raise Refused(clause, f"处理日{handled_on}早于行为开始日{acted_from}，请改正。")
    return {"handling": handling, "handling_number": said, "handled_on": handled_on}


def follow_handling(violation: Violation, *, by: User, on: date) -> None:
    """Let happen what the handling of a locked violation brings (readings 8), each thing once.

    A touch has a deadline and a case of its own: its penalty is the end of that case and asks for
    no review.
    """
    if violation.handling in TAKES_OUT and violation.handled_on is not None:
        reason = f"{violation.get_handling_display()}（{violation.handling_number}）"
        cause = RemovalCause.PENALTY
        remove(violation, cause, since=violation.handled_on, reason=reason, by=by, on=on)
    ordinary = violation.status in (ViolationStatus.OPEN, ViolationStatus.ORDINARY)
    if violation.handling == Handling.ORDINARY and ordinary:
        raise_review(violation, ReviewCause.PENALTY, on=on)


__all__ = (
    *("correct_supervisor", "finder_of", "follow_handling", "not_a_touch", "pass_on", "receive"),
    *("record_violation", "set_handling", "set_violation_fields", "void_violation"),
)
