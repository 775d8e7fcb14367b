"""Who gets a page: logged in, and allowed by the one table of permissions."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from core.errors import Refused
from staff.permissions import PERMISSIONS, demand

View = Callable[..., HttpResponse]


def demand_page(user: Any, verb: str) -> None:
    """Answer 403 with the sentence of the permission table where the role may not do the verb."""
    try:
        demand(user, verb)
    except Refused as refusal:
        raise PermissionDenied(str(refusal)) from refusal


def allowed(verb: str) -> Callable[[View], View]:
    """Let only those whose role may do the verb see a view; others read who can (403).

    Raises KeyError at import for a verb that the table does not have.
    """
    PERMISSIONS[verb]  # a misspelt verb fails when the view is defined, not when it is asked for

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            demand_page(request.user, verb)
            return view(request, *args, **kwargs)

        return login_required(guarded)

    return decorate
