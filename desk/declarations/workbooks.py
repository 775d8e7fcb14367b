"""Workbooks of declarations: taken in, and handed back with what is wrong in them."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest

from core.audit.access import Kind, record
from staff.models import User
from zones.actions.drafts import Taken, take_workbook
from zones.checking.reading import read
from zones.models import Declaration


@contextmanager
def on_disk(content: bytes) -> Iterator[Path]:
    """Give a workbook as a file, which is gone afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "declaration.xlsx"
        path.write_bytes(content)
        yield path


def take_in(
    declaration: Declaration,
    file: UploadedFile,
    *,
    revision: int,
    by: User,
    on: date,
    request: HttpRequest,
) -> Taken:
    """Read a workbook into a draft and note the upload; BadFile for what is no workbook."""
    content = file.read()
    with on_disk(content) as path:
        filed = read(path)
    name = (file.name or "申报表.xlsx")[-100:]
    taken = take_workbook(declaration, filed, name, content, revision=revision, by=by, on=on)
    record(
        Kind.UPLOAD,
        request=request,
        subject=f"区域申报（{declaration.pk}）",
        file_name=name,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
    )
    return taken


def said(taken: Taken) -> str:
    """Say what a workbook brought."""
    counts: Any = (
        *(("新增", taken.new), ("变更", taken.changed)),
        *(("相同", taken.same), ("减少", taken.removed)),
    )
    return f"已读入申报表：{'，'.join(f'{label}{number:,}行' for label, number in counts)}。"
