"""Asking for exports and reading back what they wrote."""

from __future__ import annotations

from datetime import date
from typing import Any

import openpyxl
from django.utils import timezone

from core import jobs
from core.models import Access, Export, Job
from desk.exports.actions import file_export
from desk.exports.kinds import Query
from desk.exports.registry import KINDS
from sandbox_reg.pipeline import do

REASON = "年报催报使用"


def ask(by: Any, kind: str = "entities", text: str = "status=any", **fields: Any) -> Export:
    """File an export of a kind, all its columns chosen unless told otherwise."""
    on = fields.pop("on", None) or timezone.localdate()
    known = fields.pop("known", None)
    fields.setdefault("columns", list(KINDS[kind].columns))
    fields.setdefault("reason", REASON)
    return file_export(kind, Query(text, on, known), by=by, **fields)


def produce(export: Export) -> Export:
    """Do the export's job as a worker does, every outcome written to the row."""
    job = jobs.claim(export.job_id)
    jobs.run(job, do)
    return Export.objects.for_system("a test looks").select_related("job").get(pk=export.pk)


def book_of(export: Export) -> openpyxl.Workbook:
    return openpyxl.load_workbook(export.file.path)


def cover_of(export: Export) -> dict[str, str]:
    """Return the lines of the cover by label."""
    rows = book_of(export)["封面"].iter_rows(values_only=True)
    return {row[0]: row[1] for row in rows if row[0]}


def table_of(export: Export) -> list[dict[str, str]]:
    """Return the rows of the data sheets by title of column."""
    found = []
    for sheet in book_of(export).worksheets[1:]:
        header, *rows = sheet.iter_rows(values_only=True)
        found += [dict(zip(header, row, strict=True)) for row in rows]
    return found


def lines_of(kind: str) -> list[Access]:
    return list(Access.objects.for_system("a test looks").filter(kind=kind).order_by("id"))


def jobs_of() -> Any:
    return Job.objects.for_system("a test looks")


def exports() -> Any:
    return Export.objects.for_system("a test looks")


TODAY: date = timezone.localdate()
