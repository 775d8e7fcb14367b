"""Import of a register file: read and staged as a stream, then applied chunk by chunk.

Reading writes nothing but the staging table of this session, so a restarted import reads its file
again and goes on with the chunk after the last one that was committed.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from core.errors import Refused
from core.jobs import Handle
from entities import registers
from entities.choices import Status
from entities.imports.register_chunks import COLUMNS, STAGE, STAGED, Counts, apply, compare
from entities.imports.register_rows import RowReader, header_of, status_of
from entities.imports.sources import Source, opened, told
from entities.imports.staging import alone, copy_lines, execute, rows

CHUNK = 20_000
SOURCE = "登记信息导入"


def work(handle: Handle) -> dict[str, Any]:
    """Do the job kind "import_register"; params: status (for a file without that column), dry_run.

    A status that nobody named (default 存续) is given to new entities only: a file without that
    column says nothing about those that are on file.
    """
    job = handle.job
    asked = job.params.get("status")
    named = status_of(asked) if asked else None
    if asked and named is None:
        raise Refused("", f"“{asked}”不是登记状态，请从{'、'.join(Status.labels)}中选择。")
    on = date.fromisoformat(job.checkpoint.get("on") or timezone.localdate().isoformat())
    with opened(handle, "register", registers.COLUMNS) as source, alone(STAGED, handle):
        has_status = "status" in source.table.header
        _stage(source, RowReader(on, named))
        _keep_last_of_each(source)
        counts = _apply_all(handle, on)
    return told(
        source,
        {"on": on.isoformat(), **vars(counts)},
        [
            f"新增{counts.new:,}户，变更{counts.changed:,}户，未变{counts.unchanged:,}户，"
            f"问题{source.bad:,}行，警告{source.warnings:,}条。",
            _about_status(has_status, named),
        ],
    )


def _about_status(has_status: bool, named: Status | None) -> str:
    if has_status:
        return "登记状态取自文件。"
    if named is not None:
        return f"文件没有登记状态列，全部按指定的“{named.label}”登记。"
    return "文件没有登记状态列，新主体按默认的“存续”登记，已有主体的状态不变。"


def _stage(source: Source, reader: RowReader) -> None:
    execute(f"DROP TABLE IF EXISTS {STAGED}")
    execute(STAGE)
    copy_lines(STAGED, COLUMNS, _lines(source, reader))
    source.handle.progress(0, phase="核对代码")
    execute(f"CREATE INDEX import_register_by_n ON {STAGED} (n)")
    execute(f"ANALYZE {STAGED}")


def _lines(source: Source, reader: RowReader) -> Iterator[str]:
    """Give the lines of good rows; ``n`` counts them from 1, the same at each reading."""
    n = 0
    for line, values in source.rows():
        staged, problems = reader.staged(n + 1, line, values)
        for problem in problems:
            column = header_of(source.table.header, problem)
            note = source.reject_part if problem.fatal else source.warn
            note(line, column, problem.value, problem.message, problem.advice)
        if staged is None:
            source.bad += 1
        else:
            n += 1
            yield staged


def _keep_last_of_each(source: Source) -> None:
    """Let the last row of a code that stands several times win, and say so."""
    execute(
        f"CREATE TEMP TABLE import_twice AS SELECT code, max(n) AS n FROM {STAGED} "
        "GROUP BY code HAVING count(*) > 1"
    )
    dropped = rows(
        f"WITH gone AS (DELETE FROM {STAGED} s USING import_twice t "
        "WHERE s.code = t.code AND s.n < t.n RETURNING s.line, s.code, t.n) "
        f"SELECT gone.line, gone.code, s.line FROM gone JOIN {STAGED} s ON s.n = gone.n ORDER BY 1"
    )
    execute("DROP TABLE import_twice")
    for line, code, last in dropped:
        source.warn(
            line, "统一社会信用代码", code, f"同一代码在第{last}行再次出现，以最后一行为准。",
            "请核对重复的行。",
        )  # fmt: skip


def _apply_all(handle: Handle, on: date) -> Counts:
    """Apply the chunks after the checkpoint, each in one transaction with its checkpoint."""
    job, write = handle.job, not handle.job.params.get("dry_run")
    last = rows(f"SELECT coalesce(max(n), 0) FROM {STAGED}")[0][0]
    low = job.checkpoint.get("upto", 0)
    counts = Counts(**job.checkpoint.get("counts", {}))
    while low < last:
        high = min(low + CHUNK, last)
        handle.progress(low, last, "写入登记信息" if write else "比对登记信息")
        with transaction.atomic():
            if write:
                done = apply(low, high, on, source=SOURCE, by=job.started_by_id)
            else:
                done = compare(low, high, on, write=False)
            for name, value in vars(done).items():
                setattr(counts, name, getattr(counts, name) + value)
            handle.keep(on=on.isoformat(), upto=high, counts=vars(counts))
        low = high
    handle.progress(last, last)
    return counts
