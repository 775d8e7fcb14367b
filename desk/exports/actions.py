"""What people do about exports: ask, approve or refuse, withdraw, take the file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Sum
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils import timezone

from core.audit.access import Kind, record
from core.errors import Refused
from core.jobs import enqueue
from core.models import Export
from desk.exports.kinds import ExportKind, Query, Said, place_of
from desk.exports.registry import KINDS
from desk.exports.workflow import BASIS as CLAUSE
from desk.exports.workflow import TRANSITIONS
from desk.paging import TookTooLong, at_most
from policy.limits import limits_in_force
from staff.models import User
from staff.permissions import demand

KIND, LOG_KIND = "export", "export_log"
"""Kinds of jobs: an export of a log is nobody's business but the auditor's."""
COUNT_SECONDS = 20
NAMES_SHOWN = 5
SHORTEST_REASON = 4
EXPORTS = 7303
"""Names the lock under which the rows of one person's exports are counted."""

TOGETHER = timedelta(hours=24)
"""Exports of one kind within so long count as one, so that none is cut into slices."""


@dataclass(frozen=True)
class Seen:
    """What an export would hold now: rows, the first names, its conditions, why it needs a lead."""

    count: int
    names: list[str]
    said: Said
    why: str


def look(kind: str, query: Query, *, by: User, unmasked: bool = False) -> Seen:
    """Count exactly what would leave; refuses a query that is none, nothing, and too much."""
    wanted = KINDS[kind]
    demand(by, wanted.verb)
    rows = wanted.rows(query, by)
    try:
        with at_most(COUNT_SECONDS):
            count = rows.order_by().count()
            names = list(rows.values_list(wanted.named, flat=True)[:NAMES_SHOWN])
    except TookTooLong:
        raise Refused(
            "", "条件太宽，未能及时统计行数，请增加区县、状态等条件缩小范围后再导出。"
        ) from None
    limits = limits_in_force(timezone.localdate())
    if not count:
        raise Refused("", "没有符合条件的记录可以导出，请调整查询条件。")
    if count > limits["export.most_rows"]:
        raise Refused(
            CLAUSE,
            f"符合条件的有{count:,}{wanted.unit}，超过一次最多导出的"
            f"{limits['export.most_rows']:,}行，请缩小范围后分次导出。",
        )
    before = rows_before(kind, by=by, at=timezone.now())
    return Seen(count, names, wanted.said(query, by), _why(wanted, count, before, unmasked))


def free_rows() -> int:
    """Return how many rows may leave without a lead's approval today."""
    return int(limits_in_force(timezone.localdate())["export.rows_without_approval"])


def rows_before(kind: str, *, by: User, at: datetime, but: int | None = None) -> int:
    """Return the rows of this kind that the person asked for in the day before, and may have.

    ``but`` is the key of an export: only those filed before it count.
    """
    asked = Export.objects.for_system("how much this person takes out").filter(
        kind=kind,
        filed_by=by,
        filed_at__gt=at - TOGETHER,
        status__in=(Export.Status.FILED, Export.Status.APPROVED, Export.Status.DONE),
    )
    if but is not None:
        asked = asked.filter(pk__lt=but)
    return asked.aggregate(rows=Sum(Coalesce("rows", "counted")))["rows"] or 0


def _why(wanted: ExportKind, count: int, before: int, unmasked: bool) -> str:
    """Say why a lead must approve; nothing where nobody need. ``before``: see ``rows_before``."""
    if not wanted.needs_lead:
        return ""
    reasons, free = [], free_rows()
    if count > free:
        reasons.append(f"超过{free:,}行")
    elif count + before > free:
        reasons.append(f"24小时内同类导出合计{count + before:,}行，超过{free:,}行")
    if unmasked:
        reasons.append("含完整联系方式")
    return "、".join(reasons)


