"""Reading pages are unable to write: the database itself refuses.

One middleware guards every view, so that a page added tomorrow is guarded too. What is written
about a page that was read (session, messages, access log) is written by other middleware, after it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, cast

from django.db import connection, transaction
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase, StreamingHttpResponse

SAFE = ("GET", "HEAD", "OPTIONS", "TRACE")
"""The methods that need no CSRF token are those that may not write."""


@contextmanager
def read_only() -> Iterator[None]:
    """Let the database refuse to write until the block ends.

    The setting belongs to the transaction (or savepoint), so it ends with it, in tests too.
    """
    if not connection.in_atomic_block:
        with transaction.atomic():
            _say("SET TRANSACTION READ ONLY")
            yield
        return
    # Inside a larger transaction (a test's) the setting outlives a released savepoint, but not one
    # that is rolled back; a block that only reads loses nothing by it.
    savepoint = transaction.savepoint()
    try:
        _say("SET TRANSACTION READ ONLY")
        yield
    finally:
        transaction.savepoint_rollback(savepoint)


@contextmanager
def snapshot() -> Iterator[None]:
    """Let everything read inside be read as of one moment, without writing.

    Inside a larger transaction (a test's) it is ``read_only`` alone: no statement can go back.
    """
    if connection.in_atomic_block:
        with read_only():
            yield
        return
    with transaction.atomic():
        _say("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def _say(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


class ReadOnlyPages:
    """Run the view of every safe request under the guard, its template rendered inside.

    It stands last among the middleware: those that look at the view have then had their say.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self,
        request: HttpRequest,
        view: Callable[..., HttpResponseBase],
        arguments: list[Any],
        named: dict[str, Any],
    ) -> HttpResponseBase | None:
        """Answer a safe request here; leave every other to Django."""
        if request.method not in SAFE:
            return None
        # Who asks is found out before: a session signed with an older key is signed anew then.
        if user := getattr(request, "user", None):
            user.is_authenticated  # noqa: B018
        with read_only():
            response = view(request, *arguments, **named)
            if hasattr(response, "render") and not getattr(response, "is_rendered", True):
                response = response.render()
        if isinstance(response, StreamingHttpResponse) and not isinstance(response, FileResponse):
            pieces = cast(Iterator[bytes], response.streaming_content)
            response.streaming_content = _guarded(pieces)
        return response


def _guarded(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Give the pieces of a streamed answer, which are made after the view has returned."""
    with read_only():
        yield from pieces
