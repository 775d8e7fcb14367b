"""What an abolished bureau had not finished goes to whoever supervises the entity now.

The bureau that takes over a district goes on with what was begun there. Where a street merely comes
under another bureau that works on, nothing is handed over: who began a matter finishes it.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q

from redline.choices import CaseDecision, OrderStatus, ReviewOutcome, ViolationStatus
from redline.models import Case, FollowUp, Order, OrderStep, Removal, Review, Violation
from redline.workflow import OPEN
from staff.models import Bureau, in_office

WHY = "handing over what an abolished bureau began"
HAND_OVER = "hand_over"
UNFINISHED = (*sorted(OPEN), OrderStatus.REFERRED)
"""A referred order may still be rechecked, and re-entry waits for that."""


def follow_bureaus(on: date) -> int:
    """Hand over what bureaus that are out of office on a day left open; return how many violations.

    With a violation go its orders, its open reviews, its standing removals and what is to be looked
    at; what was finished stays with whoever did it, and an order keeps its number. Can be run
    again: what has no bureau in office to go to yet waits.
    """
    gone = {row.pk: row for row in Bureau.objects.filter(until__lte=on)}
    if not gone:
        return 0
    with transaction.atomic():
        rows = Violation.objects.for_system(WHY).filter(_unfinished(), bureau__in=gone)
        rows = rows.filter(entity__bureau__in=Bureau.objects.filter(in_office(on)))
        locked = rows.select_related("entity__bureau").order_by("pk")
        by_way: dict[tuple[int, Bureau], list[int]] = defaultdict(list)
        for one in locked.select_for_update(no_key=True, of=("self",)):
            assert one.entity.bureau is not None  # asked for above
            by_way[one.bureau_id, one.entity.bureau].append(one.pk)
        for (before, to), keys in by_way.items():
            _hand(keys, gone[before], to, on)
    return sum(map(len, by_way.values()))


def _unfinished() -> Q:
    """Return the condition that something about a violation still has to be done."""
    of_it = {"violation": OuterRef("pk")}
    about = Q(order__violation=OuterRef("pk")) | Q(removal__violation=OuterRef("pk"))
    cases = Q(decision=CaseDecision.OPEN) | Q(decision=CaseDecision.FILED, closed_on=None)
    return (
        Q(status__in=(ViolationStatus.OPEN, ViolationStatus.JUDGED))
        | Q(Exists(Order.objects.filter(**of_it, status__in=UNFINISHED)))
        | Q(Exists(Case.objects.filter(cases, **of_it)))
        | Q(Exists(Review.objects.filter(**of_it, outcome=ReviewOutcome.OPEN)))
        | Q(Exists(Removal.objects.filter(**of_it, revoked_at=None, returned_on=None)))
        | Q(Exists(FollowUp.objects.filter(about, settled_at=None)))
    )


def _hand(keys: list[int], before: Bureau, to: Bureau, on: date) -> None:
    """Give locked violations of one bureau, and what is open about them, to another."""
    orders = Order.objects.for_system(WHY).filter(violation__in=keys, bureau=before)
    moved = list(orders.order_by("pk").select_for_update(no_key=True, of=("self",)))
    orders.update(bureau=to, revision=F("revision") + 1)
    said = f"{before}已自{before.until}起撤销，由{to}继续办理"
    OrderStep.objects.for_system(WHY).bulk_create(
        OrderStep(
            order=one,
            action=HAND_OVER,
            source=one.status,
            target=one.status,
            opinion=said,
            on=on,
        )
        for one in moved
        if one.status in UNFINISHED
    )
    reviews = Review.objects.for_system(WHY).filter(violation__in=keys, bureau=before)
    reviews.filter(outcome=ReviewOutcome.OPEN).update(bureau=to)
    removals = Removal.objects.for_system(WHY).filter(violation__in=keys, bureau=before)
    removals.filter(revoked_at=None, returned_on=None).update(bureau=to)
    tasks = FollowUp.objects.for_system(WHY).filter(bureau=before, settled_at=None)
    about = Q(order__violation__in=keys) | Q(removal__violation__in=keys)
    tasks.filter(about).update(bureau=to)
    Violation.objects.for_system(WHY).filter(pk__in=keys).update(bureau=to)
