"""Pages by key in both directions: the last page of four million costs what the first one does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import OperationalError, connection, transaction
from django.db.models import QuerySet
from django.http import QueryDict

SIZES = (20, 50, 100, 200)
DEFAULT_SIZE = 50
CAP = 1000
LIST_SECONDS = 15
COUNT_SECONDS = 5


class TookTooLong(Exception):
    """A statement was stopped because the page would have kept its reader waiting."""


@dataclass(frozen=True)
class Page:
    """The keys of one page, ascending, and whether there are rows before and after it."""

    keys: list[int]
    size: int
    has_previous: bool
    has_next: bool

    @property
    def first(self) -> int | None:
        return self.keys[0] if self.keys else None

    @property
    def last(self) -> int | None:
        return self.keys[-1] if self.keys else None


def page_of(rows: QuerySet, query: QueryDict) -> Page:
    """Read one page of keys: after ``after``, before ``before``, or the first one.

    A page reached backwards that would not be full begins at the first row.
    """
    size = _number(query.get("size")) or DEFAULT_SIZE
    size = size if size in SIZES else DEFAULT_SIZE
    before = _number(query.get("before"))
    if before is not None:
        earlier = rows.filter(pk__lt=before).order_by("-pk").values_list("pk", flat=True)
        found = list(earlier[: size + 1])
        if len(found) >= size:
            keys = sorted(found[:size])
            return Page(keys, size, has_previous=len(found) > size, has_next=True)
    after = _number(query.get("after")) if before is None else None
    later = rows.order_by("pk") if after is None else rows.filter(pk__gt=after).order_by("pk")
    found = list(later.values_list("pk", flat=True)[: size + 1])
    return Page(found[:size], size, has_previous=after is not None, has_next=len(found) > size)


def _number(text: str | None) -> int | None:
    """Return a key; anything that is none, or too large for one, counts as not given."""
    if text and text.isascii() and text.isdigit() and len(text) <= 18:
        return int(text)
    return None


@contextmanager
def at_most(seconds: int) -> Iterator[None]:
    """Stop a statement that takes longer; raises TookTooLong and leaves the transaction usable."""
    with transaction.atomic():
        savepoint = transaction.savepoint()
        try:
            with connection.cursor() as cursor:
                cursor.execute(f"SET LOCAL statement_timeout = {int(seconds * 1000)}")
            yield
        except OperationalError as error:
            if "statement timeout" not in str(error) and "语句超时" not in str(error):
                raise
            raise TookTooLong from error
        finally:
            # Rolled back, so that the limit ends here; reading loses nothing by it.
            transaction.savepoint_rollback(savepoint)


@dataclass(frozen=True)
class Count:
    """How many rows: exact, or "more than the cap", or not known because it took too long."""

    number: int | None
    is_exact: bool

    @property
    def said(self) -> str:
        if self.number is None:
            return "未统计"
        return f"{self.number:,}" if self.is_exact else f"{self.number:,}+"


def capped(rows: QuerySet, cap: int = CAP) -> Count:
    """Count up to a cap: a person reads "1,000+" as fast as the number."""
    try:
        with at_most(COUNT_SECONDS):
            number = rows.order_by()[: cap + 1].count()
    except TookTooLong:
        return Count(None, is_exact=False)
    return Count(min(number, cap), is_exact=number <= cap)


def exact(rows: QuerySet) -> Count:
    """Count all, or give up after COUNT_SECONDS."""
    try:
        with at_most(COUNT_SECONDS):
            return Count(rows.order_by().count(), is_exact=True)
    except TookTooLong:
        return Count(None, is_exact=False)
