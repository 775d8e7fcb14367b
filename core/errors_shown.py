"""The demonstration runs with DEBUG; a missing page looks there as it does in production."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.defaults import page_not_found

NOT_FOUND = 404


class OwnErrorPages:
    """Show our page of what does not exist instead of Django's technical one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if settings.DEBUG and response.status_code == NOT_FOUND:
            return page_not_found(request, Exception())
        return response
