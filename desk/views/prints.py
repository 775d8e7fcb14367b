"""That a page was printed: the browser says so as it opens its print dialogue."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, ResolverMatch, resolve
from django.utils import timezone
from django.views.decorators.http import require_POST

from core.audit.access import Kind, record
from core.errors import Refused
from desk.audit.details import SUFFIX
from desk.exports.kinds import Query
from desk.exports.registry import KINDS
from entities.models import Entity

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
    title = " ".join(request.POST.get("title", "").split()).removesuffix(SUFFIX)
    said = _said(found.view_name, query, request.user) if query else []
    record(
        Kind.PRINT,
        request=request,
        entity_id=_entity_of(found, request.user),
        subject=title[:LONGEST_TITLE],
        path=place,
        query=query,
        **({"filter": said} if said else {}),
    )
    return HttpResponse(status=NO_CONTENT)


def _entity_of(found: ResolverMatch, user: Any) -> int | None:
    """Return the entity of a page that this person can have before the eyes, or None.

    Else anybody could write lines about any entity.
    """
    if found.view_name != "desk:entity-detail":
        return None
    seen = Entity.objects.visible_to(user).filter(pk=found.kwargs["pk"])
    return seen.values_list("pk", flat=True).first()


def _said(view_name: str, query: str, user: Any) -> list[tuple[str, str]]:
    """Return the conditions of a list in words; none of a page that has no export of its own."""
    kind = next((kind for kind in KINDS.values() if kind.back == view_name), None)
    try:
        return kind.said(Query(query, timezone.localdate()), user) if kind else []
    except Refused:  # conditions that are none: the address stands as it is
        return []
