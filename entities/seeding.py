"""Puts the shipped tables into the database: industries and the term tables of readings 2 and 3.

Only what was never there is inserted. A row that the city ended or changed is left as it is, for
a superseded or closed row counts as having been there.
"""

from __future__ import annotations

import csv
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

from django.db import transaction

from entities.models import FourNewTerm, Industry, SafetyTerm

SEEDS = Path(__file__).parent / "seeds"


@transaction.atomic
def seed() -> dict[str, int]:
    """Insert what is missing; return how many rows each table took."""
    return {
        "industries": _seed_industries(),
        "safety_terms": _seed_safety_terms(),
        "four_new_terms": _seed_four_new_terms(),
    }


def _seed_industries() -> int:
    with (SEEDS / "industries.csv").open(encoding="utf-8-sig", newline="") as lines:
        wanted = list(csv.DictReader(lines))
    present = set(Industry.objects.values_list("code", flat=True))
    fresh = [
        Industry(
            code=row["code"], name=row["name"], level=int(row["level"]), section=row["section"]
        )
        for row in wanted
        if row["code"] not in present
    ]
    Industry.objects.bulk_create(fresh, ignore_conflicts=True)
    return len(fresh)


def _seed_safety_terms() -> int:
    rows = SafetyTerm.objects.for_system("seeding terms")
    present = set(rows.values_list("domain", "by", "words"))
    fresh = []
    for by, name in (
        (SafetyTerm.By.TERM, "safety_terms.toml"),
        (SafetyTerm.By.INDUSTRY, "safety_industries.toml"),
    ):
        for item, since, source in _items(name):
            key = (item["domain"], by.value, _words(item))
            if key in present:
                continue
            present.add(key)
            fresh.append(
                SafetyTerm(
                    domain=item["domain"],
                    by=by,
                    words=_words(item),
                    certain=item.get("certain", True),
                    verbs=_verbs(item),
                    note=item.get("note", ""),
                    since=since,
                    source=source,
                )
            )
    return len(rows.bulk_create(fresh))


def _seed_four_new_terms() -> int:
    rows = FourNewTerm.objects.for_system("seeding terms")
    present = set(rows.values_list("by", "words"))
    fresh = []
    for item, since, source in _items("four_new_terms.toml"):
        by = item.get("by", "industry" if "code" in item else "term")
        key = (by, _words(item))
        if key in present:
            continue
        present.add(key)
        fresh.append(
            FourNewTerm(
                by=by,
                words=_words(item),
                marks=item.get("marks", False),
                novelty=item["novelty"],
                note=item.get("note", ""),
                since=since,
                source=source,
            )
        )
    return len(rows.bulk_create(fresh))


def _items(name: str) -> list[tuple[dict[str, Any], date, str]]:
    """Return the entries of a seed file with their first day and source, the file's own unless
    an entry says otherwise. A file that is not shipped seeds nothing.
    """
    path = SEEDS / name
    if not path.exists():
        return []
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    entries = [item for value in table.values() if isinstance(value, list) for item in value]
    return [
        (item, item.get("since", table.get("since")), item.get("source", table.get("source", "")))
        for item in entries
    ]


def _words(item: dict[str, Any]) -> str:
    return str(item.get("words") or item["code"])


def _verbs(item: dict[str, Any]) -> str:
    verbs = item.get("verbs", "")
    return verbs if isinstance(verbs, str) else "、".join(verbs)
