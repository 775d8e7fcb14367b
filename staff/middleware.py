"""At every request: is this session still open, and what has its person to do first?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth import SESSION_KEY
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django_htmx.http import HttpResponseClientRedirect

from core.audit.context import acting
from core.network import client_address
from staff import second_factor, sessions
from staff.models import LiveSession
from staff.passwords import must_change
from staff.resuming import keep_form, page_before, part, was_left

View = Callable[[HttpRequest], HttpResponse]
ENTRANCES = {"staff:login", "staff:code", "staff:logout"}
POLL = "X-Poll"
"""Header of what a page asks again by itself: no sign that somebody sits before it."""


class SessionKeeper:
    """End what has lasted too long, and let nobody in whose session has ended.

    Stands after the check of forms' tokens, so that only a form of ours is kept for its person.
    """

    def __init__(self, get_response: View) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        live = self._open_session(request)
        response = self.get_response(request)
        if live is not None and not (POLL in request.headers and request.method == "GET"):
            sessions.saw(live, timezone.now())
        if _leads_to_login(response) and "HX-Request" in request.headers:
            return HttpResponseClientRedirect(_login(page_before(request)))
        return response

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponse | None:
        """Keep what was sent in a session that has ended, and ask for a login."""
        if request.method != "POST" or not was_left(request):
            return None
        if request.resolver_match and request.resolver_match.view_name in ENTRANCES:
            return None
        address = _login(request.get_full_path() if keep_form(request) else page_before(request))
        htmx = "HX-Request" in request.headers
        return HttpResponseClientRedirect(address) if htmx else HttpResponseRedirect(address)

    def _open_session(self, request: HttpRequest) -> LiveSession | None:
        """Return the open session of this browser; end and leave one that may not go on."""
        live = sessions.session_of(request)
        if live is None or str(live.user_id) != request.session.get(SESSION_KEY):
            if SESSION_KEY in request.session:
                request.session.flush()
                request.user = AnonymousUser()
            return None
        at = timezone.now()
        because = "" if live.ended_at else sessions.lapsed(live, at)
        if because:
            with acting(
                by=live.user,
                origin=f"{request.method} {request.path}",
                address=client_address(request),
            ):
                if not sessions.close(live, because, at=at, request=request):
                    live = sessions.session_of(request)  # somebody ended it at this moment
        if live is None or live.ended_at is None:
            return live
        part(request, live)
        return None


class Duties:
    """Whoever has an initial or expired password, or lacks a second factor, does that first."""

    def __init__(self, get_response: View) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        page = self._duty(request)
        if page is None or request.path in (page, reverse("staff:logout")):
            return self.get_response(request)
        htmx = "HX-Request" in request.headers
        return HttpResponseClientRedirect(page) if htmx else HttpResponseRedirect(page)

    def _duty(self, request: HttpRequest) -> str | None:
        user = request.user
        if not user.is_authenticated:
            return None
        if must_change(user, timezone.now()):
            return reverse("staff:password")
        if second_factor.is_required(user) and second_factor.factor_of(user) is None:
            return reverse("staff:second-factor")
        return None


def _login(next_page: str) -> str:
    return f"{reverse('staff:login')}?{urlencode({'next': next_page})}"


def _leads_to_login(response: HttpResponse) -> bool:
    login = reverse("staff:login")
    return response.status_code == 302 and response.headers["Location"].split("?")[0] == login