@transaction.atomic
def file_export(
    kind: str,
    query: Query,
    *,
    by: User,
    columns: Sequence[str],
    reason: str,
    unmasked: bool = False,
) -> Export:
    """Ask for an export; small ones without personal data are produced at once.

    ``kind`` is a key of KINDS, ``columns`` are names of its columns. ``unmasked`` asks for the
    chosen sensitive columns in full; without such a column it means nothing.
    """
    wanted = KINDS[kind]
    demand(by, wanted.verb)
    chosen = [name for name in wanted.columns if name in columns]
    if not chosen:
        raise Refused("", "请至少选择一列。")
    if len(reason.strip()) < SHORTEST_REASON:
        raise Refused(CLAUSE, f"请写明导出用途（{SHORTEST_REASON}个字以上）。")
    unmasked = unmasked and any(wanted.columns[name].sensitive for name in chosen)
    if unmasked:
        demand(by, "export.unmask")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [EXPORTS, by.pk % 2**31])
    seen = look(kind, query, by=by, unmasked=unmasked)
    export = Export(
        kind=kind, columns=chosen, unmasked=unmasked, reason=reason.strip(), filed_by=by
    )
    _describe(export, wanted, query, seen)
    export.save(force_insert=True)
    if not export.needs_approval:
        _enqueue(export)
    return export


def _describe(export: Export, wanted: ExportKind, query: Query, seen: Seen) -> None:
    """Write down the query, what it counted, and whether somebody must approve."""
    export.title = f"{wanted.label}（{seen.count:,}{wanted.unit}）"
    export.query, export.on, export.known = query.text, query.on, query.known
    export.conditions = [list(pair) for pair in seen.said]
    export.place = place_of(export.filed_by)
    export.counted = seen.count
    export.needs_approval, export.why = bool(seen.why), seen.why
    export.status = Export.Status.FILED if seen.why else Export.Status.APPROVED


def _enqueue(export: Export) -> None:
    kind = LOG_KIND if KINDS[export.kind].verb == "log.export" else KIND
    job = enqueue(kind, f"导出{export.title}", by=export.filed_by, params={"export": export.pk})
    Export.objects.for_system("naming the job of an export").filter(pk=export.pk).update(job=job)
    export.job = job


@transaction.atomic
def decide_export(
    export: Export, action: str, *, by: User, opinion: str = "", at: datetime
) -> Export:
    """Approve, refuse or withdraw; ``action`` is a key of TRANSITIONS.

    Of two who decide at once the update lets one, and the other is told.
    """
    move = TRANSITIONS[action]
    if move.verb:
        demand(by, move.verb)
    if not Export.objects.visible_to(by).filter(pk=export.pk).exists():
        raise Refused(CLAUSE, "该导出申请不由您审批。")
    if move.by_filer != (export.filed_by_id == by.pk):
        raise Refused(
            CLAUSE,
            "只有导出人可以撤回申请。" if move.by_filer else "导出人不能审批自己的申请。",
        )
    if move.needs_opinion and not opinion.strip():
        raise Refused(CLAUSE, "请填写不同意的意见，导出人可以看到。")
    said: dict[str, Any] = {"opinion": opinion.strip()}
    if not move.by_filer:
        said |= {"decided_by": by, "decided_at": at}
    # By key alone: with the joins of a scope the condition on the state would stand in a subquery,
    # which the second of two updates does not ask again once the first is committed.
    changed = (
        Export.objects.for_system("moving an export that was found to be visible")
        .filter(pk=export.pk, status__in=move.sources)
        .update(status=move.target, **said)
    )
    if not changed:
        raise Refused(CLAUSE, "该申请已由他人办理或已撤回，请刷新后查看结果。")
    export.refresh_from_db()
    if export.status == Export.Status.APPROVED:
        _enqueue(export)
    return export


@transaction.atomic
def take_file(export: Export, *, by: User, at: datetime, request: HttpRequest) -> Export:
    """Hand the file to its filer, and write the line of the access log with it."""
    if export.filed_by_id != by.pk:
        raise Refused(CLAUSE, "导出的文件只能由导出人本人下载。")
    demand(by, KINDS[export.kind].verb)
    if export.unmasked:
        demand(by, "export.unmask")
    if place_of(by) != export.place:
        raise Refused(CLAUSE, "您的岗位在导出后有变动，不能再下载，请按现岗位重新导出。")
    if not export.is_kept(at):
        raise Refused(CLAUSE, "文件尚未生成，或已超过保留期限被清除，请重新导出。")
    record(
        Kind.DOWNLOAD,
        request=request,
        by=by,
        subject=f"{export.serial} {export.title}",
        export=export.pk,
        serial=export.serial,
        sha256=export.sha256,
        rows=export.rows,
    )
    return export
