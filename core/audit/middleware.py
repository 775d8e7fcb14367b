"""Every request that may write says who writes; what a reading page noted is written after it."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from core.audit.access import Kind, note, noted, record
from core.audit.context import acting
from core.network import client_address
from core.readonly import SAFE

REASONS = ("reason", "opinion")
"""Fields of forms in which people say why."""

FORBIDDEN, NOT_FOUND = 403, 404


class AuditTrail:
    """Wrap what may write in ``acting``; write noted accesses and refusals after the response."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method in SAFE:
            response = self.get_response(request)
        else:
            with acting(**_who(request), reason=_reason(request)):
                response = self.get_response(request)
        if request.user.is_authenticated and _is_refused(request, response):
            note(request, Kind.DENIED, ok=False, status=response.status_code)
        if noted(request):
            with acting(**_who(request)):
                for line in noted(request):
                    record(request=request, **line)
        return response


def _is_refused(request: HttpRequest, response: HttpResponse) -> bool:
    """Whether a page was refused, or a row was asked for that does not exist for this person."""
    named = request.resolver_match is not None and bool(request.resolver_match.kwargs)
    return response.status_code == FORBIDDEN or (response.status_code == NOT_FOUND and named)


def _who(request: HttpRequest) -> dict:
    return {
        "by": request.user if request.user.is_authenticated else None,
        "origin": f"{request.method} {request.path}",
        "address": client_address(request),
    }


def _reason(request: HttpRequest) -> str:
    """Return what the form of somebody who is logged in says as its reason."""
    if not request.user.is_authenticated:
        return ""
    return next((said for name in REASONS if (said := request.POST.get(name, "").strip())), "")
