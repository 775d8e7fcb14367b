"""The job "export": read the rows as the filer, write the workbook, give the number, once."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
from collections.abc import Generator, Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone

from core.audit.access import Kind, record
from core.audit.context import acting
from core.errors import Refused
from core.jobs import Handle
from core.models import Export, Job
from core.notices import INTERNAL
from core.readonly import snapshot
from core.workbooks import Book
from desk.exports.actions import CLAUSE, free_rows, rows_before
from desk.exports.cover import cover_of, meanings_of, watermark_of
from desk.exports.kinds import ExportKind, Query, place_of
from desk.exports.registry import KINDS
from policy.limits import limits_in_force
from staff.models import User
from staff.permissions import demand

BATCH = 1000
GROWTH = 10
"""An approved export may have grown by one in so many rows since it was counted."""
SERIALS = 7301
"""Names the lock under which numbers are given."""


def work(handle: Handle) -> dict[str, Any]:
    """Do the job kind "export"; params: export (its key). A second attempt finds it done."""
    asked = Export.objects.for_system("producing what was asked for").select_related("filed_by")
    export = asked.get(pk=handle.job.params["export"])
    if export.status == Export.Status.DONE:
        return _result(export)
    with acting(
        by=export.filed_by, origin=f"job {handle.job.pk} {handle.job.kind}", reason=export.reason
    ):
        wanted = KINDS[export.kind]
        check_still_may(export, wanted)
        folder = _folder_of(export) / f"{export.pk}.{handle.job.attempt}"
        _clear(export)
        folder.mkdir(mode=0o700, parents=True)
        try:
            return _produce(handle, export, wanted, folder)
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def check_still_may(export: Export, wanted: ExportKind) -> None:
    """Refuse what the filer may no longer have: the account, the role or the place changed."""
    filer: Any = export.filed_by
    if export.status != Export.Status.APPROVED:
        raise Refused(CLAUSE, "该导出未经批准或已撤回，不能生成。")
    if not filer.is_active:
        raise Refused(CLAUSE, "导出人的账户已停用，不再生成。")
    demand(filer, wanted.verb)
    if export.unmasked:
        demand(filer, "export.unmask")
    if place_of(filer) != export.place:
        raise Refused(CLAUSE, "导出人的岗位在提出后有变动，请按现岗位重新提出。")


def _produce(handle: Handle, export: Export, wanted: ExportKind, folder: Path) -> dict[str, Any]:
    filer: Any = export.filed_by
    at = timezone.now()
    titles = [(wanted.columns[name].title, wanted.columns[name].width) for name in export.columns]
    head = watermark_of(filer, at)
    with Book(folder, wanted.label, titles, head=head, foot=INTERNAL) as book:
        handle.progress(0, export.counted, "读取")
        # Closed at once when something fails: its transaction cannot write what the job says then.
        with contextlib.closing(_rows(export, wanted, filer)) as rows:
            for row in rows:
                book.append(row)
                if book.rows % BATCH == 0:
                    _check_growth(export, wanted, book.rows)
                    handle.progress(book.rows, None, "读取")
        _check_growth(export, wanted, book.rows)
        handle.progress(book.rows, max(book.rows, export.counted), "写入文件")
        with transaction.atomic():
            _number(export, at)
            part = folder / "book.xlsx"
            with _own_file(part) as file:
                cover = cover_of(export, wanted, book.rows, at)
                book.finish(cover, meanings_of(export, wanted), file)
            _done(handle, export, part, book.rows)
    handle.progress(book.rows, book.rows, "完成")
    return _result(export)


def _own_file(path: Path) -> BinaryIO:
    """Open a new file that only this account of the machine can read."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def _rows(export: Export, wanted: ExportKind, filer: User) -> Generator[list[str], None, None]:
    """Yield the cells of each row, all as of one moment."""
    query = Query.of(export)
    columns = [(name, wanted.columns[name]) for name in export.columns]
    found: Any = wanted.rows(query, filer).values_list("pk", flat=True)
    # The cursor is closed before the transaction that it lives in.
    with snapshot(), contextlib.closing(found.iterator(chunk_size=BATCH)) as keys:
        for batch in _batches(keys):
            for values in wanted.read(batch, query, filer):
                yield [
                    column.shown(values[name], unmasked=export.unmasked) for name, column in columns
                ]


