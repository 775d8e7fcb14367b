"""Pages of what is newest first, by key: no offset, no count."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict

SIZE = 50
MOST_DIGITS = 18


@dataclass(frozen=True)
class Newest:
    """The rows of one page; ``older`` is the key behind which the next page lies, if any."""

    items: list[Any]
    older: int | None
    is_first: bool


def newest_of(rows: QuerySet, query: QueryDict, size: int = SIZE) -> Newest:
    """Read the rows below the key ``before`` of the address, the newest first."""
    before = key_of(query.get("before"))
    rows = rows.order_by("-pk")
    if before is not None:
        rows = rows.filter(pk__lt=before)
    found = list(rows[: size + 1])
    older = found[size - 1].pk if len(found) > size else None
    return Newest(found[:size], older, is_first=before is None)


def key_of(text: str | None) -> int | None:
    """Return a key that an address or a form names; anything else counts as not given."""
    if text and text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS:
        return int(text)
    return None


def keys_of(texts: list[str]) -> list[int]:
    return [key for key in map(key_of, texts) if key is not None]
