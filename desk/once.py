"""A form that is sent twice is done once.

Each form carries a token of its own. The first request that arrives with it does the work and
keeps, in the session, where it led; the same again waits for the first and is led to the same
page. What was filled in counts too, so that a page got back by the browser can be sent anew.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable

from django.contrib import messages
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponseRedirect

from core.resumed import refuse_resumed

FIELD = "once"
KEPT = 30
SESSION_KEY = "done_forms"


def token_for(request: HttpRequest) -> str:
    """Return the token of this form: the one that was sent, kept after errors, or a new one."""
    return request.POST.get(FIELD, "")[:40] or uuid.uuid4().hex


def do_once(request: HttpRequest, work: Callable[[], str]) -> HttpResponseRedirect:
    """Do ``work`` in one transaction unless this form was done before; lead to its address.

    ``work`` returns the address of the next page. What it raises leaves the form undone. Raises
    Refused for a form that came back after a login: the person looks at it first.
    """
    refuse_resumed(request)
    token = _key(request)
    with transaction.atomic():
        if token:
            _wait_for(token)
            earlier = type(request.session)(request.session.session_key).get(SESSION_KEY, {})
            if token in earlier:
                messages.info(request, "该表单已经提交过，没有重复办理。")
                return HttpResponseRedirect(earlier[token])
        address = work()
        if token:
            kept = dict(request.session.get(SESSION_KEY, {}))
            kept[token] = address
            request.session[SESSION_KEY] = dict(list(kept.items())[-KEPT:])
            request.session.save()
    return HttpResponseRedirect(address)


def _key(request: HttpRequest) -> str:
    """Return a key of the form, its token and what was filled in; empty without a token."""
    if not request.POST.get(FIELD):
        return ""
    sent = sorted(
        (name, values) for name, values in request.POST.lists() if name != "csrfmiddlewaretoken"
    )
    return hashlib.sha256(f"{request.path} {sent}".encode()).hexdigest()


def _wait_for(token: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 73))", [token])
