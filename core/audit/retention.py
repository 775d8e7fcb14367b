"""How long the logs are kept: whole sealed months are dropped, and a tombstone says so.

At least six months by 网络安全法 第21条(三); ``AUDIT_KEEP_MONTHS`` says how many.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.db import connection, models, transaction

from core.audit.access import Kind, record
from core.audit.partitions import Leaf, leaves, months_before
from core.audit.sealing import append, logs, publish_head
from core.audit.verifying import verify
from core.errors import Refused
from core.models import Seal


@dataclass(frozen=True)
class Month:
    """One partition of a log, until when it is kept (first day it may go), and its rows."""

    leaf: Leaf
    kept_until: date | None
    rows: int


def kept_until(month: date) -> date:
    """Return the first day on which a month's lines may be dropped."""
    return months_before(month, -1 - settings.AUDIT_KEEP_MONTHS)


def months() -> list[Month]:
    """Return the partitions of both logs with their retention dates and sealed rows."""
    sealed = dict(
        Seal.objects.for_system("rows by month")
        .filter(kind=Seal.Kind.ROWS)
        .values_list("log")
        .annotate(rows=models.Sum("rows"))
        .order_by("log")
    )
    with connection.cursor() as cursor:
        return [
            Month(leaf, kept_until(leaf.month) if leaf.month else None, sealed.get(leaf.name, 0))
            for leaf in leaves(cursor)
        ]


def expired(on: date) -> list[Leaf]:
    """Return the partitions whose retention is over on a day."""
    return [m.leaf for m in months() if m.kept_until is not None and m.kept_until <= on]


def drop_expired(on: date) -> list[Leaf]:
    """Drop every month that is past its retention, each for a tombstone in the chain (owner).

    Refuses while the chain is broken or a row of such a month is not sealed: what goes must have
    been proved whole to the last.
    """
    gone = expired(on)
    if not gone:
        return []
    verdict = verify()
    if verdict.broken:
        raise Refused("", f"封存链有破坏，未清除任何日志：{verdict.broken[0]}")
    for leaf in gone:
        if verdict.unsealed.get(leaf.name):
            raise Refused("", f"{leaf.name}还有未封存的行，请先执行 seal_logs 再清除。")
    for leaf in gone:
        _drop(leaf)
    publish_head()
    return gone


@transaction.atomic
def _drop(leaf: Leaf) -> None:
    with connection.cursor() as cursor:
        columns = next(log.columns for log in logs(cursor) if log.name == leaf.name)
        seals = Seal.objects.for_system("what a tombstone stands for").filter(log=leaf.name)
        told = seals.aggregate(
            first=models.Min("first"), last=models.Max("last"), rows=models.Sum("rows")
        )
        newest = seals.order_by("-id").values_list("digest", flat=True).first()
        append(
            kind=Seal.Kind.TOMBSTONE,
            log=leaf.name,
            first=told["first"] or 0,
            last=told["last"] or 0,
            rows=told["rows"] or 0,
            columns=list(columns),
            rows_hash=newest or "",
        )
        record(Kind.MAINTENANCE, subject=f"清除到期日志{leaf.name}", rows=told["rows"] or 0)
        cursor.execute(f'DROP TABLE "{leaf.name}"')
