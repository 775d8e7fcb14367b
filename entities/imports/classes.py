"""Import of a monthly file of credit-risk classes (readings 1): set-wise, by ranges of entities."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from core.errors import Refused
from core.jobs import Handle
from core.tabular import Column
from entities.choices import Letter
from entities.codes import normalise
from entities.imports.foreground import sha256
from entities.imports.sources import Source, name_of, opened, path_of, told
from entities.imports.staging import alone, copy_lines, encode, execute, rows
from entities.imports.timeline import STATED, Counts, corrected_against, put_file
from entities.locks import alone_in_bulk
from entities.models import RISK_SCHEME, ClassFile

COLUMNS = {
    "code": Column(
        ("统一社会信用代码", "统一社会信用代码/注册号", "信用代码", "社会信用代码", "注册号",
         "代码"),
        required=True,
    ),
    "letter": Column(
        ("信用风险分类", "信用风险分类结果", "信用风险类别", "信用风险等级", "分类结果", "分类等级",
         "风险等级", "风险类别", "分类", "类别", "等级"),
        required=True,
    ),
    "month": Column(
        ("分类月份", "评定月份", "所属月份", "数据月份", "月份", "分类日期", "评定日期")
    ),
}  # fmt: skip
RANGE = 100_000
STAGED = "import_class"
NOBODY = (
    "文件中没有一行可以导入，未作任何改动（否则全部主体都会按本月未参加分类处理）；"
    "请按错误文件更正后重新提交。"
)
LETTER = re.compile(r"([ABCD])(?:类|级|级别|等)?(?:\(.*\))?")
SPELLED = {"信用风险低": "A", "信用风险一般": "B", "信用风险较高": "C", "信用风险高": "D"}
YEAR = r"((?:19|20)\d\d)"
MONTH = re.compile(YEAR + r"[-/.年]?(0?[1-9]|1[0-2])(?!\d)|" + YEAR + r"(0[1-9]|1[0-2])\d\d")


def month_of(text: str) -> date | None:
    """Return the first day of a month written in one of the usual ways, None for anything else."""
    found = MONTH.match(unicodedata.normalize("NFKC", text).strip())
    if not found:
        return None
    year, month = found.group(1) or found.group(3), found.group(2) or found.group(4)
    return date(int(year), int(month), 1)


def letter_of(text: str) -> str | None:
    """Return the letter of a class as files write it (A, Ａ类, A级, 信用风险低)."""
    plain = unicodedata.normalize("NFKC", text).strip().upper()
    if found := LETTER.fullmatch(plain):
        return found.group(1)
    return SPELLED.get(plain)


def work(handle: Handle) -> dict[str, Any]:
    """Do the job kind "import_credit_classes"; params: month (YYYY-MM), dry_run."""
    job = handle.job
    month = month_of(str(job.params.get("month", "")))
    if month is None:
        raise Refused("readings 1", "请用 YYYY-MM 写明分类月份，例如2026-11。")
    if month > timezone.localdate():
        raise Refused("readings 1", f"分类月份{month:%Y-%m}晚于本月，请核对月份后重新提交。")
    with opened(handle, "credit", COLUMNS) as source, alone(STAGED, handle):
        _stage(source, month)
        stated = rows(f"SELECT count(*) FROM {STATED}")[0][0]
        if not stated:
            raise Refused("readings 1", NOBODY)
        counts = _lay(handle, source, month)
        kept = corrected_against(month)
        for line, code, letter, corrected in kept:
            source.warn(
                line, "统一社会信用代码", code,
                f"该主体本月分类已由市局更正为{corrected}，文件中的{letter}未采用。",
                "如应以文件为准，请由市局人员撤销更正后重新导入。",
            )  # fmt: skip
        if not job.params.get("dry_run"):
            _record_file(handle, month, stated)
    return told(
        source,
        {"month": f"{month:%Y-%m}", "rows": stated, **vars(counts), "corrections": len(kept)},
        [
            f"{month:%Y年%m月}信用风险分类：首次有分类{counts.new:,}户，变化{counts.changed:,}户，"
            f"未变{counts.unchanged:,}户，本文件中未出现{counts.missed:,}户，"
            f"收回{counts.withdrawn:,}户，保留更正{len(kept):,}户。"
        ],
    )


def _stage(source: Source, month: date) -> None:
    """Bring the good rows into the staging table, each code once, known entities only."""
    execute(f"DROP TABLE IF EXISTS {STAGED}, {STATED}")
    execute(f"CREATE TEMP TABLE {STAGED} (line bigint, code varchar, letter varchar)")
    copy_lines(STAGED, ("line", "code", "letter"), _lines(source, month))
    source.handle.progress(0, phase="核对代码")
    execute(
        f"CREATE TEMP TABLE {STATED} AS SELECT DISTINCT ON (e.id) e.id AS entity_id, s.line, "
        f"s.code, s.letter FROM {STAGED} s JOIN entities_entity e ON e.code = s.code "
        "ORDER BY e.id, s.line DESC"
    )
    execute(f"CREATE UNIQUE INDEX ON {STATED} (entity_id)")
    execute(f"ANALYZE {STATED}")
    unknown = (
        f"SELECT s.line, s.code FROM {STAGED} s LEFT JOIN entities_entity e ON e.code = s.code "
        "WHERE e.id IS NULL ORDER BY s.line"
    )
    for line, code in rows(unknown):
        source.reject_unknown(line, code)
    twice = (
        f"SELECT s.line, s.code, t.line FROM {STAGED} s JOIN {STATED} t ON t.code = s.code "
        "WHERE s.line <> t.line ORDER BY s.line"
    )
    for line, code, last in rows(twice):
        source.warn(
            line, "统一社会信用代码", code, f"同一代码在第{last}行再次出现，以最后一行为准。",
            "请核对重复的行。",
        )  # fmt: skip


def _lines(source: Source, month: date) -> Iterator[str]:
    headers = source.table.header
    for line, (raw_code, raw_letter, raw_month) in source.rows():
        code, letter = normalise(raw_code), letter_of(raw_letter)
        if not code:
            source.reject(line, headers["code"], raw_code, "缺少代码。", "请补充统一社会信用代码。")
        elif letter is None:
            allowed = "、".join(Letter.values)
            source.reject(
                line,
                headers["letter"],
                raw_letter,
                f"类别须为{allowed}之一。",
                "请按分类结果改正。",
            )
        elif raw_month.strip() and month_of(raw_month) != month:
            source.reject(
                line, headers["month"], raw_month, f"与导入月份{month:%Y-%m}不一致。",
                "请核对文件是否选错，或该行是否属于其他月份。",
            )  # fmt: skip
        else:
            yield encode((line, code, letter))


def _lay(handle: Handle, source: Source, month: date) -> Counts:
    """Lay the file over all timelines, a range of keys a transaction, from the checkpoint on."""
    job, write = handle.job, not handle.job.params.get("dry_run")
    files = ClassFile.objects.for_system("ordering class files").filter(scheme=RISK_SCHEME)
    later = list(files.filter(month__gt=month).order_by("month").values_list("month", flat=True))
    last = rows("SELECT coalesce(max(id), 0) FROM entities_entity")[0][0]
    low = job.checkpoint.get("upto", 0)
    counts = Counts(**job.checkpoint.get("counts", {}))
    while low < last:
        high = min(low + RANGE, last)
        handle.progress(low, last, "比对分类")
        with transaction.atomic():
            if write:
                alone_in_bulk()
            counts.add(
                put_file(
                    month, later, low, high, source=f"{month:%Y-%m}信用风险分类文件",
                    by=job.started_by_id, write=write,
                )
            )  # fmt: skip
            handle.keep(upto=high, counts=vars(counts))
        low = high
    handle.progress(last, last, "比对分类")
    return counts


def _record_file(handle: Handle, month: date, stated: int) -> None:
    job = handle.job
    ClassFile.objects.for_system("recording a class file").update_or_create(
        scheme=RISK_SCHEME,
        month=month,
        defaults={
            "file_name": name_of(job),
            "file_hash": job.params.get("sha256") or sha256(path_of(job)),
            "rows": stated,
            "imported_at": timezone.now(),
            "imported_by_id": job.started_by_id,
        },
    )
