"""Violations: recorded, passed on, received, judged to be no touch, dealt with, void.

``lock_for`` and ``keep`` (``redline.actions.violation_base``) tell the second of two who was first.
Nothing here changes what the rules say of an entity but a removal, which ``redline.removals``
writes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import date
from typing import Any

from django.utils import timezone

from core.attachments import media_type_of, name_for
from core.errors import BadFile, Refused
from core.workdays import hold_calendar
from entities.actions.base import action, need
from entities.models import Entity
from redline.actions.reviews import raise_review
from redline.actions.violation_base import keep, lock_for
from redline.choices import (
    Handling,
    ListKind,
    OrderStatus,
    RemovalCause,
    ReviewCause,
    ReviewOutcome,
    ViolationStatus,
)
from redline.evidence import most_bytes
from redline.matching import earlier_of_kind, lookback_of, mild_items
from redline.models import (
    Evidence,
    EvidenceContent,
    ListItem,
    ListMatch,
    Order,
    Removal,
    Review,
    Violation,
)
from redline.recording import COLUMNS, checked, handled, say_finder
from redline.removals import remove
from redline.supervision import supervisor_on
from redline.violation_workflow import is_passed_on
from staff.models import Bureau, Unit, User
from staff.permissions import demand

CLAUSE = "readings 10"
WHY = "what stands on a violation"
TAKES_OUT = (Handling.SUSPENSION, Handling.REVOCATION)
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
    said = checked({"found_on": on} | columns, on)
    dealing = entity.bureau
    violation = Violation(
        entity=entity,
        list_bureau=supervisor_on(entity, said["acted_until"]),
        recorded_by=by,
        edited_by=by,
        **said,
        **handled(handling, handling_number, handled_on, said["acted_from"], on),
    )
    violation.bureau = dealing or violation.list_bureau
    say_finder(violation, found_by, by)
    violation.save(force_insert=True)
    if not is_passed_on(violation):
        follow_handling(violation, by=by, on=on)
    return violation


@action
def set_violation_fields(
    violation: Violation, *, revision: int, by: User, on: date, **columns: Any
) -> Violation:
    """Change what a record says (``COLUMNS``) until it is judged; whose list applies is found anew.

    Open to the bureau that deals with it and, until that one has received it, to whoever recorded.
    """
    found = lock_for("edit", violation, by, revision)
    said = checked({name: getattr(found, name) for name in COLUMNS} | columns, on)
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
    ask_for_review(found, on=on)
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

    不予行政处罚 and 当场处罚 are recorded only; ordinary procedure puts an ordinary violation on
    the review list; 停产停业 and 吊销 end all grounds from that day. What took the entity out is
    changed only once that removal is revoked or the entity was let back.
    """
    hold_calendar()
    found = lock_for("set_handling", violation, by, revision)
    said = handled(handling, number, handled_on, found.acted_from, on)
    if handling == Handling.NONE:
        raise Refused("readings 8", "请选择处理方式。")
    if all(getattr(found, name) == value for name, value in said.items()):
        return found
    removals = Removal.objects.for_system(WHY).filter(violation=found, revoked_at=None)
    if removals.filter(cause=RemovalCause.PENALTY, returned_on=None).exists():
        raise Refused(
            "readings 8",
            f"该主体已因“{found.get_handling_display()}”（{found.handling_number}）移出，"
            "处理有误的，请先由负责人撤销移出，再更正。",
        )
    was = (found.handling, found.handled_on)
    keep(found, by, **said)
    let_back = removals.filter(cause=RemovalCause.PENALTY, returned_on__isnull=False)
    if was == (found.handling, found.handled_on) and let_back.exists():
        return found  # only the number was put right of what the entity was let back from
    follow_handling(found, by=by, on=on)
    return found


def follow_handling(violation: Violation, *, by: User, on: date) -> None:
    """Let happen what a handling brings that was just recorded or received (readings 8)."""
    if violation.handling in TAKES_OUT and violation.handled_on is not None:
        reason = f"{violation.get_handling_display()}（{violation.handling_number}）"
        cause = RemovalCause.PENALTY
        remove(violation, cause, since=violation.handled_on, reason=reason, by=by, on=on)
    ask_for_review(violation, on=on)


