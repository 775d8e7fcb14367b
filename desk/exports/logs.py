"""The two logs as exports: the auditor's own, above whom no lead stands; each logs itself."""

from __future__ import annotations

from desk.audit.exporting import EXPORTS, LogExport
from desk.exports.kinds import Column, ExportKind

CODES = frozenset({"operation", "row", "detail"})
"""Columns of keys and digests, whose digits are no person's."""


def _kind(log: LogExport, named: str) -> ExportKind:
    return ExportKind(
        label=log.label,
        verb=log.verb,
        unit=log.unit,
        columns={name: Column(*said, code=name in CODES) for name, said in log.columns.items()},
        rows=lambda query, user: log.rows(query.data, user),
        read=lambda keys, query, user: log.read(keys, user),
        said=lambda query, user: log.said(query.data),
        names=log.names,
        named=named,
        back=log.back,
        needs_lead=False,
        of_entities=False,
        example="每季度核查访问记录，供审计报告使用",
    )


CHANGES = _kind(EXPORTS["changes"], "table_name")
ACCESSES = _kind(EXPORTS["accesses"], "subject")
