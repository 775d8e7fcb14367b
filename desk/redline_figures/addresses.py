"""The addresses of the lists that figures of red lines lead to."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.urls import reverse


def address(page: str, **query: Any) -> str:
    """Return the address of a list with these conditions; those without a value are left out."""
    said = urlencode({name: value for name, value in query.items() if value not in (None, "")})
    url = reverse(f"desk:{page}")
    return f"{url}?{said}" if said else url
