"""What a session leaves to the next login of the same person: the form that was open, and its
list of chosen rows.

It waits in the browser's new session, which is nobody's. Whoever else logs in there loses it. Files
are not kept, and nothing is where a password or a code was typed.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.contrib import messages
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import AnonymousUser
from django.db import DatabaseError, connection, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.datastructures import MultiValueDict
from django.utils.http import url_has_allowed_host_and_scheme

from core.audit.middleware import REASONS
from core.resumed import RESUMED
from staff.controls import KEPT_BYTES, KEPT_FOR
from staff.models import LiveSession, User
from staff.sessions import KEY, farewell

LEFT = "left"
FAREWELL = "farewell"
OWN = {KEY, LEFT, FAREWELL, SESSION_KEY, BACKEND_SESSION_KEY, HASH_SESSION_KEY}
SECRET = ("password", "otp")
KEPT = "您刚才填写的内容已保留，登录后自动恢复，核对后再提交即可。"
KEPT_WITHOUT_FILES = "您刚才填写的内容已保留，登录后自动恢复；所选文件不能保留，请重新选择。"
TOO_LONG = "您刚才填写的内容过长，没能保留，请登录后重新填写。"


def part(request: HttpRequest, live: LiveSession) -> None:
    """Log the browser out of an ended session, and keep for its person what was in it."""
    carried = {name: value for name, value in request.session.items() if name not in OWN}
    request.session.flush()
    request.user = AnonymousUser()
    request.session[FAREWELL] = farewell(live)
    request.session[LEFT] = {
        "user": live.user_id,
        "at": timezone.now().isoformat(),
        "carried": carried,
    }


def was_left(request: HttpRequest) -> bool:
    """Return whether this browser's session has ended, by this request or by one before it.

    A page that asks again by itself, or a link in another window, often comes before the form.
    """
    return LEFT in request.session and not request.user.is_authenticated


def keep_form(request: HttpRequest) -> bool:
    """Keep what was sent with the session's end; return whether it comes back."""
    sent = request.POST.copy()
    sent.pop("csrfmiddlewaretoken", None)
    body = sent.urlencode()
    if any(secret in name for name in sent for secret in SECRET):
        return False
    if len(body) > KEPT_BYTES:
        request.session[FAREWELL] = request.session.get(FAREWELL, "") + TOO_LONG
        return False
    form = {"path": request.path, "page": page_before(request), "body": body}
    request.session[LEFT] |= {"form": form, "at": timezone.now().isoformat()}
    if not request.user.is_authenticated:
        request.session.set_expiry(int(KEPT_FOR.total_seconds()))
    said = KEPT_WITHOUT_FILES if request.FILES else KEPT
    told = request.session.get(FAREWELL, "")
    request.session[FAREWELL] = told if told.endswith(said) else told + said
    return True


def keep_stale(request: HttpRequest) -> bool:
    """Keep a form whose token is of before a login in another window, for who is logged in now.

    Only where the browser itself says that the form is ours (its Origin was verified).
    """
    if not request.user.is_authenticated or "Origin" not in request.headers:
        return False
    request.session[LEFT] = {"user": request.user.pk, "at": timezone.now().isoformat()}
    kept = keep_form(request)
    request.session.pop(FAREWELL, None)
    return kept


def page_before(request: HttpRequest) -> str:
    """Return the page of ours on which the form stood, as path and query; else the first page."""
    said = request.headers.get("HX-Current-URL") or request.headers.get("Referer") or ""
    if not said or not url_has_allowed_host_and_scheme(said, {request.get_host()}):
        return reverse("desk:home")
    parts = urlsplit(said)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def take_left(request: HttpRequest, user: User) -> dict[str, Any]:
    """Take out what waits for this person; what waits for somebody else, or too long, is dropped.

    To be called before the login, and its result given to ``give_back`` after it.
    """
    left = request.session.pop(LEFT, None) or {}
    request.session.pop(FAREWELL, None)
    request.session.set_expiry(None)
    if left.get("user") != user.pk or not _is_fresh(left):
        return {"dropped": True} if "form" in left else {}
    return left


def give_back(request: HttpRequest, left: dict[str, Any]) -> None:
    """Put what waited into the session of the person who logged in again."""
    for name, value in left.get("carried", {}).items():
        request.session.setdefault(name, value)
    if "form" in left:
        request.session[LEFT] = {name: left[name] for name in ("user", "at", "form")}


def _is_fresh(left: dict[str, Any]) -> bool:
    return timezone.now() - datetime.fromisoformat(left["at"]) <= KEPT_FOR


class ResumeForm:
    """Turn the way back to the page of a kept form into that form, shown and not carried out.

    The whole request runs in a transaction that cannot write and is rolled back.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        form = self._waiting(request)
        if form is None:
            return self.get_response(request)
        del request.session[LEFT]
        request.method = request.META["REQUEST_METHOD"] = "POST"
        request.POST = QueryDict(form["body"])
        request._files = MultiValueDict()  # type: ignore[attr-defined]
        # Its token was checked when it was sent; this time nothing is carried out.
        request.csrf_processing_done = True  # type: ignore[attr-defined]
        request.resumed = form  # type: ignore[attr-defined]
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION READ ONLY")
            response = self.get_response(request)
            transaction.set_rollback(True)  # also what was to follow the commit
        if isinstance(response, HttpResponseRedirect):
            _say_again(request)
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Lead back to the form's page where a view tried to write without ``do_once``."""
        form = getattr(request, "resumed", None)
        if form is None or not isinstance(exception, DatabaseError):
            return None
        messages.warning(request, RESUMED.replace("您填写的内容已恢复，", ""))
        return HttpResponseRedirect(form["page"])

    def _waiting(self, request: HttpRequest) -> dict[str, str] | None:
        if request.method != "GET" or "HX-Request" in request.headers:
            return None
        left = request.session.get(LEFT)
        if not left or "form" not in left or left["form"]["path"] != request.path:
            return None
        mine = request.user.is_authenticated and left["user"] == request.user.pk
        return left["form"] if mine and _is_fresh(left) else None


def _say_again(request: HttpRequest) -> None:
    """Show the person's own words on the page to which a view led, since its form is not shown."""
    for name in REASONS:
        if said := request.POST.get(name, "").strip():
            messages.warning(request, f"您当时填写的是：{said}")
