"""What benchmarks.overdue measures; runs inside Django, as the application's role.

The hand-written statements let the same orders fall due and write steps, removals, days outside and
fact changes in the same tables with the same triggers, in one transaction and without asking
whether another removal stands. Each side is rolled back; every figure is a median.
"""

from __future__ import annotations

import itertools
import statistics
import time
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from django.db import connection, transaction

from entities.models import Entity
from redline.choices import ListStatus, OrderOrigin, OrderStatus, ViolationSource, ViolationStatus
from redline.models import ListItem, ListVersion, Order, Touch, Violation
from redline.overdue import overdue, scan, tell_near
from staff.models import Bureau, NumberSeries, PaperNumber, User

DUE = date(2026, 12, 9)
ON = DUE + timedelta(days=10)
SERVED = date(2026, 11, 24)
BATCH = 5_000
WHY = "a benchmark"

BY_HAND = (
    """
    CREATE TEMPORARY TABLE fell ON COMMIT DROP AS
    WITH moved AS (
        UPDATE redline_order SET status = 'overdue' WHERE status = 'served' AND due_on < %(on)s
        RETURNING id, violation_id, entity_id, bureau_id, number_id, served_on, due_on
    )
    SELECT m.*, n.text AS number, i.code || ' ' || i.behaviour AS item,
           b.short_name || '监管红线清单第' || v.number || '版（' || v.document_number || '，'
               || v.since || '施行）' AS list
    FROM moved m JOIN staff_papernumber n ON n.id = m.number_id
    JOIN redline_touch t ON t.violation_id = m.violation_id
    JOIN redline_listitem i ON i.id = t.item_id JOIN redline_listversion v ON v.id = i.version_id
    JOIN staff_bureau b ON b.id = v.bureau_id
    """,
    """
    INSERT INTO redline_orderstep (order_id, action, source, target, opinion, "on", role_then)
    SELECT id, 'fall_due', 'served', 'overdue', '', %(on)s, '' FROM fell
    """,
    """
    WITH made AS (
        INSERT INTO redline_removal (entity_id, bureau_id, violation_id, order_id, cause, since,
            item, list_version, order_number, served_on, due_on, recheck, reason, made_on,
            revoke_reason, return_reason)
        SELECT entity_id, bureau_id, violation_id, id, 'overdue', due_on + 1, item, list, number,
            served_on, due_on, '', '', %(on)s, '', '' FROM fell
        RETURNING id, entity_id, since, item, list_version, order_number, served_on, due_on
    )
    INSERT INTO redline_removalspan (entity_id, removal_id, removed_on, cause, item, list_version,
        order_number, served_on, due_on, recheck, reason, since, source)
    SELECT entity_id, id, since, 'overdue', item, list_version, order_number, served_on, due_on,
        '', '', since, '触线移出' FROM made
    """,
    """
    INSERT INTO entities_factchange (entity_id, from_day, cause, bulk)
    SELECT entity_id, due_on + 1, '触线移出', TRUE FROM fell
    """,
)


def make(open_ones: int, due_ones: int) -> None:
    """Write so many served orders, each of a touch and an entity of its own."""
    bureau = Bureau.objects.exclude(kind=Bureau.Kind.CITY).earliest("pk")
    officer, lead = (
        User.objects.create(username=f"bench-{role}", name=role, role=role, bureau=bureau)
        for role in ("district_officer", "district_lead")
    )
    item = _item(bureau, officer, lead)
    series = NumberSeries.objects.create(bureau=bureau, kind="order", year=SERVED.year)
    numbers = iter(range(1, open_ones + 1))
    while chunk := list(itertools.islice(numbers, BATCH)):
        with transaction.atomic():
            _make_orders(chunk, due_ones, item, series, officer, lead)


