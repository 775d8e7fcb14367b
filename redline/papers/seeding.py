"""Puts the shipped words of the check and the shipped templates of papers into the database.

Only what was never there is inserted: a word that the city ended counts as having been there.
"""

from __future__ import annotations

import tomllib
from pathlib import Path

from django.db import transaction

from core.models import PaperWord
from redline.papers.templates import seed_templates

WORDS = Path(__file__).parent / "words.toml"


@transaction.atomic
def seed() -> dict[str, int]:
    """Insert what is missing; return how many of each. Can be run again without harm."""
    return {"words": _seed_words(), "templates": seed_templates()}


def _seed_words() -> int:
    table = tomllib.loads(WORDS.read_text(encoding="utf-8"))
    rows = PaperWord.objects.for_system("seeding the words of the check of papers")
    present = set(rows.values_list("word", flat=True))
    fresh = [
        PaperWord(since=table["since"], source=table["source"], **entry)
        for entry in table["word"]
        if entry["word"] not in present
    ]
    return len(rows.bulk_create(fresh))
