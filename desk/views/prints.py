"""That a page was printed: the browser says so as it opens its print dialogue."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve
from django.views.decorators.http import require_POST

from core.audit.access import Kind, record

LONGEST_PATH = 500
LONGEST_TITLE = 100
NO_CONTENT = 204
BAD_REQUEST = 400


@require_POST
@login_required
def print_note(request: HttpRequest) -> HttpResponse:
    """Record the page that is being printed; only an address of our own is taken."""
    path = request.POST.get("path", "")[:LONGEST_PATH]
    place, _, query = path.partition("?")
    try:
        found = resolve(place)
    except Resolver404:
        return HttpResponse(status=BAD_REQUEST)
    is_entity = found.view_name == "desk:entity-detail"
    record(
        Kind.PRINT,
        request=request,
        entity_id=found.kwargs["pk"] if is_entity else None,
        subject=" ".join(request.POST.get("title", "").split())[:LONGEST_TITLE],
        path=place,
        query=query,
    )
    return HttpResponse(status=NO_CONTENT)