def ask_for_review(violation: Violation, *, on: date) -> None:
    """Put an ordinary violation on the review list that was punished by ordinary procedure, once.

    A touch has a deadline and a case of its own, which its penalty ends: it asks for no review.
    """
    ordinary = violation.status in (ViolationStatus.OPEN, ViolationStatus.ORDINARY)
    if violation.handling == Handling.ORDINARY and ordinary:
        raise_review(violation, ReviewCause.PENALTY, on=on)


@action
def add_evidence(
    violation: Violation,
    *,
    title: str,
    name: str,
    content: bytes,
    order: Order | None = None,
    by: User,
    on: date,
) -> Evidence:
    """Keep a file as evidence of a violation, or of the mending that its order asks for.

    What it is says its content; it is never changed or removed afterwards. Refuses what is no
    plain file of the kinds taken, what is larger than ``evidence.most_megabytes``, and a file that
    is evidence of this violation already.
    """
    found = lock_for("add_evidence", violation, by)
    if order is not None and (order.violation_id, by.bureau_id) != (found.pk, found.bureau_id):
        raise Refused("4.4", "改正的证据由办理单位在该违法行为的责令改正上传，请刷新后重试。")
    evidence = _described(content, name, on)
    evidence.violation, evidence.order, evidence.added_by = found, order, by
    evidence.title = title.strip() or evidence.name
    if len(evidence.title) > 200:
        raise Refused("4.4", "证据说明最多200字，请删减。")
    _demand_new(found, evidence.digest)
    evidence.save(force_insert=True)
    EvidenceContent(evidence=evidence, content=content).save(force_insert=True)
    return evidence


def _described(content: bytes, name: str, on: date) -> Evidence:
    """Return the unsaved line of a file: what it is by its content; refuse what is not taken."""
    try:
        media_type = media_type_of(content, most_bytes=most_bytes(on))
    except BadFile as bad:
        raise Refused("4.4", str(bad)) from bad
    return Evidence(
        name=name_for(name, media_type),
        media_type=media_type.name,
        size=len(content),
        digest=hashlib.sha256(content).hexdigest(),
    )


def _demand_new(violation: Violation, digest: str) -> None:
    rows = Evidence.objects.for_system("whether a file is evidence already")
    held = rows.filter(violation=violation, digest=digest).select_related("added_by").first()
    if held is not None:
        at = f"{timezone.localtime(held.added_at):%Y-%m-%d %H:%M}"
        raise Refused(
            "4.4", f"{held.added_by.name}已于{at}上传同一文件（“{held.title}”），无需重复上传。"
        )


@action
def hold_against(
    violation: Violation,
    item: ListItem,
    *,
    ticked: Iterable[int],
    note: str = "",
    by: User,
    on: date,
) -> ListMatch:
    """Hold an item of a no-penalty or no-coercion list against a violation; again: anew.

    ``ticked`` are the numbers (from 0) of the conditions that an officer finds to hold. The item
    applies if all of them do and, where it asks for a first violation, no earlier one of the same
    kind stands within its years, which is looked up here.
    """
    found = lock_for("hold_against", violation, by)
    numbers = sorted(set(ticked))
    _demand_held(found, item, numbers)
    if item.version.kind == ListKind.NO_PENALTY and not found.kind_code:
        keep(found, by, kind_code=item.code)
    earlier = []
    if item.first_time:
        earlier = earlier_of_kind(found, lookback_of(item, on), codes=(item.code,))
    match, _ = ListMatch.objects.for_system("holding an item against a violation").update_or_create(
        violation=found,
        item=item,
        defaults={
            "ticked": numbers,
            "earlier": [one.pk for one in earlier],
            "applies": len(numbers) == len(item.conditions) and not earlier,
            "note": note.strip(),
            "judged_by": by,
            "judged_at": timezone.now(),
        },
    )
    return match


def _demand_held(violation: Violation, item: ListItem, numbers: list[int]) -> None:
    """Refuse an item that was no mild one when the act ended, and conditions it does not have."""
    kind, ended = item.version.kind, violation.acted_until
    if kind == ListKind.RED_LINE or item.pk not in {one.pk for one in mild_items(violation, kind)}:
        raise Refused(
            "4.1", f"该事项不在{ended}（行为终了日）施行的不予处罚、不予强制清单中，请重新选择。"
        )
    if not set(numbers) <= set(range(len(item.conditions))):
        raise Refused("4.1", "勾选的条件与清单不符，请刷新后重新勾选。")
