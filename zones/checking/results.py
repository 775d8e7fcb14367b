"""Keep what formulas gave: openpyxl writes a formula without its result.

A workbook that comes back must read as before, also by a program that does not calculate.
"""

from __future__ import annotations

import html
import re
import zipfile
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import IO, Any, BinaryIO

from openpyxl.utils.datetime import to_excel

_FORMULA_CELL = re.compile(
    r'<c r="([A-Z]+\d+)"((?: s="\d+")?)(?: t="\w+")?>'
    r"(<f\b[^>]*(?:/>|>[^<]*</f>))<v\s*(?:/>|></v>)</c>"
)


def with_results(written: IO[bytes], results: Any, to: BinaryIO) -> None:
    """Copy a workbook that openpyxl wrote, with the results that its formulas had when read."""
    with zipfile.ZipFile(written) as source, zipfile.ZipFile(to, "w") as target:
        parts = {
            f"xl/worksheets/sheet{number}.xml": sheet
            for number, sheet in enumerate(results.worksheets, 1)
        }
        for part in source.infolist():
            content = source.read(part)
            if part.filename in parts:
                text = content.decode("utf-8")
                content = _filled(text, parts[part.filename]._cells).encode("utf-8")
            target.writestr(part, content, compress_type=zipfile.ZIP_DEFLATED)


def _filled(xml: str, cells: Mapping[tuple[int, int], Any]) -> str:
    values = {cell.coordinate: cell for cell in cells.values() if cell.value is not None}

    def fill(found: re.Match[str]) -> str:
        cell = values.get(found[1])
        if cell is None:
            return found[0]
        kind, text = _value(cell)
        return f'<c r="{found[1]}"{found[2]}{kind}>{found[3]}<v>{html.escape(text)}</v></c>'

    return _FORMULA_CELL.sub(fill, xml)


def _value(cell: Any) -> tuple[str, str]:
    value = cell.value
    if isinstance(value, bool):
        return ' t="b"', str(int(value))
    if isinstance(value, datetime | date | time | timedelta):
        return "", str(to_excel(value))
    if isinstance(value, int | float):
        return "", repr(value)
    return (' t="e"' if cell.data_type == "e" else ' t="str"'), str(value)
