"""Measured inside Django by benchmarks.declaration."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
from django.db import connection

from core.errors import BadFile
from entities.models import Entity
from zones.checking.annotating import annotate
from zones.checking.checks import check
from zones.checking.reading import read
from zones.checking.templates import make_template

ON = date(2024, 8, 16)
REPEAT = 3
LOOK_UP = "SELECT code, name, status, bureau_id FROM entities_entity WHERE code = ANY(%s)"


def measure(rows: int) -> None:
    """Print the best of some runs, in seconds."""
    with tempfile.TemporaryDirectory() as folder:
        path, large = Path(folder) / "in.xlsx", Path(folder) / "large.xlsx"
        codes = _write(path, rows)
        filed = read(path)
        findings = check(filed, bureau=None, round=None, on=ON)
        print(f"rows: {len(codes)}, findings: {len(findings)}, bytes: {path.stat().st_size}")
        _print("openpyxl opens it", lambda: openpyxl.load_workbook(path))
        _print("read", lambda: read(path))
        _print("SQL looks the codes up", lambda: _look_up(codes))
        _print("check", lambda: check(filed, bureau=None, round=None, on=ON))
        _print("read and check", lambda: check(read(path), bureau=None, round=None, on=ON))
        _print("annotate", lambda: annotate(path, findings, Path(folder) / "out.xlsx"))
        with large.open("wb") as file:
            file.write(b"PK\x03\x04")
            file.truncate(100 << 20)
        _print("100 MB are refused", lambda: _refused(large))


def _write(path: Path, rows: int) -> list[str]:
    """Fill the template with entities of the city; every hundredth code has a slip."""
    make_template(path, None, ON)
    book = openpyxl.load_workbook(path)
    known = Entity.objects.for_system("a benchmark").order_by("pk").values_list("name", "code")
    codes = []
    for number, (name, code) in enumerate(known[:rows], 1):
        shown = code[:-1] + "0" if number % 100 == 0 else code
        for column, value in enumerate((number, name, shown), 1):
            book["附表1"].cell(number + 1, column, value)
        codes.append(shown)
    values = {"A2": "填报区县：渝中区", "B4": "甲园", "C4": "园区", "D4": "解放碑"}
    values["E4"] = f"{rows}户，见附表1"
    for cell, value in values.items():
        book["申报表"][cell] = value
    book.save(path)
    return codes


def _look_up(codes: list[str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(LOOK_UP, [codes])
        cursor.fetchall()


def _refused(path: Path) -> None:
    try:
        read(path)
    except BadFile:
        return
    raise AssertionError("A workbook of 100 MB was read.")


def _print(what: str, done: Callable[[], Any]) -> None:
    best = None
    for _ in range(REPEAT):
        began = time.perf_counter()
        done()
        took = time.perf_counter() - began
        best = took if best is None else min(best, took)
    print(f"{what}: {best:.3f} s")
