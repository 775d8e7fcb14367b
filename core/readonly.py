"""Reading pages are unable to write: the database itself refuses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse


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


def reading_page(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Run a view's GET under the guard, templates rendered inside it."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method not in ("GET", "HEAD"):
            return view(request, *args, **kwargs)
        with read_only():
            response = view(request, *args, **kwargs)
            if hasattr(response, "render") and not getattr(response, "is_rendered", True):
                response = response.render()
        return response

    return guarded
