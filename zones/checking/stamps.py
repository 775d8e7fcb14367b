"""The version stamp of the template: a defined name of the workbook, and a line to read."""

from __future__ import annotations

import re

STAMP_NAME = "_zone_template_version"
VERSION = "2026-1"


def stamp_value() -> str:
    """Return what the defined name stands for: a text in a formula's spelling."""
    return f'"{VERSION}"'


def stamp_in(value: str) -> str:
    """Return the version that a defined name's value states, "" where it states none."""
    found = re.search(r"(\d{4})-(\d{1,3})", value)
    return found[0] if found else ""


def is_older(stamp: str) -> bool:
    return _parts(stamp) < _parts(VERSION)


def _parts(stamp: str) -> tuple[int, ...]:
    return tuple(int(part) for part in stamp.split("-"))
