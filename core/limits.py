"""Rate limits: fixed windows of a minute, counted in the memory of each web process.

They stop scripts that run wild or collect the register page by page, not people. With several web
processes an account has up to so many times the limit; nginx's limit stands before all of them.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from core.network import client_address
from core.readonly import SAFE

WINDOW = 60  # seconds
TOO_MANY = 429


class RateLimits:
    """Answer 429 with a page and ``Retry-After`` beyond ``settings.RATE_LIMITS``.

    Every request counts as a page; one that may write counts as a change too, one to the login
    page as a login of its address.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        now = time.time()
        for sort, who in sorts_of(request):
            if count(sort, who, now) > settings.RATE_LIMITS[sort]:
                wait = WINDOW - int(now) % WINDOW
                answer = render(request, "429.html", {"seconds": wait}, status=TOO_MANY)
                answer["Retry-After"] = str(wait)
                return answer
        return self.get_response(request)


def sorts_of(request: HttpRequest) -> list[tuple[str, str]]:
    """Return as what a request counts, and on whose account."""
    address = f"address {client_address(request)}"
    user = getattr(request, "user", None)
    who = f"account {user.pk}" if user is not None and user.is_authenticated else address
    found = [("pages", who)]
    if request.method not in SAFE:
        found.append(("changes", who))
        if request.path == reverse(settings.LOGIN_URL):
            found.append(("logins", address))
    return found


def count(sort: str, who: str, now: float) -> int:
    """Count one request; return how many there were in this window."""
    key = f"limit/{sort}/{who}/{int(now) // WINDOW}".replace(" ", "-")
    cache.add(key, 0, 2 * WINDOW)
    try:
        return cache.incr(key)
    except ValueError:  # thrown out between the two by a full cache
        return 1
