"""The clauses of the policy, read once when the process starts."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from pathlib import Path

SOURCE = "渝市监发〔2024〕73号"
IN_FORCE = date(2024, 8, 1)


@dataclass(frozen=True)
class Clause:
    """One clause: ``number`` ("3.2"), the label staff read (三（二）), our summary, who decides."""

    number: str
    label: str
    title: str
    summary: str
    decided_by: str
    source: str = SOURCE
    since: date = IN_FORCE


def _read() -> dict[str, Clause]:
    text = (Path(__file__).parent / "clauses.toml").read_text(encoding="utf-8")
    return {number: Clause(number, **entry) for number, entry in tomllib.loads(text).items()}


CLAUSES: dict[str, Clause] = _read()
