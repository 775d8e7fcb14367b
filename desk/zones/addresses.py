"""The addresses around a list that is read page by page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import QueryDict

from desk import paging


@dataclass(frozen=True)
class Listing:
    """A page of keys of a list with its filters; ``names`` are the conditions it knows."""

    path: str
    query: QueryDict
    names: tuple[str, ...]
    page: paging.Page
    count: paging.Count
    sizes: tuple[int, ...] = paging.SIZES

    @property
    def conditions(self) -> str:
        return conditions_of(self.query, self.names)

    def _address(self, **changes: object) -> str:
        changed = self.query.copy()
        for name in ("after", "before"):
            changed.pop(name, None)
        for name, value in changes.items():
            changed[name] = str(value)
        return f"{self.path}?{changed.urlencode()}"

    @property
    def next_address(self) -> str:
        return self._address(after=self.page.last) if self.page.has_next else ""

    @property
    def previous_address(self) -> str:
        if not self.page.has_previous or self.page.first is None:
            return ""
        return self._address(before=self.page.first)

    @property
    def first_address(self) -> str:
        return self._address() if self.page.has_previous else ""


def conditions_of(query: QueryDict, names: Iterable[str]) -> str:
    """Return the conditions alone of a list's address."""
    return urlencode([(name, query[name]) for name in names if query.get(name)])
