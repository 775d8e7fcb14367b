"""Every address of the site, from the resolver itself, so that none is forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, get_resolver, reverse


@dataclass(frozen=True)
class Address:
    """A named address and the names of its arguments."""

    name: str
    arguments: tuple[str, ...]

    def url(self, values: dict[str, Any]) -> str:
        return reverse(self.name, kwargs={key: values[key] for key in self.arguments})


def addresses(patterns: list | None = None, namespace: str = "") -> Iterator[Address]:
    """Yield every address; one without a name fails, since nothing could walk it."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(pattern, URLPattern):
            if str(pattern.pattern).startswith("(?P<url>"):
                continue  # the admin's last resort, which answers 404 to everybody logged in
            if not pattern.name and namespace == "admin:":
                continue  # an old address of a row, which leads to the named one
            assert pattern.name, f"{pattern} has no name."
            yield Address(namespace + pattern.name, tuple(pattern.pattern.regex.groupindex))
        else:
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from addresses(pattern.url_patterns, inner)


ADDRESSES = sorted(addresses(), key=lambda address: address.name)