def _batches(keys: Iterable[int]) -> Iterator[list[int]]:
    batch: list[int] = []
    for key in keys:
        batch.append(key)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _check_growth(export: Export, wanted: ExportKind, rows: int) -> None:
    """What nobody approved must stay below the limit; what was approved may not become another."""
    approved = export.counted + export.counted // GROWTH if export.needs_approval else 0
    if wanted.needs_lead and rows > max(approved, _free(export)):
        raise Refused(
            CLAUSE,
            f"提出后符合条件的行数由{export.counted:,}增加，已超过可以导出的行数，请重新提出。",
        )


def _free(export: Export) -> int:
    """Return how many rows need no approval beside what its filer had asked for before."""
    filer: Any = export.filed_by
    return free_rows() - rows_before(export.kind, by=filer, at=export.filed_at, but=export.pk)


def _number(export: Export, at: datetime) -> None:
    """Give the next number of the year; the lock lasts until the export is done or undone."""
    year = timezone.localtime(at).year
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [SERIALS, year])
    exports = Export.objects.for_system("the last number of the year")
    last = exports.filter(serial_year=year).aggregate(last=Max("serial_number"))["last"]
    export.serial_year, export.serial_number = year, (last or 0) + 1
    export.produced_at = at


def _done(handle: Handle, export: Export, part: Path, rows: int) -> None:
    """Put the file in its place and say so, in one transaction and only while the job is ours."""
    with part.open("rb") as file:
        export.sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    days = limits_in_force(timezone.localdate())["export.kept_days"]
    export.rows, export.kept_until = rows, timezone.now() + timedelta(days=days)
    export.status = Export.Status.DONE
    export.file.name = f"exports/{export.pk}.xlsx"
    changes = {
        name: getattr(export, name)
        for name in (
            *("status", "file", "sha256", "rows", "produced_at", "kept_until"),
            *("serial_year", "serial_number"),
        )
    }
    changed = (
        Export.objects.for_system("an export is done once")
        .filter(pk=export.pk, status=Export.Status.APPROVED)
        .update(**changes)
    )
    if not changed:
        raise Refused(CLAUSE, "该导出已经生成或已撤回，没有重复生成。")
    _record(export)
    handle.keep(serial=export.serial)  # fails, and undoes all of it, where another attempt works
    part.replace(_folder_of(export) / f"{export.pk}.xlsx")


def _record(export: Export) -> None:
    """Leave the line of the access log, in the transaction that gives the file."""
    record(
        Kind.EXPORT,
        by=export.filed_by,
        subject=f"{export.serial} {export.title}",
        reason=export.reason,
        export=export.pk,
        filter=export.conditions,
        query=export.query[:2000],
        on=export.on,
        known=export.known,
        columns=export.columns,
        unmasked=export.unmasked,
        rows=export.rows,
        sha256=export.sha256,
        serial=export.serial,
        approved_by=export.decided_by_id,
    )


def _result(export: Export) -> dict[str, Any]:
    return {
        "export": export.pk,
        "serial": export.serial,
        "sentences": [f"已生成{export.serial}，共{export.rows:,}行，请在“我的导出”中下载。"],
    }


def _folder_of(export: Export) -> Path:
    folder = Path(settings.MEDIA_ROOT) / "exports"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _clear(export: Export) -> None:
    """Remove what an attempt that was killed left behind."""
    for left in _folder_of(export).glob(f"{export.pk}.*"):
        if left.is_dir():
            shutil.rmtree(left, ignore_errors=True)


def expire(at: datetime) -> int:
    """Remove the files whose time is over; the rows stay. Return how many; can be run again.

    What attempts left that were killed and never tried again goes with them.
    """
    _sweep()
    exports = Export.objects.for_system("removing what was kept long enough").exclude(file="")
    gone = 0
    for export in exports.filter(kept_until__lte=at).order_by("pk"):
        Path(export.file.path).unlink(missing_ok=True)
        gone += exports.filter(pk=export.pk).update(file="")
    return gone


def _sweep() -> None:
    """Remove every folder and file of exports that is neither being written nor a file of a row."""
    folder = Path(settings.MEDIA_ROOT) / "exports"
    exports = Export.objects.for_system("telling what is left over from what is in use")
    for left in folder.iterdir() if folder.is_dir() else ():
        key = left.name.partition(".")[0]
        mine = exports.filter(pk=int(key)) if key.isdecimal() else exports.none()
        if mine.filter(job__status__in=(Job.Status.QUEUED, Job.Status.RUNNING)).exists():
            continue
        if left.is_dir():
            shutil.rmtree(left, ignore_errors=True)
        elif not mine.filter(file=f"exports/{left.name}").exists():
            left.unlink(missing_ok=True)
