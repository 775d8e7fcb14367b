"""Puts the shipped tables into the database: districts, their changes, bureaus, units, kind words.

Only what was never there is inserted; what the city changed or ended stays as the city has it.
"""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from staff.models import Bureau, District, DistrictChange, Jurisdiction, KindWord, Unit
from staff.numbers import KINDS
from staff.placements import FIRST_DAY
from staff.reference import load
from staff.tables import Rows, recognise

SEEDS = Path(__file__).parent / "seeds"
CHANGES = ("district_changes.csv", "district_changes_streets.csv")
SOURCE = "系统附带的机构表"


@transaction.atomic
def seed(on: date | None = None) -> None:
    """Insert what is missing. Can be run again without harm."""
    on = on or timezone.localdate()
    if not District.objects.exists():
        load("districts", _rows("districts.csv"), on=on)
    if not DistrictChange.objects.exists():
        load("changes", [row for name in CHANGES for row in _rows(name)], on=on)
    tables = tomllib.loads((SEEDS / "bureaus.toml").read_text(encoding="utf-8"))
    _seed_bureaus(tables["bureau"])
    _seed_units(tables["unit"])
    _seed_kind_words()


def _rows(name: str) -> Rows:
    return recognise(SEEDS / name)[1]


def _seed_bureaus(entries: list[dict[str, Any]]) -> None:
    present = set(Bureau.objects.values_list("code", flat=True))
    fresh = [entry for entry in entries if entry["code"] not in present]
    columns = ("code", "name", "short_name", "kind", "document_word", "since", "until")
    made = Bureau.objects.bulk_create(
        Bureau(**{name: entry[name] for name in columns if name in entry}) for entry in fresh
    )
    districts = {row.code: row for row in District.objects.all()}
    Jurisdiction.objects.for_system("seeding jurisdictions").bulk_create(
        Jurisdiction(
            bureau=bureau,
            district=districts[entry["district"]],
            since=_later(bureau.since, districts[entry["district"]].since),
            until=bureau.until or districts[entry["district"]].until,
            source=SOURCE,
        )
        for bureau, entry in zip(made, fresh, strict=True)
        if "district" in entry
    )


def _later(first: date | None, second: date | None) -> date:
    return max(first or FIRST_DAY, second or FIRST_DAY)


def _seed_units(entries: list[dict[str, Any]]) -> None:
    present = set(Unit.objects.values_list("code", flat=True))
    Unit.objects.bulk_create(Unit(**entry) for entry in entries if entry["code"] not in present)


def _seed_kind_words() -> None:
    present = set(KindWord.objects.values_list("kind", flat=True))
    KindWord.objects.bulk_create(
        KindWord(kind=kind, title=said.title, word=said.word)
        for kind, said in KINDS.items()
        if kind not in present
    )
