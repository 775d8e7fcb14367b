"""Rate limits: fixed windows of a minute, counted in the memory of each web process.

They stop scripts that run wild or collect the register page by page, not people. With several web
processes an account has up to so many times the limit; nginx's limit stands before all of them.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from core.network import client_address
from core.readonly import SAFE

WINDOW = 60  # seconds
TOO_MANY = 429
MULTIPART = "multipart/form-data"


class RateLimits:
    """Answer 429 with a page and ``Retry-After`` beyond ``settings.RATE_LIMITS``.

    Every request counts as a page; one that may write counts as a change too, one to the login
    page as a login of its address. A file of somebody who is not logged in is not even read.
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
        if is_strangers_file(request):
            return redirect_to_login(request.get_full_path())
        return self.get_response(request)


def is_strangers_file(request: HttpRequest) -> bool:
    """Return whether nobody's request bears a body that would be written to the disk to be read.

    The check of the form's token reads the whole body, before a view asks for a login; this
    stands before both. A body that stays in memory is let through, so that the form of a session
    that has just ended is kept for its person.
    """
    if request.method in SAFE or request.user.is_authenticated:
        return False
    try:
        size = int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return False  # is read as an empty body
    return size > settings.FILE_UPLOAD_MAX_MEMORY_SIZE and request.content_type == MULTIPART


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
