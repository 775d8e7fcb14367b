"""The one way to write removals and what is derived from them (clauses 四(一), 四(四)).

Each function runs in the caller's transaction, which holds the rows of violations and orders
already: entities are locked last, ascending by key, so that of two who derive the spans of one
entity the second reads what the first wrote. A FactChange is written for exactly the entities whose
days outside differ afterwards, from the first such day.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils import timezone

from core.errors import Refused
from entities.changes import BULK, record_changes
from entities.models import Entity
from entities.timelines import Segment, merged, rewrite, turning_days
from redline.choices import FollowUpKind, RemovalCause
from redline.models import (
    FollowUp,
    ListVersion,
    Order,
    Recheck,
    Removal,
    RemovalSpan,
    Touch,
    Violation,
)
from staff.models import User

BEGINNING = date(1, 1, 1)
WHY = "writing removals"
MADE = "触线移出"
REVOKED = "撤销触线移出"
LET_BACK = "触线移出后重新移入"


@dataclass(frozen=True)
class Wanted:
    """A removal to be made: ``since`` is the first day outside."""

    violation: Violation
    cause: RemovalCause
    since: date
    order: Order | None = None
    reason: str = ""


def remove(
    violation: Violation,
    cause: RemovalCause,
    *,
    since: date,
    order: Order | None = None,
    reason: str = "",
    by: User | None = None,
    on: date,
) -> Removal:
    """Take the violation's entity out from a day on; ``by`` is None where the scan of dates does.

    Its texts are taken as they stand: the confirmed touch's item and list, the order's number and
    days, its last recheck. Where such a removal stands already, that one is returned: one violation
    takes its entity out once for each cause and order.
    """
    return remove_all([Wanted(violation, cause, since, order, reason)], by=by, on=on)[0]


def remove_all(wanted: Sequence[Wanted], *, by: User | None, on: date) -> list[Removal]:
    """Do what ``remove`` does for several at once; return the removals in the same order."""
    ids = sorted({one.violation.entity_id for one in wanted})
    hold_entities(ids)
    standing = _standing_of([one.violation.pk for one in wanted])
    touches = _touches_of([one.violation.pk for one in wanted])
    rechecks = _rechecks_of([one.order.pk for one in wanted if one.order is not None])
    fresh = {}
    for one in wanted:
        if _key(one) not in standing:
            fresh[_key(one)] = _made(one, touches, rechecks, by, on)
    Removal.objects.for_system(WHY).bulk_create(fresh.values())
    derive_spans([row.entity_id for row in fresh.values()], cause=MADE, by=by)
    standing |= fresh
    return [standing[_key(one)] for one in wanted]


_Key = tuple[int, str, int | None]


def _key(one: Wanted) -> _Key:
    return one.violation.pk, one.cause, one.order.pk if one.order else None


def _standing_of(violation_ids: Collection[int]) -> dict[_Key, Removal]:
    rows = Removal.objects.for_system(WHY).filter(revoked_at=None, returned_on=None)
    return {
        (row.violation_id, row.cause, row.order_id): row
        for row in rows.filter(violation_id__in=list(violation_ids))
    }


def _touches_of(violation_ids: Collection[int]) -> dict[int, Touch]:
    rows = Touch.objects.for_system(WHY).select_related("item__version__bureau")
    rows = rows.filter(violation_id__in=list(violation_ids), is_confirmed=True)
    return {row.violation_id: row for row in rows}


def _rechecks_of(order_ids: Collection[int]) -> dict[int, Recheck]:
    """Return the last recheck of each order."""
    rows = Recheck.objects.for_system(WHY).filter(order_id__in=list(order_ids))
    return {row.order_id: row for row in rows.order_by("done_on", "pk")}


def _made(
    one: Wanted,
    touches: dict[int, Touch],
    rechecks: dict[int, Recheck],
    by: User | None,
    on: date,
) -> Removal:
    violation, order = one.violation, one.order
    made = Removal(
        entity_id=violation.entity_id,
        bureau_id=violation.bureau_id,
        violation=violation,
        order=order,
        cause=one.cause,
        since=one.since,
        reason=one.reason,
        made_on=on,
        made_by=by,
    )
    touch = touches.get(violation.pk)
    if touch is not None:
        made.item = str(touch.item)
        made.list_version = _list_said(touch.item.version)
        if one.cause == RemovalCause.AT_TOUCH and not one.reason:
            made.reason = touch.item.removal_reason
    if order is not None:
        made.order_number = order.number.text if order.number else ""
        made.served_on, made.due_on = order.served_on, order.due_on
        recheck = rechecks.get(order.pk)
        if recheck is not None:
            way, finding = recheck.get_way_display(), recheck.get_finding_display()
            made.recheck = f"{recheck.done_on}{way}：{finding}"
    return made


def _list_said(version: ListVersion) -> str:
    """Name a version with its document and its day: all that says which list it was."""
    said = "，".join(
        part
        for part in (version.document_number, f"{version.since}施行" if version.since else "")
        if part
    )
    return f"{version}（{said}）" if said else str(version)


def removals_of(order: Order) -> list[Removal]:
    """Return the removals that rest on this order and were not revoked, the first one first."""
    rows = Removal.objects.for_system(WHY).filter(order=order, revoked_at=None)
    return list(rows.order_by("since", "pk"))


def revoke(removal: Removal, *, reason: str, by: User | None, on: date) -> Removal:
    """Revoke a removal that was wrong from its first day (撤销移出): nothing of it is deleted.

    Its days outside go, from the first one. What had ended is reopened by the evaluator alone
    (docs/decisions/0012); the lead is told to look at it. Refuses where somebody did so already.
    """
    rows = Removal.objects.for_system(WHY).select_related("revoked_by", "entity")
    found = rows.select_for_update(no_key=True, of=("self",)).get(pk=removal.pk)
    if found.revoked_at is not None:
        raise Refused("readings 12", revoked_already(found))
    found.revoked_at, found.revoked_by, found.revoke_reason = timezone.now(), by, reason
    found.revoked_on = on
    found.save(update_fields=["revoked_at", "revoked_by", "revoke_reason", "revoked_on"])
    hold_entities([found.entity_id])
    derive_spans([found.entity_id], cause=REVOKED, by=by)
    FollowUp(
        kind=FollowUpKind.REVOKED,
        bureau_id=found.bureau_id,
        entity_id=found.entity_id,
        order_id=found.order_id,
        removal=found,
        text=_to_look_at(found),
        raised_on=on,
    ).save(force_insert=True)
    return found


def revoked_already(removal: Removal) -> str:
    """Say who revoked a removal, and when."""
    who = removal.revoked_by.name if removal.revoked_by else "系统"
    at = f"{timezone.localtime(removal.revoked_at):%Y-%m-%d %H:%M}"
    return f"{who}已于{at}撤销该移出，请刷新后查看。"


def _to_look_at(removal: Removal) -> str:
    until = f"至{removal.returned_on}" if removal.returned_on else ""
    return (
        f"{removal.entity.name}自{removal.since}起{until}的移出"
        f"（{removal.get_cause_display()}）已撤销：{removal.revoke_reason}。"
        "移入情形由系统自移出日起重新判定；因移出而终止的观察期等不会自行恢复，请逐项核对。"
    )


def hold_entities(entity_ids: Collection[int]) -> None:
    """Lock entities ascending by key, so that nobody else derives their days outside."""
    rows = Entity.objects.for_system(WHY).filter(pk__in=list(entity_ids)).order_by("pk")
    list(rows.select_for_update(no_key=True).values_list("pk", flat=True))


def derive_spans(
    entity_ids: Collection[int], *, cause: str, by: User | None = None
) -> dict[int, date]:
    """Let the entities' days outside say what their removals say; write differences only.

    The caller holds the entities. Writes a FactChange for each entity that changed, from the first
    day that differs; returns these days by entity.
    """
    removals: dict[int, list[Removal]] = {pk: [] for pk in entity_ids}
    rows = Removal.objects.for_system(WHY).filter(revoked_at=None, entity_id__in=list(removals))
    for row in rows.order_by("since", "pk"):
        removals[row.entity_id].append(row)
    wanted = {pk: _spans_of(rows) for pk, rows in removals.items()}
    changed = rewrite(RemovalSpan, wanted, BEGINNING, _alike, by=by, source=cause)
    by_day: dict[date, list[int]] = defaultdict(list)
    for entity_id, day in changed.items():
        by_day[day].append(entity_id)
    for day, ids in sorted(by_day.items()):
        record_changes(sorted(ids), day, cause, by=by, bulk=len(changed) > BULK)
    return changed


@dataclass(frozen=True)
class _Days:
    since: date
    until: date | None
    removal: Removal


def _spans_of(removals: Sequence[Removal]) -> list[Segment]:
    """Return the days outside; of several removals on a day the one that began first speaks."""
    spans = [_Days(row.since, row.returned_on, row) for row in removals]
    days = turning_days(spans, BEGINNING)
    return merged(days, [_said_on(spans, day) for day in days], _alike)


_SAID = (
    *("cause", "item", "list_version", "order_number", "served_on", "due_on", "recheck"),
    "reason",
)


def _said_on(spans: Sequence[_Days], day: date) -> dict[str, Any] | None:
    for span in spans:
        if span.since <= day and (span.until is None or span.until > day):
            said = {name: getattr(span.removal, name) for name in _SAID}
            return {"removal_id": span.removal.pk, "removed_on": span.since, **said}
    return None


def _alike(columns: Any) -> Any:
    return columns["removal_id"]