def _item(bureau: Bureau, officer: User, lead: User) -> ListItem:
    version = ListVersion(
        kind="red_line",
        bureau=bureau,
        number=1,
        since=date(2025, 1, 1),
        document_number="基准〔2025〕1号",
        drafted_by=officer,
    )
    version.save(force_insert=True)
    item = ListItem(version=version, position=1, code="RL-2-01", behaviour="未取得许可从事食品经营")
    item.save(force_insert=True)
    version.submitted_by, version.status = officer, ListStatus.SUBMITTED
    version.save()
    version.approved_by, version.status = lead, ListStatus.APPROVED
    version.save()
    return item


def _make_orders(
    numbers: list[int], due_ones: int, item: ListItem, series: NumberSeries, by: User, lead: User
) -> None:
    """The first ``due_ones`` of all are due on DUE, the others a hundred days later."""
    here: dict[str, Any] = {"bureau": by.bureau}
    entities = _write(
        Entity,
        [{"code": f"BENCH{n:013d}", "name": f"重庆基准{n}", **here} for n in numbers],
    )
    facts = {"facts": "未取得许可从事食品经营", **here}
    acted = {"acted_from": SERVED, "acted_until": SERVED, "found_on": SERVED, "recorded_by": by}
    found = {"source": ViolationSource.INSPECTION, "status": ViolationStatus.TOUCHED}
    acted |= found | {"list_bureau": by.bureau, "found_by_bureau": by.bureau}
    violations = _write(Violation, [{"entity": one, **facts, **acted} for one in entities])
    judged = {"item": item, "judged_by": by, "is_confirmed": True, "confirmed_by": lead}
    touches = _write(Touch, [{"violation": one, **judged} for one in violations])
    papers = PaperNumber.objects.bulk_create(
        PaperNumber(series=series, serial=n, text=f"基准责改〔2026〕{n}号") for n in numbers
    )
    said = {"origin": OrderOrigin.RED_LINE, "status": OrderStatus.SERVED, "days": 15, **facts}
    said |= {"served_on": SERVED, "start_on": SERVED, "officer": by}
    days = [DUE if n <= due_ones else DUE + timedelta(days=100) for n in numbers]
    _write(
        Order,
        [
            {"violation": t.violation, "touch": t, "entity": t.violation.entity, **said}
            | {"number": number, "due_on": day}
            for t, number, day in zip(touches, papers, days, strict=True)
        ],
    )


def _write(model: Any, rows: list[dict[str, Any]]) -> list[Any]:
    return model.objects.for_system(WHY).bulk_create([model(**row) for row in rows])


def by_us() -> int:
    return scan(ON).orders


def by_hand() -> int:
    with connection.cursor() as cursor:
        for statement in BY_HAND:
            cursor.execute(statement, {"on": ON})
        return cursor.rowcount


def timed(work: Callable[[], int]) -> tuple[float, int]:
    """Return the seconds of something that is undone, and what it counted."""
    with transaction.atomic():
        began = time.monotonic()
        counted = work()
        took = time.monotonic() - began
        transaction.set_rollback(True)
    return took, counted


def measure(repeat: int) -> None:
    """Print the figures of docs/performance.md."""
    orders = Order.objects.for_system(WHY)
    print(f"{orders.count():,} open orders, {orders.filter(overdue(ON)).count():,} due")
    assert timed(by_us)[1] == timed(by_hand)[1]
    ours = statistics.median(timed(by_us)[0] for _ in range(repeat))
    hand = statistics.median(timed(by_hand)[0] for _ in range(repeat))
    print(f"scan: ours {ours:.2f} s, by hand {hand:.2f} s, ratio {ours / hand:.2f}")
    nothing = statistics.median(timed(lambda: scan(DUE).orders)[0] for _ in range(max(repeat, 10)))
    print(f"scan with nothing due: {nothing * 1000:.1f} ms")
    near = statistics.median(timed(lambda: tell_near(DUE))[0] for _ in range(repeat))
    print(f"telling of near days: {near:.2f} s")
    print(orders.filter(overdue(ON)).order_by("due_on", "pk")[:500].explain())
