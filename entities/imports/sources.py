"""The file of an import and the file of its bad rows, for a command and for an upload alike."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.core.files import File

from core import masking
from core.errors import Refused
from core.jobs import Handle
from core.models import Job
from core.tabular import BadFile, Column, ErrorFile, Row, Table, open_table
from core.uploads import stored_name
from entities.codes import check, is_unusable, shown
from entities.imports.sorts import belongs, demand_sort
from entities.registers import LABELS

ENCODINGS = {
    "utf-8": "UTF-8",
    "utf-8-sig": "UTF-8（带BOM）",
    "gb18030": "GB18030",
    "utf-16": "UTF-16",
    "xlsx": "XLSX工作簿",
}
REPORT_EVERY = 2000
WARNING = "警告："
CONTACTS = frozenset({"contact_name", "contact_phone", "service_address"})
"""Columns of which the file of bad rows shows the first character; the line tells where to look."""

CODE_LENGTHS = (15, 18)

ADVICE_CODE = "请核对统一社会信用代码；新设立的主体请先导入登记信息，再重新导入本文件。"


@dataclass
class Source:
    """An opened file: its rows with progress, and its bad rows and warnings, which are counted.

    A row that is wrong is left out and counted as bad; a warning is listed and the row kept.
    """

    handle: Handle
    table: Table
    errors: ErrorFile
    bad: int = 0
    warnings: int = 0

    @property
    def encoding(self) -> str:
        """The encoding found, in the reader's words."""
        return ENCODINGS.get(self.table.encoding, self.table.encoding)

    def reject(self, line: int, column: str, value: object, problem: str, advice: str) -> None:
        """List a row that is left out."""
        self.bad += 1
        self.reject_part(line, column, value, problem, advice)

    def reject_part(self, line: int, column: str, value: object, problem: str, advice: str) -> None:
        """List one of several reasons for which a row is left out, without counting the row."""
        seen = self._shown(column, str(value))
        self.errors.add(line, column, seen, masking.written(problem), advice)

    def warn(self, line: int, column: str, value: object, problem: str, advice: str) -> None:
        """List what is doubtful about a row that is kept."""
        self.warnings += 1
        self.reject_part(line, column, value, WARNING + problem, advice)

    def _shown(self, column: str, text: str) -> str:
        """Return a value as it may leave: contact data masked, and what looks like it elsewhere.

        ``column`` is a header of this file, or the label of a column that it lacks. A telephone in
        the column of dates is there because a row was shifted. Codes are what people correct.
        """
        names = {label: name for name, label in LABELS.items()}
        names |= {header: name for name, header in self.table.header.items()}
        name = names.get(column)
        if name in CONTACTS:
            return masking.start(text)
        if name == "code" and len(text) in CODE_LENGTHS:
            return shown(text)
        return masking.written(text)

    def reject_unknown(self, line: int, code: str) -> None:
        """List a row whose code no entity bears; say what is wrong with the code itself, if so."""
        column = self.table.header.get("code", "统一社会信用代码")
        if is_unusable(code):
            problem, advice = "".join(check(code).problems), "该行未导入，请更正代码。"
        else:
            problem, advice = "登记信息中没有该代码。", ADVICE_CODE
        self.reject(line, column, shown(code), problem, advice)

    def rows(self) -> Iterator[Row]:
        """Give the rows, showing every so often how far the file is read; refuse to read none.

        An empty month would count everybody as missing, an empty list would end every mark.
        """
        done = 0
        try:
            for done, row in enumerate(self.table.rows(), 1):
                if done % REPORT_EVERY == 0:
                    share = self.table.progress()
                    self.handle.progress(done, round(done / share) if share else None, "读取文件")
                yield row
        except BadFile as bad:
            raise Refused("", str(bad)) from bad
        if not done:
            raise Refused(
                "",
                f"文件在第{self.table.header_line}行表头之后没有数据，未导入，请检查后重新提交。",
            )


def name_of(job: Job) -> str:
    """Return the name of the file as its owner knows it."""
    return Path(job.params.get("file_name") or job.params.get("path") or str(job.input_file)).name


def path_of(job: Job) -> Path:
    """Return where the file lies; refuse when it is gone."""
    path = Path(job.input_file.path if job.input_file else job.params["path"])
    if not path.is_file():
        raise Refused("", f"找不到文件{path.name}，请重新提交。")
    return path


@contextmanager
def opened(handle: Handle, sort: str, columns: Mapping[str, Column]) -> Iterator[Source]:
    """Open the job's file; afterwards put the bad rows beside it, or onto the job of an upload.

    ``sort`` is a key of ``sorts.TITLES``; a file of another sort is refused with a word on where
    it belongs.
    """
    job, path = handle.job, path_of(handle.job)
    with tempfile.TemporaryDirectory() as folder:
        errors = ErrorFile(Path(folder) / "errors.csv" if job.input_file else beside(path))
        try:
            with open_table(path, columns) as table, errors:
                demand_sort(table, path, sort)
                yield Source(handle, table, errors)
        except BadFile as bad:
            raise Refused("", f"{bad}{belongs(path, sort)}") from bad
        finally:
            if job.input_file and errors.count:
                _attach(job, errors.path)


def beside(path: Path) -> Path:
    """Return the place of the error file: beside the input, or here where that may not be."""
    folder = path.parent if os.access(path.parent, os.W_OK) else Path.cwd()
    return folder / f"{path.stem}.errors.csv"


def _attach(job: Job, path: Path) -> None:
    with path.open("rb") as file:
        job.error_file.save(stored_name(), File(file), save=False)
    Job.objects.for_system("attaching the bad rows").filter(pk=job.pk, attempt=job.attempt).update(
        error_file=job.error_file.name
    )


def told(source: Source, counts: Mapping[str, Any], sentences: list[str]) -> dict[str, Any]:
    """Return a job's result: counts, encoding, where the bad rows are, and the sentences."""
    if source.handle.job.params.get("dry_run"):
        sentences = ["试运行，未写入任何数据。", *sentences]
    sentences.append(f"文件编码：{source.encoding}。")
    where = ""
    if source.errors.count:
        where = "" if source.handle.job.input_file else str(source.errors.path)
        sentences.append(
            f"问题行{source.bad:,}行未导入，警告{source.warnings:,}条（数据已导入），"
            + f"见{where or ('错误文件' if source.bad else '提示文件')}。"
        )
    return {
        **counts,
        "bad": source.bad,
        "warnings": source.warnings,
        "encoding": source.encoding,
        "error_file": where,
        "dry_run": bool(source.handle.job.params.get("dry_run")),
        "sentences": sentences,
    }
